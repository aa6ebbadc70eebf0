import { TILE_WIDTH, type Tile, type TileReader } from "@breakwater/ledger";
import type { Db, Tx } from "@breakwater/sql";
import { sql } from "kysely";
import { Problem } from "../../errors.ts";

/** The tables of this module. */
export type LedgerTables = {
  ledger_logs: {
    log: string;
    salt: Uint8Array;
    size: number;
    tree_size: number;
    checkpoint: string | null;
    cosigned_size: number;
    cosigned: string | null;
    announced_size: number;
    announced: string | null;
    beat: Date;
    created: Date;
  };
  ledger_entries: {
    log: string;
    idx: number;
    leaf_hash: Uint8Array;
    entry: Uint8Array;
    t: string;
    case_id: string | null;
    file_id: string | null;
  };
  ledger_tiles: { log: string; level: number; idx: number; width: number; bytes: Uint8Array };
};
export type LogRow = LedgerTables["ledger_logs"];
export type EntryRow = LedgerTables["ledger_entries"];

const tables = (db: Db | Tx) => db.withTables<LedgerTables>();

export async function insertLog(tx: Tx, log: string, now: Date): Promise<void> {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  await tables(tx)
    .insertInto("ledger_logs")
    .values({
      log,
      salt,
      size: 0,
      tree_size: 0,
      checkpoint: null,
      cosigned_size: 0,
      cosigned: null,
      announced_size: 0,
      announced: null,
      beat: now,
      created: now,
    })
    .onConflict((conflict) => conflict.column("log").doNothing())
    .execute();
}

/** Takes the log's row until the transaction ends: whoever holds it is the log's only writer. */
export async function lockLog(tx: Tx, log: string): Promise<LogRow> {
  return found(
    await tables(tx).selectFrom("ledger_logs").selectAll().where("log", "=", log).forUpdate().executeTakeFirst(),
    log,
  );
}

export async function readLog(db: Db | Tx, log: string): Promise<LogRow> {
  return found(await tables(db).selectFrom("ledger_logs").selectAll().where("log", "=", log).executeTakeFirst(), log);
}

function found(row: LogRow | undefined, log: string): LogRow {
  if (row === undefined) throw new Problem("request.notFound", `There is no log ${log}.`);
  return row;
}

export async function listLogs(db: Db): Promise<LogRow[]> {
  return tables(db).selectFrom("ledger_logs").selectAll().execute();
}

export async function updateLog(
  tx: Tx,
  log: string,
  values: Partial<Omit<LogRow, "log" | "salt" | "created">>,
): Promise<void> {
  await tables(tx).updateTable("ledger_logs").set(values).where("log", "=", log).execute();
}

/** Stores a cosigned checkpoint unless a larger one is there already. */
export async function putCosigned(db: Db, log: string, size: number, note: string): Promise<void> {
  await tables(db)
    .updateTable("ledger_logs")
    .set({ cosigned: note, cosigned_size: size })
    .where("log", "=", log)
    .where("cosigned_size", "<=", size)
    .execute();
}

export async function insertEntry(tx: Tx, row: EntryRow): Promise<void> {
  await tables(tx).insertInto("ledger_entries").values(row).execute();
}

export async function readHashes(tx: Tx, log: string, from: number, to: number): Promise<Uint8Array[]> {
  const rows = await tables(tx)
    .selectFrom("ledger_entries")
    .select(["idx", "leaf_hash"])
    .where("log", "=", log)
    .where("idx", ">=", from)
    .where("idx", "<", to)
    .orderBy("idx")
    .execute();
  // INVARIANT: indexes are dense. A hole would put every later leaf under another one's index.
  if (rows.length !== to - from || rows.some((row, i) => row.idx !== from + i)) {
    throw new Problem(
      "log.unavailable",
      `The log ${log} has a hole between ${from} and ${to}. It is not signed any more.`,
    );
  }
  return rows.map((row) => row.leaf_hash);
}

export async function readBundle(db: Db, log: string, from: number, to: number): Promise<Uint8Array[]> {
  const rows = await tables(db)
    .selectFrom("ledger_entries")
    .select("entry")
    .where("log", "=", log)
    .where("idx", ">=", from)
    .where("idx", "<", to)
    .orderBy("idx")
    .execute();
  return rows.map((row) => row.entry);
}

export interface EntryFilter {
  readonly log: string;
  readonly caseId?: string | undefined;
  readonly fileId?: string | undefined;
  /** Only indexes below this one. */
  readonly before: number;
  readonly limit: number;
}

/** Newest first. */
export async function findEntries(db: Db, { log, caseId, fileId, before, limit }: EntryFilter): Promise<EntryRow[]> {
  let query = tables(db).selectFrom("ledger_entries").selectAll().where("log", "=", log).where("idx", "<", before);
  if (caseId !== undefined) query = query.where("case_id", "=", caseId);
  if (fileId !== undefined) query = query.where("file_id", "=", fileId);
  return query.orderBy("idx", "desc").limit(limit).execute();
}

export async function newestEntry(
  db: Db,
  log: string,
  caseId: string,
  t: string,
): Promise<{ readonly index: number; readonly entry: Uint8Array } | undefined> {
  const row = await tables(db)
    .selectFrom("ledger_entries")
    .select(["idx", "entry"])
    .where("log", "=", log)
    .where("case_id", "=", caseId)
    .where("t", "=", t)
    .orderBy("idx", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && { index: row.idx, entry: row.entry };
}

export async function putTiles(tx: Tx, log: string, tiles: readonly Tile[]): Promise<void> {
  for (const { level, index, width, bytes } of tiles) {
    await tables(tx)
      .insertInto("ledger_tiles")
      .values({ log, level, idx: index, width, bytes })
      .onConflict((conflict) =>
        conflict
          .columns(["log", "level", "idx"])
          .doUpdateSet({ width, bytes })
          .where(sql<boolean>`ledger_tiles.width <= excluded.width`),
      )
      .execute();
  }
}

export async function readStoredTile(
  db: Db | Tx,
  log: string,
  level: number,
  index: number,
): Promise<Uint8Array | undefined> {
  const row = await tables(db)
    .selectFrom("ledger_tiles")
    .select("bytes")
    .where("log", "=", log)
    .where("level", "=", level)
    .where("idx", "=", index)
    .executeTakeFirst();
  return row?.bytes;
}

export function tileReader(db: Db | Tx, log: string): TileReader {
  return {
    async readTile(level, index, width) {
      const bytes = await readStoredTile(db, log, level, index);
      if (bytes === undefined || bytes.length < width * (bytes.length === 0 ? 1 : 32)) {
        throw new Problem(
          "log.unavailable",
          `The log ${log} lacks tile ${level}/${index} (${width} of ${TILE_WIDTH}).`,
        );
      }
      return bytes;
    },
  };
}
