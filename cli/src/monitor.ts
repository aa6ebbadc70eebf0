import { randomBytes } from "node:crypto";
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import {
  addSignatures,
  decodeBundle,
  entriesPath,
  LedgerError,
  leafHash,
  makeCosignatureVerifier,
  makeVerifier,
  parseLeaf,
  TILE_WIDTH,
  treeRoot,
  type Cosigner,
  type Leaf,
} from "@breakwater/ledger";
import { Alarms, type Alarm, type AlarmLimits } from "@breakwater/scope";
import { openTrust, SealError, verifyActor, type Trust } from "@breakwater/seal";
import { canonicalize, domainHash, equalBytes, fromBase64url, parseJson, utf8, type Json } from "@breakwater/wire";
import { deskOf } from "./desk.ts";
import { Follower, Forked, type Followed, type LogSource } from "./follow.ts";
import { Mismatch } from "./log-copy.ts";
import { fileTrouble } from "./terminal.ts";

/** The desk, asked as somebody who may read the logs. Rejects with an Error whose message is for a person. */
export interface Remote {
  get(path: string): Promise<Uint8Array>;
}
export interface MonitorOptions {
  readonly folder: string;
  /** What the person gave as --desk; without it the first desk that is seen counts from then on. */
  readonly desk: string | undefined;
  readonly remote: Remote;
  /** Organisations whose logs are followed. */
  readonly orgs: readonly string[];
  readonly limits: AlarmLimits;
  /** Cosigns what was verified, when the monitor is a witness too. */
  readonly cosigner: Cosigner | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
/** What one look at one log told. */
export type Look =
  | {
      readonly org: string;
      readonly state: "ok";
      readonly size: number;
      readonly fresh: number;
      readonly alarms: readonly Alarm[];
    }
  | {
      readonly org: string;
      readonly state: "forked";
      readonly message: string;
      readonly index: number | null;
      readonly evidence: string;
    }
  | { readonly org: string; readonly state: "unverified"; readonly message: string }
  | {
      readonly org: string;
      readonly state: "unreachable";
      readonly message: string;
      readonly alarms: readonly Alarm[];
    };

const MAX_STATEMENTS_BYTES = 64 * 1024 * 1024;

interface Watched {
  readonly follower: Follower;
  readonly alarms: Alarms;
  /** Whether this process has held the whole past against the log once. */
  rechecked: boolean;
}

/** Bundles of 256 entries that are asked for again at each look. */
const RECHECKED = 4;

/** Follows logs, holds each against what it was, and raises alarms. Its folder is the copy that `breakwater affected` reads. */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #watched = new Map<string, Watched>();
  #desk: string | undefined;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#desk = options.desk;
  }

  /** One look at every log. What is wrong with one log hides nothing of another. */
  async look(): Promise<readonly Look[]> {
    const { orgs } = this.#options;
    let trust: Trust;
    try {
      trust = await this.#trust();
    } catch (error) {
      if (error instanceof SealError || error instanceof Mismatch)
        return orgs.map((org) => ({ org, state: "unverified", message: messageOf(error) }));
      return orgs.map((org) => this.#unreachable(org, error));
    }
    const looks: Look[] = [];
    for (const org of orgs) looks.push(await this.#lookAt(org, trust));
    return looks;
  }

  async #lookAt(org: string, trust: Trust): Promise<Look> {
    const { remote, now, folder, cosigner } = this.#options;
    const source: LogSource = { get: (path) => remote.get(`/log/${org}/${path}`) };
    try {
      const watched = await this.#watch(org, trust);
      const { follower, alarms } = watched;
      const followed = await follower.step(source);
      const raised: Alarm[] = [];
      for (const [i, entry] of followed.entries.entries())
        raised.push(...(await examine(alarms, { org, index: followed.from + i, entry }, trust)));
      // The whole past once, and from then on a few bundles at each look.
      await follower.recheck(source, watched.rechecked ? RECHECKED : Infinity);
      watched.rechecked = true;
      await checkAnnounced(remote, org, follower, trust);
      if (cosigner !== undefined) {
        const note = await cosign(followed, cosigner, now());
        await put(join(folder, org), "checkpoint.cosigned", note);
      }
      raised.push(...alarms.tick(now()));
      return { org, state: "ok", size: follower.size, fresh: followed.entries.length, alarms: raised };
    } catch (error) {
      if (error instanceof Forked) {
        const { message, index = null } = error;
        const evidence = await this.#keepEvidence(org, error);
        return { org, state: "forked", message, index, evidence };
      }
      if (error instanceof LedgerError || error instanceof Mismatch)
        return { org, state: "unverified", message: messageOf(error) };
      return this.#unreachable(org, error);
    }
  }

  #unreachable(org: string, error: unknown): Look {
    const alarms = this.#watched.get(org)?.alarms.tick(this.#options.now()) ?? [];
    return { org, state: "unreachable", message: messageOf(error), alarms };
  }

  async #watch(org: string, trust: Trust): Promise<Watched> {
    const known = this.#watched.get(org);
    if (known) return known;
    const { folder, limits } = this.#options;
    const alarms = new Alarms(org, limits);
    const keys = {
      log: await makeVerifier(trust.logVerifier(trust.origin(org) ?? "") ?? ""),
      witnesses: [await makeCosignatureVerifier(trust.witness ?? "")],
    };
    const past: { readonly index: number; readonly entry: Uint8Array }[] = [];
    const follower = await Follower.open(join(folder, org), keys, (index, entry) => past.push({ index, entry }));
    // What was told before the restart is not told again; it is what later lines are held against.
    for (const line of past) await examine(alarms, { org, ...line }, trust);
    const watched = { follower, alarms, rechecked: false };
    this.#watched.set(org, watched);
    return watched;
  }

  async #trust(): Promise<Trust> {
    const { remote, folder, now } = this.#options;
    const answer = parseJson(await remote.get("/v1/trust"), "The desk's statements", {
      maxBytes: MAX_STATEMENTS_BYTES,
      maxDepth: 16,
    });
    const statements = statementsIn(answer);
    this.#desk = deskOf(statements, this.#desk);
    const trust = await openTrust(statements, [this.#desk], now());
    await put(folder, "statements.json", JSON.stringify(statements));
    return trust;
  }

  async #keepEvidence(org: string, { message, index, evidence }: Forked): Promise<string> {
    const at = new Date(this.#options.now()).toISOString();
    const name = `evidence-${at.replaceAll(/[:.]/g, "-")}-${randomBytes(3).toString("hex")}.json`;
    const text = { v: 1, type: "fork", org, at, index: index ?? null, message, checkpoints: evidence };
    await put(join(this.#options.folder, org), name, JSON.stringify(text, null, 1));
    return join(this.#options.folder, org, name);
  }
}

async function examine(
  alarms: Alarms,
  { org, index, entry }: { readonly org: string; readonly index: number; readonly entry: Uint8Array },
  trust: Trust,
): Promise<Alarm[]> {
  let leaf: Leaf;
  try {
    leaf = parseLeaf(entry);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return [{ name: "unknown-line", org, index, ts: "", user: null, detail: error.message }];
  }
  return alarms.add({ org, index, leaf, signed: leaf.t !== "key.release" || (await isSigned(leaf, trust)) });
}

async function isSigned(leaf: Leaf, trust: Trust): Promise<boolean> {
  try {
    await verifyActor(leaf, trust);
    return true;
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}

/**
 * What the desk tells the world about this log in the global one has to be the same tree that it shows here (protocol 5): else
 * it shows different people different logs.
 */
async function checkAnnounced(remote: Remote, org: string, follower: Follower, trust: Trust): Promise<void> {
  const answer = parseJson(await remote.get(`/v1/access?org=${org}&limit=1`), "The log's announcement", {
    maxBytes: MAX_STATEMENTS_BYTES,
    maxDepth: 16,
  });
  const announced = announcedIn(answer);
  if (announced === null) return;
  const { index, size, root, ts } = announced;
  if (size > follower.size) return;
  if (!equalBytes(await treeRoot(size, follower.tiles), fromBase64url(root)))
    throw new Mismatch(
      `The global log's entry ${index} names another tree of ${size} entries than the one shown here.`,
    );
  const hash = leafHash(domainHash("global", utf8(canonicalize({ origin: trust.origin(org) ?? "", size, root, ts }))));
  const first = index - (index % TILE_WIDTH);
  const width = await globalWidth(remote, first);
  const bundle = decodeBundle(await remote.get(`/log/global/${entriesPath(first / TILE_WIDTH, width)}`), width);
  const entry = bundle[index - first];
  if (entry === undefined || !equalBytes(leafHash(entry), hash))
    throw new Mismatch(`The global log's entry ${index} is not what the desk says it is.`);
}

async function globalWidth(remote: Remote, first: number): Promise<number> {
  const note = new TextDecoder().decode(await remote.get("/log/global/checkpoint"));
  const size = Number(note.split("\n")[1]);
  if (!Number.isSafeInteger(size) || size <= first) throw new Mismatch("The global log is shorter than the desk says.");
  return Math.min(TILE_WIDTH, size - first);
}

async function cosign({ note }: Followed, cosigner: Cosigner, now: number): Promise<string> {
  const text = note.slice(0, note.indexOf("\n\n") + 1);
  return addSignatures(note, await cosigner.cosign(text, Math.floor(now / 1000)));
}

function statementsIn(answer: Json): readonly Json[] {
  const statements = isRecord(answer) ? answer["statements"] : undefined;
  if (!Array.isArray(statements)) throw new Mismatch("The desk's statements are not in the answer.");
  return statements;
}

function announcedIn(answer: Json): { index: number; size: number; root: string; ts: string } | null {
  const announced = isRecord(answer) ? answer["announced"] : undefined;
  if (!isRecord(announced)) return null;
  const { index, size, root, ts } = announced;
  if (typeof index !== "number" || typeof size !== "number" || typeof root !== "string" || typeof ts !== "string")
    throw new Mismatch("The log's announcement cannot be read.");
  return { index, size, root, ts };
}

function isRecord(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function put(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(`${path}.tmp`, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.tmp`, path);
  } catch (error) {
    throw fileTrouble(path, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
