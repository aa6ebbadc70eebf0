import type { SignedMessage } from "@breakwater/seal";
import { newId } from "@breakwater/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeskClient, randomParts, Refused, type CaseRow } from "../../../../testing/src/desk-client.ts";
import { startServer, type TestServer } from "../../../../testing/src/server.ts";

let server: TestServer;
let admin: DeskClient;
let engineer: DeskClient;
let colleague: DeskClient;
let customer: DeskClient;
let stranger: DeskClient;

beforeAll(async () => {
  server = await startServer();
  const target = { url: server.url };
  const desk = { name: "Desk Administrator", email: "admin@desk.test", orgName: "The Desk" };
  admin = await DeskClient.enrol(target, server.enrolment ?? "", desk);
  const staff = { for: "staff", role: "engineer" } as const;
  const buyer = { for: "customer", role: "admin" } as const;
  engineer = await DeskClient.enrol(target, await admin.invite(staff), {
    name: "Support Engineer",
    email: "e@desk.test",
  });
  colleague = await DeskClient.enrol(target, await admin.invite(staff), {
    name: "Other Engineer",
    email: "o@desk.test",
  });
  const names = { name: "Customer Administrator", email: "c@customer.test", orgName: "Nijmegen Bank" };
  customer = await DeskClient.enrol(target, await admin.invite(buyer), names);
  const others = { name: "Other Administrator", email: "s@other.test", orgName: "Other" };
  stranger = await DeskClient.enrol(target, await admin.invite(buyer), others);
}, 120_000);
afterAll(() => server?.destroy());

async function codeOf(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return "done";
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
}
async function leaves(caseId: string) {
  const { entries } = await customer.browser.call<{ entries: { leaf: string }[] }>("GET", "access", {
    query: `?case=${caseId}&limit=200`,
  });
  return entries
    .map(({ leaf }) => JSON.parse(Buffer.from(leaf, "base64url").toString()) as Record<string, unknown>)
    .toReversed();
}
const rowFor = async (who: DeskClient, { case: id }: CaseRow): Promise<CaseRow> => (await who.view(id)).case;

