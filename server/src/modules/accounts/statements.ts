import { createHash } from "node:crypto";
import {
  isStatement,
  openTrust,
  parseStatement,
  SealError,
  type Statement,
  type StatementBody,
  type StatementType,
  type Trust,
} from "@breakwater/seal";
import type { Db, Sql, Tx } from "@breakwater/sql";
import { canonicalize, type Json } from "@breakwater/wire";
import { sql } from "kysely";
import { Problem } from "../../errors.ts";
import { tables } from "./tables.ts";

/** The shape only; whether it chains is openTrust's to say. */
export function readStatement<T extends StatementType>(
  t: T,
  value: unknown,
): Statement<Extract<StatementBody, { t: T }>> {
  const statement = readAny(value);
  if (!isStatement(t, statement))
    throw new Problem("statement.untrusted", `Expected a ${t} statement, not ${statement.body.t}.`);
  return statement;
}

export function readAny(value: unknown): Statement {
  try {
    return parseStatement(value);
  } catch (cause) {
    if (cause instanceof SealError) throw new Problem("statement.untrusted", cause.message, { cause });
    throw cause;
  }
}

/** Stores what the caller found to chain; the same statement twice is stored once. `org` is needed for devices, which name none. */
export async function putStatement(tx: Tx, statement: Statement, now: Date, org?: string): Promise<void> {
  const { body } = statement;
  const owner = "org" in body ? body.org : org;
  if (owner === undefined)
    throw new Problem("statement.untrusted", `A ${body.t} statement is stored with its person's organisation.`);
  // Checked types are JSON, which the compiler does not see for interfaces.
  const text = canonicalize(statement as unknown as Json);
  const hash = createHash("sha256").update(text).digest();
  await tables(tx)
    .insertInto("statements")
    .values({ hash, org: owner, t: body.t, case_id: "case" in body ? body.case : null, statement: text, created: now })
    .onConflict((conflict) => conflict.column("hash").doNothing())
    .execute();
}

export async function dropInviteStatement(tx: Tx, invite: string): Promise<void> {
  await tables(tx)
    .deleteFrom("statements")
    .where("t", "=", "invite")
    .where(sql<boolean>`statement::jsonb -> 'body' ->> 'id' = ${invite}`)
    .execute();
}

export interface StatementFilter {
  /** Undefined: of all organisations. */
  readonly orgs?: readonly string[] | undefined;
  /** Those of one case, besides what belongs to no case. */
  readonly caseId?: string | undefined;
  readonly types?: readonly StatementType[];
}

export async function findStatements(db: Db | Tx, { orgs, caseId, types }: StatementFilter): Promise<Statement[]> {
  let query = tables(db).selectFrom("statements").select("statement");
  if (orgs !== undefined) query = query.where("org", "in", [...orgs]);
  if (types !== undefined) query = query.where("t", "in", [...types]);
  query = query.where((where) =>
    caseId === undefined
      ? where("case_id", "is", null)
      : where.or([where("case_id", "is", null), where("case_id", "=", caseId)]),
  );
  return (await query.orderBy("created").orderBy("hash").execute()).map(({ statement }) =>
    parseStatement(JSON.parse(statement)),
  );
}

export async function statementsOfCases(db: Db, cases: readonly string[]): Promise<Statement[]> {
  if (cases.length === 0) return [];
  const rows = await tables(db)
    .selectFrom("statements")
    .select("statement")
    .where("case_id", "in", [...cases])
    .execute();
  return rows.map(({ statement }) => parseStatement(JSON.parse(statement)));
}

export interface TrustStore {
  /** openTrust over the desk, one organisation and `more`, pinned to the desk's root. Throws request.conflict before there is a desk. */
  trust(org: string, more?: readonly Statement[]): Promise<Trust>;
}

/** How long an answer may be reused: statements from the future start to count as time passes. */
const KEEP_MS = 60_000;
const KEEP_ORGS = 256;

/** Statements are only ever added (and unused invitations dropped), so their number and newest hash tell whether anything changed. */
export function createTrustStore(sqlEngine: Sql, now: () => number): TrustStore {
  const known = new Map<string, { readonly version: string; readonly at: number; readonly trust: Promise<Trust> }>();
  return {
    async trust(org, more = []) {
      const desk = await tables(sqlEngine.db)
        .selectFrom("orgs")
        .selectAll()
        .where("kind", "=", "desk")
        .executeTakeFirst();
      if (desk === undefined) throw new Problem("request.conflict", "There is no support desk yet.");
      const orgs = [desk.org, org];
      const open = async (): Promise<Trust> =>
        openTrust([...(await findStatements(sqlEngine.db, { orgs })), ...more], [desk.fingerprint], now());
      if (more.length > 0) return open();
      const version = await versionOf(sqlEngine.db, orgs);
      const kept = known.get(org);
      if (kept?.version === version && now() - kept.at < KEEP_MS) return kept.trust;
      if (known.size >= KEEP_ORGS) known.clear();
      const trust = open();
      known.set(org, { version, at: now(), trust });
      trust.catch(() => known.delete(org));
      return trust;
    },
  };
}

async function versionOf(db: Db, orgs: readonly string[]): Promise<string> {
  const { version } = await tables(db)
    .selectFrom("statements")
    .select(
      sql<string>`count(*) || ' ' || coalesce(md5(string_agg(encode(hash, 'hex'), '' order by hash)), '')`.as(
        "version",
      ),
    )
    .where("org", "in", [...orgs])
    .where("case_id", "is", null)
    .executeTakeFirstOrThrow();
  return version;
}
