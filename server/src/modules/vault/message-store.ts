import type { Db, Tx } from "@breakwater/sql";
import type { MessageRecord, VaultTables } from "./store.ts";

const tables = (db: Db | Tx) => db.withTables<VaultTables>();

export async function insertMessage(tx: Tx, row: MessageRecord): Promise<void> {
  await tables(tx).insertInto("vault_messages").values(row).execute();
}

export async function readMessageRow(db: Db | Tx, message: string): Promise<MessageRecord | undefined> {
  return tables(db).selectFrom("vault_messages").selectAll().where("message_id", "=", message).executeTakeFirst();
}

/** In the order in which they came. */
export async function messagesOfCase(
  db: Db,
  caseId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<MessageRecord[]> {
  return tables(db)
    .selectFrom("vault_messages")
    .selectAll()
    .where("case_id", "=", caseId)
    .where("seq", ">", after)
    .orderBy("seq")
    .limit(limit)
    .execute();
}

/** In the order of the ids; what is not this case's is left out. */
export async function messagesNamed(db: Db, caseId: string, ids: readonly string[]): Promise<MessageRecord[]> {
  const rows = await tables(db)
    .selectFrom("vault_messages")
    .selectAll()
    .where("case_id", "=", caseId)
    .where("message_id", "in", ids)
    .execute();
  const byId = new Map(rows.map((row) => [row.message_id, row]));
  return ids.map((id) => byId.get(id)).filter((row) => row !== undefined);
}

/** How many of these are sealed files of this case. */
export async function sealedFilesAmong(db: Db, caseId: string, files: readonly string[]): Promise<number> {
  const { count } = await tables(db)
    .selectFrom("vault_files")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("case_id", "=", caseId)
    .where("state", "=", "sealed")
    .where("file_id", "in", files)
    .executeTakeFirstOrThrow();
  return Number(count);
}
