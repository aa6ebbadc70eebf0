import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { path, type schemas } from "@breakwater/contract";
import { parseOrderDone, sealText, signStatement, statementHash, verifyOrderDone } from "@breakwater/seal";
import { fromBase64url } from "@breakwater/wire";
import type { z } from "zod";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  DeskClient,
  randomParts,
  Refused,
  type CaseRow,
  type SealedFile,
} from "../../../../testing/src/desk-client.ts";
import { startServer, type TestServer } from "../../../../testing/src/server.ts";

type Life = z.output<typeof schemas.CaseLife>;

let server: TestServer;
let admin: DeskClient;
let customer: DeskClient;
let engineer: DeskClient;
let row: CaseRow;
let sealed: SealedFile;
const directories: string[] = [];

beforeEach(async () => {
  server = await startServer();
  directories.push(server.directory);
  const target = { url: server.url };
  admin = await DeskClient.enrol(target, server.enrolment ?? "", { name: "Desk Admin", email: "admin@desk.test" });
  customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
    name: "Customer Admin",
    email: "admin@customer.test",
  });
  engineer = await DeskClient.enrol(target, await admin.invite({ for: "staff", role: "engineer" }), {
    name: "Support Engineer",
    email: "engineer@desk.test",
  });
  row = await customer.openCase();
  ({ sealed } = await customer.upload(row.case, randomParts()));
  await engineer.take(row);
}, 120_000);
afterEach(async () => {
  await server.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

async function shred(by: DeskClient, number = row.number, what = `case:${row.number}`): Promise<Life> {
  const act = await by.act({ t: "key.shred", org: row.org, case: row.case, what });
  return by.browser.call("POST", "caseShred", { params: { case: row.case }, json: { number, act } });
}

async function hold(by: DeskClient, t: "file.hold" | "file.unhold", file?: string): Promise<Life> {
  const { statements } = await by.view(row.case);
  const key = (await by.trust(statements)).caseKey({ org: row.org, case: row.case });
  if (!key) throw new Error("The case's key does not chain.");
  const place = { org: row.org, case: row.case, ...(file === undefined ? {} : { file }) };
  const act = await by.act({ t, ...place, x: await sealText("why", "A court asked for it.", place, key) });
  return by.browser.call("POST", "caseHold", {
    params: { case: row.case },
    json: { act, ...(file === undefined ? {} : { file }) },
  });
}

async function remove(by: DeskClient, file: string): Promise<void> {
  const act = await by.act({ t: "file.delete", org: row.org, case: row.case, file });
  await by.browser.call("POST", "fileDelete", { params: { file }, json: { act } });
}

async function codeOf(step: Promise<unknown>): Promise<string> {
  return step.then(
    () => "ok",
    (error: unknown) => (error instanceof Refused ? error.code : Promise.reject(error)),
  );
}

const open = (): Promise<string> =>
  codeOf(engineer.grant(sealed.manifest).then((grant) => engineer.open(sealed.manifest, ["index"], grant)));
const blobs = (): number =>
  readdirSync(join(server.directory, "blobs"), { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    .length;
const keyFile = (): string => join(server.directory, "releaser/cases", `${row.case}.json`);

describe("life.shred()", { timeout: 120_000 }, () => {
  it("destroys the case for everybody at once: key, ciphertext and grants, and says so with the releaser's signature", async () => {
    const grant = await engineer.grant(sealed.manifest);
    await engineer.open(sealed.manifest, ["index"], grant);
    const prepared = await engineer.prepareOpening(sealed.manifest, ["index"], grant);
    const { orders } = await shred(customer);
    const releaser = (await customer.trust((await customer.view(row.case)).statements)).releaser ?? "";
    const done = parseOrderDone(JSON.stringify(orders[0]?.done));
    expect(await verifyOrderDone(done, releaser)).toMatchObject({ order: "key.shred", case: row.case });
    expect(existsSync(keyFile())).toBe(false);
    expect(blobs()).toBe(0);
    expect(await codeOf(engineer.release(prepared))).toBe("case.shredded");
    expect(await codeOf(engineer.grant(sealed.manifest))).toBe("case.shredded");
    expect(await codeOf(customer.open(sealed.manifest, ["index"], null))).toBe("case.shredded");
    expect((await customer.view(row.case)).case).toMatchObject({ state: "closed", shredded: expect.any(String) });
    expect(await codeOf(shred(customer))).toBe("case.shredded");
  });

  it("wants the number typed and signed, and an administrator", async () => {
    expect(await codeOf(shred(customer, row.number + 1))).toBe("request.invalid");
    expect(await codeOf(shred(customer, row.number, "case:999"))).toBe("act.invalid");
    expect(await codeOf(shred(engineer))).toBe("who.notAllowed");
    expect(existsSync(keyFile())).toBe(true);
    expect((await shred(admin)).orders).toMatchObject([{ t: "key.shred", by: { name: "Desk Admin" } }]);
  });

  it("[vault 16] no restore of database, blobs and releaser from before opens the case", async () => {
    await open();
    await server.close();
    const before = mkdtempSync(join(tmpdir(), "before-"));
    directories.push(before);
    cpSync(server.directory, before, { recursive: true });
    const { directory, url } = server;
    const again = async (): Promise<void> => {
      server = await startServer({ BREAKWATER_DATA: directory, BREAKWATER_URL: url });
    };
    await again();
    await shred(customer);
    expect(existsSync(keyFile())).toBe(false);
    await server.close();

    // The releaser's directory is a backup: it is told again before it opens anything.
    rmSync(join(directory, "releaser"), { recursive: true });
    cpSync(join(before, "releaser"), join(directory, "releaser"), { recursive: true });
    expect(existsSync(keyFile())).toBe(true);
    await again();
    const other = await customer.openCase();
    const { sealed: whole } = await customer.upload(other.case, randomParts());
    await customer.open(whole.manifest, ["index"], null);
    expect(existsSync(keyFile())).toBe(false);
    await server.close();

    // Database and blobs are a backup: the releaser has no key, and knows that this log is older than what it saw.
    for (const part of ["sql", "blobs"]) {
      rmSync(join(directory, part), { recursive: true });
      cpSync(join(before, part), join(directory, part), { recursive: true });
    }
    await again();
    expect(blobs()).toBeGreaterThan(0);
    expect(await codeOf(customer.open(sealed.manifest, ["index"], null))).not.toBe("ok");
    expect(existsSync(keyFile())).toBe(false);
  });
});

describe("life.hold() and life.deleteFile()", { timeout: 120_000 }, () => {
  it("[vault 51] nothing that is held is deleted or shredded; the reason is sealed and the hold is in the log", async () => {
    const { file } = sealed.manifest.manifest;
    const { orders } = await hold(customer, "file.hold", file);
    expect(orders).toMatchObject([{ t: "file.hold", file, by: { name: "Customer Admin" } }]);
    expect(JSON.stringify(orders)).not.toContain("court");
    expect(await codeOf(remove(customer, file))).toBe("hold.active");
    expect(await codeOf(shred(customer))).toBe("hold.active");
    expect(await open()).toBe("ok");
    await hold(admin, "file.unhold", file);
    await hold(admin, "file.hold");
    expect(await codeOf(remove(customer, file))).toBe("hold.active");
    expect((await customer.view(row.case)).case.held).toBe(true);
    await hold(admin, "file.unhold");
    await remove(customer, file);
    expect(await open()).toBe("case.shredded");
    expect(blobs()).toBe(0);
    expect((await customer.view(row.case)).files).toMatchObject([{ file, deleted: expect.any(String), held: false }]);
    const access = await customer.browser.send("GET", path("access"), { query: `?case=${row.case}` });
    const { entries } = (await access.json()) as { entries: readonly { leaf: string }[] };
    const types = entries.map(
      ({ leaf }) => (JSON.parse(new TextDecoder().decode(fromBase64url(leaf))) as { t: string }).t,
    );
    expect(types.filter((t) => t.startsWith("file.hold") || t === "file.unhold" || t === "file.delete")).toEqual([
      "file.delete",
      "file.unhold",
      "file.hold",
      "file.unhold",
      "file.hold",
    ]);
  });

  it("needs an administrator and a reason", async () => {
    expect(await codeOf(hold(engineer, "file.hold"))).toBe("who.notAllowed");
    const act = await customer.act({ t: "file.hold", org: row.org, case: row.case });
    expect(await codeOf(customer.browser.call("POST", "caseHold", { params: { case: row.case }, json: { act } }))).toBe(
      "act.invalid",
    );
  });
});

describe("life.sweep()", { timeout: 120_000 }, () => {
  it("[vault 51] logs each closed case whose time is over, spares what is held, and leaves the rest to the releaser's own clock", async () => {
    const created = new Date().toISOString();
    const { org, sign } = customer.person;
    const statement = await signStatement(
      {
        v: 1,
        t: "settings",
        created,
        org,
        approve: "none",
        breakGlass: false,
        notify: [],
        retention: { problem: 30 },
      },
      sign,
    );
    const act = await customer.act({ t: "config.change", org, what: `settings:${statementHash(statement)}` });
    await customer.browser.call("PUT", "settings", { json: { statement, act } });
    const held = await customer.openCase();
    const other = await customer.openCase();
    await customer.closeCase(row);
    await customer.closeCase(held);
    const { statements } = await customer.view(held.case);
    const key = (await customer.trust(statements)).caseKey({ org, case: held.case });
    if (!key) throw new Error("No key.");
    const place = { org, case: held.case };
    const holding = await customer.act({ t: "file.hold", ...place, x: await sealText("why", "Court", place, key) });
    await customer.browser.call("POST", "caseHold", { params: { case: held.case }, json: { act: holding } });
    server.advance(29 * 86_400_000);
    expect(await server.life.sweep()).toBe(0);
    server.advance(2 * 86_400_000);
    expect(await server.life.sweep()).toBe(1);
    server.advance(-31 * 86_400_000);
    expect((await customer.view(row.case)).case.shredded).not.toBeNull();
    expect((await customer.view(held.case)).case.shredded).toBeNull();
    expect((await customer.view(other.case)).case.shredded).toBeNull();
    const { orders } = await customer.browser.call<Life>("GET", "caseLife", { params: { case: row.case } });
    // The releaser's clock says that the month is not over: a server whose clock runs ahead destroys nothing.
    expect(orders).toMatchObject([{ t: "key.shred", by: { user: "server" }, done: null }]);
    expect(existsSync(keyFile())).toBe(true);
    expect(await open()).toBe("case.shredded");
  });
});

describe("vault.storage()", { timeout: 120_000 }, () => {
  it("counts what an organisation keeps, frees what was deleted, and refuses what exceeds the quota in clear words", async () => {
    const used = async (): Promise<number> =>
      (await customer.browser.call<{ usedBytes: number }>("GET", "storage")).usedBytes;
    const before = await used();
    expect(before).toBe(sealed.manifest.manifest.parts.reduce((sum, { ctSize }) => sum + ctSize, 0));
    expect(await codeOf(engineer.browser.call("GET", "storage"))).toBe("who.notAllowed");
    await remove(customer, sealed.manifest.manifest.file);
    expect(await used()).toBe(0);
    const { directory, url } = server;
    await server.close();
    server = await startServer({ BREAKWATER_DATA: directory, BREAKWATER_URL: url, BREAKWATER_QUOTA_GB: "0.00001" });
    await expect(customer.upload(row.case, randomParts({ index: 20_000 }))).rejects.toMatchObject({
      code: "storage.quota",
      message: expect.stringContaining("Your organisation keeps 0.0 of 0.0 GB here"),
    });
  });
});
