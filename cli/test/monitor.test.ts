import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeBundle, encodeBundle, makeCosigner, parseTilePath } from "@breakwater/ledger";
import { DEFAULT_LIMITS } from "@breakwater/scope";
import { DeskClient } from "@breakwater/testing/src/desk-client.ts";
import { startServer, type TestServer } from "@breakwater/testing/src/server.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Monitor, type MonitorOptions, type Remote } from "../src/monitor.ts";

const folder = mkdtempSync(join(tmpdir(), "breakwater-monitor-"));
let server: TestServer;
let customer: DeskClient;
let ahead = 0;
/** What a dishonest desk answers instead. */
let lie: ((path: string, honest: Uint8Array) => Uint8Array) | undefined;

beforeAll(async () => {
  server = await startServer();
  const target = { url: server.url };
  const admin = await DeskClient.enrol(target, server.enrolment ?? "", {
    name: "Desk Administrator",
    email: "desk@desk.example",
    orgName: "Desk",
  });
  customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
    name: "Customer Administrator",
    email: "admin@customer.example",
    orgName: "Customer",
  });
});
afterAll(async () => {
  await server.destroy();
  rmSync(folder, { recursive: true, force: true });
});

const remote: Remote = {
  async get(path) {
    const answer = await customer.browser.send("GET", path);
    if (!answer.ok) throw new Error(`The desk answered ${answer.status}.`);
    const honest = new Uint8Array(await answer.arrayBuffer());
    return lie?.(path, honest) ?? honest;
  },
};
async function monitor(more: Partial<MonitorOptions> = {}): Promise<Monitor> {
  const base = { folder, desk: undefined, remote, orgs: [customer.org], limits: DEFAULT_LIMITS, cosigner: undefined };
  return new Monitor({ ...base, now: () => Date.now() + ahead, ...more });
}

describe("Monitor", () => {
  it("[vault 25] follows a real desk's log, cosigns it, and tells when it falls silent", async () => {
    const cosigner = await makeCosigner("monitor.customer.example", crypto.getRandomValues(new Uint8Array(32)));
    const watching = await monitor({ cosigner });
    expect(await watching.look()).toMatchObject([{ state: "ok", alarms: [] }]);
    const note = readFileSync(join(folder, customer.org, "checkpoint.cosigned"), "utf8");
    expect(note).toContain("monitor.customer.example");
    ahead = DEFAULT_LIMITS.silence + 120_000;
    expect(await watching.look()).toMatchObject([{ state: "ok", alarms: [{ name: "silence" }] }]);
    ahead = 0;
    // A new process goes on where this one was, and tells nothing twice.
    expect(await (await monitor()).look()).toMatchObject([{ state: "ok", fresh: 0, alarms: [] }]);
  });

  it("[vault 56] on a clean machine tells a changed line by its index, and keeps both checkpoints as evidence", async () => {
    const watching = await monitor();
    await watching.look();
    const before = readFileSync(join(folder, customer.org, "checkpoint"), "utf8");
    // Somebody changes a line of the past in the desk's database.
    lie = (path, honest) => {
      if (!path.includes("/tile/entries/")) return honest;
      const { width } = parseTilePath(path.slice(path.indexOf("tile/")));
      const entries = decodeBundle(honest, width);
      entries[1] = entries[0] ?? new Uint8Array();
      return encodeBundle(entries);
    };
    const [look] = await watching.look();
    expect(look).toMatchObject({ state: "forked", index: 1 });
    const names = readdirSync(join(folder, customer.org)).filter((name) => name.startsWith("evidence-"));
    expect(names).toHaveLength(1);
    const evidence = JSON.parse(readFileSync(join(folder, customer.org, names[0] ?? ""), "utf8")) as {
      checkpoints: string[];
    };
    expect(evidence.checkpoints).toEqual([before]);
    lie = undefined;
    expect(await watching.look()).toMatchObject([{ state: "ok" }]);
  });

  it("believes no other desk, and tells a desk that does not answer", async () => {
    const other = await monitor({ desk: "A".repeat(43) });
    expect(await other.look()).toMatchObject([{ state: "unverified" }]);
    const gone: Remote = { get: () => Promise.reject(new Error("Nobody answers at this address.")) };
    expect(await (await monitor({ remote: gone })).look()).toMatchObject([
      { state: "unreachable", message: "Nobody answers at this address." },
    ]);
  });
});