describe("postMessage() and the release of messages", () => {
  it("let both sides write and read each other's words, each reading under one leaf", async () => {
    const row = await customer.openCase("It fails");
    await engineer.take(row);
    const first = await customer.write(row.case, "The **upload** fails.");
    await engineer.write(row.case, "Which browser?", { reply: String(first.message.message["message"]) });
    await customer.write(row.case, "いつもの Chromium です");
    expect(await engineer.read(row.case)).toEqual([
      "The **upload** fails.",
      "Which browser?",
      "いつもの Chromium です",
    ]);
    expect(await customer.read(row.case)).toHaveLength(3);
    const log = await leaves(row.case);
    expect(log.filter(({ t }) => t === "case.message")).toHaveLength(3);
    const releases = log.filter(({ t }) => t === "key.release");
    expect(releases).toHaveLength(2);
    expect(releases[0]).toMatchObject({ parts: ["messages"], why: "correspond", actor: { id: engineer.user } });
    expect(releases[0]).not.toHaveProperty("file");
    expect((await customer.messages(row.case, "?after=1")).map(({ seq }) => seq)).toEqual([2, 3]);
  });

  it("give an engineer who is not on the case neither ciphertext nor key, and log each refusal", async () => {
    const row = await customer.openCase();
    await customer.write(row.case, "secret");
    expect(await codeOf(colleague.messages(row.case))).toBe("policy.denied");
    expect(await codeOf(colleague.write(row.case, "hello"))).toBe("policy.denied");
    expect((await leaves(row.case)).filter(({ t }) => t === "key.deny")).toMatchObject([
      { what: "case.messages", actor: { id: colleague.user }, pol: { dec: "deny" } },
    ]);
    expect(await codeOf(stranger.messages(row.case))).toBe("request.notFound");
    expect(await codeOf(stranger.post(await customer.sealMessage(row.case, "x")))).toBe("request.notFound");
  });

  it("refuse a release whose act names other messages, a file, or another reason", async () => {
    const row = await customer.openCase();
    await customer.write(row.case, "one");
    const bad = [{ man: "A".repeat(43) }, { parts: ["index"] }, { why: "diagnose" as const }, { rpk: "A".repeat(43) }];
    for (const change of bad)
      expect(await codeOf(customer.read(row.case, change)), JSON.stringify(change)).toBe("act.invalid");
    const other = await customer.openCase();
    expect(await codeOf(customer.read(row.case, { case: other.case }))).toBe("request.notFound");
    expect((await leaves(row.case)).some(({ t }) => t === "key.release")).toBe(false);
  });

  it("answer the same message again like the first time, and keep a case's words in one order under a crowd", async () => {
    const row = await customer.openCase();
    await engineer.take(row);
    const signed = await customer.sealMessage(row.case, "again");
    const first = await customer.post(signed);
    expect(await customer.post(signed)).toEqual(first);
    const sealed: [DeskClient, SignedMessage][] = [];
    for (let i = 0; i < 10; i++) {
      const who = i % 2 === 0 ? customer : engineer;
      sealed.push([who, await who.sealMessage(row.case, `word ${i}`)]);
    }
    await Promise.all(sealed.map(([who, message]) => who.post(message)));
    const rows = await customer.messages(row.case);
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 11 }, (_, at) => at + 1));
    expect((await customer.read(row.case)).toSorted()).toEqual(
      ["again", ...Array.from({ length: 10 }, (_, i) => `word ${i}`)].toSorted(),
    );
  });

  it("refuse words that are somebody else's, moved, changed, or about files and messages of another case", async () => {
    const row = await customer.openCase();
    const other = await customer.openCase();
    const signed = await customer.sealMessage(row.case, "mine");
    const { message, sig } = signed;
    expect(await codeOf(customer.post({ message: { ...message, created: "2026-01-02T03:04:05.678Z" }, sig }))).toBe(
      "message.invalid",
    );
    const by = { message: { ...message, by: engineer.user }, sig };
    expect(await codeOf(customer.post(by))).toBe("message.invalid");
    const wraps = { message: { ...message, wraps: message.wraps.slice(1) }, sig };
    expect(await codeOf(customer.post(wraps))).toBe("message.invalid");
    const reply = await customer.write(other.case, "there");
    const answers = await customer.sealMessage(row.case, "x", { reply: String(reply.message.message["message"]) });
    expect(await codeOf(customer.post(answers))).toBe("message.invalid");
    expect(await codeOf(customer.write(row.case, "x", { files: [newId("file")] }))).toBe("message.invalid");
    expect(await codeOf(customer.post(signed, { man: "A".repeat(43) }))).toBe("act.invalid");
    expect(await codeOf(customer.post(signed, { what: "state:closed" }))).toBe("act.invalid");
    expect(await customer.messages(row.case)).toEqual([]);
  });

  it("carry files of the case, sealed by either side, also text and bytes that nothing looked into", async () => {
    const row = await customer.openCase();
    await engineer.take(row);
    const har = await customer.upload(row.case, randomParts());
    const log = await customer.upload(row.case, { text: Buffer.from("a log") }, "app.log");
    const patch = await engineer.upload(row.case, { raw: Buffer.from([0, 1, 2]) }, "fix.bin");
    await engineer.write(row.case, "Please try this.", { files: [har.file, log.file, patch.file] });
    const manifest = await customer.manifestOf(patch.file);
    const opened = await customer.open(manifest, ["raw"], null);
    expect([...(opened.plain.get("raw") ?? [])]).toEqual([0, 1, 2]);
    const grant = await engineer.grant(await engineer.manifestOf(log.file), { parts: ["text"] });
    const text = await engineer.open(await engineer.manifestOf(log.file), ["text"], grant);
    expect(Buffer.from(text.plain.get("text") ?? []).toString()).toBe("a log");
    await customer.verifyReceipt(await customer.receipt(patch.file));
    expect(await codeOf(colleague.upload(row.case, { raw: Buffer.from("x") }))).toBe("policy.denied");
  });
});

