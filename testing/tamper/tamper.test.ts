import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isDeepStrictEqual } from "node:util";
import { dirname, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { path, type schemas } from "@breakwater/contract";
import {
  leafHash,
  openCheckpoint,
  makeCosignatureVerifier,
  makeVerifier,
  treeRoot,
  decodeBundle,
} from "@breakwater/ledger";
import {
  CHUNK,
  decryptStream,
  HEADER,
  openShare,
  parseReceipt,
  parseRelease,
  partOf,
  partSecret,
  readManifest,
  HAR_ROLES,
  verifyManifest,
  verifyReceipt,
  verifyRelease,
} from "@breakwater/seal";
import type { MessageSecret, Receipt, Role, SignedGrant } from "@breakwater/seal";
import { createPglite, type Sql } from "@breakwater/sql";
import { fromBase64url, type Json } from "@breakwater/wire";
import { sql as raw } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { run } from "../../cli/src/run.ts";
import { verifyAccess } from "../../web/src/engine/access.ts";
import type { AccessJson } from "../../web/src/engine/api.ts";
import { Session } from "../../web/src/engine/session.ts";
import { House } from "../crash/house.ts";
import {
  DeskClient,
  randomParts,
  Refused,
  type CaseRow,
  type Plain,
  type PreparedOpening,
  type SealedFile,
} from "../src/desk-client.ts";
import { flipByte, flips, positions, refusals, seeded, type Refusals } from "./flip.ts";
import { installStorage } from "./storage.ts";

const random = seeded(Number(process.env["BREAKWATER_SEED"] ?? 20_261_124));
type Answer = z.output<typeof schemas.Release>;

let house: House;
let engineer: DeskClient;
let customer: DeskClient;
let row: CaseRow;
let plain: Plain;
let sealed: SealedFile;
let receipt: Receipt;
let grant: SignedGrant;
let prepared: PreparedOpening;
let answer: Answer;
let access: AccessJson;
const secrets = new Map<Role, MessageSecret>();

/** One real upload and one real opening through the real server: what the tests below change byte by byte. */
beforeAll(async () => {
  installStorage();
  house = await House.build();
  await house.start();
  const target = { url: house.url };
  const admin = await DeskClient.enrol(target, house.enrolment, { name: "Admin", email: "admin@desk.test" });
  customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
    name: "Cus",
    email: "cus@customer.test",
  });
  engineer = await DeskClient.enrol(target, await admin.invite({ for: "staff", role: "engineer" }), {
    name: "Eng",
    email: "eng@desk.test",
  });
  row = await customer.openCase();
  plain = randomParts({ index: 700, headers: 20_000, requestBodies: 3, responseBodies: 70_000 });
  ({ sealed, receipt } = await customer.upload(row.case, plain));
  await engineer.take(row);
  grant = await engineer.grant(sealed.manifest, { max: 50 });
  prepared = await engineer.prepareOpening(sealed.manifest, HAR_ROLES, grant);
  answer = await engineer.release(prepared);
  const { shareOf } = await engineer.openRelease(prepared, answer);
  const caseSecretKey = await engineer.caseSecretKey(row.case);
  for (const [role, released] of shareOf)
    secrets.set(role, await partSecret(sealed.manifest.manifest, role, { caseSecretKey, released }));
  access = await readAccess();
}, 120_000);
afterAll(() => house?.destroy());

function readAccess(): Promise<AccessJson> {
  return customer.browser.call("GET", "access", { query: `?case=${row.case}&limit=100` });
}

function expectNone({ tried, codes, faults }: Refusals, least: number): void {
  expect(faults).toEqual([]);
  expect(tried).toBeGreaterThanOrEqual(least);
  expect([...codes.values()].reduce((sum, count) => sum + count, 0)).toBe(tried);
}

function ciphertextOf(role: Role): Uint8Array {
  return sealed.ciphertext.get(partOf(sealed.manifest.manifest, role).part) ?? new Uint8Array();
}

/** The customer's engine, as her browser runs it. */
async function customersSession(): Promise<Session> {
  const session = new Session(() => {});
  await session.open(customer.person.identity, new Uint8Array(32));
  return session;
}

/** What the access page shows: nothing when all is well, or the codes of what is not. */
async function accessFaults(session: Session, shown: AccessJson): Promise<readonly string[]> {
  const view = await verifyAccess(session, { access: shown, org: customer.org, keys: [] });
  const lines = view.lines.flatMap(({ proof }) => (proof.ok ? [] : [proof.code]));
  expect(view.ok).toBe(view.problem === undefined && lines.length === 0);
  return [...(view.problem ? [view.problem.code] : []), ...lines];
}

