import type { SignedGrant, SignedManifest } from "@breakwater/seal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthenticator, type Authenticator } from "../../../../testing/src/authenticator.ts";
import {
  approvalFor,
  bindPasskey,
  byDevice,
  byPasskey,
  changeGrant,
  grantsOf,
  putSettings,
  sendApproval,
} from "../../../../testing/src/client/approving.ts";
import { DeskClient, randomParts, Refused, type CaseRow } from "../../../../testing/src/desk-client.ts";
import { startServer, type TestServer } from "../../../../testing/src/server.ts";

let server: TestServer;
let admin: DeskClient;
let lead: DeskClient;
let engineer: DeskClient;
let customer: DeskClient;
let stranger: DeskClient;
const adminKey: Authenticator = createAuthenticator();
const leadKey: Authenticator = createAuthenticator();
let row: CaseRow;
let manifest: SignedManifest;

beforeAll(async () => {
  server = await startServer();
  const target = { url: server.url };
  admin = await DeskClient.enrol(target, server.enrolment ?? "", {
    name: "Desk Administrator",
    email: "admin@desk.test",
    orgName: "The Desk",
    authenticator: adminKey,
  });
  const invite = (role: "lead" | "engineer") => admin.invite({ for: "staff", role });
  lead = await DeskClient.enrol(target, await invite("lead"), {
    name: "Desk Lead",
    email: "lead@desk.test",
    authenticator: leadKey,
  });
  engineer = await DeskClient.enrol(target, await invite("engineer"), {
    name: "Support Engineer",
    email: "engineer@desk.test",
  });
  const buyer = { for: "customer", role: "admin" } as const;
  customer = await DeskClient.enrol(target, await admin.invite(buyer), {
    name: "Customer Administrator",
    email: "admin@customer.test",
    orgName: "Customer",
  });
  stranger = await DeskClient.enrol(target, await admin.invite(buyer), {
    name: "Another Customer",
    email: "admin@other.test",
    orgName: "Other",
  });
  for (const client of [admin, lead]) await bindPasskey(client);
  row = await customer.openCase();
  const { file } = await customer.upload(row.case, randomParts());
  for (const client of [engineer, lead]) await client.take(row);
  manifest = await engineer.manifestOf(file);
}, 120_000);
afterAll(() => server?.destroy());

