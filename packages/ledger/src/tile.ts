import { LedgerError } from "./error.ts";
import { HASH_BYTES } from "./merkle.ts";

/** c2sp.org/tlog-tiles: a full tile is 256 hashes wide and stands for a subtree of height 8. */
export const TILE_WIDTH = 256;
export const TILE_HEIGHT = 8;

export interface TileId {
  readonly level: number;
  readonly index: number;
  /** Hashes in the tile: 1 to 255 in a partial one, 256 in a full one. */
  readonly width: number;
}

export interface Tile extends TileId {
  readonly bytes: Uint8Array;
}

/**
 * Where hashes come from. Must give the first `width` hashes of the tile, or more of them (a later, wider version is as good);
 * rejects when it has no such tile.
 */
export interface TileReader {
  readTile(level: number, index: number, width: number): Promise<Uint8Array>;
}

/** `tile/<L>/<N>[.p/<W>]` */
export function tilePath(tile: TileId): string {
  checkLevel(tile.level);
  return `tile/${tile.level}/${indexPath(tile.index)}${partialSuffix(tile.width)}`;
}

/** `tile/entries/<N>[.p/<W>]` */
export function entriesPath(index: number, width: number = TILE_WIDTH): string {
  return `tile/entries/${indexPath(index)}${partialSuffix(width)}`;
}

const PATH = /^tile\/(entries|0|[1-5]?[0-9]|6[0-3])\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** Reads either path; `level` is "entries" for an entry bundle. One path per tile: no other spelling is accepted. */
export function parseTilePath(path: string): { level: number | "entries"; index: number; width: number } {
  const match = path.length <= 64 ? PATH.exec(path) : null;
  const [, level, digits, partial] = match ?? [];
  if (level === undefined || digits === undefined) throw badPath(path);
  const index = Number(digits.replaceAll(/[x/]/g, ""));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  const parsed = { level: level === "entries" ? ("entries" as const) : Number(level), index, width };
  const spelt =
    (partial !== undefined && width >= TILE_WIDTH) || !Number.isSafeInteger(index)
      ? undefined
      : parsed.level === "entries"
        ? entriesPath(index, width)
        : tilePath({ level: parsed.level, index, width });
  if (spelt !== path) throw badPath(path);
  return parsed;
}

/** Width of one tile in a tree of `size` leaves: 0 (not there) to 256. */
export function tileWidth(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** Reads a tile and checks the one thing a reader can get wrong without lying: its length. */
export async function readTile(reader: TileReader, tile: TileId): Promise<Uint8Array> {
  const bytes = await reader.readTile(tile.level, tile.index, tile.width);
  if (
    bytes.length % HASH_BYTES !== 0 ||
    bytes.length < tile.width * HASH_BYTES ||
    bytes.length > TILE_WIDTH * HASH_BYTES
  ) {
    throw new LedgerError(
      "tile.bytes",
      `${tilePath(tile)} has ${bytes.length} bytes; expected ${tile.width * HASH_BYTES}.`,
    );
  }
  return bytes.subarray(0, tile.width * HASH_BYTES);
}

function indexPath(index: number): string {
  if (!Number.isSafeInteger(index) || index < 0)
    throw new LedgerError("tile.path", `Tile index ${index} is not a non-negative integer.`);
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/[0-9]{3}/g) ?? [];
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/");
}

function partialSuffix(width: number): string {
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH)
    throw new LedgerError("tile.path", `Tile width ${width} is not between 1 and ${TILE_WIDTH}.`);
  return width === TILE_WIDTH ? "" : `.p/${width}`;
}

function checkLevel(level: number): void {
  if (!Number.isInteger(level) || level < 0 || level > 63)
    throw new LedgerError("tile.path", `Tile level ${level} is not between 0 and 63.`);
}

function badPath(path: string): LedgerError {
  return new LedgerError("tile.path", `${JSON.stringify(path.slice(0, 64))} is not a tile path.`);
}