async function refuseIfFaulty(session: Session, shown: AccessJson): Promise<void> {
  const [code] = await accessFaults(session, shown);
  if (code !== undefined) throw Object.assign(new Error("The access page does not verify."), { code });
}

interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function commandLine(text: string, ...more: readonly string[]): Promise<Said> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stdin = Readable.from([Buffer.from(text)]);
  const desk = customer.person.identity.pins[0] ?? "";
  const args = ["ledger", "verify", "-", "--desk", desk, ...more];
  const status = await run(args, { stdin, stdout, stderr, signal: new AbortController().signal });
  return { status, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
}

describe("INVARIANT 5: what a reader verifies, after one byte was changed", () => {
  it("decryptStream() refuses every changed byte of a blob, and gives no plaintext at or after it", async () => {
    let tried = 0;
    for (const role of HAR_ROLES) {
      const secret = secrets.get(role);
      const ciphertext = ciphertextOf(role);
      if (!secret) throw new Error("The part was not released.");
      const opened = await plaintextBefore(ciphertext, secret);
      expect(opened.failed).toBeUndefined();
      expect(Buffer.concat(opened.plain).equals(plain[role])).toBe(true);
      // Salt and commitment, each byte; then chunk by chunk.
      const header = Array.from({ length: HEADER }, (_, at) => at);
      for (const at of [...header, ...positions(ciphertext.length, 60, random)]) {
        const { plain: out, failed } = await plaintextBefore(flipByte(ciphertext, at, random), secret);
        expect(failed, `${role} @${at}`).toMatch(/^cipher\./);
        const whole = at < HEADER ? 0 : Math.floor((at - HEADER) / (CHUNK + 16)) * CHUNK;
        expect(Buffer.concat(out).length, `${role} @${at}`).toBeLessThanOrEqual(whole);
        expect(Buffer.concat(out).equals(plain[role].subarray(0, Buffer.concat(out).length))).toBe(true);
        tried++;
      }
      for (const cut of [0, 1, HEADER, HEADER + 1, ciphertext.length - 1]) {
        expect((await plaintextBefore(ciphertext.subarray(0, cut), secret)).failed).toMatch(/^cipher\./);
      }
    }
    expect(tried).toBeGreaterThan(400);
  });

  it("verifyManifest() refuses every changed text and number of the manifest and its signature", async () => {
    const { device } = customer.person.browser;
    const trust = await customer.trust();
    const known = trust.device(sealed.manifest.manifest.device);
    expect(device).toBeDefined();
    if (!known) throw new Error("The device is not known.");
    const accept = async (value: unknown): Promise<void> => verifyManifest(readManifest(value as Json), known.jwk);
    await accept(sealed.manifest);
    expectNone(await refusals(flips<unknown>(sealed.manifest, 4, random), accept), 300);
  });

  it("verifyReceipt() and the command line refuse every changed field of a receipt", async () => {
    const { pins } = customer.person.identity;
    const { statements, ...rest } = receipt;
    const accept = async (value: Omit<Receipt, "statements">): Promise<unknown> =>
      verifyReceipt(parseReceipt(JSON.stringify({ ...value, statements })), pins);
    await accept(rest);
    expectNone(await refusals(flips(rest, 2, random), accept), 250);
    // The texts of leaf and proof, closer.
    const { leaf, proof } = rest;
    expectNone(await refusals(flips({ leaf, proof }, 150, random), (value) => accept({ ...rest, ...value })), 200);
    expect((await commandLine(JSON.stringify(receipt))).status).toBe(0);
    for (const { where, value } of flips(rest, 0, random)) {
      const { status, stdout, stderr } = await commandLine(JSON.stringify({ ...value, statements }));
      expect(status, where).not.toBe(0);
      expect(stdout, where).toBe("");
      expect(stderr, where).toMatch(/^(?:breakwater: |This receipt does not verify\. )[^\n]+\n$/);
    }
  });

  it("verifyReceipt() refuses every change of a statement that it needs, and believes no other that was changed", async () => {
    // The desk's root alone, as at the command line: then the whole chain is needed.
    const pins = customer.person.identity.pins.slice(0, 1);
    const whole = await verifyReceipt(receipt, pins);
    const shown = ({ file, manifestHash, uploader, index, size, origin, cosigned, at }: typeof whole): unknown => ({
      file,
      manifestHash,
      uploader,
      index,
      size,
      origin,
      cosigned,
      at,
    });
    const accept = async (statements: readonly Json[]): Promise<unknown> =>
      shown(await verifyReceipt(parseReceipt(JSON.stringify({ ...receipt, statements })), pins));
    let needed = 0;
    for (const [i, statement] of receipt.statements.entries()) {
      const isNeeded = await accept(receipt.statements.toSpliced(i, 1)).then(
        () => false,
        () => true,
      );
      if (isNeeded) needed++;
      for (const { where, value } of flips<Json>(statement, 2, random)) {
        // Who signed first says nothing.
        if (where === "sigs reversed") continue;
        const outcome = await accept(receipt.statements.with(i, value)).catch((error: unknown) => error);
        const isRefusal = outcome instanceof Error && "code" in outcome && typeof outcome.code === "string";
        // What is not needed may be ignored, and then changes nothing.
        expect(isRefusal || (!isNeeded && isDeepStrictEqual(outcome, shown(whole))), `statement ${i} ${where}`).toBe(
          true,
        );
      }
    }
    // The desk's root and keys, the customer's invitation and root, a bundle, a device, the case's two keys.
    expect(needed).toBeGreaterThanOrEqual(7);
  });

  it("verifyRelease() refuses every changed field of the releaser's answer before anything is opened", async () => {
    const { statements } = await engineer.view(row.case);
    const expected = {
      trust: await engineer.trust(statements),
      act: prepared.act,
      publicKey: fromBase64url(prepared.rpk),
      manifest: sealed.manifest.manifest,
    };
    const accept = (value: Answer): Promise<unknown> => verifyRelease(parseRelease(JSON.stringify(value)), expected);
    await accept(answer);
    expectNone(await refusals(flips(answer, 40, random), accept), 300);
    const { hash } = await verifyRelease(parseRelease(JSON.stringify(answer)), expected).then(({ leafHash: hash }) => ({
      hash,
    }));
    for (const share of answer.shares) {
      for (const at of positions(share.ct.length, 5, random)) {
        const changed = flipByte(fromBase64url(share.ct), at % fromBase64url(share.ct).length, random);
        await expect(
          openShare({ ...share, ct: Buffer.from(changed).toString("base64url") }, hash, prepared.secretKey),
        ).rejects.toMatchObject({ code: "hpke.open" });
      }
    }
  });

  it("verifyAccess() shows a fault for every changed leaf, proof, checkpoint and cosignature", async () => {
    const session = await customersSession();
    expect(await accessFaults(session, access)).toEqual([]);
    const { origin, checkpoint } = access;
    const accept = (changed: Partial<AccessJson>): Promise<void> => refuseIfFaulty(session, { ...access, ...changed });
    expectNone(await refusals(flips({ origin, checkpoint }, 120, random), accept), 120);
    const entries = access.entries.map(({ index, leaf, inclusion }) => ({ index, leaf, inclusion }));
    expect(entries.length).toBeGreaterThanOrEqual(6);
    const each = flips(entries, 6, random);
    // A page that shows fewer lines, or another order, is another page: each line still proves itself.
    const lines = [...each].filter(
      ({ where }) => !/^ |^\.\d+ (?:shorter|reversed)$|^ ?(?:shorter|reversed)$/.test(where),
    );
    expectNone(await refusals(lines, (changed) => accept({ entries: changed })), 200);
  }, 60_000);

  it("treeRoot() and leafHash() disagree with the checkpoint after every changed byte of tile and bundle", async () => {
    const { checkpoint, tile, bundle } = await readLog();
    const root = async (bytes: Uint8Array): Promise<Uint8Array> =>
      treeRoot(checkpoint.size, { readTile: async () => bytes });
    expect(Buffer.from(await root(tile)).equals(checkpoint.root)).toBe(true);
    for (const at of positions(tile.length, 150, random)) {
      expect(Buffer.from(await root(flipByte(tile, at, random))).equals(checkpoint.root), `tile @${at}`).toBe(false);
    }
    const holds = (bytes: Uint8Array): boolean => {
      try {
        return decodeBundle(bytes, checkpoint.size).every((entry, i) =>
          Buffer.from(leafHash(entry)).equals(tile.subarray(32 * i, 32 * i + 32)),
        );
      } catch {
        return false;
      }
    };
    expect(holds(bundle)).toBe(true);
    for (const at of positions(bundle.length, 300, random))
      expect(holds(flipByte(bundle, at, random)), `bundle @${at}`).toBe(false);
  });

  it("breakwater ledger verify notices every changed byte of blob, tile, bundle and checkpoint in copies", async () => {
    const { note, checkpoint, tile, bundle } = await readLog();
    const folder = mkdtempSync(join(tmpdir(), "copy-"));
    const copies = new Map<string, Uint8Array>([
      ["checkpoint", Buffer.from(note)],
      [`tile/0/000.p/${checkpoint.size}`, tile],
      [`tile/entries/000.p/${checkpoint.size}`, bundle],
      ...HAR_ROLES.map((role) => [partOf(sealed.manifest.manifest, role).part, ciphertextOf(role)] as const),
    ]);
    for (const [name, bytes] of copies) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    const verify = (): Promise<Said> => commandLine(JSON.stringify(receipt), "--log", folder, "--parts", folder);
    const whole = await verify();
    expect(whole).toMatchObject({ status: 0, stderr: "" });
    expect(whole.stdout).toContain(`all ${checkpoint.size} entries lead to its signed checkpoint`);
    for (const [name, bytes] of copies) {
      for (const at of positions(bytes.length, 25, random)) {
        writeFileSync(join(folder, name), flipByte(bytes, at, random));
        const { status, stdout, stderr } = await verify();
        expect({ status, stdout }, `${name} @${at}`).toEqual({ status: 1, stdout: "" });
        expect(stderr).toMatch(/^This receipt does not verify\. [^\n]+\n$/);
      }
      writeFileSync(join(folder, name), bytes);
    }
    rmSync(join(folder, "checkpoint"));
    expect(await verify()).toMatchObject({ status: 2, stdout: "" });
    rmSync(folder, { recursive: true });
  });
});