async function problemOf(asked: Promise<unknown>): Promise<Refused | "done"> {
  try {
    await asked;
    return "done";
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}
async function codeOf(asked: Promise<unknown>): Promise<string> {
  const problem = await problemOf(asked);
  return problem === "done" ? problem : problem.code;
}
async function leafAt(index: number | undefined): Promise<Record<string, unknown>> {
  const { entries } = await customer.browser.call<{ entries: { index: number; leaf: string }[] }>("GET", "access", {
    query: "?limit=200",
  });
  const found = entries.find((entry) => entry.index === index);
  return JSON.parse(Buffer.from(found?.leaf ?? "", "base64url").toString()) as Record<string, unknown>;
}
const approve = (grant: SignedGrant, changes = {}): Promise<void> =>
  sendApproval(lead, grant, byPasskey(lead, leadKey, approvalFor(lead, grant, changes)));
const open = (grant: SignedGrant): Promise<unknown> => engineer.open(manifest, ["index"], grant);

describe("a grant that needs approval", () => {
  it("waits for the lead's and the customer's answers, shows each what they need to decide, and then opens", async () => {
    await putSettings(customer, { approve: "both", breakGlass: true });
    const grant = await engineer.grant(manifest, { parts: ["index", "headers"] });
    const [waiting] = await grantsOf(lead, "waiting");
    expect(waiting).toMatchObject({
      id: grant.grant.id,
      state: "waiting",
      needs: ["lead", "customer"],
      grantee: { name: "Support Engineer", role: "engineer" },
      case: { number: row.number, orgName: "Customer" },
      history: { denied: 0, emergencies: 0 },
      mayDecide: true,
    });
    expect(JSON.stringify(waiting?.grant)).toBe(JSON.stringify(grant));
    const denied = await problemOf(open(grant));
    if (denied === "done") throw new Error("It opened without approval.");
    expect(denied.code).toBe("policy.denied");
    expect(await leafAt(denied.leaf)).toMatchObject({ t: "key.deny", what: "key.release" });

    await approve(grant);
    expect(await grantsOf(lead, "waiting")).toEqual([]);
    expect(await codeOf(open(grant))).toBe("policy.denied");
    expect((await grantsOf(customer, "waiting"))[0]).toMatchObject({ needs: ["customer"] });
    await sendApproval(customer, grant, await byDevice(customer, approvalFor(customer, grant)));
    expect((await grantsOf(engineer, "mine"))[0]).toMatchObject({
      state: "live",
      approvals: [
        { side: "lead", dec: "allow" },
        { side: "customer", dec: "allow" },
      ],
    });
    expect(await codeOf(open(grant))).toBe("done");
  });

  it("is denied for good by either side, and says so", async () => {
    const grant = await engineer.grant(manifest);
    await approve(grant);
    const denial = approvalFor(customer, grant, { dec: "deny" });
    await sendApproval(customer, grant, await byDevice(customer, denial));
    expect((await grantsOf(engineer, "mine"))[0]).toMatchObject({ state: "denied" });
    expect(await codeOf(open(grant))).toBe("policy.denied");
    const again = approvalFor(customer, grant);
    expect(await codeOf(sendApproval(customer, grant, await byDevice(customer, again)))).toBe("policy.denied");
  });

  it("is taken away by its holder, a lead and the customer, and opens nothing from then on", async () => {
    await putSettings(customer, { approve: "none", breakGlass: true });
    for (const client of [engineer, lead, customer]) {
      const grant = await engineer.grant(manifest);
      expect(await codeOf(open(grant))).toBe("done");
      await changeGrant(client, grant, "grantRevoke");
      expect(await codeOf(open(grant))).toBe("policy.denied");
      expect((await grantsOf(engineer, "mine"))[0]).toMatchObject({ state: "revoked", revoked: { user: client.user } });
    }
  });
});

describe("[vault 27] the server refuses, with a leaf", () => {
  it("an approval of one's own, by another customer, by an engineer, with a device, and a changed one", async () => {
    await putSettings(customer, { approve: "lead", breakGlass: true });
    const own = await lead.grant(manifest);
    const selfish = await problemOf(approve(own));
    if (selfish === "done") throw new Error("A lead approved their own grant.");
    expect(await leafAt(selfish.leaf)).toMatchObject({ t: "key.deny", what: "grant.approve", pol: { dec: "deny" } });

    const grant = await engineer.grant(manifest);
    expect(await codeOf(sendApproval(stranger, grant, await byDevice(stranger, approvalFor(stranger, grant))))).toBe(
      "request.notFound",
    );
    expect(await codeOf(sendApproval(engineer, grant, await byDevice(engineer, approvalFor(engineer, grant))))).toBe(
      "who.notAllowed",
    );
    expect(await codeOf(sendApproval(lead, grant, await byDevice(lead, approvalFor(lead, grant))))).toBe(
      "grant.invalid",
    );
    const other = await engineer.grant(manifest);
    const swapped = byPasskey(lead, leadKey, approvalFor(lead, other));
    expect(await codeOf(sendApproval(lead, grant, swapped))).toBe("grant.invalid");
    const denied = byPasskey(lead, leadKey, approvalFor(lead, grant, { dec: "deny" }));
    const changed = { ...denied, approval: { ...denied.approval, dec: "allow" as const } };
    expect(await codeOf(sendApproval(lead, grant, changed))).toBe("grant.invalid");
    expect(await codeOf(open(grant))).toBe("policy.denied");
    await approve(grant);
    expect(await codeOf(approve(grant))).toBe("request.conflict");
    expect(await codeOf(open(grant))).toBe("done");
  });
});

describe("[vault 29] a grant of three uses", () => {
  it("gives exactly three of a hundred parallel requests, over HTTP, through server and releaser", async () => {
    await putSettings(customer, { approve: "none", breakGlass: true });
    const grant = await engineer.grant(manifest, { max: 3 });
    const prepared = await Promise.all(
      Array.from({ length: 100 }, () => engineer.prepareOpening(manifest, ["index"], grant)),
    );
    const codes = await Promise.all(prepared.map((one) => codeOf(engineer.release(one))));
    expect(codes.filter((code) => code === "done")).toHaveLength(3);
    expect(new Set(codes.filter((code) => code !== "done"))).toEqual(new Set(["grant.spent"]));
  }, 120_000);
});

describe("opening in an emergency", () => {
  const hour = () => ({
    purpose: "break-glass" as const,
    exp: new Date(Date.now() + 3_000_000).toISOString(),
  });

  it("needs no approval, shows on the case's list until another administrator has reviewed it", async () => {
    await putSettings(customer, { approve: "both", breakGlass: true });
    const grant = await lead.grant(manifest, hour());
    expect(await codeOf(lead.open(manifest, ["index"], grant))).toBe("done");
    for (const client of [admin, customer, engineer])
      expect(await grantsOf(client, "emergencies")).toMatchObject([
        { id: grant.grant.id, emergency: true, reviewed: null },
      ]);
    expect(await codeOf(changeGrant(lead, grant, "grantReview"))).toBe("who.notAllowed");
    await changeGrant(admin, grant, "grantReview");
    expect(await grantsOf(customer, "emergencies")).toEqual([]);
    expect((await grantsOf(customer, "case", row.case)).find(({ id }) => id === grant.grant.id)).toMatchObject({
      reviewed: { user: admin.user },
    });
  });

  it("is not for engineers, nor where the customer does not allow it", async () => {
    expect(await codeOf(engineer.grant(manifest, hour()))).toBe("policy.denied");
    await putSettings(customer, { approve: "none", breakGlass: false });
    expect(await codeOf(lead.grant(manifest, hour()))).toBe("policy.denied");
  });
});

describe("putSettings()", () => {
  it("takes an organisation's own administrator's word only, and is a leaf", async () => {
    const before = await customer.browser.call("GET", "settings");
    expect(before).toMatchObject({ approve: "none", breakGlass: false });
    await putSettings(admin, { approve: "lead", breakGlass: true });
    expect(await stranger.browser.call("GET", "settings")).toMatchObject({ own: null, approve: "lead" });
    expect(await codeOf(putSettings(engineer, { approve: "none", breakGlass: true }))).toBe("who.notAllowed");
  });
});

describe("refusals", () => {
  it("are leaves, sixty a minute for each person: a flood fills nobody's log", async () => {
    const unasked = Array.from({ length: 70 }, () => engineer.prepareOpening(manifest, ["index"], null));
    const codes: string[] = [];
    for (const prepared of await Promise.all(unasked)) codes.push(await codeOf(engineer.release(prepared)));
    expect(codes.filter((code) => code === "policy.denied").length).toBeLessThanOrEqual(60);
    expect(codes.at(-1)).toBe("request.rateLimited");
  });
});
