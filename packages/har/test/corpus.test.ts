import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesSource, BufferSink, HarError, joinParts, parseIndexLine, splitParts } from "../src/index.ts";
import { credentials, expand, leaks, leavesOf } from "./leak-check.ts";
import { corpus, DATA, hasData, KEY, run, type Result } from "./support.ts";

const BROKEN = new Set([
  "corpus/janodvarko_harviewer__not-json.har",
  "corpus/janodvarko_harviewer__not-valid.har",
  "corpus/mitmproxy_mitmproxy__brokenfile.har",
]);
const files = corpus();

const results = new Map<string, Promise<Result>>();
function result(name: string): Promise<Result> {
  const file = files.find((candidate) => candidate.name === name);
  if (file === undefined) throw new Error(`no file ${name}`);
  const known = results.get(name) ?? run(file.bytes);
  results.set(name, known);
  return known;
}

const usable = files.filter((file) => !BROKEN.has(file.name));

/** Response headers whose value a support engineer needs as it was. */
const KEPT_HEADERS =
  /^(?:content-(?:type|length|encoding|security-policy.*)|cache-control|etag|expires|last-modified|date|vary|server|access-control-.*|strict-transport-security)$/i;

interface Pair {
  readonly name: string;
  readonly value: string;
}
interface Side {
  readonly method?: string;
  readonly url?: string;
  readonly status?: number;
  readonly statusText?: string;
  readonly httpVersion?: string;
  readonly headers?: readonly Pair[];
  readonly cookies?: readonly Pair[];
}
interface Entry {
  readonly request?: Side;
  readonly response?: Side;
  readonly time?: number;
  readonly timings?: object;
}

const list = (value: readonly Pair[] | undefined): readonly Pair[] => (Array.isArray(value) ? value : []);
const host = (url: string | undefined): string => /^[a-z]+:\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(url ?? "")?.[1] ?? "";

/** What acceptance B1 says must be identical. */
function evidence(entry: Entry | null): unknown {
  const { request, response } = entry ?? {};
  return {
    method: request?.method,
    host: host(request?.url),
    status: response?.status,
    statusText: response?.statusText,
    versions: [request?.httpVersion, response?.httpVersion],
    time: entry?.time,
    timings: entry?.timings,
    headerNames: [list(request?.headers).map((pair) => pair.name), list(response?.headers).map((pair) => pair.name)],
    cookieNames: [
      list(request?.cookies).map((pair) => pair.name),
      list(response?.cookies).map((cookie) => ({ ...cookie, value: "" })),
    ],
    kept: list(response?.headers)
      .filter((pair) => KEPT_HEADERS.test(pair.name))
      .map((pair) => pair.value),
  };
}

