import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  makeCosignatureVerifier,
  makeVerifier,
  makeVkey,
  formatVkey,
  NOTE_ED25519,
  verifyProof,
  type Leaf,
} from "@breakwater/ledger";
import { fingerprint, fingerprintWords } from "@breakwater/seal";
import { writeMirror } from "@breakwater/testing/src/mirror.ts";
import { fromBase64url, newId } from "@breakwater/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { act, AT, makeCustomer, makeWorld, NOW, type World } from "../../packages/seal/test/world.ts";
import { breakwater } from "./command.ts";

const cwd = mkdtempSync(join(tmpdir(), "breakwater-affected-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const LOG_HOST = "desk.example";
let world: World;
let words = "";
let untouched = "";

function leaf(org: string, t: Leaf["t"], more: Partial<Leaf> = {}): Leaf {
  return { v: 1, t, org, ts: AT, actor: { id: world.engineer.user, kind: "staff" }, ...more };
}

async function release(org: string, place: { case: string; file: string }): Promise<Leaf> {
  const more = {
    ...place,
    parts: ["index"],
    man: "m".repeat(43),
    rpk: "r".repeat(43),
    why: "diagnose",
    grant: newId("grant"),
  } as const;
  const signed = await act(world.engineer, "staff", { t: "key.release", ...more }, org);
  return { ...signed, ts: AT, pol: { set: `sha256:${"A".repeat(43)}`, ids: ["p"], dec: "allow" } };
}

/** One customer whose file was opened, one whose file could have been, one that nobody was near. */
beforeAll(async () => {
  world = await makeWorld();
  const [near, far] = [await makeCustomer(world.desk.admin.sign), await makeCustomer(world.desk.admin.sign)];
  untouched = far.id;
  const logs: [string, Leaf[]][] = [];
  for (const org of [world.customer.id, near.id, far.id]) {
    const place = { case: newId("case"), file: newId("file") };
    const later = new Date(Date.parse(AT) + 60_000).toISOString();
    logs.push([
      org,
      [
        leaf(org, "case.open", { case: place.case }),
        leaf(org, "file.finish", { ...place, man: "m".repeat(43) }),
        ...(org === far.id ? [] : [leaf(org, "case.assign", { case: place.case })]),
        ...(org === world.customer.id ? [await release(org, place)] : []),
        leaf(org, "log.heartbeat", { ts: later, actor: { id: "server", kind: "server" } }),
      ],
    ]);
  }
  const statements = [
    ...world.statements,
    ...[near, far].flatMap((customer) => [customer.statement, customer.invite, ...customer.admin.statements]),
  ];
  const keys = { logHost: LOG_HOST, log: world.log.seed, witness: world.witness, at: NOW / 1000 };
  await writeMirror(join(cwd, "mirror"), statements, logs, keys);
  words = fingerprintWords(fingerprint(world.desk.root.publicKey)).join(" ");
});

const affected = (...args: string[]) => breakwater(["affected", "--mirror", "mirror", ...args], { cwd });

describe("breakwater affected", () => {
  it("[vault 54] tells opened, within reach and untouched apart, from the copy alone", () => {
    const { status, stdout, stderr } = affected("--person", world.engineer.user, "--desk", words);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/ 1 {2}opened: keys were released/);
    expect(stdout).toMatch(/ 1 {2}within reach, and not opened/);
    expect(stdout).toMatch(/ 1 {2}untouched/);
    expect(stdout).not.toContain("WARNING");
  });

  it("writes for each affected customer its own lines with proofs, and nothing of others", async () => {
    expect(affected("--person", world.engineer.user, "--reports", "out").status).toBe(0);
    expect(readdirSync(join(cwd, "out"))).toHaveLength(4);
    expect(existsSync(join(cwd, "out", `${untouched}.json`))).toBe(false);
    const text = readFileSync(join(cwd, "out", `${world.customer.id}.json`), "utf8");
    const own = JSON.parse(text) as { lines: { entry: string; proof: string }[] };
    expect(own.lines).toHaveLength(1);
    const origin = `${LOG_HOST}/log/${world.customer.id}`;
    const policy = {
      log: await makeVerifier(formatVkey(makeVkey(origin, NOTE_ED25519, world.log.publicKey))),
      witnesses: [await makeCosignatureVerifier(world.witness.vkey)],
      quorum: 1,
    };
    for (const { entry, proof } of own.lines) await verifyProof(proof, fromBase64url(entry), policy);
    const others = readdirSync(join(cwd, "mirror")).filter(
      (name) => name.startsWith("org_") && name !== world.customer.id,
    );
    for (const other of others) expect(text).not.toContain(other);
  });

  it("[vault 20] believes no copy in which an entry was changed, removed or exchanged", () => {
    const bundle = join(cwd, "mirror", world.customer.id, "tile/entries/000.p/5");
    const good = readFileSync(bundle);
    const changed = Buffer.from(good);
    changed.write("A", changed.indexOf('"why":"diagnose"') + 8);
    for (const bad of [changed, good.subarray(0, -40)]) {
      writeFileSync(bundle, bad);
      const { status, stdout, stderr } = affected("--person", world.engineer.user);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toContain("cannot be believed");
      expect(stderr).toContain(world.customer.id);
    }
    writeFileSync(bundle, good);
    expect(affected("--person", world.engineer.user).status).toBe(0);
  });

  it("refuses another desk's words, unknown names and times that are not UTC, in one line", () => {
    const other = words.split(" ").toReversed().join(" ");
    expect(affected("--person", world.engineer.user, "--desk", other)).toMatchObject({ status: 1 });
    for (const [args, says] of [
      [["--person", "No Such Person"], "nobody has this name"],
      [["--vendor", "No Such Vendor"], "no such vendor"],
      [["--person", world.engineer.user, "--from", "yesterday"], "--from"],
      [[], "Name whose access"],
    ] as const) {
      const { status, stderr } = affected(...args);
      expect(status).toBe(2);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stderr).toContain(says);
    }
  });
});
