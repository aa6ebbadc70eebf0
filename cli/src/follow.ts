import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  decodeBundle,
  encodeBundle,
  entriesPath,
  LedgerError,
  leafHash,
  openCheckpoint,
  TILE_WIDTH,
  type CosignatureVerifier,
  type OpenedCheckpoint,
  type TileReader,
  type Verifier,
} from "@breakwater/ledger";
import { equalBytes } from "@breakwater/wire";
import { fileTrouble } from "./terminal.ts";
import { Tree } from "./tree.ts";

/** Where a log is served, by C2SP path below it: "checkpoint", "tile/entries/000.p/3". Rejects when it cannot be had. */
export interface LogSource {
  get(path: string): Promise<Uint8Array>;
}

/** The log is not the one that was seen before. `index` is the first entry that differs, where one can be named. */
export class Forked extends Error {
  readonly index: number | undefined;
  /** Both signed checkpoints: together they prove it to anybody. */
  readonly evidence: readonly string[];

  constructor(message: string, evidence: readonly string[], index?: number) {
    super(message);
    this.evidence = evidence;
    this.index = index;
  }
}

export interface FollowKeys {
  readonly log: Verifier;
  readonly witnesses: readonly CosignatureVerifier[];
}
export interface Followed {
  readonly checkpoint: OpenedCheckpoint;
  readonly note: string;
  /** Index of the first entry of `entries`. */
  readonly from: number;
  readonly entries: readonly Uint8Array[];
}

const MAX_CHECKPOINT_BYTES = 65_536;

/**
 * One log, followed into a folder in C2SP layout. What was read once is kept and never asked for again: the log's next
 * checkpoint has to continue exactly it. INVARIANT: the folder's checkpoint is replaced only after the entries under it are on
 * the disk, so a copy that was cut off at any moment is an older copy, and whole.
 */
export class Follower {
  readonly #folder: string;
  readonly #keys: FollowKeys;
  #tree: Tree;
  /** The last, partial bundle. */
  #tail: Uint8Array[];
  #note: string | undefined;
  #next = 0;

  private constructor(folder: string, keys: FollowKeys, tree: Tree, tail: Uint8Array[], note: string | undefined) {
    this.#folder = folder;
    this.#keys = keys;
    this.#tree = tree;
    this.#tail = tail;
    this.#note = note;
  }

  /** Reads what the folder holds; `onEntry` hears of each entry. Throws Forked when the copy itself was changed. */
  static async open(
    folder: string,
    keys: FollowKeys,
    onEntry: (index: number, entry: Uint8Array) => void,
  ): Promise<Follower> {
    const note = await readOptional(join(folder, "checkpoint"));
    const tree = new Tree();
    if (note === undefined) return new Follower(folder, keys, tree, [], undefined);
    const text = new TextDecoder().decode(note);
    const checkpoint = await openCheckpoint(text, keys.log, keys.witnesses);
    let tail: Uint8Array[] = [];
    for (let at = 0; at < checkpoint.size; at += TILE_WIDTH) {
      const width = Math.min(TILE_WIDTH, checkpoint.size - at);
      const bundle = await readOptional(join(folder, entriesPath(at / TILE_WIDTH, width)));
      tail = bundle === undefined ? [] : decodeBundle(bundle, width);
      await tree.grow(tail.map(leafHash));
      for (const [i, entry] of tail.entries()) onEntry(at + i, entry);
    }
    if (tree.size !== checkpoint.size || !equalBytes(tree.root, checkpoint.root))
      throw new Forked(`The copy in ${folder} does not lead to its own checkpoint: it was changed on this disk.`, [
        text,
      ]);
    return new Follower(folder, keys, tree, checkpoint.size % TILE_WIDTH === 0 ? [] : tail, text);
  }

  get size(): number {
    return this.#tree.size;
  }

  /** Holds the hashes of everything that was kept. */
  get tiles(): TileReader {
    return this.#tree;
  }

