import { path } from "@breakwater/contract";
import { parseLeaf } from "@breakwater/ledger";
import { DeskClient } from "@breakwater/testing/src/desk-client.ts";
import { startServer, type TestServer } from "@breakwater/testing/src/server.ts";
import { fromBase64url } from "@breakwater/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let server: TestServer;
let admin: DeskClient;
let engineer: DeskClient;
let customer: DeskClient;

beforeAll(async () => {
  // The test stands where the operator's proxy stands, and says where requests come from.
  server = await startServer({ BREAKWATER_TRUSTED_PROXIES: "127.0.0.1,::1" });
  const target = { url: server.url };
  admin = await DeskClient.enrol(target, server.enrolment ?? "", { name: "Desk Administrator", email: "a@desk.test" });
  engineer = await DeskClient.enrol(target, await admin.invite({ for: "staff", role: "engineer" }), {
    name: "Support Engineer",
    email: "e@desk.test",
  });
  customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
    name: "Customer Administrator",
    email: "c@customer.test",
    orgName: "Customer",
  });
});
afterAll(() => server.destroy());

async function askFrom(client: DeskClient, address: string): Promise<number> {
  const answer = await client.browser.send("GET", path("me"), { headers: { "x-forwarded-for": address } });
  await answer.arrayBuffer();
  return answer.status;
}

describe("[vault 39] a session stays where it began", () => {
  it("allows another address of the same network, and one network of each family", async () => {
    // Enrolment came from the loopback of one family; the other family's first network is taken beside it.
    const [six, four] = ["2001:db8:1::1", "192.0.2.7"];
    const first = await askFrom(customer, six);
    expect([first, await askFrom(customer, four)]).toEqual([200, 200]);
  });

  it("ends the session of one of the desk's people who turns up elsewhere, for good, with a line in the log", async () => {
    expect(await askFrom(engineer, "2001:db8:1::1")).toBe(200);
    expect(await askFrom(engineer, "2001:db8:1:ffff::2")).toBe(200);
    expect(await askFrom(engineer, "2001:db8:2::1")).toBe(401);
    expect(await askFrom(engineer, "2001:db8:1::1")).toBe(401);
    const { entries } = await admin.browser.call<{ entries: { leaf: string }[] }>("GET", "access");
    const moved = entries
      .map(({ leaf }) => parseLeaf(fromBase64url(leaf)))
      .filter(({ t, actor }) => t === "session.moved" && actor.id === engineer.user);
    expect(moved).toHaveLength(1);
    expect(moved[0]?.net?.pfx).toBe("2001:db8:2::/48");
  });
});
