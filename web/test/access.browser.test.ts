import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  consistencyProof,
  ed25519FromSeed,
  encodeLeaf,
  formatCheckpoint,
  inclusionProof,
  makeCosigner,
  makeSigner,
  MemoryTiles,
  signCheckpoint,
  treeRoot,
  addSignatures,
  type Act,
  type Leaf,
} from "@breakwater/ledger";
import { toBase64url } from "@breakwater/wire";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDocuments } from "../vite.config.ts";
import { launch } from "./browser.ts";
import { serveDist, type Served } from "./serve.ts";

/** A log that this test writes itself, and a browser that must believe it only when it holds. */
const LOG_HOST = "desk.example";
const logSeed = new Uint8Array(32).fill(1);
const witnessSeed = new Uint8Array(32).fill(2);

let dist: string;
let served: Served;
let browser: Browser;
let page: Page;
let org: string;
let statements: unknown[];
let act: Act;
let tiles: MemoryTiles;
let leaves: Uint8Array[];

interface Answer {
  readonly origin: string;
  readonly checkpoint: string;
  readonly entries: readonly { readonly index: number; readonly leaf: string; readonly inclusion: readonly string[] }[];
  readonly people: readonly [];
  readonly statements: readonly unknown[];
  readonly consistency: readonly string[] | null;
  readonly announced: null;
}

beforeAll(async () => {
  dist = mkdtempSync(join(tmpdir(), "breakwater-web-"));
  await buildDocuments(dist, ["engine.html", "test/harness.html"]);
  served = await serveDist(dist, { document: "harness.html" });
  browser = await launch();
  page = await browser.newPage();
  await page.goto(served.url);
  const log = toBase64url((await ed25519FromSeed(logSeed)).publicKey);
  const { vkey: witness } = await makeCosigner(`${LOG_HOST}/witness`, witnessSeed);
  const started = {
    kind: "first",
    challenge: "",
    rp: { id: "localhost", name: "x" },
    desk: { logHost: LOG_HOST, log, releaser: log, witness },
    invite: null,
    statements: [],
  };
  const made = await page.evaluate<{
    org: string;
    statements: unknown[];
    act: Act;
  }>(`breakwater.connectEngine().then(async (engine) => {
    globalThis.engine = engine;
    return engine.createIdentity({ fragment: ${JSON.stringify(toBase64url(new Uint8Array(32).fill(3)))}, started: ${JSON.stringify(started)}, user: "usr_" + "a".repeat(26), name: "Admin", orgName: "Desk", unlock: { method: "passphrase", passphrase: "correct horse" } });
  })`);
  ({ org, statements, act } = made);
  tiles = new MemoryTiles();
  leaves = [];
  await append({ ...act, ts: new Date().toISOString() });
  // Each at a time of its own: of two equal entries either proves the other.
  for (let i = 0; i < 5; i++)
    await append({
      v: 1,
      t: "log.heartbeat",
      ts: new Date(Date.now() + i).toISOString(),
      org,
      actor: { id: "server", kind: "server" },
    });
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
  if (dist) rmSync(dist, { recursive: true, force: true });
});

test("verifyAccess believes a log that holds, and names who signed each entry", async () => {
  const view = await verify(await answer(), 0);
  expect(view).toMatchObject({ ok: true, size: 6, failed: 0 });
  expect(view.lines.map((line) => [line.type, line.actor.name, line.proof.ok])).toEqual([
    ["key.bind", "Admin", true],
    ...Array.from({ length: 5 }, () => ["log.heartbeat", "", true]),
  ]);
  expect(await page.evaluate(`engine.seenSize({ org: ${JSON.stringify(org)} })`)).toBe(6);
});

test("verifyAccess notices a changed entry, a changed path and a moved entry, and says which entry", async () => {
  const good = await answer();
  const entries = (change: (entry: Answer["entries"][number], at: number) => Answer["entries"][number]): Answer => ({
    ...good,
    entries: good.entries.map(change),
  });
  const changed = entries((entry, at) =>
    at === 1
      ? {
          ...entry,
          leaf: toBase64url(
            encodeLeaf({
              v: 1,
              t: "log.heartbeat",
              ts: "2026-01-01T00:00:00.000Z",
              org,
              actor: { id: "server", kind: "server" },
            }),
          ),
        }
      : entry,
  );
  const path = entries((entry, at) =>
    at === 2
      ? {
          ...entry,
          inclusion: entry.inclusion.map((hash) => (hash.startsWith("A") ? `B${hash.slice(1)}` : `A${hash.slice(1)}`)),
        }
      : entry,
  );
  const moved = entries((entry, at) => (at === 3 ? { ...entry, index: 2 } : entry));
  for (const [bad, at] of [
    [changed, 1],
    [path, 2],
    [moved, 3],
  ] as const) {
    const view = await verify(bad, 0);
    expect(view).toMatchObject({ ok: false, failed: 1 });
    expect(view.lines[at]?.proof).toMatchObject({ ok: false, code: "merkle.root" });
  }
});

