import { LedgerError } from "./error.ts";
import { emptyRoot, HASH_BYTES, nodeHash, split } from "./merkle.ts";
import { readTile, TILE_HEIGHT, TILE_WIDTH, tileWidth, type Tile, type TileId, type TileReader } from "./tile.ts";

export interface Appended {
  readonly size: number;
  readonly root: Uint8Array;
  /** Only tiles whose content changed; each is the widest version for the new size. */
  readonly tiles: readonly Tile[];
}

/**
 * Adds leaves to a tree of `size` leaves. Reads only the right-hand edge (one partial tile a level) and writes nothing:
 * the caller stores the tiles first and signs a checkpoint for the root after that.
 */
export async function appendLeaves(
  size: number,
  leafHashes: readonly Uint8Array[],
  reader: TileReader,
): Promise<Appended> {
  const newSize = size + leafHashes.length;
  checkTreeSize(newSize);
  for (const hash of leafHashes) {
    if (hash.length !== HASH_BYTES)
      throw new LedgerError("merkle.hash", `A leaf hash has ${hash.length} bytes; a SHA-256 hash has ${HASH_BYTES}.`);
  }
  const edge = await readEdge(size, reader);
  const tiles: Tile[] = [];
  let rising: readonly Uint8Array[] = leafHashes;
  for (let level = 0; rising.length > 0; level++) {
    const first = Math.floor(Math.floor(size / TILE_WIDTH ** level) / TILE_WIDTH);
    const changed = cut(join(edge[level] ?? new Uint8Array(0), rising), level, first);
    tiles.push(...changed);
    const last = changed.at(-1);
    edge[level] = last === undefined || last.width === TILE_WIDTH ? new Uint8Array(0) : last.bytes;
    rising = changed.filter((tile) => tile.width === TILE_WIDTH).map((tile) => perfectRoot(tile.bytes));
  }
  return { size: newSize, root: edgeRoot(edge), tiles };
}

/** The root of the tree's first `size` leaves. */
export async function treeRoot(size: number, reader: TileReader): Promise<Uint8Array> {
  checkTreeSize(size);
  return edgeRoot(await readEdge(size, reader));
}

/** RFC 6962 section 2.1.1: the audit path of one leaf, lowest hash first. */
export async function inclusionProof(index: number, size: number, reader: TileReader): Promise<Uint8Array[]> {
  const [proof] = await inclusionProofs([index], size, reader);
  return proof ?? [];
}

/** The audit paths of many leaves of one tree: each tile is read and hashed once for all of them, so this is much cheaper than one by one. */
export async function inclusionProofs(
  indexes: readonly number[],
  size: number,
  reader: TileReader,
): Promise<Uint8Array[][]> {
  checkTreeSize(size);
  for (const index of indexes) {
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
      throw new LedgerError("merkle.index", `Index ${index} is not in a tree of ${size} leaves.`);
    }
  }
  const paths = indexes.map((index) => inclusionRanges(index, { start: 0, end: size }));
  return hashRanges(paths, size, reader);
}