async function plaintextBefore(
  ciphertext: Uint8Array,
  secret: MessageSecret,
): Promise<{ readonly plain: readonly Uint8Array[]; readonly failed: string | undefined }> {
  const out: Uint8Array[] = [];
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < ciphertext.length; at += 10_000) yield ciphertext.subarray(at, at + 10_000);
  }
  try {
    for await (const chunk of decryptStream(pieces(), secret)) out.push(chunk.slice());
    return { plain: out, failed: undefined };
  } catch (error) {
    return { plain: out, failed: error instanceof Error && "code" in error ? String(error.code) : "no code" };
  }
}

async function readLog() {
  const { org, browser } = customer;
  const trust = await customer.trust();
  const origin = trust.origin(org) ?? "";
  const note = await (await browser.send("GET", path("logCheckpoint", { log: org }))).text();
  const checkpoint = await openCheckpoint(note, await makeVerifier(trust.logVerifier(origin) ?? ""), [
    await makeCosignatureVerifier(trust.witness ?? ""),
  ]);
  const bytes = async (name: string): Promise<Uint8Array> => {
    const fetched = await browser.send("GET", `/log/${org}/tile/${name}.p/${checkpoint.size}`);
    if (!fetched.ok) throw new Refused(fetched.status, await fetched.text());
    return new Uint8Array(await fetched.arrayBuffer());
  };
  return { note, checkpoint, tile: await bytes("0/000"), bundle: await bytes("entries/000") };
}

