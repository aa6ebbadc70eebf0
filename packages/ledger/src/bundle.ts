import { LedgerError } from "./error.ts";
import { TILE_WIDTH } from "./tile.ts";

/** An entry's length is a uint16 in the bundle (c2sp.org/tlog-tiles, "Log entries"). */
export const MAX_ENTRY_BYTES = 65_535;

/** Entry bundle: each entry behind its length, big-endian. At most 256 entries, as a tile has hashes. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length > TILE_WIDTH)
    throw new LedgerError("bundle.malformed", `A bundle holds at most ${TILE_WIDTH} entries, not ${entries.length}.`);
  const out = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [i, entry] of entries.entries()) {
    if (entry.length > MAX_ENTRY_BYTES)
      throw new LedgerError(
        "bundle.malformed",
        `Entry ${i} has ${entry.length} bytes; at most ${MAX_ENTRY_BYTES} fit.`,
      );
    view.setUint16(at, entry.length);
    out.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return out;
}

/** The entries of a bundle. With `width`, exactly that many are expected. */
export function decodeBundle(bytes: Uint8Array, width?: number): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    if (entries.length === TILE_WIDTH)
      throw new LedgerError("bundle.malformed", `The bundle holds more than ${TILE_WIDTH} entries.`);
    if (at + 2 > bytes.length) throw cutShort(entries.length);
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) throw cutShort(entries.length);
    entries.push(bytes.slice(at + 2, end));
    at = end;
  }
  if (width !== undefined && entries.length !== width) {
    throw new LedgerError("bundle.malformed", `The bundle holds ${entries.length} entries; expected ${width}.`);
  }
  return entries;
}

function cutShort(index: number): LedgerError {
  return new LedgerError("bundle.malformed", `The bundle ends inside entry ${index}.`);
}
