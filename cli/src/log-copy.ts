import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  decodeBundle,
  entriesPath,
  leafHash,
  LedgerError,
  makeCosignatureVerifier,
  makeVerifier,
  MemoryTiles,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  parseProof,
  TILE_WIDTH,
  tilePath,
  tileWidth,
  type OpenedCheckpoint,
} from "@breakwater/ledger";
import type { Receipt, VerifiedReceipt } from "@breakwater/seal";
import { equalBytes, fromBase64url } from "@breakwater/wire";
import { fileTrouble } from "./terminal.ts";

/** What does not fit; `message` says where. */
export class Mismatch extends Error {}

/**
 * A copy of the organisation's whole log in C2SP layout (checkpoint, tile/…): its checkpoint is signed and cosigned, every
 * entry and every tile lead to it, and it continues the tree that the receipt shows. Gives its size.
 */
export async function checkLogCopy(folder: string, receipt: Receipt, verified: VerifiedReceipt): Promise<number> {
  try {
    const checkpoint = await signedCheckpoint(folder, verified);
    const { size } = checkpoint;
    if (size < verified.size)
      throw new Mismatch(`The copy has ${size} entries; when the receipt was given there were ${verified.size}.`);
    const entries = await readEntries(folder, size);
    const tiles = new MemoryTiles();
    const { root } = await tiles.append(entries);
    await checkTiles(folder, size, tiles);
    if (!equalBytes(root, checkpoint.root))
      throw new Mismatch("The entries of the copy do not lead to the root that the log signed.");
    const entry = entries[verified.index];
    if (!entry || !equalBytes(entry, fromBase64url(receipt.leaf)))
      throw new Mismatch(`Entry ${verified.index} of the copy is not the receipt's.`);
    const shown = parseCheckpoint(parseNote(parseProof(receipt.proof).checkpoint).text);
    const past = await new MemoryTiles().append(entries.slice(0, shown.size));
    if (!equalBytes(past.root, shown.root))
      throw new Mismatch(`The copy does not begin with the ${shown.size} entries that the receipt was given under.`);
    return size;
  } catch (error) {
    if (error instanceof LedgerError) throw new Mismatch(error.message, { cause: error });
    throw error;
  }
}

/** The stored ciphertext of each part, in files that are named like the parts. */
export async function checkParts(folder: string, { manifest }: VerifiedReceipt): Promise<void> {
  for (const { part, role, ctSize, ctSha256 } of manifest.parts) {
    const path = join(folder, part);
    const hash = createHash("sha256");
    let size = 0;
    try {
      for await (const chunk of createReadStream(path)) {
        if (!(chunk instanceof Uint8Array)) continue;
        hash.update(chunk);
        size += chunk.length;
      }
    } catch (error) {
      throw fileTrouble(path, error);
    }
    if (size !== ctSize)
      throw new Mismatch(`The part "${role}" (${path}) has ${size} bytes and was sealed with ${ctSize}.`);
    if (hash.digest("base64url") !== ctSha256)
      throw new Mismatch(`The part "${role}" (${path}) was changed after it was sealed.`);
  }
}

async function signedCheckpoint(folder: string, { trust, origin }: VerifiedReceipt): Promise<OpenedCheckpoint> {
  const note = new TextDecoder().decode(await bytesOf(folder, "checkpoint"));
  const log = await makeVerifier(trust.logVerifier(origin) ?? "");
  const witness = await makeCosignatureVerifier(trust.witness ?? "");
  const checkpoint = await openCheckpoint(note, log, [witness]);
  if (checkpoint.cosignatures.length === 0) throw new Mismatch("The witness has not cosigned the copy's checkpoint.");
  return checkpoint;
}

async function readEntries(folder: string, size: number): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  for (let from = 0; from < size; from += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, size - from);
    const [bundle, hashes] = await Promise.all([
      bytesOf(folder, entriesPath(from / TILE_WIDTH, width)),
      bytesOf(folder, tilePath({ level: 0, index: from / TILE_WIDTH, width })),
    ]);
    for (const [i, entry] of decodeBundle(bundle, width).entries()) {
      if (!equalBytes(leafHash(entry), hashes.subarray(32 * i, 32 * i + 32)))
        throw new Mismatch(`Entry ${from + i} of the copy does not have the hash that its tile holds.`);
      entries.push(entry);
    }
  }
  return entries;
}

async function checkTiles(folder: string, size: number, tiles: MemoryTiles): Promise<void> {
  for (let level = 0; tileWidth(level, 0, size) > 0; level++) {
    for (let index = 0, width = tileWidth(level, 0, size); width > 0; width = tileWidth(level, ++index, size)) {
      const name = tilePath({ level, index, width });
      const expected = (await tiles.readTile(level, index, width)).subarray(0, 32 * width);
      if (!equalBytes(await bytesOf(folder, name), expected)) throw new Mismatch(`The copy's ${name} was changed.`);
    }
  }
}

async function bytesOf(folder: string, name: string): Promise<Uint8Array> {
  const path = join(folder, name);
  try {
    return await readFile(path);
  } catch (error) {
    throw fileTrouble(path, error);
  }
}