/** Changes the stopped server's own files, starts it, and looks; then mends them. */
async function withDatabase(change: (sql: Sql) => Promise<void>): Promise<void> {
  expect((await house.stop("SIGINT")).code).toBe(0);
  const sql = await createPglite({ directory: join(house.directory, "sql") });
  try {
    await change(sql);
  } finally {
    await sql.close();
  }
  await house.start();
}

interface Field {
  readonly what: string;
  readonly read: (sql: Sql) => Promise<Uint8Array | string>;
  readonly write: (sql: Sql, value: Uint8Array | string) => Promise<void>;
  /** Resolves to codes of refusals. */
  readonly notice: () => Promise<readonly string[]>;
}

async function codesOf(...asked: readonly Promise<unknown>[]): Promise<readonly string[]> {
  const outcomes = await Promise.allSettled(asked);
  return outcomes.flatMap((one) => (one.status === "rejected" ? [codeOf(one.reason)] : []));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : `no code: ${String(error)}`;
}

async function pageFaults(): Promise<readonly string[]> {
  try {
    return await accessFaults(await customersSession(), await readAccess());
  } catch (error) {
    return [codeOf(error)];
  }
}

async function receiptFaults(): Promise<readonly string[]> {
  try {
    const got = await customer.receipt(sealed.manifest.manifest.file);
    const { status } = await commandLine(JSON.stringify(got));
    const codes = await codesOf(customer.verifyReceipt(got));
    expect(status === 0, "the command line and the browser disagree").toBe(codes.length === 0);
    return codes;
  } catch (error) {
    return [codeOf(error)];
  }
}