/** RFC 6962 section 2.1.2. Empty from the empty tree and between equal sizes. */
export async function consistencyProof(from: number, to: number, reader: TileReader): Promise<Uint8Array[]> {
  checkTreeSize(from);
  checkTreeSize(to);
  if (from > to) throw new LedgerError("merkle.size", `A tree of ${to} leaves cannot contain a tree of ${from}.`);
  if (from === 0 || from === to) return [];
  const [proof] = await hashRanges([consistencyRanges(from, { start: 0, end: to }, true)], to, reader);
  return proof ?? [];
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function inclusionRanges(index: number, { start, end }: Range): Range[] {
  if (end - start === 1) return [];
  const middle = start + split(end - start);
  return index < middle
    ? [...inclusionRanges(index, { start, end: middle }), { start: middle, end }]
    : [...inclusionRanges(index, { start: middle, end }), { start, end: middle }];
}

/** SUBPROOF of RFC 6962 section 2.1.2; `known` is its `b`: the verifier holds the old root, so it need not be sent. */
function consistencyRanges(from: number, { start, end }: Range, known: boolean): Range[] {
  if (from === end) return known ? [] : [{ start, end }];
  const middle = start + split(end - start);
  return from <= middle
    ? [...consistencyRanges(from, { start, end: middle }, known), { start: middle, end }]
    : [...consistencyRanges(from, { start: middle, end }, false), { start, end: middle }];
}

/** A complete subtree: 2^height leaves from `start`, found inside one tile. */
interface Subtree {
  readonly tile: TileId;
  /** Hashes of the tile that the subtree covers. */
  readonly offset: number;
  readonly count: number;
}

async function hashRanges(
  paths: readonly (readonly Range[])[],
  size: number,
  reader: TileReader,
): Promise<Uint8Array[][]> {
  const plans = paths.map((ranges) => ranges.map((range) => subtrees(range, size)));
  const wanted = new Map(plans.flat(2).map(({ tile }) => [keyOf(tile), tile]));
  const tiles = new Map<string, TileNodes>();
  await Promise.all(
    [...wanted].map(async ([key, tile]) => tiles.set(key, new TileNodes(await readTile(reader, tile)))),
  );
  const hashOf = ({ tile, offset, count }: Subtree): Uint8Array => {
    const nodes = tiles.get(keyOf(tile));
    if (nodes === undefined) throw new LedgerError("tile.missing", `Tile ${keyOf(tile)} was not read.`);
    return nodes.hash(offset, count);
  };
  return plans.map((plan) => plan.map((range) => fold(range.map(hashOf))));
}

function keyOf(tile: TileId): string {
  return `${tile.level}/${tile.index}`;
}

/** The nodes inside one tile, each hashed at most once. */
class TileNodes {
  readonly #bytes: Uint8Array;
  readonly #known = new Map<number, Uint8Array>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The node over `count` hashes (a power of two) from `offset`. */
  hash(offset: number, count: number): Uint8Array {
    if (count === 1) return this.#bytes.slice(offset * HASH_BYTES, (offset + 1) * HASH_BYTES);
    const key = count * TILE_WIDTH + offset;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = nodeHash(this.hash(offset, count / 2), this.hash(offset + count / 2, count / 2));
    this.#known.set(key, made);
    return made;
  }
}

/** Cuts a range into complete subtrees, the largest first, as RFC 6962 does. */
function subtrees({ start, end }: Range, size: number): Subtree[] {
  const found: Subtree[] = [];
  for (let at = start; at < end;) {
    let leaves = 1;
    let height = 0;
    while (at % (leaves * 2) === 0 && at + leaves * 2 <= end) {
      leaves *= 2;
      height++;
    }
    const level = Math.floor(height / TILE_HEIGHT);
    const node = at / TILE_WIDTH ** level;
    const index = Math.floor(node / TILE_WIDTH);
    found.push({
      tile: { level, index, width: tileWidth(level, index, size) },
      offset: node % TILE_WIDTH,
      count: 2 ** (height % TILE_HEIGHT),
    });
    at += leaves;
  }
  return found;
}

/** The partial tile of each level, lowest first: together they hold every hash the root is made of. */
async function readEdge(size: number, reader: TileReader): Promise<Uint8Array[]> {
  const wanted: Promise<Uint8Array>[] = [];
  for (let level = 0; Math.floor(size / TILE_WIDTH ** level) > 0; level++) {
    const hashes = Math.floor(size / TILE_WIDTH ** level);
    const width = hashes % TILE_WIDTH;
    const index = Math.floor(hashes / TILE_WIDTH);
    wanted.push(width === 0 ? Promise.resolve(new Uint8Array(0)) : readTile(reader, { level, index, width }));
  }
  return Promise.all(wanted);
}

function edgeRoot(edge: readonly Uint8Array[]): Uint8Array {
  const roots: Uint8Array[] = [];
  for (const bytes of edge.toReversed()) {
    let at = 0;
    for (let count = TILE_WIDTH / 2; count >= 1; count /= 2) {
      if ((Math.floor(bytes.length / HASH_BYTES) & count) === 0) continue;
      roots.push(perfectRoot(bytes.subarray(at, at + count * HASH_BYTES)));
      at += count * HASH_BYTES;
    }
  }
  return roots.length === 0 ? emptyRoot() : fold(roots);
}

/** Joins subtrees of falling size into one root, from the right. */
function fold(roots: readonly Uint8Array[]): Uint8Array {
  return roots.reduceRight((right, left) => nodeHash(left, right));
}

/** Root of a power of two of hashes. */
function perfectRoot(hashes: Uint8Array): Uint8Array {
  if (hashes.length === HASH_BYTES) return hashes.slice();
  const middle = hashes.length / 2;
  return nodeHash(perfectRoot(hashes.subarray(0, middle)), perfectRoot(hashes.subarray(middle)));
}

/** Not concat(): a batch may hold more hashes than a call takes arguments. */
function join(head: Uint8Array, hashes: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(head.length + hashes.length * HASH_BYTES);
  out.set(head);
  for (const [i, hash] of hashes.entries()) out.set(hash, head.length + i * HASH_BYTES);
  return out;
}

/** Cuts the hashes of one level into tiles, the first of which has index `first`. */
function cut(hashes: Uint8Array, level: number, first: number): Tile[] {
  const tiles: Tile[] = [];
  const step = TILE_WIDTH * HASH_BYTES;
  for (let at = 0; at < hashes.length; at += step) {
    const bytes = hashes.slice(at, at + step);
    tiles.push({ level, index: first + at / step, width: bytes.length / HASH_BYTES, bytes });
  }
  return tiles;
}

function checkTreeSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new LedgerError("merkle.size", `${size} is not a number of leaves.`);
}
