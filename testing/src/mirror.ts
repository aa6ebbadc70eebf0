import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  addSignatures,
  appendLeaves,
  encodeBundle,
  encodeLeaf,
  entriesPath,
  leafHash,
  makeSigner,
  signCheckpoint,
  TILE_WIDTH,
  tilePath,
  type Cosigner,
  type Leaf,
  type TileReader,
} from "@breakwater/ledger";

export interface MirrorKeys {
  readonly logHost: string;
  /** The log key's seed. */
  readonly log: Uint8Array;
  readonly witness: Cosigner;
  /** Seconds since 1970: when the witness cosigns. */
  readonly at: number;
}

type Leaves = Iterable<Leaf> | AsyncIterable<Leaf>;

/** Writes a copy of the desk's logs as `breakwater affected` and the monitor read it. A million leaves fit: nothing but hashes is kept. */
export async function writeMirror(
  folder: string,
  statements: readonly unknown[],
  logs: Iterable<readonly [string, Leaves]>,
  keys: MirrorKeys,
): Promise<void> {
  put(folder, "statements.json", JSON.stringify(statements));
  for (const [org, leaves] of logs) await writeLog(join(folder, org), `${keys.logHost}/log/${org}`, leaves, keys);
}

async function writeLog(folder: string, origin: string, leaves: Leaves, keys: MirrorKeys): Promise<void> {
  const tiles = new Map<string, Uint8Array>();
  const reader: TileReader = {
    async readTile(level, index) {
      return tiles.get(`${level}/${index}`) ?? new Uint8Array(0);
    },
  };
  let tree: { size: number; root: Uint8Array } = { size: 0, root: new Uint8Array(32) };
  const flush = async (entries: readonly Uint8Array[]): Promise<void> => {
    put(folder, entriesPath(tree.size / TILE_WIDTH, entries.length), encodeBundle(entries));
    const appended = await appendLeaves(tree.size, entries.map(leafHash), reader);
    for (const tile of appended.tiles) {
      tiles.set(`${tile.level}/${tile.index}`, tile.bytes);
      put(folder, tilePath(tile), tile.bytes);
    }
    tree = appended;
  };
  let waiting: Uint8Array[] = [];
  for await (const leaf of leaves) {
    waiting.push(encodeLeaf(leaf));
    if (waiting.length < TILE_WIDTH) continue;
    await flush(waiting);
    waiting = [];
  }
  if (waiting.length > 0) await flush(waiting);
  const note = await signCheckpoint({ origin, ...tree, extensions: [] }, [await makeSigner(origin, keys.log)]);
  const line = await keys.witness.cosign(note.slice(0, note.indexOf("\n\n") + 1), keys.at);
  put(folder, "checkpoint", addSignatures(note, line));
}

function put(folder: string, name: string, data: string | Uint8Array): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
}
