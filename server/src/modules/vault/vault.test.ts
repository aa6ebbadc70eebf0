import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { path } from "@breakwater/contract";
import { generateDeviceKey, type HarRole } from "@breakwater/seal";
import { newId } from "@breakwater/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  Browser,
  DeskClient,
  randomParts,
  Refused,
  type CaseRow,
  type SealedFile,
} from "../../../../testing/src/desk-client.ts";
import { findPostgres, startPostgres, type TestPostgres } from "../../../../testing/src/postgres.ts";
import { startServer, type TestServer } from "../../../../testing/src/server.ts";
import { readRange } from "./parts.ts";

const engines = findPostgres() === null ? ["pglite"] : ["pglite", "postgres"];
if (engines.length === 1) console.log("There is no PostgreSQL here: the vault is tested on PGlite only.");

describe.each(engines)("the vault on %s", (engine) => {
  let postgres: TestPostgres | null = null;
  let server: TestServer;
  let admin: DeskClient;
  let engineer: DeskClient;
  let colleague: DeskClient;
  let customer: DeskClient;
  let stranger: DeskClient;

  beforeAll(async () => {
    postgres = engine === "postgres" ? await startPostgres() : null;
    server = await startServer(postgres === null ? {} : { DATABASE_URL: postgres.url });
    const target = { url: server.url };
    admin = await DeskClient.enrol(target, server.enrolment ?? "", {
      name: "Admin",
      email: "admin@desk.test",
      orgName: "The Desk",
    });
    const staff = { for: "staff", role: "engineer" } as const;
    engineer = await DeskClient.enrol(target, await admin.invite(staff), {
      name: "Engineer",
      email: "engineer@desk.test",
    });
    colleague = await DeskClient.enrol(target, await admin.invite(staff), {
      name: "Colleague",
      email: "col@desk.test",
    });
    const buyer = { for: "customer", role: "admin" } as const;
    customer = await DeskClient.enrol(target, await admin.invite(buyer), {
      name: "Cus",
      email: "cus@customer.test",
      orgName: "Customer",
    });
    stranger = await DeskClient.enrol(target, await admin.invite(buyer), {
      name: "Str",
      email: "str@other.test",
      orgName: "Other",
    });
  }, 120_000);
  afterAll(async () => {
    await server?.destroy();
    await postgres?.close();
  });

  async function codeOf(asked: Promise<unknown>): Promise<string> {
    try {
      await asked;
      return "done";
    } catch (error) {
      if (error instanceof Refused) return error.code;
      throw error;
    }
  }
  async function leaves(caseId: string): Promise<readonly string[]> {
    const { entries } = await customer.browser.call<{ entries: { leaf: string }[] }>("GET", "access", {
      query: `?case=${caseId}&limit=200`,
    });
    return entries
      .map(({ leaf }) => (JSON.parse(Buffer.from(leaf, "base64url").toString()) as { t: string }).t)
      .toReversed();
  }

  describe("the whole path", () => {
    it("goes from a case to an opened file, with a receipt and a leaf for each step", async () => {
      const row = await customer.openCase("It does not work");
      expect(row).toMatchObject({ state: "open", files: 0, orgName: "Customer", assignees: [] });
      const plain = randomParts({ index: 0, responseBodies: 200_000 });
      const { file, receipt, sealed } = await customer.upload(row.case, plain);
      expect(await customer.verifyReceipt(receipt)).toMatchObject({ file, case: row.case, manifestHash: sealed.man });

      expect((await engineer.view(row.case)).files[0]?.manifest).toBeNull();
      expect((await engineer.take(row)).assignees).toMatchObject([{ user: engineer.user, name: "Engineer" }]);
      const manifest = await engineer.manifestOf(file);
      const grant = await engineer.grant(manifest);
      expect((await engineer.fileView(file)).grants).toEqual([JSON.parse(JSON.stringify(grant))]);
      const opened = await engineer.open(manifest, ["index", "headers", "requestBodies", "responseBodies"], grant);
      for (const [role, bytes] of Object.entries(plain))
        expect(Buffer.compare(opened.plain.get(role as HarRole) ?? new Uint8Array(), bytes)).toBe(0);
      expect(opened.plain.size).toBe(4);

      const own = await customer.open(manifest, ["headers"], null);
      expect(Buffer.compare(own.plain.get("headers") ?? new Uint8Array(), plain.headers)).toBe(0);
      expect((await customer.closeCase(row)).state).toBe("closed");
      expect(await leaves(row.case)).toEqual([
        "case.open",
        "releaser.key",
        "file.create",
        "file.finish",
        "case.assign",
        "file.meta",
        "grant.request",
        "key.release",
        "file.list",
        "file.fetch",
        "file.fetch",
        "file.fetch",
        "file.fetch",
        "key.release",
        "file.list",
        "file.fetch",
        "case.close",
      ]);
    });
  });

  describe("uploading", () => {
    let row: CaseRow;
    let sealed: SealedFile;
    const first = (): [string, Uint8Array] => [...sealed.ciphertext][0] ?? ["", new Uint8Array()];
    beforeAll(async () => {
      row = await customer.openCase();
    });
    const begin = async (): Promise<void> => {
      sealed = await customer.seal(row.case, randomParts({ index: 50_000 }));
      await customer.announce(sealed);
    };

    it("leaves one person 40 uploads under way, and room for the others", async () => {
      const link = await admin.invite({ for: "customer", role: "admin" });
      const busy = await DeskClient.enrol({ url: server.url }, link, { name: "Busy", email: "busy@third.test" });
      const { case: place } = await busy.openCase();
      const roles = ["index", "headers", "requestBodies", "responseBodies"];
      const announceOne = (file = newId("file")): Promise<unknown> =>
        busy.browser.call("POST", "files", {
          json: { case: place, file, parts: roles.map((role) => ({ part: newId("part"), role, ctSize: 100 })) },
        });
      for (let i = 0; i < 40; i++) await announceOne();
      expect(await codeOf(announceOne())).toBe("request.rateLimited");
    });

    it("is resumed at the offset that the server has, and answers one finish twice with one receipt", async () => {
      await begin();
      const [part, bytes] = first();
      expect((await customer.patch(part, 0, bytes.subarray(0, 20_000))).status).toBe(204);
      expect(await customer.offset(part)).toBe(20_000);
      expect((await customer.patch(part, 10_000, bytes.subarray(10_000))).status).toBe(409);
      expect(await codeOf(customer.finish(sealed))).toBe("upload.incomplete");
      await customer.announce(sealed);
      await customer.sendParts(sealed, 7_000);
      const [one, two] = await Promise.all([customer.finish(sealed), customer.finish(sealed)]);
      expect(one.leaf).toBe(two.leaf);
      expect(await customer.offset(part)).toBe(bytes.length);
      expect((await leaves(row.case)).filter((t) => t === "file.create")).toHaveLength(1);
      expect(readdirSync(join(server.directory, "uploads"))).toEqual([]);
    });

    it("streams a part larger than any body that is read whole", async () => {
      const plain = randomParts({ responseBodies: 20 * 1024 * 1024 });
      const { file, sealed: large } = await customer.upload(row.case, plain);
      const own = await customer.open(large.manifest, ["responseBodies"], null);
      expect(Buffer.compare(own.plain.get("responseBodies") ?? new Uint8Array(), plain.responseBodies)).toBe(0);
      expect((await customer.fileView(file)).file.state).toBe("sealed");
    });

    it("keeps nothing of a request whose checksum does not fit", async () => {
      await begin();
      const [part, bytes] = first();
      const headers = {
        "tus-resumable": "1.0.0",
        "upload-offset": "0",
        "content-type": "application/offset+octet-stream",
        "upload-checksum": `sha256 ${"A".repeat(43)}=`,
      };
      const answer = await customer.browser.send("PATCH", path("upload", { part }), { body: bytes, headers });
      expect(answer.status).toBe(460);
      expect(await customer.offset(part)).toBe(0);
    });

    it("takes no more bytes than were announced, and none from anybody else", async () => {
      await begin();
      const [part, bytes] = first();
      expect((await customer.patch(part, 0, new Uint8Array(bytes.length + 1))).status).toBe(413);
      expect((await stranger.patch(part, 0, bytes)).status).toBe(404);
      expect((await engineer.patch(part, 0, bytes)).status).toBe(404);
      const anonymous = new Browser({ url: server.url }, await generateDeviceKey());
      expect(
        (
          await anonymous.send("PATCH", path("upload", { part }), {
            body: bytes,
            headers: {
              "tus-resumable": "1.0.0",
              "upload-offset": "0",
              "content-type": "application/offset+octet-stream",
            },
          })
        ).status,
      ).toBe(401);
    });

    it("can be ended and begun anew", async () => {
      await begin();
      const [part, bytes] = first();
      const tus = { "tus-resumable": "1.0.0" };
      expect((await customer.browser.send("DELETE", path("upload", { part }), { headers: tus })).status).toBe(204);
      expect((await customer.browser.send("HEAD", path("upload", { part }), { headers: tus })).status).toBe(404);
      const metadata = `part ${Buffer.from(part).toString("base64")}`;
      const create = (length: number) =>
        customer.browser.send("POST", path("uploads"), {
          headers: { ...tus, "upload-length": String(length), "upload-metadata": metadata },
        });
      expect((await create(bytes.length + 1)).status).toBe(422);
      const created = await create(bytes.length);
      expect([
        created.status,
        created.headers.get("location"),
        created.headers.get("access-control-allow-origin"),
      ]).toEqual([201, path("upload", { part }), null]);
      expect(await customer.offset(part)).toBe(0);
    });

    it("is refused at the finish when a byte, the manifest, the act or the signer is another", async () => {
      await begin();
      await customer.sendParts(sealed);
      const other = await customer.seal(row.case, randomParts());
      expect(await codeOf(customer.finish({ ...sealed, man: other.man }))).toBe("act.invalid");
      const swapped = {
        ...other,
        manifest: { ...other.manifest, manifest: { ...other.manifest.manifest, file: sealed.manifest.manifest.file } },
      };
      expect(await codeOf(customer.finish(swapped))).toBe("manifest.invalid");
      expect(
        await codeOf(customer.finish({ ...sealed, manifest: { ...sealed.manifest, sig: other.manifest.sig } })),
      ).toBe("manifest.invalid");
      expect(await codeOf(stranger.finish(sealed))).toBe("request.notFound");
      expect(await customer.finish(sealed)).toMatchObject({ t: "receipt" });

      await begin();
      const [part, bytes] = first();
      const flipped = bytes.slice();
      flipped[100] = (flipped[100] ?? 0) ^ 1;
      await customer.sendParts({ ...sealed, ciphertext: new Map([...sealed.ciphertext, [part, flipped]]) });
      expect(await codeOf(customer.finish(sealed))).toBe("upload.mismatch");
      expect(
        (await customer.view(row.case)).files.find(({ file }) => file === sealed.manifest.manifest.file)?.state,
      ).toBe("uploading");
    });

    it("is refused on a case of others, for a file id that is taken, and on a closed case", async () => {
      await begin();
      const again = {
        ...sealed,
        manifest: {
          ...sealed.manifest,
          manifest: {
            ...sealed.manifest.manifest,
            parts: sealed.manifest.manifest.parts.map((part) => ({ ...part, part: newId("part") })),
          },
        },
      };
      expect(await codeOf(customer.announce(again))).toBe("request.conflict");
      expect(await codeOf(stranger.announce(sealed))).toBe("request.notFound");
      expect(await codeOf(engineer.announce(sealed))).toBe("policy.denied");
      const closed = await customer.openCase();
      const late = await customer.seal(closed.case, randomParts());
      await customer.closeCase(closed);
      expect(await codeOf(customer.announce(late))).toBe("policy.denied");
    });
  });

  describe("reading and opening", () => {
    let row: CaseRow;
    let file: string;
    let sealed: SealedFile;
    beforeAll(async () => {
      row = await customer.openCase();
      ({ file, sealed } = await customer.upload(row.case, randomParts({ headers: 40_000 })));
      await engineer.take(row);
    }, 60_000);

    it("gives ranges of ciphertext, aligned or not", async () => {
      const [, part] = sealed.manifest.manifest.parts;
      const bytes = sealed.ciphertext.get(part?.part ?? "") ?? new Uint8Array();
      const address = path("filePart", { file, part: part?.part ?? "" });
      const get = (range: string) => engineer.browser.send("GET", address, { headers: { range } });
      const some = await get("bytes=16456-16999");
      expect([some.status, some.headers.get("content-range")]).toEqual([206, `bytes 16456-16999/${bytes.length}`]);
      expect(Buffer.compare(new Uint8Array(await some.arrayBuffer()), bytes.subarray(16_456, 17_000))).toBe(0);
      expect((await get("bytes=-10")).headers.get("content-length")).toBe("10");
      expect((await get(`bytes=${bytes.length}-`)).status).toBe(416);
      const whole = await engineer.browser.bytes("filePart", { params: { file, part: part?.part ?? "" } });
      expect(Buffer.compare(whole, bytes)).toBe(0);
    });

    it("needs an assignment, a grant, its purpose, its parts and its uses; each refusal is a leaf", async () => {
      const { manifest } = sealed;
      const before = await leaves(row.case);
      const openWith = async (
        who: DeskClient,
        grant: Awaited<ReturnType<DeskClient["prepareGrant"]>> | null,
        changes = {},
      ) => codeOf(who.release(await who.prepareOpening(manifest, ["index"], grant, changes)));
      expect(await codeOf(colleague.grant(manifest))).toBe("policy.denied");
      expect(await codeOf(colleague.manifestOf(file))).toBe("policy.denied");
      expect(await codeOf(stranger.manifestOf(file))).toBe("request.notFound");
      expect(await openWith(engineer, null)).toBe("policy.denied");
      const narrow = await engineer.grant(manifest, { parts: ["headers"], max: 1 });
      expect(await openWith(engineer, narrow)).toBe("policy.denied");
      expect(await openWith(engineer, narrow, { parts: ["headers"], why: "security" })).toBe("policy.denied");
      expect(await openWith(engineer, narrow, { parts: ["headers"] })).toBe("done");
      expect(await openWith(engineer, narrow, { parts: ["headers"] })).toBe("grant.spent");
      expect(await codeOf(engineer.grant(manifest, { purpose: "own-file" }))).toBe("policy.denied");
      expect(await codeOf(customer.grant(manifest))).toBe("who.notAllowed");
      expect((await leaves(row.case)).slice(before.length).filter((t) => t === "key.deny")).toHaveLength(7);
    });

    it("is refused with an act that was altered, is old, or names another key", async () => {
      const grant = await engineer.grant(sealed.manifest);
      const prepared = await engineer.prepareOpening(sealed.manifest, ["index"], grant);
      const other = await engineer.prepareOpening(sealed.manifest, ["index"], grant);
      expect(await codeOf(engineer.release({ ...prepared, rpk: other.rpk }))).toBe("act.invalid");
      expect(
        await codeOf(engineer.release({ ...prepared, act: { ...prepared.act, parts: ["index", "headers"] } })),
      ).toBe("act.invalid");
      const old = await engineer.prepareOpening(sealed.manifest, ["index"], grant, {
        at: new Date(Date.now() - 120_000).toISOString(),
      });
      expect(await codeOf(engineer.release(old))).toBe("act.invalid");
      expect(await codeOf(colleague.release(prepared))).toBe("act.invalid");
    });

    it("of 30 at once on three uses gives exactly three", async () => {
      const grant = await engineer.grant(sealed.manifest, { max: 3 });
      const prepared = await Promise.all(
        Array.from({ length: 30 }, () => engineer.prepareOpening(sealed.manifest, ["index"], grant)),
      );
      const codes = await Promise.all(prepared.map((one) => codeOf(engineer.release(one))));
      expect(codes.filter((code) => code === "done")).toHaveLength(3);
      expect(codes.filter((code) => code === "grant.spent")).toHaveLength(27);
    });

    it("gives receipts while files are opened: both move the releaser's view of one log", async () => {
      const grant = await engineer.grant(sealed.manifest, { max: 50 });
      const prepared = await Promise.all(
        Array.from({ length: 25 }, () => engineer.prepareOpening(sealed.manifest, ["index"], grant)),
      );
      const codes = await Promise.all(
        prepared.flatMap((one) => [codeOf(engineer.release(one)), codeOf(customer.receipt(file))]),
      );
      expect(codes.filter((code) => code !== "done")).toEqual([]);
    });

    it("[vault 30] fails closed: while the releaser, which is the witness, is down nothing is handed out, sealed or opened", async () => {
      const grant = await engineer.grant(sealed.manifest);
      const body = await customer.prepareCase();
      const prepared = await engineer.prepareOpening(sealed.manifest, ["index"], grant);
      const pid = Number.parseInt(readFileSync(join(server.directory, "releaser/lock"), "utf8"), 10);
      process.kill(pid, "SIGKILL");
      expect(await codeOf(engineer.release(prepared))).toBe("releaser.unavailable");
      expect(await codeOf(customer.browser.call("POST", "cases", { json: body }))).toBe("releaser.unavailable");
      expect(["log.unavailable", "done"]).toContain(await codeOf(customer.receipt(file)));
      const opened = async (): Promise<string> => codeOf(engineer.open(sealed.manifest, ["index"], grant));
      await expect.poll(opened, { timeout: 40_000, interval: 300 }).toBe("done");
      expect(await customer.verifyReceipt(await customer.receipt(file))).toMatchObject({ file });
    });

    it("ends with the assignment's case: a closed case opens to its customer only", async () => {
      const grant = await engineer.grant(sealed.manifest);
      await engineer.closeCase(row);
      const prepared = await engineer.prepareOpening(sealed.manifest, ["index"], grant);
      expect(await codeOf(engineer.release(prepared))).toBe("policy.denied");
      expect((await customer.open(sealed.manifest, ["index"], null)).plain.size).toBe(1);
    });
  });

  describe("cases", () => {
    it("are listed by page, to each what is theirs", async () => {
      const page = await engineer.browser.call<{ cases: CaseRow[]; next: string | null }>("GET", "cases", {
        query: "?limit=2",
      });
      expect(page.cases).toHaveLength(2);
      const rest = await engineer.browser.call<{ cases: CaseRow[]; next: string | null }>("GET", "cases", {
        query: `?limit=500&after=${page.next}`,
      });
      expect(rest.next).toBeNull();
      expect(rest.cases[0]?.number).toBeLessThan(page.cases[1]?.number ?? 0);
      const mine = await engineer.browser.call<{ cases: CaseRow[] }>("GET", "cases", {
        query: "?mine=true&state=closed",
      });
      expect(mine.cases.every(({ assignees }) => assignees.some(({ user }) => user === engineer.user))).toBe(true);
      expect(mine.cases.length).toBeGreaterThan(0);
      expect((await stranger.browser.call<{ cases: CaseRow[] }>("GET", "cases")).cases).toEqual([]);
    });

    it("are opened with one's own key only, and once", async () => {
      const body = await customer.prepareCase();
      const other = await customer.prepareCase();
      const post = (json: unknown) => codeOf(customer.browser.call("POST", "cases", { json }));
      expect(await post({ ...body, key: other.key })).toBe("statement.untrusted");
      expect(await post({ ...body, subject: other.subject })).toBe("request.invalid");
      expect(await post(body)).toBe("done");
      expect(await post(body)).toBe("done");
      expect(await post({ ...(await customer.prepareCase()), case: body.case })).toBe("request.conflict");
      expect(await codeOf(engineer.browser.call("POST", "cases", { json: body }))).toBe("who.notAllowed");
      expect(await codeOf(stranger.view(body.case))).toBe("request.notFound");
    });
  });
});

describe("readRange()", () => {
  it("reads RFC 9110's ranges and ignores what is none", () => {
    const whole = { start: 0, end: 100, partial: false };
    expect(readRange(undefined, 100)).toEqual(whole);
    expect(readRange("bytes=0-0", 100)).toEqual({ start: 0, end: 1, partial: true });
    expect(readRange("bytes=90-", 100)).toEqual({ start: 90, end: 100, partial: true });
    expect(readRange("bytes=90-1000", 100)).toEqual({ start: 90, end: 100, partial: true });
    expect(readRange("bytes=-1000", 100)).toEqual({ start: 0, end: 100, partial: true });
    for (const header of ["bytes=5-3", "bytes=-", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b"])
      expect(readRange(header, 100)).toEqual(whole);
    for (const header of ["bytes=100-", "bytes=-0"]) expect(() => readRange(header, 100)).toThrow("outside");
  });
});
