import type { Db, Tx } from "@breakwater/sql";
import { sql as raw, type SelectQueryBuilder } from "kysely";

/** Grants and what people answered to them. */
type GrantTables = {
  vault_grants: {
    grant_id: string;
    file_id: string;
    org: string;
    case_id: string;
    grantee: string;
    purpose: string;
    /** The signed grant, as JSON text, and its hash. */
    body: string;
    hash: string;
    /** The reason in words, sealed, as JSON text. */
    x: string | null;
    exp: Date;
    created: Date;
    revoked: Date | null;
    revoked_by: string | null;
    /** Of an emergency: when another administrator looked at it. */
    reviewed: Date | null;
    reviewed_by: string | null;
  };
  vault_approvals: {
    grant_id: string;
    user_id: string;
    dec: "allow" | "deny";
    side: "lead" | "customer";
    /** The signed approval, as JSON text. */
    body: string;
    /** Words to it, sealed. */
    x: string | null;
    created: Date;
  };
};
export type GrantRecord = GrantTables["vault_grants"];
export type ApprovalRecord = GrantTables["vault_approvals"];

const tables = (db: Db | Tx) => db.withTables<GrantTables>();
const MOST = 200;

type Unanswered = "revoked" | "revoked_by" | "reviewed" | "reviewed_by";
export async function insertGrant(tx: Tx, grant: Omit<GrantRecord, Unanswered>): Promise<void> {
  const nothing = { revoked: null, revoked_by: null, reviewed: null, reviewed_by: null };
  await tables(tx)
    .insertInto("vault_grants")
    .values({ ...grant, ...nothing })
    .execute();
}

export async function readGrantRow(db: Db | Tx, grant: string): Promise<GrantRecord | undefined> {
  return tables(db).selectFrom("vault_grants").selectAll().where("grant_id", "=", grant).executeTakeFirst();
}

/** Takes the grant's row until the transaction ends. */
export async function lockGrant(tx: Tx, grant: string): Promise<GrantRecord | undefined> {
  return tables(tx).selectFrom("vault_grants").selectAll().where("grant_id", "=", grant).forUpdate().executeTakeFirst();
}

export async function markRevoked(tx: Tx, grant: string, by: string, at: Date): Promise<void> {
  await tables(tx)
    .updateTable("vault_grants")
    .set({ revoked: at, revoked_by: by })
    .where("grant_id", "=", grant)
    .execute();
}

export async function markReviewed(tx: Tx, grant: string, by: string, at: Date): Promise<void> {
  await tables(tx)
    .updateTable("vault_grants")
    .set({ reviewed: at, reviewed_by: by })
    .where("grant_id", "=", grant)
    .execute();
}

export async function insertApproval(tx: Tx, approval: ApprovalRecord): Promise<void> {
  await tables(tx).insertInto("vault_approvals").values(approval).execute();
}

/** By grant, in the order in which they were given. */
export async function approvalsOf(
  db: Db | Tx,
  grants: readonly string[],
): Promise<ReadonlyMap<string, readonly ApprovalRecord[]>> {
  const found = new Map<string, ApprovalRecord[]>();
  if (grants.length === 0) return found;
  const rows = await tables(db)
    .selectFrom("vault_approvals")
    .selectAll()
    .where("grant_id", "in", [...grants])
    .orderBy("created")
    .execute();
  for (const row of rows) found.set(row.grant_id, [...(found.get(row.grant_id) ?? []), row]);
  return found;
}

export interface GrantFilter {
  /** Of one organisation's files. */
  readonly org?: string | undefined;
  readonly caseId?: string | undefined;
  readonly files?: readonly string[] | undefined;
  readonly grantee?: string | undefined;
  /** Not expired and not revoked by then. */
  readonly live?: Date | undefined;
  /** Emergencies that nobody has reviewed. */
  readonly unreviewed?: boolean | undefined;
}

/** Newest first. */
export async function findGrants(db: Db, filter: GrantFilter): Promise<GrantRecord[]> {
  if (filter.files?.length === 0) return [];
  return narrow(tables(db).selectFrom("vault_grants").selectAll(), filter)
    .orderBy("created", "desc")
    .limit(MOST)
    .execute();
}

function narrow<O>(
  query: SelectQueryBuilder<GrantTables, "vault_grants", O>,
  { org, caseId, files, grantee, live, unreviewed }: GrantFilter,
): SelectQueryBuilder<GrantTables, "vault_grants", O> {
  let narrowed = query;
  if (org !== undefined) narrowed = narrowed.where("org", "=", org);
  if (caseId !== undefined) narrowed = narrowed.where("case_id", "=", caseId);
  if (files !== undefined) narrowed = narrowed.where("file_id", "in", [...files]);
  if (grantee !== undefined) narrowed = narrowed.where("grantee", "=", grantee);
  if (live !== undefined) narrowed = narrowed.where("exp", ">", live).where("revoked", "is", null);
  if (unreviewed === true) narrowed = narrowed.where("purpose", "=", "break-glass").where("reviewed", "is", null);
  return narrowed;
}

export interface GrantHistory {
  readonly grants: number;
  readonly denied: number;
  readonly emergencies: number;
  readonly since: Date | null;
}

/** What a person asked for of one organisation's files before. */
export async function historyOf(db: Db, grantee: string, org: string, before: Date): Promise<GrantHistory> {
  const row = await tables(db)
    .selectFrom("vault_grants")
    .select([
      ({ fn }) => fn.countAll<number>().as("grants"),
      ({ fn }) => fn.min("created").as("since"),
      raw<number>`count(*) filter (where purpose = 'break-glass')`.as("emergencies"),
      raw<number>`count(*) filter (where exists (select 1 from vault_approvals a where a.grant_id = vault_grants.grant_id and a.dec = 'deny'))`.as(
        "denied",
      ),
    ])
    .where("grantee", "=", grantee)
    .where("org", "=", org)
    .where("created", "<", before)
    .executeTakeFirstOrThrow();
  return {
    grants: Number(row.grants),
    denied: Number(row.denied),
    emergencies: Number(row.emergencies),
    since: row.since,
  };
}
