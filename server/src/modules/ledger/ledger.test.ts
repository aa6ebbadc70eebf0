import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PATHS, path } from "@breakwater/contract";
import {
  decodeBundle,
  leafHash,
  makeCosignatureVerifier,
  makeVerifier,
  openCheckpoint,
  parseLeaf,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from "@breakwater/ledger";
import { openTrust } from "@breakwater/seal";
import { createPglite, migrate } from "@breakwater/sql";
import { canonicalize, domainHash, fromBase64url, newId, toBase64url, utf8 } from "@breakwater/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enrol, invite, type TestPerson } from "../../../../testing/src/client.ts";
import { startServer, type TestServer } from "../../../../testing/src/server.ts";
import { announce, beatAll, readAnnounced, type Announced } from "./clockwork.ts";
import { coalesce } from "./coalesce.ts";
import { createLedger, ledgerMigrations } from "./index.ts";
import { netOf } from "./net.ts";
import { readBundle, readLog } from "./store.ts";

let server: TestServer;
let admin: TestPerson;
let customer: TestPerson;
beforeAll(async () => {
  server = await startServer();
  admin = await enrol(server.enrolment ?? "", { orgName: "The Desk" });
  customer = await enrol(await invite(admin, { for: "customer", role: "admin" }));
}, 120_000);
afterAll(() => server.destroy());

/** Reads everything of a log over C2SP paths and checks it against its checkpoint, as a stranger with the pins would. */
async function readWholeLog(person: TestPerson, log: string) {
  const { statements } = (await person.client.call("GET", PATHS.trust)).body;
  const trust = await openTrust(statements, [...person.pins], Date.now());
  const origin = trust.origin(log) ?? "";
  const note = await (await person.client.send("GET", path("logCheckpoint", { log }))).text();
  const verifier = await makeVerifier(trust.logVerifier(origin) ?? "");
  const witness = await makeCosignatureVerifier(trust.witness ?? "");
  const checkpoint = await openCheckpoint(note, verifier, [witness]);
  const fetchBytes = async (name: string): Promise<Uint8Array> => {
    const response = await person.client.send("GET", `/log/${log}/${name}`);
    expect(response.status).toBe(200);
    return new Uint8Array(await response.arrayBuffer());
  };
  const entries =
    checkpoint.size === 0
      ? []
      : decodeBundle(await fetchBytes(`tile/entries/000.p/${checkpoint.size}`), checkpoint.size);
  const hashes = checkpoint.size === 0 ? new Uint8Array() : await fetchBytes(`tile/0/000.p/${checkpoint.size}`);
  const root = await treeRoot(checkpoint.size, { readTile: async () => hashes });
  return { checkpoint, entries, hashes, root, trust };
}

describe("the log over HTTP", () => {
  it("gives a stranger with the pins a cosigned checkpoint, tiles and entries that belong together", async () => {
    const { checkpoint, entries, hashes, root } = await readWholeLog(customer, customer.org);
    expect(checkpoint.cosignatures).toHaveLength(1);
    expect(Buffer.from(root).equals(Buffer.from(checkpoint.root))).toBe(true);
    for (const [i, entry] of entries.entries()) {
      expect(Buffer.from(leafHash(entry)).equals(Buffer.from(hashes.subarray(32 * i, 32 * i + 32)))).toBe(true);
    }
    const types = entries.map((entry) => parseLeaf(entry).t);
    expect(types.slice(0, 2)).toEqual(["key.bind", "session.start"]);
    const first = parseLeaf(entries[0] ?? new Uint8Array());
    expect(first).toMatchObject({
      org: customer.org,
      actor: { id: customer.user, kind: "customer", dev: customer.dev },
    });
    expect(first.net?.ip).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it("shows an organisation's log to itself and the desk only", async () => {
    const other = await enrol(await invite(admin, { for: "customer", role: "admin" }));
    for (const name of [
      path("logCheckpoint", { log: customer.org }),
      `/log/${customer.org}/tile/0/000.p/1`,
      `/log/${customer.org}/tile/entries/000.p/1`,
    ]) {
      expect((await other.client.call("GET", name)).body.code).toBe("request.notFound");
      expect((await fetch(`${server.url}${name}`)).status).toBe(401);
      expect((await admin.client.send("GET", name)).status).toBe(200);
    }
    expect((await other.client.call("GET", `${PATHS.access}?org=${customer.org}`)).body.code).toBe("request.notFound");
  });

  it.each([
    "tile/0/000.p/999",
    "tile/0/000",
    "tile/0/000.p/0",
    "tile/entries/999",
    "tile/7/000.p/1",
    "tile/0/..%2f..%2fcheckpoint",
    "tile/x/y",
  ])("answers %s with not found", async (name) => {
    expect((await customer.client.call("GET", `/log/${customer.org}/${name}`)).status).toBe(404);
  });

  it("shows the global log to anybody", async () => {
    expect((await fetch(`${server.url}/log/global/checkpoint`)).status).toBe(200);
  });
});

describe("access()", () => {
  it("proves each entry under the checkpoint, and the checkpoint after the one seen before", async () => {
    const before = (await customer.client.call("GET", PATHS.access)).body;
    const verifier = async (body: typeof before) => {
      const trust = await openTrust(body.statements, [...customer.pins], Date.now());
      return openCheckpoint(body.checkpoint, await makeVerifier(trust.logVerifier(body.origin) ?? ""));
    };
    const seen = await verifier(before);
    await invite(customer, { for: "member", role: "member" });
    const after = (await customer.client.call("GET", `${PATHS.access}?from=${seen.size}&limit=2`)).body;
    const now = await verifier(after);
    expect(now.size).toBe(seen.size + 1);
    verifyConsistency({
      from: seen.size,
      to: now.size,
      fromRoot: seen.root,
      toRoot: now.root,
      proof: after.consistency.map(fromBase64url),
    });
    expect(after.entries).toHaveLength(2);
    for (const { index, leaf, inclusion } of after.entries) {
      verifyInclusion({
        index,
        size: now.size,
        leafHash: leafHash(fromBase64url(leaf)),
        root: now.root,
        proof: inclusion.map(fromBase64url),
      });
    }
    expect(parseLeaf(fromBase64url(after.entries[0].leaf))).toMatchObject({
      t: "config.change",
      what: expect.stringMatching(/^invite:inv_/),
    });
    expect(after.people).toContainEqual({ user: customer.user, name: expect.any(String), org: customer.org });
    const older = (await customer.client.call("GET", `${PATHS.access}?before=${after.entries[1].index}`)).body;
    expect(older.entries[0].index).toBe(after.entries[1].index - 1);
  });
});

describe("coalesce()", () => {
  it("gives each caller a run that began after the call, at most one at a time", async () => {
    let running = 0;
    const began: number[] = [];
    let tick = 0;
    const run = coalesce(async () => {
      expect(++running).toBe(1);
      began.push(++tick);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return tick;
    });
    const first = run("a");
    await new Promise((resolve) => setTimeout(resolve, 1));
    const calledAt = ++tick;
    const later = Array.from({ length: 50 }, () => run("a"));
    await Promise.all([first, ...later]);
    expect(began).toHaveLength(2);
    expect(began[1]).toBeGreaterThan(calledAt);
  });

  it("goes on after a run that failed", async () => {
    let failing = true;
    const run = coalesce(async () => {
      if (failing) throw new Error("once");
      return 7;
    });
    await expect(run("a")).rejects.toThrow("once");
    failing = false;
    expect(await run("a")).toBe(7);
  });
});

describe("netOf()", () => {
  const salt = new Uint8Array(32).fill(1);
  it.each([
    ["192.0.2.77", "192.0.2.0/24"],
    ["::ffff:192.0.2.77", "192.0.2.0/24"],
    ["2001:db8:12:34::1", "2001:db8:12::/48"],
    ["2001:DB8::1", "2001:db8:0::/48"],
    ["::1", "0:0:0::/48"],
    ["fe80::1%eth0", "fe80:0:0::/48"],
  ])("keeps the network of %s as %s", (address, pfx) => {
    expect(netOf(salt, address)?.pfx).toBe(pfx);
  });
  it("gives one address one name in one log and another in another", () => {
    expect(netOf(salt, "192.0.2.77")?.ip).toBe(netOf(salt, "::ffff:192.0.2.77")?.ip);
    expect(netOf(salt, "192.0.2.77")?.ip).not.toBe(netOf(new Uint8Array(32), "192.0.2.77")?.ip);
    expect(netOf(salt, "not an address")).toBeUndefined();
  });
});

describe("beatAll()", () => {
  it("adds a heartbeat to each organisation's log after five minutes, and none sooner", async () => {
    const { sql, ledger, org, advance, now } = await bareLog();
    await beatAll(sql, ledger, now);
    expect((await readLog(sql.db, org)).size).toBe(0);
    advance(5 * 60_000);
    await beatAll(sql, ledger, now);
    await beatAll(sql, ledger, now);
    const entries = (await readBundle(sql.db, org, 0, 10)).map(parseLeaf);
    expect(entries.map(({ t, actor }) => `${t} ${actor.kind}`)).toEqual(["log.heartbeat server"]);
    expect((await readLog(sql.db, "global")).size).toBe(0);
    advance(5 * 60_000);
    await beatAll(sql, ledger, now);
    expect((await readLog(sql.db, org)).size).toBe(2);
    await sql.close();
  });
});

describe("announce()", () => {
  it("puts each new head into the global log once, as a hash that whoever knows the head can compute", async () => {
    const { sql, ledger, org, advance, now } = await bareLog();
    await announce(sql, ledger, now);
    expect((await readLog(sql.db, "global")).size).toBe(0);
    const seen: Announced[] = [];
    for (let round = 0; round < 2; round++) {
      advance(5 * 60_000);
      await beatAll(sql, ledger, now);
      await announce(sql, ledger, now);
      await announce(sql, ledger, now);
      const told = readAnnounced((await readLog(sql.db, org)).announced);
      if (told !== null) seen.push(told);
    }
    expect(seen.map(({ index, size }) => [index, size])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    const entries = await readBundle(sql.db, "global", 0, 10);
    expect(entries.map((entry) => toBase64url(entry))).toEqual(
      seen.map(({ size, root, ts }) =>
        toBase64url(domainHash("global", utf8(canonicalize({ origin: ledger.originOf(org), size, root, ts })))),
      ),
    );
    const { root } = await ledger.integrate(org);
    expect(seen[1]?.root).toBe(toBase64url(root));
    await sql.close();
  });
});

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A log without a server around it, and a clock that the test moves. */
async function bareLog() {
  const directory = mkdtempSync(join(tmpdir(), "ledger-"));
  directories.push(directory);
  const sql = await createPglite({ directory: join(directory, "sql") });
  await migrate(sql, [ledgerMigrations]);
  let time = Date.now();
  const now = (): number => time;
  const witness = { addCheckpoint: () => Promise.reject(new Error("no witness here")) };
  const ledger = await createLedger({
    sql,
    now,
    logHost: "desk.test",
    seed: new Uint8Array(32).fill(7),
    witness,
    report: () => {},
  });
  const org = newId("org");
  await sql.transaction((tx) => ledger.open(tx, org));
  const advance = (ms: number): void => {
    time += ms;
  };
  return { sql, ledger, org, advance, now };
}
