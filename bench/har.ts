/**
 * node bench/har.ts [megabytes…]: the sanitiser beside JSON.parse (the limit), plain streaming parsers and other people's
 * tools, on seeded files of 10 and 100 MB, or of the sizes given (1000 and 4000 are worth a look); then the growth with
 * distinct names and values. Each measurement is a process of its own, so that its peak memory is its own, with the flags
 * that `breakwater har sanitize` is started with; rounds go in turn.
 * Other people's tools are measured if they are there: npm install --prefix bench/har-peers --ignore-scripts
 */
import { spawnSync } from "node:child_process";
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InventoryCollector, openIndex, sanitise, type Source } from "@breakwater/har";
import { generate, type Shape } from "@breakwater/testing/src/har-generate.ts";

const ROUNDS = 3;
const PEERS = createRequire(join(import.meta.dirname, "har-peers/package.json"));
const TIMEOUT_MS = 900_000;
/** cli/bin/breakwater.mjs starts the command with the first two: without them, 1 GB peaks 140 MB higher. */
const FLAGS = ["--max-semi-space-size=4", "--heap-growing-percent=25", "--disable-warning=ExperimentalWarning"];
/** Above this, one round: a round of all takes minutes. */
const MANY_ROUNDS_MB = 300;

/** What a contender does with the file; gives the CPU milliseconds that count, or nothing for the whole process. */
type Contender = (path: string) => Promise<void>;

const CONTENDERS: Readonly<Record<string, Contender>> = {
  "JSON.parse (limit)": async (path) => void JSON.parse(readFileSync(path, "utf8")),
  "own splitter, entries located": async (path) => void (await openIndex(fileSource(path))),
  "own splitter, entries parsed": entriesParsed,
  "@streamparser/json, entries": streamParser,
  "jsonparse, values": jsonParse,
  "breakwater, verified": async (path) => sanitised(path, false),
  "breakwater, verified, inventory": async (path) => sanitised(path, true),
  "har-sanitizer 2.0.0 (hash)": harSanitizer,
};

async function sanitised(path: string, inventory: boolean): Promise<void> {
  const out = await open(`${path}.out`, "w");
  const observer = inventory ? new InventoryCollector() : undefined;
  try {
    await sanitise(
      fileSource(path),
      { write: async (chunk) => void (await out.write(chunk)) },
      { key: new Uint8Array(32).fill(1), observer },
    );
    observer?.inventory(new Date(0));
  } finally {
    await out.close();
    rmSync(`${path}.out`);
  }
}

function fileSource(path: string): Source {
  return {
    size: statSync(path).size,
    open: () => ReadableStream.from(createReadStream(path, { highWaterMark: 1 << 20 })),
  };
}

/** What any tool pays that holds one entry at a time: find where each stands, then read and parse it. */
async function entriesParsed(path: string): Promise<void> {
  const { entries } = await openIndex(fileSource(path));
  const file = await open(path);
  try {
    for (const { offset, length } of entries) {
      const { buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
      JSON.parse(buffer.toString("utf8"));
    }
  } finally {
    await file.close();
  }
}

async function jsonParse(path: string): Promise<void> {
  const Parser: new () => { write(chunk: Uint8Array): void; onValue: () => void } = PEERS("jsonparse");
  const parser = new Parser();
  parser.onValue = () => undefined;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) parser.write(chunk);
}

async function streamParser(path: string): Promise<void> {
  const {
    JSONParser,
  }: { JSONParser: new (options: object) => { onValue: () => void; write(chunk: Uint8Array): void } } =
    PEERS("@streamparser/json");
  const parser = new JSONParser({ paths: ["$.log.entries.*"], keepStack: false });
  parser.onValue = () => undefined;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) parser.write(chunk);
}