  /** Fetches, checks and keeps what is new. Throws Forked, LedgerError (a bad signature), or what the source throws. */
  async step(source: LogSource): Promise<Followed> {
    const bytes = await source.get("checkpoint");
    if (bytes.length > MAX_CHECKPOINT_BYTES)
      throw new LedgerError("checkpoint.malformed", "The log's checkpoint is longer than any checkpoint is.");
    const note = new TextDecoder().decode(bytes);
    const checkpoint = await openCheckpoint(note, this.#keys.log, this.#keys.witnesses);
    const from = this.#tree.size;
    if (checkpoint.size < from)
      throw new Forked(
        `The log has ${checkpoint.size} entries; it had ${from} before. Entries were taken away.`,
        this.#evidence(note),
        checkpoint.size,
      );
    const entries = await this.#newEntries(source, from, checkpoint.size);
    const grown = this.#tree.copy();
    await grown.grow(entries.map(leafHash));
    if (!equalBytes(grown.root, checkpoint.root)) throw await this.#differs(source, note);
    await this.#keep(entries, note);
    this.#tree = grown;
    this.#note = note;
    return { checkpoint, note, from, entries };
  }

  /**
   * Asks again for what was kept, some bundles a time, around and around: a log that changes its past shows it to those who
   * look there. Throws Forked with the first entry that differs.
   */
  async recheck(source: LogSource, bundles: number): Promise<void> {
    const all = Math.ceil(this.#tree.size / TILE_WIDTH);
    for (let i = 0; i < Math.min(bundles, all); i++) {
      const at = (this.#next++ % all) * TILE_WIDTH;
      const wrong = await this.#wrongIn(source, at);
      if (wrong !== undefined) throw new Forked(wrong.message, this.#evidence(), wrong.index);
    }
  }

  async #newEntries(source: LogSource, from: number, to: number): Promise<Uint8Array[]> {
    const entries: Uint8Array[] = [];
    for (let at = from - (from % TILE_WIDTH); at < to; at += TILE_WIDTH) {
      const width = Math.min(TILE_WIDTH, to - at);
      const bundle = decodeBundle(await source.get(entriesPath(at / TILE_WIDTH, width)), width);
      entries.push(...bundle.slice(Math.max(0, from - at)));
    }
    return entries;
  }

  /** The signed root does not continue what was kept. Asks for everything again to name the first entry that is another now. */
  async #differs(source: LogSource, note: string): Promise<Forked> {
    const evidence = this.#evidence(note);
    for (let at = 0; at < this.#tree.size; at += TILE_WIDTH) {
      const wrong = await this.#wrongIn(source, at);
      if (wrong !== undefined) return new Forked(wrong.message, evidence, wrong.index);
    }
    return new Forked(
      `The log's checkpoint does not fit the entries that it shows from ${this.#tree.size} on.`,
      evidence,
      this.#tree.size,
    );
  }

  /** The first entry of one bundle that is not what was kept. */
  async #wrongIn(
    source: LogSource,
    at: number,
  ): Promise<{ readonly index: number; readonly message: string } | undefined> {
    const width = Math.min(TILE_WIDTH, this.#tree.size - at);
    const kept = await this.#tree.readTile(0, at / TILE_WIDTH, width);
    let served: Uint8Array[];
    try {
      served = decodeBundle(await source.get(entriesPath(at / TILE_WIDTH, width)), width);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      return { index: at, message: `The log does not show its entries from ${at} on any more. ${error.message}` };
    }
    const i = served.findIndex((entry, j) => !equalBytes(leafHash(entry), kept.subarray(32 * j, 32 * j + 32)));
    if (i < 0) return undefined;
    return {
      index: at + i,
      message: `Entry ${at + i} of the log is not what it was: it was changed, moved, put in or taken out.`,
    };
  }

  #evidence(note?: string): string[] {
    return [this.#note, note].filter((one) => one !== undefined);
  }

  async #keep(entries: readonly Uint8Array[], note: string): Promise<void> {
    const all = [...this.#tail, ...entries];
    let index = Math.floor(this.#tree.size / TILE_WIDTH);
    let last: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += TILE_WIDTH, index++) {
      last = all.slice(at, at + TILE_WIDTH);
      await put(join(this.#folder, entriesPath(index, last.length)), encodeBundle(last));
    }
    await put(join(this.#folder, "checkpoint"), new TextEncoder().encode(note));
    this.#tail = last.length === TILE_WIDTH ? [] : last;
  }
}

/** Whole or not at all, also when the machine loses power. */
async function put(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileTrouble(path, error);
  }
}

async function readOptional(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw fileTrouble(path, error);
  }
}
