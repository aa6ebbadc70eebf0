import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { z } from "zod";

const folder = join(
  resolve(import.meta.dirname, "../../../../..", process.env["BREAKWATER_SHARED"] ?? "../shared"),
  "data/vectors/cedar",
);

const Uid = z.object({ type: z.string(), id: z.string() });
const CorpusTest = z.object({
  policies: z.string(),
  entities: z.string(),
  schema: z.string(),
  requests: z.array(
    z.object({
      principal: Uid,
      action: Uid,
      resource: Uid,
      context: z.record(z.string(), z.unknown()),
      decision: z.enum(["allow", "deny"]),
    }),
  ),
});
type CorpusTest = z.output<typeof CorpusTest>;

/** The published corpus (cedar-integration-tests): made by fuzzing Cedar's own implementation against its proven one. */
export function readCorpus():
  | { readonly tests: readonly CorpusTest[]; readonly read: (name: string) => string }
  | undefined {
  const path = join(folder, "corpus-tests.tar.gz");
  if (!existsSync(path)) {
    console.warn(`SKIPPED: there is no Cedar corpus at ${path}; set BREAKWATER_SHARED.`);
    return undefined;
  }
  const files = untar(gunzipSync(readFileSync(path)));
  const read = (name: string): string => files.get(name) ?? "";
  const tests = [...files.keys()]
    .filter((name) => name.endsWith(".json") && !name.endsWith(".entities.json"))
    .toSorted()
    .map((name) => CorpusTest.parse(JSON.parse(read(name))));
  return { tests, read };
}

/** The handwritten tests beside it. */
export function readHandwritten(names: readonly string[]): readonly CorpusTest[] {
  return names.map((name) => CorpusTest.parse(JSON.parse(readFileSync(join(folder, "tests", name), "utf8"))));
}

export const readBeside = (name: string): string => readFileSync(join(folder, name), "utf8");

export interface Tally {
  requests: number;
  /** Files that this version of Cedar refuses to read: the corpus is of 4.10. */
  unreadable: number;
  mismatches: string[];
}

/** `typed`: the schema says which texts of the entities are addresses and decimals; the fuzzed corpus spells them out. */
export function runCorpus(tests: readonly CorpusTest[], read: (name: string) => string, typed = false): Tally {
  const tally: Tally = { requests: 0, unreadable: 0, mismatches: [] };
  for (const test of tests) {
    const entities = JSON.parse(read(test.entities)) as cedar.Entities;
    const policies = { staticPolicies: read(test.policies) };
    const schema = typed ? { schema: read(test.schema) } : {};
    for (const { decision, ...request } of test.requests) {
      const answer = cedar.isAuthorized({
        ...request,
        ...schema,
        context: request.context as cedar.Context,
        policies,
        entities,
      });
      if (answer.type === "failure") {
        tally.unreadable++;
        break;
      }
      tally.requests++;
      if (answer.response.decision !== decision) tally.mismatches.push(`${test.policies}: ${JSON.stringify(request)}`);
    }
  }
  return tally;
}

/** Plain files of a tar archive (POSIX ustar) by name. */
function untar(archive: Buffer): Map<string, string> {
  const files = new Map<string, string>();
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0;) {
    const field = (from: number, length: number): string =>
      archive.toString("utf8", at + from, at + from + length).replace(/\0.*$/su, "");
    const size = Number.parseInt(field(124, 12), 8);
    const name = field(0, 100).replace(/^\.\//u, "");
    if (field(156, 1) === "0" || field(156, 1) === "")
      files.set(name, archive.toString("utf8", at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
