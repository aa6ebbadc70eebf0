import { partOf, HAR_ROLES } from "@breakwater/seal";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeskClient, randomParts, type Plain, type SealedFile } from "../src/desk-client.ts";
import { startServer, type TestServer } from "../src/server.ts";
import { readLoot, steal, type Loot, type Taken } from "./thief.ts";

let server: TestServer;
let everything: Loot;
let sealed: SealedFile;
let plain: Plain;
let engineersSecrets: readonly string[];
let customersSecrets: readonly string[];

/** A real desk after a real upload and a real opening, stopped: every byte of its data directory. */
beforeAll(async () => {
  server = await startServer();
  const target = { url: server.url };
  const admin = await DeskClient.enrol(target, server.enrolment ?? "", { name: "Admin", email: "admin@desk.test" });
  const customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
    name: "Cus",
    email: "cus@customer.test",
  });
  const engineer = await DeskClient.enrol(target, await admin.invite({ for: "staff", role: "engineer" }), {
    name: "Eng",
    email: "eng@desk.test",
  });
  const row = await customer.openCase();
  plain = randomParts();
  ({ sealed } = await customer.upload(row.case, plain));
  await engineer.take(row);
  await engineer.open(sealed.manifest, ["index"], await engineer.grant(sealed.manifest));
  await server.close();
  everything = await readLoot(server.directory);
  engineersSecrets = [JSON.stringify(engineer.person.identity)];
  customersSecrets = [JSON.stringify(customer.person.identity)];
}, 120_000);
afterAll(() => {
  if (server) rmSync(server.directory, { recursive: true, force: true });
});

function only(keep: (name: string) => boolean, { rows, secrets }: Partial<Loot>): Loot {
  return {
    files: new Map([...everything.files].filter(([name]) => keep(name))),
    rows: rows ?? [],
    secrets: secrets ?? [],
  };
}
const isReleasers = (name: string): boolean => name.startsWith("releaser/");
const found = ({ v, r, plain: opened }: Taken): unknown => ({ v, r, parts: opened.size });

describe("INVARIANT 2: no single theft opens a file", { timeout: 180_000 }, () => {
  it("a full copy of database, blobs and server keys gives no share and no part", async () => {
    const loot = only((name) => !isReleasers(name), { rows: everything.rows });
    expect([...loot.files.keys()]).toEqual(expect.arrayContaining(["keys/log.key"]));
    const taken = await steal(loot);
    expect(taken.candidates).toBeGreaterThan(30);
    expect(found(taken)).toEqual({ v: 0, r: 0, parts: 0 });
  });

  it("the same with the releaser's whole directory gives its shares, and no part", async () => {
    expect(found(await steal(only(() => true, { rows: everything.rows })))).toEqual({
      v: 0,
      r: HAR_ROLES.length,
      parts: 0,
    });
  });

  it("the same with a person's unlocked keys, but without the releaser, gives that person's shares, and no part", async () => {
    for (const secrets of [engineersSecrets, customersSecrets]) {
      const taken = await steal(only((name) => !isReleasers(name), { rows: everything.rows, secrets }));
      expect(found(taken)).toEqual({ v: HAR_ROLES.length, r: 0, parts: 0 });
    }
  });

  it("the releaser's directory alone, and a person's keys alone, give nothing", async () => {
    expect(found(await steal(only(isReleasers, {})))).toEqual({ v: 0, r: 0, parts: 0 });
    expect(found(await steal(only(() => false, { secrets: engineersSecrets })))).toEqual({ v: 0, r: 0, parts: 0 });
  });

  it("all of it together opens every part: this thief can", async () => {
    const { manifest } = sealed.manifest;
    for (const secrets of [engineersSecrets, customersSecrets]) {
      const taken = await steal(only(() => true, { rows: everything.rows, secrets }));
      for (const role of HAR_ROLES)
        expect(Buffer.from(taken.plain.get(partOf(manifest, role).part) ?? []).equals(plain[role])).toBe(true);
    }
  });

  it("no plaintext lies anywhere in the data directory", () => {
    for (const [name, bytes] of everything.files) {
      for (const role of HAR_ROLES)
        expect(Buffer.from(bytes).includes(Buffer.from(plain[role].subarray(0, 24))), `${role} in ${name}`).toBe(false);
    }
  });
});
