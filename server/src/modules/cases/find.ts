import type { Db } from "@breakwater/sql";
import { sql, type RawBuilder, type SelectQueryBuilder } from "kysely";
import { tables, withLists, type CaseRecord, type CaseTables } from "./store.ts";

export type CaseSort = "number" | "changed" | "priority" | "waiting";

/** What a search text may mean; whoever knows names turns them into ids. */
export interface CaseSearch {
  readonly number?: number | undefined;
  readonly caseId?: string | undefined;
  readonly tag?: string | undefined;
  readonly orgs: readonly string[];
  readonly users: readonly string[];
}
export interface CaseFilter {
  /** Only this organisation's. */
  readonly org?: string | undefined;
  readonly states?: readonly string[] | undefined;
  readonly priorities?: readonly number[] | undefined;
  readonly types?: readonly string[] | undefined;
  readonly sensitivities?: readonly string[] | undefined;
  /** A person, or null for cases that nobody has. */
  readonly assignee?: string | null | undefined;
  readonly opener?: string | undefined;
  readonly team?: string | undefined;
  /** Only cases of these teams: what an outside company may see. */
  readonly teams?: readonly string[] | undefined;
  readonly tag?: string | undefined;
  readonly waitingSince?: Date | undefined;
  /** Only what this person has not seen all of. */
  readonly unreadBy?: string | undefined;
  readonly search?: CaseSearch | undefined;
}
export interface CasePage {
  readonly sort: CaseSort;
  readonly order: "asc" | "desc";
  /** The last row of the page before. */
  readonly after?: { readonly key: string; readonly number: number } | undefined;
  readonly limit: number;
}

type Cases<O> = SelectQueryBuilder<CaseTables, "cases", O>;
type Value = string | number | null;

/** What nobody waits for comes after everything that somebody does. */
const NEVER = sql<Date>`coalesce(cases.waiting, '9999-01-01 00:00:00+00'::timestamptz)`;

function keyOf(sort: CaseSort): RawBuilder<unknown> {
  if (sort === "waiting") return NEVER;
  return sql.ref(`cases.${sort}`);
}

/** One page by a key and, where it is the same, by number: the place of the last row is where the next page begins. */
export async function findCases(db: Db, filter: CaseFilter, page: CasePage): Promise<CaseRecord[]> {
  const { sort, order, after, limit } = page;
  const key = keyOf(sort);
  let query = narrow(tables(db).selectFrom("cases").selectAll("cases"), filter);
  if (after !== undefined) {
    const compare = sql.raw(order === "asc" ? ">" : "<");
    query = query.where(
      sort === "number"
        ? sql<boolean>`cases.number ${compare} ${after.number}`
        : sql<boolean>`(${key}, cases.number) ${compare} (${typed(sort, after.key)}, ${after.number}::bigint)`,
    );
  }
  const ordered = sort === "number" ? query : query.orderBy(key, order);
  return withLists(db, await ordered.orderBy("cases.number", order).limit(limit).execute());
}

function typed(sort: CaseSort, key: string): RawBuilder<unknown> {
  return sort === "priority" ? sql`${key}::smallint` : sql`${key}::timestamptz`;
}

/** The place of a row, for the page after it. */
export function placeOf(sort: CaseSort, { number, changed, priority, waiting }: CaseRecord): string {
  const keys: Readonly<Record<CaseSort, string>> = {
    number: "",
    changed: changed.toISOString(),
    priority: String(priority),
    waiting: waiting?.toISOString() ?? "9999-01-01T00:00:00.000Z",
  };
  return `${number}~${keys[sort]}`;
}

export function readPlace(sort: CaseSort, text: string): CasePage["after"] {
  const [number = "", key = ""] = text.split("~");
  const form = sort === "number" ? /^$/ : sort === "priority" ? /^[0-3]$/ : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
  return /^[1-9]\d{0,14}$/.test(number) && form.test(key) ? { key, number: Number(number) } : undefined;
}

export async function countCases(db: Db, filter: CaseFilter): Promise<number> {
  const query = tables(db)
    .selectFrom("cases")
    .select(({ fn }) => fn.countAll<number>().as("count"));
  return Number((await narrow(query, filter).executeTakeFirstOrThrow()).count);
}

function narrow<O>(query: Cases<O>, filter: CaseFilter): Cases<O> {
  const { org, states, priorities, types, sensitivities, opener, team, teams, waitingSince } = filter;
  let narrowed = query;
  if (org !== undefined) narrowed = narrowed.where("cases.org", "=", org);
  if (states !== undefined) narrowed = narrowed.where(among("state", states));
  if (priorities !== undefined) narrowed = narrowed.where(among("priority", priorities));
  if (types !== undefined) narrowed = narrowed.where(among("type", types));
  if (sensitivities !== undefined) narrowed = narrowed.where(among("sensitivity", sensitivities));
  if (opener !== undefined) narrowed = narrowed.where("cases.opened_by", "=", opener);
  if (team !== undefined) narrowed = narrowed.where("cases.team", "=", team);
  if (teams !== undefined) narrowed = narrowed.where(among("team", teams));
  if (waitingSince !== undefined) narrowed = narrowed.where("cases.waiting", "<", waitingSince);
  return narrowLists(narrowed, filter);
}

function narrowLists<O>(query: Cases<O>, { assignee, tag, unreadBy, search }: CaseFilter): Cases<O> {
  let narrowed = query;
  if (assignee === null) narrowed = narrowed.where(sql<boolean>`not ${hasAssignee()}`);
  else if (assignee !== undefined) narrowed = narrowed.where(hasAssignee([assignee]));
  if (tag !== undefined) narrowed = narrowed.where(hasTag(tag));
  if (unreadBy !== undefined) {
    narrowed = narrowed.where(sql<boolean>`cases.activity > coalesce((select seen from case_seen
      where case_seen.case_id = cases.case_id and case_seen.user_id = ${unreadBy}), 0)`);
  }
  return search === undefined ? narrowed : narrowed.where(matches(search));
}

/** An empty list is met by nothing. */
function among(
  column: "state" | "priority" | "type" | "sensitivity" | "team",
  values: readonly Value[],
): RawBuilder<boolean> {
  if (values.length === 0) return sql<boolean>`false`;
  return sql<boolean>`${sql.ref(`cases.${column}`)} in (${sql.join(values)})`;
}

function hasAssignee(users?: readonly string[]): RawBuilder<boolean> {
  const who = users === undefined ? sql`` : sql` and case_assignees.user_id in (${sql.join(users)})`;
  return sql<boolean>`exists (select 1 from case_assignees where case_assignees.case_id = cases.case_id${who})`;
}

function hasTag(tag: string): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from case_tags where case_tags.case_id = cases.case_id and case_tags.tag = ${tag})`;
}

function matches({ number, caseId, tag, orgs, users }: CaseSearch): RawBuilder<boolean> {
  const ways: RawBuilder<boolean>[] = [];
  if (number !== undefined) ways.push(sql<boolean>`cases.number = ${number}`);
  if (caseId !== undefined) ways.push(sql<boolean>`cases.case_id = ${caseId}`);
  if (orgs.length > 0) ways.push(sql<boolean>`cases.org in (${sql.join(orgs)})`);
  if (users.length > 0) {
    ways.push(hasAssignee(users), sql<boolean>`cases.opened_by in (${sql.join(users)})`);
  }
  if (tag !== undefined) ways.push(hasTag(tag));
  return ways.length === 0 ? sql<boolean>`false` : sql<boolean>`(${sql.join(ways, sql` or `)})`;
}
