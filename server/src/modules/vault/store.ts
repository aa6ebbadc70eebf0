import type { Db, Tx } from "@breakwater/sql";
import type { Generated } from "kysely";

/** The tables of this module. */
export type VaultTables = {
  vault_files: {
    file_id: string;
    case_id: string;
    org: string;
    uploader: string;
    state: string;
    /** The signed manifest, as JSON text. */
    manifest: string | null;
    man: string | null;
    /** Index of the file.create leaf. */
    leaf: number | null;
    /** That leaf's entry, base64url: the log holds it as well. */
    entry: string | null;
    created: Date;
    until: Date;
    sealed: Date | null;
    deleted: Generated<Date | null>;
    held: Generated<boolean>;
  };
  vault_parts: { part_id: string; file_id: string; role: string; ct_size: number; terminated: Generated<boolean> };
  vault_messages: {
    message_id: string;
    case_id: string;
    org: string;
    /** Its place among the case's messages, from 1. */
    seq: number;
    by_user: string;
    /** The signed message, as JSON text. */
    body: string;
    man: string;
    created: Date;
  };
};
export type MessageRecord = VaultTables["vault_messages"];
export type NewFileRecord = Omit<VaultTables["vault_files"], "deleted" | "held">;
export interface FileRecord extends NewFileRecord {
  readonly deleted: Date | null;
  readonly held: boolean;
}
export interface PartRecord {
  readonly part_id: string;
  readonly file_id: string;
  readonly role: string;
  readonly ct_size: number;
  readonly terminated: boolean;
}

const tables = (db: Db | Tx) => db.withTables<VaultTables>();

export async function insertFile(
  tx: Tx,
  file: NewFileRecord,
  parts: readonly Omit<PartRecord, "terminated">[],
): Promise<void> {
  await tables(tx).insertInto("vault_files").values(file).execute();
  await tables(tx)
    .insertInto("vault_parts")
    .values([...parts])
    .execute();
}

export async function readFile(db: Db | Tx, file: string): Promise<FileRecord | undefined> {
  return tables(db).selectFrom("vault_files").selectAll().where("file_id", "=", file).executeTakeFirst();
}

export async function lockFile(tx: Tx, file: string): Promise<FileRecord | undefined> {
  return tables(tx).selectFrom("vault_files").selectAll().where("file_id", "=", file).forUpdate().executeTakeFirst();
}

export async function sealFile(
  tx: Tx,
  file: string,
  values: {
    readonly manifest: string;
    readonly man: string;
    readonly leaf: number;
    readonly entry: string;
    readonly sealed: Date;
  },
): Promise<void> {
  await tables(tx)
    .updateTable("vault_files")
    .set({ ...values, state: "sealed" })
    .where("file_id", "=", file)
    .execute();
}

export async function filesOfCase(db: Db, caseId: string): Promise<FileRecord[]> {
  return tables(db)
    .selectFrom("vault_files")
    .selectAll()
    .where("case_id", "=", caseId)
    .orderBy("created")
    .limit(MAX_FILES_OF_CASE)
    .execute();
}
export const MAX_FILES_OF_CASE = 500;

export async function countUploads(
  db: Db,
  { org, uploader, caseId }: { readonly org: string; readonly uploader: string; readonly caseId: string },
): Promise<{ readonly uploading: number; readonly own: number; readonly ofCase: number }> {
  const count = () =>
    tables(db)
      .selectFrom("vault_files")
      .select(({ fn }) => fn.countAll<number>().as("count"));
  const uploading = count().where("org", "=", org).where("state", "=", "uploading");
  const [all, own, ofCase] = await Promise.all(
    [uploading, uploading.where("uploader", "=", uploader), count().where("case_id", "=", caseId)].map(async (query) =>
      Number((await query.executeTakeFirstOrThrow()).count),
    ),
  );
  return { uploading: all ?? 0, own: own ?? 0, ofCase: ofCase ?? 0 };
}

export async function partsOfFile(db: Db | Tx, file: string): Promise<PartRecord[]> {
  return tables(db).selectFrom("vault_parts").selectAll().where("file_id", "=", file).orderBy("part_id").execute();
}

export async function readPart(db: Db, part: string): Promise<(PartRecord & FileRecord) | undefined> {
  return tables(db)
    .selectFrom("vault_parts")
    .innerJoin("vault_files", "vault_files.file_id", "vault_parts.file_id")
    .selectAll("vault_files")
    .select(["vault_parts.part_id", "vault_parts.role", "vault_parts.ct_size", "vault_parts.terminated"])
    .where("vault_parts.part_id", "=", part)
    .executeTakeFirst();
}

export async function setTerminated(db: Db, part: string, terminated: boolean): Promise<void> {
  await tables(db).updateTable("vault_parts").set({ terminated }).where("part_id", "=", part).execute();
}

/** Uploads that were never finished; with `before`, those that expired by then. */
export async function unfinishedFiles(db: Db, before?: Date): Promise<string[]> {
  let query = tables(db).selectFrom("vault_files").select("file_id").where("state", "=", "uploading");
  if (before !== undefined) query = query.where("until", "<=", before);
  return (await query.execute()).map(({ file_id }) => file_id);
}

/** Never a sealed one. */
export async function deleteUnfinished(db: Db, file: string): Promise<void> {
  await tables(db).deleteFrom("vault_files").where("file_id", "=", file).where("state", "=", "uploading").execute();
}

/** Live grants of one person, newest first. */
export async function updateFile(
  tx: Tx,
  file: string,
  values: { readonly deleted?: Date; readonly held?: boolean },
): Promise<void> {
  await tables(tx).updateTable("vault_files").set(values).where("file_id", "=", file).execute();
}

export async function heldFiles(tx: Tx, caseId: string): Promise<string[]> {
  const query = tables(tx).selectFrom("vault_files").select("file_id").where("case_id", "=", caseId);
  return (await query.where("held", "=", true).execute()).map(({ file_id }) => file_id);
}

/** Every part of a case's files, or of one. */
export async function partsUnder(db: Db, place: { readonly case: string; readonly file?: string }): Promise<string[]> {
  let query = tables(db)
    .selectFrom("vault_parts")
    .innerJoin("vault_files", "vault_files.file_id", "vault_parts.file_id")
    .select("vault_parts.part_id")
    .where("vault_files.case_id", "=", place.case);
  if (place.file !== undefined) query = query.where("vault_files.file_id", "=", place.file);
  return (await query.execute()).map(({ part_id }) => part_id);
}

/** Ciphertext of one organisation: what was deleted takes no room, what is announced does. */
export async function bytesOfOrg(db: Db, org: string): Promise<number> {
  const { bytes } = await tables(db)
    .selectFrom("vault_parts")
    .innerJoin("vault_files", "vault_files.file_id", "vault_parts.file_id")
    .select(({ fn }) => fn.sum<number | null>("vault_parts.ct_size").as("bytes"))
    .where("vault_files.org", "=", org)
    .where("vault_files.deleted", "is", null)
    .executeTakeFirstOrThrow();
  return Number(bytes ?? 0);
}

/** What has no ciphertext any more counts for no quota. */
export async function freeRoom(
  tx: Tx,
  place: { readonly case: string; readonly file?: string },
  at: Date,
): Promise<void> {
  let query = tables(tx).updateTable("vault_files").set({ deleted: at }).where("case_id", "=", place.case);
  if (place.file !== undefined) query = query.where("file_id", "=", place.file);
  await query.where("deleted", "is", null).where("state", "=", "sealed").execute();
}