test("verifyAccess notices an entry that is left out of the whole log, wherever, and not in a part of it", async () => {
  const good = await answer();
  const newest = good.entries.toReversed();
  const without = (index: number): Answer => ({ ...good, entries: newest.filter((entry) => entry.index !== index) });
  expect((await verify({ ...good, entries: newest }, 0, { limit: 200 })).ok).toBe(true);
  expect((await verify({ ...good, entries: newest.slice(2, 4) }, 0, { before: 4, limit: 2 })).ok).toBe(true);
  for (const index of [0, 3, 5])
    expect((await verify(without(index), 0, { limit: 200 })).problem?.code).toBe("engine.omitted");
  expect((await verify({ ...good, entries: newest.slice(0, 4) }, 0, { limit: 200 })).problem?.code).toBe(
    "engine.omitted",
  );
  expect((await verify({ ...good, entries: newest.slice(3, 4) }, 0, { before: 4, limit: 2 })).problem?.code).toBe(
    "engine.omitted",
  );
  expect((await verify(without(3), 0)).ok).toBe(true);
});

test("verifyAccess notices a checkpoint without the log's signature, without the witness, and of another log", async () => {
  const good = await answer();
  const [text, ...signatures] = good.checkpoint.split("\n\n");
  const lines = signatures.join("\n\n").trimEnd().split("\n");
  const unsigned = await verify({ ...good, checkpoint: `${text}\n\n${lines[1]}\n` }, 0);
  const unwitnessed = await verify({ ...good, checkpoint: `${text}\n\n${lines[0]}\n` }, 0);
  const other = await verify({ ...good, origin: `${LOG_HOST}/log/global` }, 0);
  expect([unsigned.problem?.code, unwitnessed.problem?.code, other.problem?.code]).toEqual([
    "note.unsigned",
    "engine.witness",
    "engine.log",
  ]);
  expect([unsigned.failed, unwitnessed.failed, other.failed]).toEqual([6, 6, 6]);
});

test("verifyAccess follows a log that grows, and notices one that lost or replaced entries", async () => {
  const old = leaves;
  await append({
    v: 1,
    t: "log.heartbeat",
    ts: new Date().toISOString(),
    org,
    actor: { id: "server", kind: "server" },
  });
  expect((await verify(await answer(6), 6)).ok).toBe(true);
  expect((await verify({ ...(await answer(6)), consistency: null }, 6)).problem?.code).toBe("engine.consistency");
  // The same server shows a shorter log, then a different one of the same size.
  tiles = new MemoryTiles();
  leaves = [];
  for (const leaf of old.slice(0, 3)) await appendBytes(leaf);
  expect((await verify(await answer(), 7)).problem?.code).toBe("engine.rolledBack");
  for (let i = 0; i < 4; i++)
    await append({
      v: 1,
      t: "log.heartbeat",
      ts: "2026-01-01T00:00:00.000Z",
      org,
      actor: { id: "server", kind: "server" },
    });
  expect((await verify(await answer(), 7)).problem?.code).toBe("engine.forked");
});

test("verifyAccess notices an act that its device did not sign, though the log holds it", async () => {
  tiles = new MemoryTiles();
  leaves = [];
  await append({ ...act, ts: new Date().toISOString() });
  await append({ ...act, at: "2026-01-01T00:00:00.000Z", ts: new Date().toISOString() });
  for (let i = 0; i < 8; i++)
    await append({
      v: 1,
      t: "log.heartbeat",
      ts: new Date().toISOString(),
      org,
      actor: { id: "server", kind: "server" },
    });
  const view = await verify(await answer(), 0);
  expect(view).toMatchObject({ ok: false, failed: 1 });
  expect(view.lines[1]?.proof).toMatchObject({ ok: false, code: "act.signature" });
});

interface View {
  readonly ok: boolean;
  readonly size: number;
  readonly failed: number;
  readonly problem?: { readonly code: string };
  readonly lines: readonly {
    readonly type: string;
    readonly actor: { readonly name: string };
    readonly proof: { readonly ok: boolean; readonly code?: string };
  }[];
}

function verify(access: Answer, from: number, whole?: { before?: number; limit: number }): Promise<View> {
  return page.evaluate<View>(`engine.verifyAccess(${JSON.stringify({ access, org, keys: [], from, whole })})`);
}

function append(leaf: Leaf): Promise<void> {
  return appendBytes(encodeLeaf(leaf));
}

async function appendBytes(bytes: Uint8Array): Promise<void> {
  await tiles.append([bytes]);
  leaves.push(bytes);
}

async function answer(from?: number): Promise<Answer> {
  const origin = `${LOG_HOST}/log/${org}`;
  const size = leaves.length;
  const root = await treeRoot(size, tiles);
  const cosigner = await makeCosigner(`${LOG_HOST}/witness`, witnessSeed);
  const signed = await signCheckpoint({ origin, size, root, extensions: [] }, [await makeSigner(origin, logSeed)]);
  const checkpoint = addSignatures(
    signed,
    await cosigner.cosign(formatCheckpoint({ origin, size, root, extensions: [] }), Math.floor(Date.now() / 1000)),
  );
  const entries = await Promise.all(
    leaves.map(async (leaf, index) => ({
      index,
      leaf: toBase64url(leaf),
      inclusion: (await inclusionProof(index, size, tiles)).map(toBase64url),
    })),
  );
  const consistency = from === undefined ? null : (await consistencyProof(from, size, tiles)).map(toBase64url);
  return { origin, checkpoint, entries, people: [], statements, consistency, announced: null };
}
