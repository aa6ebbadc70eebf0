import type { Db, Tx } from "@breakwater/sql";
import type { Generated } from "kysely";

/** The tables of this module. */
export type CaseTables = {
  cases: {
    case_id: string;
    number: Generated<number>;
    org: string;
    type: string;
    jurisdiction: string;
    sensitivity: string;
    state: string;
    /** 0 is the least urgent. */
    priority: Generated<number>;
    team: string | null;
    version: Generated<number>;
    messages: Generated<number>;
    /** Counts what there is to see: the case itself, its messages, its files. */
    activity: Generated<number>;
    /** Since when somebody waits for the desk. */
    waiting: Date | null;
    closed: Date | null;
    /** JSON texts: the sealed subject and the two key statements. */
    subject: string;
    case_key: string;
    releaser_key: string;
    opened_by: string;
    files: Generated<number>;
    opened: Date;
    changed: Date;
    shredded: Generated<Date | null>;
    held: Generated<boolean>;
  };
  case_assignees: { case_id: string; user_id: string; number: number; since: Date };
  case_tags: { case_id: string; tag: string };
  case_seen: { user_id: string; case_id: string; seen: number };
  case_views: { view_id: string; owner: string; name: string; query: string; shared: boolean; created: Date };
};
type Numbers = "number" | "files" | "priority" | "version" | "messages" | "activity";
type Given = Numbers | "shredded" | "held";
export interface CaseRecord extends Omit<CaseTables["cases"], Given>, Readonly<Record<Numbers, number>> {
  readonly shredded: Date | null;
  readonly held: boolean;
  readonly assignees: readonly string[];
  readonly tags: readonly string[];
}

export const tables = (db: Db | Tx) => db.withTables<CaseTables>();

export async function insertCase(tx: Tx, row: Omit<CaseTables["cases"], Given> & { priority?: number }): Promise<void> {
  await tables(tx).insertInto("cases").values(row).execute();
}

export async function readCase(db: Db | Tx, caseId: string): Promise<CaseRecord | undefined> {
  const row = await tables(db).selectFrom("cases").selectAll().where("case_id", "=", caseId).executeTakeFirst();
  return row === undefined ? undefined : (await withLists(db, [row]))[0];
}

/** Takes the case's row until the transaction ends. */
export async function lockCase(tx: Tx, caseId: string): Promise<CaseRecord | undefined> {
  await tables(tx).selectFrom("cases").select("case_id").where("case_id", "=", caseId).forUpdate().execute();
  return readCase(tx, caseId);
}

/** Rows with who works on them and what they are tagged with. */
export async function withLists<Row extends { readonly case_id: string }>(
  db: Db | Tx,
  rows: readonly Row[],
): Promise<(Row & { readonly assignees: readonly string[]; readonly tags: readonly string[] })[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.case_id);
  const [people, tags] = await Promise.all([
    tables(db)
      .selectFrom("case_assignees")
      .select(["case_id", "user_id as value"])
      .where("case_id", "in", ids)
      .orderBy("since")
      .execute(),
    tables(db)
      .selectFrom("case_tags")
      .select(["case_id", "tag as value"])
      .where("case_id", "in", ids)
      .orderBy("tag")
      .execute(),
  ]);
  const [assignees, tagged] = [grouped(people), grouped(tags)];
  return rows.map((row) => ({
    ...row,
    assignees: assignees.get(row.case_id) ?? [],
    tags: tagged.get(row.case_id) ?? [],
  }));
}

function grouped(
  rows: readonly { readonly case_id: string; readonly value: string }[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { case_id, value } of rows) {
    const known = found.get(case_id);
    if (known) known.push(value);
    else found.set(case_id, [value]);
  }
  return found;
}

export async function insertAssignee(tx: Tx, row: CaseTables["case_assignees"]): Promise<void> {
  await tables(tx).insertInto("case_assignees").values(row).execute();
}

export async function deleteAssignee(tx: Tx, caseId: string, user: string): Promise<void> {
  await tables(tx).deleteFrom("case_assignees").where("case_id", "=", caseId).where("user_id", "=", user).execute();
}

export interface CaseValues {
  readonly changed?: Date;
  readonly shredded?: Date;
  readonly held?: boolean;
  readonly state?: string;
  readonly priority?: number;
  readonly type?: string;
  readonly sensitivity?: string;
  readonly jurisdiction?: string;
  readonly team?: string | null;
  readonly waiting?: Date | null;
  readonly closed?: Date | null;
}

/** Every change of a case's fields makes a new version of it. */
export async function updateCase(tx: Tx, caseId: string, values: CaseValues): Promise<void> {
  await tables(tx)
    .updateTable("cases")
    .set(({ eb }) => ({ ...values, version: eb("version", "+", 1) }))
    .where("case_id", "=", caseId)
    .execute();
}

export async function replaceTags(tx: Tx, caseId: string, tags: readonly string[]): Promise<void> {
  await tables(tx).deleteFrom("case_tags").where("case_id", "=", caseId).execute();
  if (tags.length === 0) return;
  await tables(tx)
    .insertInto("case_tags")
    .values(tags.map((tag) => ({ case_id: caseId, tag })))
    .execute();
}

/** Something new is on the case; gives its place among what there is to see. */
export async function countNews(
  tx: Tx,
  caseId: string,
  more: { readonly changed: Date; readonly files?: number; readonly messages?: number },
): Promise<{ readonly activity: number; readonly messages: number }> {
  const { changed, files = 0, messages = 0 } = more;
  return tables(tx)
    .updateTable("cases")
    .set(({ eb }) => ({
      files: eb("files", "+", files),
      messages: eb("messages", "+", messages),
      activity: eb("activity", "+", 1),
      changed,
    }))
    .where("case_id", "=", caseId)
    .returning(["activity", "messages"])
    .executeTakeFirstOrThrow();
}

/** How far this person has seen the case; it never goes back. */
export async function markSeen(db: Db | Tx, user: string, caseId: string, seen: number): Promise<void> {
  await tables(db)
    .insertInto("case_seen")
    .values({ user_id: user, case_id: caseId, seen })
    .onConflict((conflict) =>
      conflict.columns(["user_id", "case_id"]).doUpdateSet({ seen }).where("case_seen.seen", "<", seen),
    )
    .execute();
}

export async function seenOf(
  db: Db | Tx,
  user: string,
  cases: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (cases.length === 0) return new Map();
  const rows = await tables(db)
    .selectFrom("case_seen")
    .select(["case_id", "seen"])
    .where("user_id", "=", user)
    .where("case_id", "in", cases)
    .execute();
  return new Map(rows.map(({ case_id, seen }) => [case_id, seen]));
}

export async function countByOrg(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await tables(db)
    .selectFrom("cases")
    .select(["org", ({ fn }) => fn.countAll<number>().as("cases")])
    .groupBy("org")
    .execute();
  return new Map(rows.map(({ org, cases }) => [org, Number(cases)]));
}

export async function closedCases(
  db: Db,
): Promise<{ readonly case_id: string; readonly org: string; readonly type: string; readonly since: Date }[]> {
  return tables(db)
    .selectFrom("cases")
    .select(["case_id", "org", "type", "changed as since"])
    .where("state", "=", "closed")
    .where("shredded", "is", null)
    .where("held", "=", false)
    .orderBy("changed")
    .limit(1000)
    .execute();
}