describe.skipIf(!hasData)("sanitise on public recordings", () => {
  it.each([...BROKEN])("refuses %s with a typed error that holds no content", async (name) => {
    const error: unknown = await result(name).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(HarError);
  });

  it("A3, A4: leaves none of the cookie and authorisation values of 12 or more characters, in any encoding", async () => {
    let values = 0;
    const left: string[] = [];
    for (const file of usable) {
      const known = credentials(JSON.parse(file.text));
      values += known.size;
      left.push(...leaks((await result(file.name)).output, known).map((value) => `${file.name}: ${value}`));
    }
    expect(left).toEqual([]);
    expect(values).toBeGreaterThan(400);
  });

  it("A3: leaves none of the 38 planted values of the browser's own recordings", async () => {
    for (const name of ["chrome156.full.har", "chrome156.sanitized.har"]) {
      const input = readFileSync(join(DATA, "corpus/recorded", name), "utf8");
      const texts = leavesOf(JSON.parse(input)).flatMap((leaf) => [...expand(leaf.value)]);
      const planted = new Set(texts.flatMap((text) => text.match(/Rec[A-Z][A-Za-z0-9]*?x9Zq7Lm2Vb5Nc8Kd1Hs4/g) ?? []));
      expect(planted.size).toBeGreaterThanOrEqual(30);
      expect(leaks((await result(`corpus/recorded/${name}`)).output, [...planted, "x9Zq7Lm2Vb5Nc8Kd1Hs4"])).toEqual([]);
    }
  });

  it.each(usable.map((file) => file.name))(
    "B1: keeps entries, methods, status, timings, hosts, names and protocol headers of %s",
    async (name) => {
      const before: { log: { entries: Entry[] } } = JSON.parse(files.find((file) => file.name === name)?.text ?? "");
      const after: typeof before = JSON.parse((await result(name)).output);
      expect(after.log.entries).toHaveLength(before.log.entries.length);
      expect(after.log.entries.map(evidence)).toEqual(before.log.entries.map(evidence));
    },
  );

  it("B4: changes nothing when run on its own output, and gives the same bytes for the same key", async () => {
    const changed: string[] = [];
    for (const file of usable) {
      const first = (await result(file.name)).output;
      const again = leavesOf(JSON.parse((await run(first)).output));
      const once = leavesOf(JSON.parse(first));
      changed.push(
        ...once.filter((leaf, i) => leaf.value !== again[i]?.value).map((leaf) => `${file.name}${leaf.pointer}`),
      );
      if (file.bytes.length < 50_000) expect((await run(file.bytes)).output).toBe(first);
    }
    expect(changed).toEqual([]);
  });

  it("B5: changes under 0.5 % of the strings of files from which cookies and authorisation were taken", async () => {
    let strings = 0;
    let changed = 0;
    for (const file of usable.filter(
      (candidate) => candidate.name.startsWith("corpus/") && !candidate.name.includes("recorded"),
    )) {
      const bare = JSON.stringify(
        JSON.parse(file.text, (name, value: unknown) =>
          Array.isArray(value) ? (name === "cookies" ? [] : value.filter(harmless)) : value,
        ),
      );
      const before = leavesOf(JSON.parse(bare));
      const after = leavesOf(JSON.parse((await run(bare)).output));
      strings += before.length;
      changed += before.filter((leaf, i) => leaf.value !== after[i]?.value).length;
    }
    expect(strings).toBeGreaterThan(200_000);
    expect(changed / strings).toBeLessThan(0.005);
  });

  it("splitParts and joinParts: the parts of every file give the file again, and the index shows no query", async () => {
    for (const file of usable) {
      const output = (await result(file.name)).output;
      const sinks = {
        index: new BufferSink(),
        headers: new BufferSink(),
        requestBodies: new BufferSink(),
        responseBodies: new BufferSink(),
      };
      const sizes = await splitParts(bytesSource(Buffer.from(output)), sinks);
      const joined = new BufferSink();
      const source = (name: keyof typeof sinks): ReturnType<typeof bytesSource> =>
        bytesSource(sinks[name].bytes(), 1000);
      await joinParts(
        {
          index: source("index"),
          headers: source("headers"),
          requestBodies: source("requestBodies"),
          responseBodies: source("responseBodies"),
        },
        joined,
      );
      expect(JSON.parse(new TextDecoder().decode(joined.bytes()))).toEqual(JSON.parse(output));
      const lines = new TextDecoder()
        .decode(sinks.index.bytes())
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => parseIndexLine(line));
      expect(lines).toHaveLength(sizes.entries);
      expect(lines.filter((line) => /[?#]/.test(line.path))).toEqual([]);
      for (const line of lines.slice(0, 3)) {
        const [offset, length] = line.lines.responseBodies;
        const body: { i: number } = JSON.parse(
          new TextDecoder().decode(sinks.responseBodies.bytes().subarray(offset, offset + length)),
        );
        expect(body.i).toBe(line.i);
      }
    }
  });

  it("uses a fresh key's pseudonyms: two keys share none", async () => {
    const file = usable.find((candidate) => candidate.name.includes("ie11"));
    if (file === undefined) throw new Error("no file");
    const one = new Set((await run(file.bytes, KEY)).output.match(/redacted[0-9a-f]{20}/g));
    const two = (await run(file.bytes, new Uint8Array(32).fill(8))).output.match(/redacted[0-9a-f]{20}/g) ?? [];
    expect(two.filter((pseudonym) => one.has(pseudonym))).toEqual([]);
  });
});

function harmless(item: unknown): boolean {
  if (typeof item === "string") return !/^(?:cookie|set-cookie|authorization):/i.test(item);
  return (
    typeof item !== "object" ||
    item === null ||
    !("name" in item) ||
    !/^(?:cookie|set-cookie|authorization|proxy-authorization)$/i.test(String(item.name))
  );
}