describe("a case's state, people and fields", () => {
  it("change with the message that says so, and the customer's word opens a closed case again while it is fresh", async () => {
    const row = await customer.openCase();
    await engineer.take(row);
    await engineer.post(await engineer.sealMessage(row.case, "Which version?"), { what: "state:waiting-customer" });
    expect(await rowFor(customer, row)).toMatchObject({ state: "waiting-customer", waiting: null, messages: 1 });
    await customer.closeCase(row);
    expect(await codeOf(engineer.write(row.case, "more"))).toBe("policy.denied");
    expect(await codeOf(customer.write(row.case, "without a word about the state"))).toBe("policy.denied");
    await customer.post(await customer.sealMessage(row.case, "It is back"), { what: "state:waiting-desk" });
    const again = await rowFor(customer, row);
    expect(again).toMatchObject({ state: "waiting-desk", messages: 2 });
    expect(again.waiting).not.toBeNull();
  });

  it("are opened again by the desk through an administrator only", async () => {
    const row = await customer.closeCase(await customer.openCase());
    expect(await codeOf(engineer.update(row, { state: "open" }))).toBe("policy.denied");
    expect(await admin.update(row, { state: "open" })).toMatchObject({ state: "open" });
  });

  it("are changed by whoever saw the newest version, with a leaf that names the change; tags by their hash", async () => {
    const row = await customer.openCase();
    const taken = await engineer.take(row);
    const next = await engineer.update(taken, { priority: "urgent", tags: ["saml", "eu"], state: "waiting-desk" });
    expect(next).toMatchObject({ priority: "urgent", tags: ["eu", "saml"], state: "waiting-desk" });
    expect(await codeOf(engineer.update(taken, { priority: "low" }))).toBe("request.conflict");
    expect((await engineer.update(taken, { priority: "urgent" })).version).toBe(next.version);
    const seen = await rowFor(customer, row);
    expect(seen).toMatchObject({ tags: [], team: null, priority: "urgent" });
    expect((await customer.update(seen, { priority: "high" })).priority).toBe("high");
    expect(await codeOf(customer.update(seen, { tags: ["x"] }))).toBe("policy.denied");
    expect(await codeOf(engineer.update(next, { priority: "low" }, "priority:urgent"))).toBe("act.invalid");
    expect(await codeOf(colleague.update(next, { priority: "low" }))).toBe("policy.denied");
    const changes = (await leaves(row.case)).filter(({ t }) => t === "case.update").map(({ what }) => what);
    expect(changes).toEqual([
      expect.stringMatching(/^priority:urgent;state:waiting-desk;tags:[\w-]{43}$/),
      "priority:high",
    ]);
  });

  it("are taken, given, handed over and left, each with a leaf", async () => {
    const row = await customer.openCase();
    expect(await codeOf(engineer.give(row, colleague.user))).toBe("policy.denied");
    expect((await admin.give(row, engineer.user)).assignees).toMatchObject([{ user: engineer.user }]);
    expect((await engineer.give(row, colleague.user)).assignees).toHaveLength(2);
    expect((await engineer.unassign(row)).assignees).toMatchObject([{ user: colleague.user }]);
    expect(await codeOf(engineer.unassign(row, colleague.user))).toBe("policy.denied");
    expect((await admin.unassign(row, colleague.user)).assignees).toEqual([]);
    expect(await codeOf(admin.give(row, customer.user))).toBe("request.invalid");
    expect((await leaves(row.case)).map(({ t, what }) => [t, what]).slice(-4)).toEqual([
      ["case.assign", `user:${engineer.user}`],
      ["case.assign", `user:${colleague.user}`],
      ["case.unassign", undefined],
      ["case.unassign", `user:${colleague.user}`],
    ]);
  });
});

describe("the queue", () => {
  it("finds by number, customer, tag, person, state, priority, and what one has not seen", async () => {
    const row = await customer.openCase();
    const own = await stranger.openCase();
    const taken = await colleague.take(row);
    await colleague.update(taken, { priority: "urgent", tags: ["vpn"] });
    const numbers = async (who: DeskClient, query: string): Promise<readonly number[]> =>
      (await who.cases(`?${query}`)).cases.map(({ number }) => number);
    expect(await numbers(engineer, `q=%23${row.number}`)).toEqual([row.number]);
    expect(await numbers(engineer, `q=nijmegen&limit=1`)).toEqual([row.number]);
    expect(await numbers(engineer, "q=vpn")).toEqual([row.number]);
    expect(await numbers(engineer, "tag=vpn&state=active")).toEqual([row.number]);
    expect(await numbers(engineer, "q=Other%20Engineer")).toContain(row.number);
    expect(await numbers(engineer, "priority=urgent,high&sort=priority&limit=1")).toEqual([row.number]);
    expect(await numbers(engineer, "assignee=none")).not.toContain(row.number);
    expect(await numbers(stranger, "q=nijmegen")).toEqual([]);
    expect(await numbers(stranger, "tag=vpn")).toEqual([own.number]);
    expect(await codeOf(engineer.cases("?state=gone"))).toBe("request.invalid");
    expect(await numbers(stranger, "unread=true")).toEqual([]);
    await admin.take(own);
    await admin.write(own.case, "Hello");
    expect((await stranger.cases("?unread=true")).cases).toMatchObject([
      { number: own.number, unread: 1, activity: 2 },
    ]);
    await stranger.browser.call("POST", "caseSeen", { params: { case: own.case }, json: { activity: 2 } });
    expect(await numbers(stranger, "unread=true")).toEqual([]);
  });

  it("keeps views for oneself; the desk's leads share theirs with its staff and with nobody else", async () => {
    const view = { view: newId("view"), name: "Urgent", query: "priority=urgent", shared: true };
    const keep = (who: DeskClient, body: object) => who.browser.call("POST", "caseViews", { json: body });
    expect(await codeOf(keep(engineer, view))).toBe("who.notAllowed");
    await keep(admin, view);
    await keep(engineer, { ...view, view: newId("view"), name: "Mine", shared: false });
    const names = async (who: DeskClient) =>
      (await who.browser.call<{ views: { name: string; own: boolean }[] }>("GET", "caseViews")).views;
    expect(await names(engineer)).toMatchObject([
      { name: "Mine", own: true },
      { name: "Urgent", own: false },
    ]);
    expect(await names(colleague)).toMatchObject([{ name: "Urgent" }]);
    expect(await names(customer)).toEqual([]);
    await engineer.browser.call("DELETE", "caseView", { params: { view: view.view } });
    expect(await names(colleague)).toHaveLength(1);
    await admin.browser.call("DELETE", "caseView", { params: { view: view.view } });
    expect(await names(colleague)).toEqual([]);
  });
});
