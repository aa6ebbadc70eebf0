/** node bench/affected.ts [LEAVES]: the whole answer to "who was affected" against reading the same bytes once and hashing them, which nobody can avoid. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Leaf } from "@breakwater/ledger";
import { writeMirror } from "@breakwater/testing/src/mirror.ts";
import { newId } from "@breakwater/wire";
import { makeCustomer, makeWorld, NOW } from "../packages/seal/test/world.ts";

const LEAVES = Number(process.argv[2] ?? 1_000_000);
const CUSTOMERS = 20;
const world = await makeWorld();
const customers = await Promise.all(Array.from({ length: CUSTOMERS }, () => makeCustomer(world.desk.admin.sign)));
const folder = mkdtempSync(join(tmpdir(), "breakwater-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A customer's year: cases, files, openings and what surrounds them, in the proportions of a busy desk. */
function* year(org: string, count: number): Iterable<Leaf> {
  const ses = "s".repeat(43);
  let place = { case: newId("case"), file: newId("file") };
  for (let i = 0; i < count; i++) {
    const ts = new Date(NOW - (count - i) * 1000).toISOString();
    const actor = { id: world.engineer.user, kind: "staff", dev: world.engineer.dev } as const;
    const base = { v: 1, org, ts, ses, net: { ip: "i".repeat(43), pfx: "192.0.2.0/24" } } as const;
    const step = i % 50;
    if (step === 0) {
      place = { case: newId("case"), file: newId("file") };
      yield { ...base, t: "case.open", case: place.case, actor };
    } else if (step === 1) yield { ...base, t: "file.finish", ...place, man: "m".repeat(43), actor };
    else if (step === 2) yield { ...base, t: "case.assign", case: place.case, actor };
    else if (step === 3)
      yield {
        ...base,
        t: "key.release",
        ...place,
        at: ts,
        parts: ["index", "headers"],
        man: "m".repeat(43),
        rpk: "r".repeat(43),
        why: "diagnose",
        grant: newId("grant"),
        pol: { set: `sha256:${"A".repeat(43)}`, ids: ["staff-open-with-grant"], dec: "allow" },
        asig: "s".repeat(86),
        actor,
      };
    else if (step < 20) yield { ...base, t: "file.meta", ...place, actor };
    else yield { v: 1, t: "log.heartbeat", org, ts, actor: { id: "server", kind: "server" } };
  }
}

const statements = [
  ...world.statements,
  ...customers.flatMap(({ statement, invite, admin }) => [statement, invite, ...admin.statements]),
];
await writeMirror(
  join(folder, "mirror"),
  statements,
  customers.map(({ id }) => [id, year(id, Math.floor(LEAVES / CUSTOMERS))] as const),
  { logHost: "desk.example", log: world.log.seed, witness: world.witness, at: NOW / 1000 },
);

const floor = cpu(() => {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const name of readdirSync(join(folder, "mirror"), { recursive: true, encoding: "utf8" })) {
    if (!name.includes("tile/entries/") || name.endsWith(".p") || !/\d$/.test(name)) continue;
    let data: Buffer;
    try {
      data = readFileSync(join(folder, "mirror", name));
    } catch {
      continue;
    }
    bytes += data.length;
    hash.update(data);
  }
  hash.digest();
  return bytes;
});
const began = process.hrtime.bigint();
const done = spawnSync(
  process.execPath,
  [
    join(import.meta.dirname, "../cli/src/main.ts"),
    "affected",
    "--mirror",
    join(folder, "mirror"),
    "--person",
    world.engineer.user,
    "--json",
  ],
  { encoding: "utf8", maxBuffer: 2 ** 30, stdio: ["ignore", "pipe", "pipe"] },
);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
if (done.status !== 0) throw new Error(done.stderr);
const answer = JSON.parse(done.stdout) as { entries: number; opened: number };
console.log(
  `${answer.entries} leaves of ${CUSTOMERS} logs, ${(floor.result / 1e6).toFixed(0)} MB, ${answer.opened} openings found: ${seconds.toFixed(1)} s wall; reading and hashing the bytes once: ${floor.seconds.toFixed(1)} s; ratio ${(seconds / floor.seconds).toFixed(1)}. Stated limit: 60 s for a million (reference/vault.md 10, number 55).`,
);

function cpu<T>(run: () => T): { readonly result: T; readonly seconds: number } {
  const start = process.hrtime.bigint();
  const result = run();
  return { result, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}
