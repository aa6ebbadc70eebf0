/** node bench/affected.ts [LEAVES]: the whole answer to "who was affected" against reading the same bytes once and hashing them, which nobody can avoid. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCosigner, type Leaf } from "@breakwater/ledger";
import {
  addSignature,
  generateDeviceKey,
  generateRecipient,
  generateSigningKey,
  publicJwk,
  signAct,
  signStatement,
  type Statement,
} from "@breakwater/seal";
import { writeMirror } from "@breakwater/testing/src/mirror.ts";
import { newId, toBase64url } from "@breakwater/wire";

const LEAVES = Number(process.argv[2] ?? 1_000_000);
const CUSTOMERS = 20;
const POL = { set: `sha256:${"A".repeat(43)}`, ids: ["staff-open-with-grant"], dec: "allow" } as const;
const NOW = Date.parse("2026-01-03T00:00:00.000Z");
const desk = newId("org");
const [user, dev, device, log, sign, root] = [
  newId("user"),
  newId("device"),
  await generateDeviceKey(),
  await generateSigningKey(),
  await generateSigningKey(),
  await generateSigningKey(),
];
const witness = await makeCosigner("releaser.example", (await generateSigningKey()).seed);
const b64 = (key: { readonly publicKey: Uint8Array }): string => toBase64url(key.publicKey);
const stamp = { v: 1, created: "2026-01-01T00:00:00.000Z" } as const;
const person = {
  ...stamp,
  t: "bundle",
  org: desk,
  user,
  role: "admin",
  name: "Desk Administrator",
  hpke: b64(await generateRecipient()),
  sign: b64(sign),
} as const;
const keys = {
  ...stamp,
  t: "desk.keys",
  org: desk,
  logHost: "desk.example",
  log: b64(log),
  releaser: b64(sign),
  witness: witness.vkey,
} as const;
const statements: Statement[] = [
  await signStatement({ ...stamp, t: "org.root", org: desk, kind: "desk", name: "Desk", key: b64(root) }, root),
  await signStatement(keys, root),
  await addSignature(await signStatement(person, sign), root),
  await signStatement({ ...stamp, t: "device", user, dev, jwk: await publicJwk(device) }, sign),
];
/** A customer that the desk invited: without that chain its log has no name. */
async function customer(): Promise<string> {
  const [org, own, invited] = [newId("org"), await generateSigningKey(), await generateSigningKey()];
  const until = "2026-01-05T00:00:00.000Z";
  const invite = {
    ...stamp,
    t: "invite",
    id: newId("invite"),
    org,
    key: b64(invited),
    for: "customer",
    role: "admin",
    until,
  } as const;
  const body = { ...stamp, t: "org.root", org, kind: "customer", name: "Customer", key: b64(own) } as const;
  statements.push(await signStatement(invite, sign), await addSignature(await signStatement(body, own), invited));
  return org;
}
const orgs: string[] = [];
for (let i = 0; i < CUSTOMERS; i++) orgs.push(await customer());
const folder = mkdtempSync(join(tmpdir(), "breakwater-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A customer's year: cases, files, signed openings and what surrounds them, in the proportions of a busy desk. */
async function* year(org: string, count: number): AsyncIterable<Leaf> {
  const actor = { id: user, kind: "staff", dev } as const;
  const more = { ses: "s".repeat(43), net: { ip: "i".repeat(43), pfx: "192.0.2.0/24" } };
  let place = { case: newId("case"), file: newId("file") };
  for (let i = 0; i < count; i++) {
    const ts = new Date(NOW - (count - i) * 1000).toISOString();
    const base = { v: 1, org, ts, actor, ...more } as const;
    const step = i % 50;
    if (step === 0) place = { case: newId("case"), file: newId("file") };
    if (step === 0) yield { ...base, t: "case.open", case: place.case };
    else if (step === 1) yield { ...base, t: "file.finish", ...place, man: "m".repeat(43) };
    else if (step === 2) yield { ...base, t: "case.assign", case: place.case };
    else if (step === 3) yield { ...(await opening(org, place, ts)), ts, ...more, pol: POL };
    else if (step < 20) yield { ...base, t: "file.meta", ...place };
    else yield { v: 1, t: "log.heartbeat", org, ts, actor: { id: "server", kind: "server" } };
  }
}

function opening(org: string, place: { readonly case: string; readonly file: string }, at: string) {
  const hash = "m".repeat(43);
  const what = { parts: ["index", "headers"], man: hash, rpk: hash, why: "diagnose", grant: newId("grant") } as const;
  return signAct(
    { v: 1, t: "key.release", at, org, ...place, actor: { id: user, kind: "staff", dev }, ...what },
    device,
  );
}

const logs = orgs.map((org) => [org, year(org, Math.floor(LEAVES / CUSTOMERS))] as const);
await writeMirror(join(folder, "mirror"), statements, logs, {
  logHost: "desk.example",
  log: log.seed,
  witness,
  at: NOW / 1000,
});

const floor = cpu(() => {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const entry of readdirSync(join(folder, "mirror"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.parentPath.includes("tile/entries")) continue;
    const data = readFileSync(join(entry.parentPath, entry.name));
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
    user,
    "--json",
  ],
  { encoding: "utf8", maxBuffer: 2 ** 30, stdio: ["ignore", "pipe", "pipe"] },
);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
if (done.status !== 0) throw new Error(done.stderr);
const answer = JSON.parse(done.stdout) as { entries: number; opened: number; unsigned: number };
if (answer.unsigned > 0) throw new Error(`${answer.unsigned} openings did not verify.`);
console.log(
  `${answer.entries} leaves of ${CUSTOMERS} logs, ${(floor.result / 1e6).toFixed(0)} MB, ${answer.opened} openings found: ${seconds.toFixed(1)} s wall; reading and hashing the bytes once: ${floor.seconds.toFixed(1)} s; ratio ${(seconds / floor.seconds).toFixed(1)}. Stated limit: 60 s for a million (reference/vault.md 10, number 55).`,
);

function cpu<T>(run: () => T): { readonly result: T; readonly seconds: number } {
  const start = process.hrtime.bigint();
  const result = run();
  return { result, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}
