import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { schemas } from "@breakwater/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { createAuthenticator } from "../../../../testing/src/authenticator.ts";
import { DeskClient, randomParts, Refused } from "../../../../testing/src/desk-client.ts";
import { startServer, type TestServer } from "../../../../testing/src/server.ts";

type View = z.output<typeof schemas.PolicyView>;
type Checked = z.output<typeof schemas.PolicyChecked>;
type Simulation = z.output<typeof schemas.PolicySimulation>;

const file = join(import.meta.dirname, "../../../../content/policies/desk.cedar");
const zero = readFileSync(file, "utf8");
const TIGHTER = `${zero}
@id("no-bodies")
@say("The desk opens no bodies.")
@help("Ask for the headers.")
forbid (principal, action == Action::"grant.request", resource)
when { context.grant.parts.contains("responseBodies") };
`;
const LOOSER = zero
  .replace('@id("closed-case")', '@id("closed-cases")')
  .replace('resource.state == "closed" };', 'resource.state == "never" };');

describe("the desk's rules", () => {
  let server: TestServer;
  let admin: DeskClient;
  let lead: DeskClient;
  let engineer: DeskClient;
  let customer: DeskClient;

  beforeAll(async () => {
    server = await startServer();
    const target = { url: server.url };
    const authenticator = createAuthenticator();
    admin = await DeskClient.enrol(target, server.enrolment ?? "", {
      name: "Desk Administrator",
      email: "admin@desk.test",
      orgName: "The Desk",
      authenticator,
    });
    lead = await DeskClient.enrol(target, await admin.invite({ for: "staff", role: "lead" }), {
      name: "Desk Lead",
      email: "lead@desk.test",
      authenticator,
    });
    engineer = await DeskClient.enrol(target, await admin.invite({ for: "staff", role: "engineer" }), {
      name: "Support Engineer",
      email: "engineer@desk.test",
    });
    customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
      name: "Customer Administrator",
      email: "admin@customer.test",
      orgName: "Customer",
    });
  }, 120_000);
  afterAll(() => server?.destroy());

  const view = (client = admin): Promise<View> => client.browser.call("GET", "policy");
  const check = (text: string): Promise<Checked> => admin.browser.call("POST", "policyCheck", { json: { text } });
  const act = (client: DeskClient, step: string, hash: string) =>
    client.act({ t: "policy.change", org: client.org, what: `${step} ${hash}` });
  async function propose(text: string, client = admin): Promise<View["sets"][number]> {
    const hash = (await check(text)).hash ?? "invalid";
    const json = { text, why: "For the tests", act: await act(client, "propose", hash) };
    const [set] = (await client.browser.call<View>("POST", "policy", { json })).sets;
    if (!set) throw new Error("Nothing was proposed.");
    return set;
  }
  const decide = async (
    client: DeskClient,
    path: "policyApprove" | "policyWithdraw",
    set: { readonly id: string; readonly hash: string },
  ): Promise<View> => {
    const step = path === "policyApprove" ? "approve" : "withdraw";
    return client.browser.call("POST", path, {
      params: { set: set.id },
      json: { act: await act(client, step, set.hash) },
    });
  };
  async function codeOf(asked: Promise<unknown>): Promise<string> {
    try {
      await asked;
      return "done";
    } catch (error) {
      if (error instanceof Refused) return error.code;
      throw error;
    }
  }

  it("are read as text and sentences by the desk's people, and by nobody else", async () => {
    const { text, rules, hash, zero: shipped, sets } = await view(engineer);
    expect(text).toBe(zero);
    expect(hash).toBe(shipped.hash);
    expect(rules.find(({ id }) => id === "suspended")).toMatchObject({
      effect: "forbid",
      say: "This account is suspended.",
    });
    expect(sets).toEqual([]);
    expect(await codeOf(view(customer))).toBe("who.notAllowed");
  });

  it("are checked with line and column: syntax, types, names and our own demands", async () => {
    const lines = zero.split("\n").length;
    expect(await check(`${zero}\npermit (principal, action, resource`)).toMatchObject({
      hash: null,
      problems: [{ line: lines + 1 }],
    });
    const misspelt = zero.replace("principal.suspended", "principal.suspendet");
    const line = misspelt.split("\n").findIndex((one) => one.includes("suspendet")) + 1;
    expect((await check(misspelt)).problems[0]).toMatchObject({ line, message: expect.stringContaining("suspendet") });
    expect((await check(`${zero}\npermit (principal, action, resource);`)).problems[0]?.message).toContain("@id");
    expect(await check(zero)).toMatchObject({ problems: [] });
  });

  it("are tried on what people really did", async () => {
    const row = await customer.openCase();
    const { file: id } = await customer.upload(row.case, randomParts());
    await engineer.take(row);
    const manifest = await engineer.manifestOf(id);
    for (let i = 0; i < 3; i++) await engineer.grant(manifest);
    const found = await admin.browser.call<Simulation>("POST", "policySimulate", { json: { text: TIGHTER } });
    expect(found).toMatchObject({
      denied: 3,
      allowed: 0,
      failed: 0,
      newlyDenied: [{ rule: "no-bodies", name: "Support Engineer", action: "grant.request", count: 3 }],
    });
    expect(found.tried).toBeGreaterThan(3);
    expect(await codeOf(admin.browser.call("POST", "policySimulate", { json: { text: "permit (" } }))).toBe(
      "policy.invalid",
    );
  });

  it("are tightened at once by two people, and every step is a leaf with the set's hash", async () => {
    const set = await propose(TIGHTER);
    expect(set).toMatchObject({ state: "proposed", loosens: false, mayApprove: false });
    expect(await codeOf(decide(admin, "policyApprove", set))).toBe("request.conflict");
    expect((await view()).text).toBe(zero);
    const after = await decide(lead, "policyApprove", set);
    expect(after).toMatchObject({ hash: set.hash, text: TIGHTER });
    expect(after.sets[0]).toMatchObject({ state: "holds", approved: { name: "Desk Lead" } });
    const row = await customer.openCase();
    const { file: id } = await customer.upload(row.case, randomParts());
    await engineer.take(row);
    expect(await codeOf(engineer.grant(await engineer.manifestOf(id)))).toBe("policy.denied");
    const { entries } = await admin.browser.call<{ entries: { leaf: string }[] }>("GET", "access", {
      query: "?limit=200",
    });
    const told = entries
      .map(({ leaf }) => JSON.parse(Buffer.from(leaf, "base64url").toString()) as { t: string; what?: string })
      .filter(({ t }) => t === "policy.change")
      .map(({ what }) => what);
    expect(told).toEqual([`effective ${set.hash}`, `approve ${set.hash}`, `propose ${set.hash}`]);
  });

  it("are loosened only after a day, and may be stopped until then", async () => {
    const set = await propose(LOOSER);
    expect(set.loosens).toBe(true);
    const cooling = await decide(lead, "policyApprove", set);
    expect(cooling.sets[0]?.state).toBe("cooling");
    expect(cooling.text).toBe(TIGHTER);
    expect((await decide(lead, "policyWithdraw", set)).sets[0]?.state).toBe("withdrawn");
    expect(await codeOf(decide(lead, "policyApprove", set))).toBe("request.notFound");
  });

  it("are not taken back by a change that was written or approved before the last one", async () => {
    const { text } = await view();
    const wider = text.replace(/@id\("no-bodies"\)[^;]+;/u, "");
    const [early, late] = [await propose(wider), await propose(`${wider}\n// the same, once more`)];
    expect((await decide(lead, "policyApprove", early)).sets.find(({ id }) => id === early.id)?.state).toBe("cooling");
    expect((await decide(lead, "policyApprove", late)).sets.find(({ id }) => id === early.id)?.state).toBe("withdrawn");
    const stale = await propose(`${wider}\n// later`);
    const stricter = await propose(
      `${text}\n@id("no-holds") @say("Nothing is held.") forbid (principal, action == Action::"case.hold", resource);`,
    );
    const after = await decide(lead, "policyApprove", stricter);
    expect(after.hash).toBe(stricter.hash);
    expect(after.sets.find(({ id }) => id === late.id)?.state).toBe("withdrawn");
    expect(await codeOf(decide(lead, "policyApprove", stale))).toBe("request.conflict");
    // Nothing that may take it back is left to begin by itself.
    expect((await view()).sets.filter(({ state }) => state === "cooling")).toEqual([]);
  });

  it("never hold when they do not validate, and engineers propose none", async () => {
    const json = { text: "permit (", why: "For the tests", act: await act(admin, "propose", "sha256:none") };
    expect(await codeOf(admin.browser.call("POST", "policy", { json }))).toBe("policy.invalid");
    expect(await codeOf(propose(zero, engineer))).toBe("who.notAllowed");
  });
});