describe("INVARIANT 5: a server whose own files were changed", () => {
  const one = async (
    query: ReturnType<typeof raw<{ value: Uint8Array | string }>>,
    sql: Sql,
  ): Promise<Uint8Array | string> => (await query.execute(sql.db)).rows[0]?.value ?? "";
  const fields: readonly Field[] = [
    {
      what: "leaf bytes",
      read: (sql) =>
        one(raw`select entry as value from ledger_entries where log = ${customer.org} and t = 'file.create'`, sql),
      write: async (sql, value) =>
        void (await raw`update ledger_entries set entry = ${value} where log = ${customer.org} and t = 'file.create'`.execute(
          sql.db,
        )),
      notice: pageFaults,
    },
    {
      what: "tile",
      read: (sql) => one(raw`select bytes as value from ledger_tiles where log = ${customer.org} and level = 0`, sql),
      write: async (sql, value) =>
        void (await raw`update ledger_tiles set bytes = ${value} where log = ${customer.org} and level = 0`.execute(
          sql.db,
        )),
      notice: pageFaults,
    },
    {
      what: "checkpoint",
      read: (sql) => one(raw`select checkpoint as value from ledger_logs where log = ${customer.org}`, sql),
      write: async (sql, value) =>
        void (await raw`update ledger_logs set checkpoint = ${value}, cosigned = null, cosigned_size = 0 where log = ${customer.org}`.execute(
          sql.db,
        )),
      notice: pageFaults,
    },
    {
      what: "cosignature",
      read: (sql) => one(raw`select cosigned as value from ledger_logs where log = ${customer.org}`, sql),
      write: async (sql, value) =>
        void (await raw`update ledger_logs set cosigned = ${value} where log = ${customer.org}`.execute(sql.db)),
      notice: pageFaults,
    },
    {
      what: "manifest",
      read: (sql) =>
        one(raw`select manifest as value from vault_files where file_id = ${sealed.manifest.manifest.file}`, sql),
      write: async (sql, value) =>
        void (await raw`update vault_files set manifest = ${value} where file_id = ${sealed.manifest.manifest.file}`.execute(
          sql.db,
        )),
      notice: receiptFaults,
    },
    {
      what: "leaf in the file's row",
      read: (sql) =>
        one(raw`select entry as value from vault_files where file_id = ${sealed.manifest.manifest.file}`, sql),
      write: async (sql, value) =>
        void (await raw`update vault_files set entry = ${value} where file_id = ${sealed.manifest.manifest.file}`.execute(
          sql.db,
        )),
      notice: receiptFaults,
    },
  ];

  it.each(fields)(
    "is noticed by browser and command line: $what",
    { timeout: 120_000 },
    async ({ read, write, notice }) => {
      expect(await notice()).toEqual([]);
      let kept: Uint8Array | string = "";
      await withDatabase(async (sql) => {
        kept = await read(sql);
        expect(kept.length).toBeGreaterThan(0);
        // A cosigned note ends with the cosignature; what stands in front of it is tried above, byte by byte.
        const at = kept.length - 2 - random(Math.min(40, kept.length - 2));
        await write(
          sql,
          typeof kept === "string"
            ? kept.slice(0, at) + (kept[at] === "A" ? "B" : "A") + kept.slice(at + 1)
            : flipByte(kept, at, random),
        );
      });
      const codes = await notice();
      expect(codes.length).toBeGreaterThan(0);
      for (const code of codes) expect(code).toMatch(/^[a-z]+\.[a-zA-Z]+$/);
      await withDatabase((sql) => write(sql, kept));
      expect(await notice()).toEqual([]);
    },
  );

  it("is noticed by the reader: blob on disk", { timeout: 60_000 }, async () => {
    const role = "headers";
    const { part } = partOf(sealed.manifest.manifest, role);
    const file = readdirSync(join(house.directory, "blobs"), { recursive: true, withFileTypes: true }).find(
      ({ name }) => name === part,
    );
    const place = join(file?.parentPath ?? "", part);
    const bytes = readFileSync(place);
    for (const at of positions(bytes.length, 6, random)) {
      writeFileSync(place, flipByte(bytes, at, random));
      expect((await codesOf(engineer.open(sealed.manifest, [role], grant)))[0], `@${at}`).toMatch(/^cipher\./);
    }
    writeFileSync(place, bytes);
    expect((await engineer.open(sealed.manifest, [role], grant)).plain.get(role)).toEqual(plain[role]);
  });
});
