import {
  appendLeaves,
  emptyRoot,
  makeSigner,
  parseCheckpoint,
  parseNote,
  signCheckpoint,
  treeRoot,
} from "@breakwater/ledger";
import type { Sql } from "@breakwater/sql";
import { Problem } from "../../errors.ts";
import { lockLog, putTiles, readHashes, tileReader, updateLog } from "./store.ts";

/** A checkpoint with the log's signature; `note` is the signed text. */
export interface Signed {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
}

export interface Sequencer {
  readonly sql: Sql;
  readonly seed: Uint8Array;
  originOf(log: string): string;
}

/**
 * Brings the tree up to everything committed and signs it. Tiles, size and checkpoint are one transaction under the
 * log's row lock: nothing is signed whose tiles are not stored, and never a smaller size.
 */
export async function integrate({ sql, seed, originOf }: Sequencer, log: string): Promise<Signed> {
  const origin = originOf(log);
  return sql.transaction(async (tx) => {
    const row = await lockLog(tx, log);
    if (row.checkpoint !== null && row.tree_size === row.size) return readSigned(row.checkpoint);
    if (row.size < row.tree_size) {
      throw new Problem(
        "log.unavailable",
        `The log ${log} has ${row.size} entries, fewer than the ${row.tree_size} that were signed. It is not signed any more.`,
      );
    }
    const reader = tileReader(tx, log);
    const hashes = await readHashes(tx, log, row.tree_size, row.size);
    const { root, tiles } = await appendLeaves(row.tree_size, hashes, reader);
    await checkOldRoot(row.checkpoint, row.tree_size, await treeRoot(row.tree_size, reader));
    await putTiles(tx, log, tiles);
    const checkpoint = await signCheckpoint({ origin, size: row.size, root, extensions: [] }, [
      await makeSigner(origin, seed),
    ]);
    await updateLog(tx, log, { tree_size: row.size, checkpoint });
    return { origin, size: row.size, root, note: checkpoint };
  });
}

/** Tiles that no longer lead to what was signed would make a second history: such a log is not signed again. */
async function checkOldRoot(checkpoint: string | null, size: number, root: Uint8Array): Promise<void> {
  const expected = checkpoint === null ? emptyRoot() : readSigned(checkpoint).root;
  if (checkpoint === null && size === 0) return;
  if (Buffer.compare(expected, root) !== 0)
    throw new Problem("log.unavailable", "The log's stored tiles do not lead to its last signed checkpoint.");
}

export function readSigned(note: string): Signed {
  const { origin, size, root } = parseCheckpoint(parseNote(note).text);
  return { origin, size, root, note };
}
