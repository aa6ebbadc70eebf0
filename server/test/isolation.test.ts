import { path, type PathName } from "@breakwater/contract";
import { newId, toBase64url } from "@breakwater/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeskClient, randomParts, type CaseRow, type SealedFile } from "../../testing/src/desk-client.ts";
import { startServer, type TestServer } from "../../testing/src/server.ts";

let server: TestServer;
let admin: DeskClient;
let owner: DeskClient;
let colleague: DeskClient;
let stranger: DeskClient;
let row: CaseRow;
let uploaded: { readonly file: string; readonly sealed: SealedFile };
let unfinished: SealedFile;

beforeAll(async () => {
  server = await startServer();
  const target = { url: server.url };
  admin = await DeskClient.enrol(target, server.enrolment ?? "", { name: "Admin", email: "admin@desk.test" });
  const buyer = { for: "customer", role: "admin" } as const;
  owner = await DeskClient.enrol(target, await admin.invite(buyer), { name: "Own", email: "own@one.test" });
  const member = await owner.invite({ for: "member", role: "member" });
  colleague = await DeskClient.enrol(target, member, { name: "Col", email: "col@one.test" });
  stranger = await DeskClient.enrol(target, await admin.invite(buyer), { name: "Str", email: "str@two.test" });
  row = await owner.openCase();
  uploaded = await owner.upload(row.case, randomParts({ index: 1000 }));
  unfinished = await owner.seal(row.case, randomParts({ index: 1000 }));
  await owner.announce(unfinished);
}, 120_000);
afterAll(() => server.destroy());

/** Status and answer, without what names the thing that was asked for. */
async function ask(
  who: DeskClient,
  [method, name, params, json]: readonly [string, PathName, Readonly<Record<string, string>>, unknown?],
): Promise<string> {
  const tus = name === "upload" ? { headers: { "tus-resumable": "1.0.0" } } : {};
  const answer = await who.browser.send(method, path(name, params), {
    ...(json === undefined ? {} : { json }),
    ...tus,
  });
  return `${answer.status} ${await answer.text()}`;
}

/** Requests about one customer's things, signed by whoever asks; `ids` are real or made up. */
async function requestsAbout(
  who: DeskClient,
  ids: {
    readonly org: string;
    readonly case: string;
    readonly file: string;
    readonly part: string;
    readonly open: string;
  },
) {
  const { org, case: caseId, file, part } = ids;
  const place = { org, case: caseId };
  const { manifest } = uploaded.sealed;
  const opening = await who.prepareOpening(
    { ...manifest, manifest: { ...manifest.manifest, ...place, file } },
    ["index"],
    null,
  );
  const parts = ["index", "headers", "requestBodies", "responseBodies"].map((role) => ({
    part: newId("part"),
    role,
    ctSize: 100,
  }));
  const create = await who.act({ t: "file.create", ...place, file: ids.open, man: toBase64url(new Uint8Array(32)) });
  return [
    ["GET", "case", { case: caseId }],
    ["POST", "caseClose", { case: caseId }, { act: await who.act({ t: "case.close", ...place }) }],
    ["POST", "files", {}, { case: caseId, file: newId("file"), parts }],
    ["GET", "file", { file }],
    ["GET", "fileReceipt", { file }],
    ["GET", "filePart", { file, part }],
    ["POST", "fileFinish", { file: ids.open }, { manifest: { ...unfinished.manifest }, act: create }],
    ["HEAD", "upload", { part }],
    ["DELETE", "upload", { part }],
    ["POST", "release", {}, { act: opening.act, rpk: opening.rpk, grant: null }],
    ["GET", "logCheckpoint", { log: org }],
  ] as const;
}

describe("one customer and another's things", () => {
  it("are answered as if they did not exist", async () => {
    const part = [...unfinished.ciphertext.keys()][0] ?? "";
    const real = { org: owner.org, case: row.case, file: uploaded.file, part, open: unfinished.manifest.manifest.file };
    const none = {
      org: newId("org"),
      case: newId("case"),
      file: newId("file"),
      part: newId("part"),
      open: newId("file"),
    };
    const [about, nothing] = [await requestsAbout(stranger, real), await requestsAbout(stranger, none)];
    for (const [i, request] of about.entries()) {
      const answer = await ask(stranger, request);
      expect(answer, request[1]).toMatch(/^404 /);
      expect(answer, request[1]).toBe(await ask(stranger, nothing[i] ?? request));
    }
  });

  it("appear in none of their lists", async () => {
    for (const name of ["cases", "people", "trust", "access", "me"] as const) {
      const answer = await ask(stranger, ["GET", name, {}]);
      expect(answer, name).toMatch(/^200 /);
      for (const secret of [owner.org, owner.user, colleague.user, row.case, uploaded.file])
        expect(answer.includes(secret), `${name} ${secret}`).toBe(false);
    }
    for (const query of [`?case=${row.case}`, `?file=${uploaded.file}`]) {
      const answer = await stranger.browser.send("GET", path("access"), { query });
      expect(await answer.json()).toMatchObject({ entries: [] });
    }
    expect((await stranger.browser.send("GET", path("access"), { query: `?org=${owner.org}` })).status).toBe(404);
  });

  it("leave a colleague's unfinished upload to the colleague", async () => {
    const part = [...unfinished.ciphertext.keys()][0] ?? "";
    expect(await ask(colleague, ["HEAD", "upload", { part }])).toMatch(/^404/);
    expect(await ask(colleague, ["DELETE", "upload", { part }])).toMatch(/^404/);
    const { file } = unfinished.manifest.manifest;
    expect((await colleague.view(row.case)).files.map((one) => one.file)).not.toContain(file);
  });
});

describe("an act", () => {
  it("counts for its own person, device, case and file only", async () => {
    const other = await owner.openCase();
    const close = async (who: DeskClient, act: unknown): Promise<string> =>
      ask(who, ["POST", "caseClose", { case: other.case }, { act }]);
    const place = { org: owner.org, case: other.case };
    const good = await owner.act({ t: "case.close", ...place });
    for (const [who, act] of [
      [colleague, good],
      [owner, await colleague.act({ t: "case.close", ...place })],
      [owner, await owner.act({ t: "case.close", org: owner.org, case: row.case })],
      [owner, await owner.act({ t: "case.open", ...place })],
      [owner, await owner.act({ t: "case.close", ...place, at: new Date(Date.now() - 61_000).toISOString() })],
      [owner, { ...good, actor: { ...good.actor, id: colleague.user } }],
      [owner, { ...good, pol: { set: `sha256:${"A".repeat(43)}`, ids: [], dec: "allow" } }],
      [owner, { ...good, what: "more than was signed" }],
    ] as const)
      expect(await close(who, act)).toMatch(/^422 .*act\.invalid/);
    expect(await close(owner, good)).toMatch(/^200 /);
    // The same once more changes nothing, and adds no leaf.
    expect(await close(owner, good)).toMatch(/^200 /);
    const answer = await owner.browser.send("GET", path("access"), { query: `?case=${other.case}` });
    const { entries } = (await answer.json()) as { entries: { leaf: string }[] };
    const types = entries.map(({ leaf }) => (JSON.parse(Buffer.from(leaf, "base64url").toString()) as { t: string }).t);
    expect(types.filter((t) => t === "case.close")).toHaveLength(1);
  });
});
