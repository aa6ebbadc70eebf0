import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { PolicyRequest } from "../facts.ts";

export const directory = join(import.meta.dirname, "../../../../../content/policies");
export const readPolicyFile = (name: string): string => readFileSync(join(directory, name), "utf8");

const Situation = z.object({ base: z.string(), with: z.record(z.string(), z.unknown()).optional() });
const Table = z.object({
  bases: z.record(z.string(), z.record(z.string(), z.unknown())),
  cases: z.array(z.object({ rule: z.string(), decides: Situation, silent: Situation })),
});
export type Situation = z.output<typeof Situation>;

/** The rules' own table: for each a situation in which it decides, and one beside it in which it is silent. */
export const table = Table.parse(JSON.parse(readPolicyFile("desk.cases.json")));

/** A situation as a question: its base, with the members at dotted paths replaced, or removed where they are null. */
export function requestOf({ base, with: changes = {} }: Situation): PolicyRequest {
  const found = table.bases[base];
  if (found === undefined) throw new Error(`The table has no base "${base}".`);
  const request = structuredClone(found);
  for (const [path, value] of Object.entries(changes)) {
    const names = path.split(".");
    const last = names.pop() ?? "";
    let at: Record<string, unknown> = request;
    for (const name of names) at = at[name] as Record<string, unknown>;
    if (value === null) delete at[last];
    else at[last] = structuredClone(value);
  }
  // Cedar validates the question against the schema, so a wrong member fails there.
  return request as unknown as PolicyRequest;
}
