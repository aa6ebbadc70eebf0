import type { Db, Tx } from "@breakwater/sql";
import { sql, type Generated, type SelectQueryBuilder } from "kysely";

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
};
export interface CaseRecord extends Omit<CaseTables["cases"], Given> {
  readonly number: number;
  readonly files: number;
  readonly shredded: Date | null;
  readonly held: boolean;
  readonly assignees: readonly string[];
}
export interface CaseFilter {
  /** Only this organisation's. */
  readonly org?: string | undefined;
  readonly state?: string | undefined;
  readonly assignee?: string | undefined;
  readonly opener?: string | undefined;
  /** Only numbers below this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

type Given = "number" | "files" | "shredded" | "held";

const tables = (db: Db | Tx) => db.withTables<CaseTables>();

export async function insertCase(tx: Tx, row: Omit<CaseTables["cases"], Given>): Promise<void> {
  await tables(tx).insertInto("cases").values(row).execute();
}

export async function readCase(db: Db | Tx, caseId: string): Promise<CaseRecord | undefined> {
  const row = await tables(db).selectFrom("cases").selectAll().where("case_id", "=", caseId).executeTakeFirst();
  if (row === undefined) return undefined;
  return { ...row, assignees: (await readAssignees(db, [caseId])).get(caseId) ?? [] };
}

/** Takes the case's row until the transaction ends. */
export async function lockCase(tx: Tx, caseId: string): Promise<CaseRecord | undefined> {
  await tables(tx).selectFrom("cases").select("case_id").where("case_id", "=", caseId).forUpdate().execute();
  return readCase(tx, caseId);
}

/** Newest first. */
export async function findCases(db: Db, filter: CaseFilter): Promise<CaseRecord[]> {
  const query = tables(db).selectFrom("cases").selectAll("cases");
  const rows = await narrow(query, filter).orderBy("cases.number", "desc").limit(filter.limit).execute();
  const assignees = await readAssignees(
    db,
    rows.map((row) => row.case_id),
  );
  return rows.map((row) => ({ ...row, assignees: assignees.get(row.case_id) ?? [] }));
}

function narrow<O>(
  query: SelectQueryBuilder<CaseTables, "cases", O>,
  filter: CaseFilter,
): SelectQueryBuilder<CaseTables, "cases", O> {
  const { org, state, assignee, opener, before } = filter;
  let narrowed = query;
  if (org !== undefined) narrowed = narrowed.where("cases.org", "=", org);
  if (state !== undefined) narrowed = narrowed.where("cases.state", "=", state);
  if (opener !== undefined) narrowed = narrowed.where("cases.opened_by", "=", opener);
  if (before !== undefined) narrowed = narrowed.where("cases.number", "<", before);
  if (assignee !== undefined) {
    narrowed = narrowed.where(({ exists, selectFrom }) =>
      exists(
        selectFrom("case_assignees")
          .select(sql<number>`1`.as("one"))
          .whereRef("case_assignees.case_id", "=", "cases.case_id")
          .where("case_assignees.user_id", "=", assignee),
      ),
    );
  }
  return narrowed;
}

async function readAssignees(db: Db | Tx, cases: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  if (cases.length === 0) return found;
  const rows = await tables(db)
    .selectFrom("case_assignees")
    .select(["case_id", "user_id"])
    .where("case_id", "in", cases)
    .orderBy("since")
    .execute();
  for (const { case_id, user_id } of rows) found.set(case_id, [...(found.get(case_id) ?? []), user_id]);
  return found;
}

export async function insertAssignee(tx: Tx, row: CaseTables["case_assignees"]): Promise<void> {
  await tables(tx).insertInto("case_assignees").values(row).execute();
}

export async function updateCase(
  tx: Tx,
  caseId: string,
  values: {
    readonly state?: string;
    readonly changed?: Date;
    readonly shredded?: Date;
    readonly held?: boolean;
  },
): Promise<void> {
  await tables(tx).updateTable("cases").set(values).where("case_id", "=", caseId).execute();
}

export async function countFile(tx: Tx, caseId: string, changed: Date): Promise<void> {
  await tables(tx)
    .updateTable("cases")
    .set(({ eb }) => ({ files: eb("files", "+", 1), changed }))
    .where("case_id", "=", caseId)
    .execute();
}

export async function countByOrg(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await tables(db)
    .selectFrom("cases")
    .select(["org", ({ fn }) => fn.countAll<number>().as("cases")])
    .groupBy("org")
    .execute();
  return new Map(rows.map(({ org, cases }) => [org, Number(cases)]));
}
