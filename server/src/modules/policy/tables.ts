import type { Db, Sql, Tx } from "@breakwater/sql";
import type { ModuleMigrations } from "@breakwater/sql";

/** A set of rules that somebody proposed. Version 0 is the files of content/policies and has no row. */
export interface SetRecord {
  readonly hash: string;
  readonly text: string;
  /** The set that it was made from. */
  readonly base: string;
  /** Whether it lets something through that its base did not. */
  readonly loosens: boolean;
  readonly why: string;
  readonly proposed: Date;
  readonly proposed_by: string;
  readonly approved: Date | null;
  readonly approved_by: string | null;
  /** When it holds from, once it is approved. */
  readonly effective: Date | null;
  readonly withdrawn: Date | null;
  readonly withdrawn_by: string | null;
  /** Whether the log says that it holds. */
  readonly announced: boolean;
}
type Tables = {
  policy_sets: { -readonly [K in keyof SetRecord]: SetRecord[K] } & { id: string };
  policy_decisions: {
    id: string;
    at: Date;
    user_id: string;
    action: string;
    dec: "allow" | "deny";
    /** The question, as JSON text. */
    request: string;
  };
};
export type StoredSet = SetRecord & { readonly id: string };
export type StoredDecision = Tables["policy_decisions"];

export const policyMigrations: ModuleMigrations = {
  module: "policy",
  migrations: [
    {
      name: "001-sets",
      statements: [
        `create table policy_sets (
          id text primary key,
          hash text not null,
          text text not null,
          base text not null,
          loosens boolean not null,
          why text not null,
          proposed timestamptz not null,
          proposed_by text not null,
          approved timestamptz,
          approved_by text,
          effective timestamptz,
          withdrawn timestamptz,
          withdrawn_by text,
          announced boolean not null default false,
          check ((approved is null) = (approved_by is null) and (approved is null) = (effective is null)),
          check (approved_by is null or approved_by <> proposed_by))`,
        `create table policy_decisions (
          id text primary key,
          at timestamptz not null,
          user_id text not null,
          action text not null,
          dec text not null,
          request text not null)`,
        `create index policy_decisions_at on policy_decisions (at)`,
      ],
    },
  ],
};

const tables = (db: Db | Tx) => db.withTables<Tables>();

/** Newest first. */
export async function readSets(db: Db | Tx): Promise<StoredSet[]> {
  return tables(db).selectFrom("policy_sets").selectAll().orderBy("proposed", "desc").limit(500).execute();
}

export async function lockSet(tx: Tx, id: string): Promise<StoredSet | undefined> {
  return tables(tx).selectFrom("policy_sets").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

export async function insertSet(tx: Tx, set: StoredSet): Promise<void> {
  await tables(tx).insertInto("policy_sets").values(set).execute();
}

export async function updateSet(tx: Tx, id: string, values: Partial<SetRecord>): Promise<void> {
  await tables(tx).updateTable("policy_sets").set(values).where("id", "=", id).execute();
}

export async function insertDecisions(sql: Sql, rows: readonly StoredDecision[]): Promise<void> {
  await tables(sql.db)
    .insertInto("policy_decisions")
    .values([...rows])
    .execute();
}

/** Newest first. */
export async function readDecisions(db: Db, since: Date, limit: number): Promise<StoredDecision[]> {
  return tables(db)
    .selectFrom("policy_decisions")
    .selectAll()
    .where("at", ">=", since)
    .orderBy("at", "desc")
    .limit(limit)
    .execute();
}

export async function countDecisions(db: Db, since: Date): Promise<number> {
  const { count } = await tables(db)
    .selectFrom("policy_decisions")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("at", ">=", since)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Drops what is older than `before`, and all but the newest `keep`. */
export async function pruneDecisions(sql: Sql, before: Date, keep: number): Promise<void> {
  const edge = await tables(sql.db)
    .selectFrom("policy_decisions")
    .select("at")
    .orderBy("at", "desc")
    .offset(keep)
    .limit(1)
    .executeTakeFirst();
  const cut = edge !== undefined && edge.at > before ? edge.at : before;
  await tables(sql.db).deleteFrom("policy_decisions").where("at", "<=", cut).execute();
}
