import { appendLeaves, LedgerError, tilePath, type TileReader } from "@breakwater/ledger";

/** A Merkle tree over leaf hashes, in memory: built from what was read, so that nobody's tiles need be believed. */
export class Tree implements TileReader {
  readonly #tiles: Map<string, Uint8Array>;
  size = 0;
  root: Uint8Array = new Uint8Array(32);

  constructor(tiles = new Map<string, Uint8Array>()) {
    this.#tiles = tiles;
  }

  async readTile(level: number, index: number, width: number): Promise<Uint8Array> {
    const bytes = this.#tiles.get(`${level}/${index}`);
    if (bytes === undefined) throw new LedgerError("tile.missing", `There is no ${tilePath({ level, index, width })}.`);
    return bytes;
  }

  async grow(hashes: readonly Uint8Array[]): Promise<void> {
    const { size, root, tiles } = await appendLeaves(this.size, hashes, this);
    for (const { level, index, bytes } of tiles) this.#tiles.set(`${level}/${index}`, bytes);
    this.size = size;
    this.root = root;
  }

  copy(): Tree {
    const copied = new Tree(new Map(this.#tiles));
    copied.size = this.size;
    copied.root = this.root;
    return copied;
  }
}
