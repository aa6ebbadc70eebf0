import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  decodeBundle,
  entriesPath,
  LedgerError,
  makeCosignatureVerifier,
  makeVerifier,
  openCheckpoint,
  TILE_WIDTH,
  type OpenedCheckpoint,
  type TileReader,
} from "@breakwater/ledger";
import { openTrust, SealError, type Trust } from "@breakwater/seal";
import { equalBytes, isId, parseJson } from "@breakwater/wire";
import { deskOf } from "./desk.ts";
import { Mismatch } from "./log-copy.ts";
import { fileTrouble, Unusable } from "./terminal.ts";
import { Tree } from "./tree.ts";

const MAX_STATEMENTS_BYTES = 256 * 1024 * 1024;
/** Leaf hashes that wait before they join the tree: 2 MiB of them. */
const BATCH = 65_536;

/**
 * A copy of the desk's logs, one folder each in C2SP layout under the organisation's id, with the signed statements that name
 * keys and people: `statements.json`, `<org>/checkpoint`, `<org>/tile/entries/…`.
 */
export interface Mirror {
  readonly folder: string;
  /** The desk's fingerprint. */
  readonly desk: string;
  readonly trust: Trust;
  /** Ids of the organisations whose logs are here. */
  readonly logs: readonly string[];
}

export interface ReadLog {
  readonly org: string;
  readonly checkpoint: OpenedCheckpoint;
  /** The checkpoint with its signatures, word for word. */
  readonly note: string;
  /** Holds every hash, for proofs. */
  readonly tiles: TileReader;
}

/** `typed` is what the person gave as --desk. Throws Mismatch when the statements are another desk's. */
export async function openMirror(folder: string, typed: string | undefined, now: number): Promise<Mirror> {
  const statements = parseJson(await bytesOf(folder, "statements.json"), "statements.json", {
    maxBytes: MAX_STATEMENTS_BYTES,
    maxDepth: 16,
  });
  if (!Array.isArray(statements)) throw new Unusable(`${join(folder, "statements.json")}: this is not a list.`);
  const desk = deskOf(statements, typed);
  let trust: Trust;
  try {
    trust = await openTrust(statements, [desk], now);
  } catch (error) {
    if (error instanceof SealError) throw new Mismatch(error.message, { cause: error });
    throw error;
  }
  const names = await readdir(folder).catch((error: unknown) => Promise.reject(fileTrouble(folder, error)));
  return { folder, desk, trust, logs: names.filter((name) => isId("org", name)).sort() };
}

/**
 * Reads one log whole and checks it: every entry under the root that the log's key signed and the witness cosigned. Entries
 * are handed over as they come, so nothing may be told from them before this returns. Throws Mismatch.
 */
export async function readLog(
  { folder, trust }: Mirror,
  org: string,
  onEntry: (index: number, entry: Uint8Array) => void,
): Promise<ReadLog> {
  const place = join(folder, org);
  const origin = trust.origin(org) ?? "";
  try {
    const note = new TextDecoder().decode(await bytesOf(place, "checkpoint"));
    const checkpoint = await openCheckpoint(note, await makeVerifier(trust.logVerifier(origin) ?? ""), [
      await makeCosignatureVerifier(trust.witness ?? ""),
    ]);
    if (checkpoint.cosignatures.length === 0)
      throw new Mismatch(`The witness has not cosigned the checkpoint of ${org}.`);
    const tree = new Tree();
    const waiting: Uint8Array[] = [];
    for (let from = 0; from < checkpoint.size; from += TILE_WIDTH) {
      const width = Math.min(TILE_WIDTH, checkpoint.size - from);
      const bundle = await bytesOf(place, entriesPath(from / TILE_WIDTH, width));
      for (const [i, entry] of decodeBundle(bundle, width).entries()) {
        waiting.push(hashOf(entry));
        onEntry(from + i, entry);
      }
      if (waiting.length >= BATCH) await tree.grow(waiting.splice(0));
    }
    await tree.grow(waiting);
    if (!equalBytes(tree.root, checkpoint.root))
      throw new Mismatch(`The entries of ${org} do not lead to the root that the log signed: one of them was changed.`);
    return { org, checkpoint, note, tiles: tree };
  } catch (error) {
    if (error instanceof LedgerError) throw new Mismatch(`${org}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** RFC 6962 section 2.1, by the machine's own SHA-256: a million entries in seconds. */
function hashOf(entry: Uint8Array): Uint8Array {
  return createHash("sha256").update(LEAF).update(entry).digest();
}
const LEAF = new Uint8Array([0]);

async function bytesOf(folder: string, name: string): Promise<Uint8Array> {
  const path = join(folder, name);
  try {
    return await readFile(path);
  } catch (error) {
    throw fileTrouble(path, error);
  }
}