async function harSanitizer(path: string): Promise<void> {
  const { sanitize }: { sanitize(har: unknown, options: object): Promise<unknown> } = PEERS("har-sanitizer");
  writeFileSync(
    `${path}.out`,
    JSON.stringify(await sanitize(JSON.parse(readFileSync(path, "utf8")), { cookies: "hash", tokens: "hash" })),
  );
  rmSync(`${path}.out`);
}

interface Measured {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMb: number;
}

const [first] = process.argv.slice(2);
if (first === "--child") await child(process.argv[3] ?? "", process.argv[4] ?? "");
else parent(process.argv.slice(2).map(Number));

async function child(name: string, path: string): Promise<void> {
  const run = CONTENDERS[name];
  if (run === undefined) throw new Error(`There is no contender ${name}.`);
  const cpu = process.cpuUsage();
  const began = performance.now();
  await run(path);
  const { user, system } = process.cpuUsage(cpu);
  const measured: Measured = {
    cpuMs: (user + system) / 1000,
    wallMs: performance.now() - began,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
  console.log(JSON.stringify(measured));
}

function parent(sizes: readonly number[]): void {
  const folder = mkdtempSync(join(tmpdir(), "breakwater-bench-"));
  try {
    for (const megabytes of sizes.length > 0 ? sizes : [10, 100]) {
      const shape = { megabytes, names: 25, values: Math.max(100, megabytes * 100), seed: 1 };
      table(`${megabytes} MB`, folder, shape, Object.keys(CONTENDERS), megabytes > MANY_ROUNDS_MB ? 1 : ROUNDS);
    }
    for (const names of [25, 1000, 20_000])
      table(
        `10 MB, ${names} distinct names`,
        folder,
        { megabytes: 10, names, values: 100, seed: 2 },
        ["JSON.parse (limit)", "breakwater, verified"],
        ROUNDS,
      );
    for (const values of [10, 1000, 100_000])
      table(
        `10 MB, up to ${values} distinct values`,
        folder,
        { megabytes: 10, names: 25, values, seed: 3 },
        ["JSON.parse (limit)", "breakwater, verified"],
        ROUNDS,
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function table(title: string, folder: string, shape: Shape, names: readonly string[], rounds: number): void {
  const path = join(folder, "bench.har");
  generate(path, shape);
  const bytes = statSync(path).size;
  const rows = new Map<string, Measured[]>();
  const failed = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      if (failed.has(name)) continue;
      const result = spawnSync(process.execPath, [...FLAGS, import.meta.filename, "--child", name, path], {
        encoding: "utf8",
        timeout: TIMEOUT_MS,
      });
      if (result.status === 0) rows.set(name, [...(rows.get(name) ?? []), JSON.parse(result.stdout)]);
      else
        failed.set(
          name,
          /Cannot find module|ERR_STRING_TOO_LONG|heap out of memory|\w*Error[^\n]*/.exec(result.stderr)?.[0] ??
            "failed",
        );
    }
  }
  console.log(`\n${title} (${(bytes / 1e6).toFixed(1)} MB)`);
  const limit = best(rows.get(names[0] ?? ""));
  for (const name of names) {
    const row = best(rows.get(name));
    const speed =
      row === undefined
        ? ""
        : `${(bytes / 1000 / row.cpuMs).toFixed(1).padStart(7)} MB/CPU-s ${row.wallMs.toFixed(0).padStart(7)} ms ${row.peakMb.toFixed(0).padStart(6)} MB peak`;
    const ratio =
      row === undefined || limit === undefined ? "" : `  ${(limit.cpuMs / row.cpuMs).toFixed(2)} of JSON.parse`;
    console.log(`  ${name.padEnd(34)} ${row === undefined ? `   ${failed.get(name) ?? ""}` : speed + ratio}`);
  }
}

/** The round with the least CPU: other programs on the machine only ever add to it. */
function best(rows: readonly Measured[] | undefined): Measured | undefined {
  return rows?.toSorted((a, b) => a.cpuMs - b.cpuMs)[0];
}
