import { decodeBundle, encodeBundle } from "./bundle.ts";
import { LedgerError } from "./error.ts";
import { leafHash } from "./merkle.ts";
import { entriesPath, TILE_WIDTH, tilePath, type TileReader } from "./tile.ts";
import { appendLeaves, type Appended } from "./tree.ts";

/** A whole log in memory, by path as it is served: for tests and small tools. */
export class MemoryTiles implements TileReader {
  /** Path (`tile/0/000`, `tile/entries/000.p/3`) to bytes; every version that was ever written. */
  readonly files = new Map<string, Uint8Array>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  async readTile(level: number, index: number, width: number): Promise<Uint8Array> {
    const path = tilePath({ level, index, width });
    const bytes = this.files.get(path) ?? this.files.get(tilePath({ level, index, width: TILE_WIDTH }));
    if (bytes === undefined) throw new LedgerError("tile.missing", `There is no ${path}.`);
    return bytes;
  }

  /** Appends entries with their tiles and bundles. Calls must not overlap: a log has one writer. */
  async append(entries: readonly Uint8Array[]): Promise<Appended> {
    const appended = await appendLeaves(this.#size, entries.map(leafHash), this);
    for (const tile of appended.tiles) this.files.set(tilePath(tile), tile.bytes);
    const width = this.#size % TILE_WIDTH;
    let index = Math.floor(this.#size / TILE_WIDTH);
    const old = width === 0 ? undefined : this.files.get(entriesPath(index, width));
    const all = [...(old === undefined ? [] : decodeBundle(old, width)), ...entries];
    for (let at = 0; at < all.length; at += TILE_WIDTH, index++) {
      const bundle = all.slice(at, at + TILE_WIDTH);
      this.files.set(entriesPath(index, bundle.length), encodeBundle(bundle));
    }
    this.#size = appended.size;
    return appended;
  }
}
