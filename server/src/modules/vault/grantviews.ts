import { mayDo, schemas } from "@breakwater/contract";
import { BREAK_GLASS, parseManifest } from "@breakwater/seal";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { PersonFacts } from "../accounts/face.ts";
import type { CaseRecord } from "../cases/index.ts";
import type { OpeningRules } from "../policy/index.ts";
import { rulesOf } from "./access.ts";
import { storedApproval } from "./approvals.ts";
import type { VaultDeps } from "./face.ts";
import { grantFacts, storedGrant } from "./grants.ts";
import { approvalsOf, findGrants, historyOf, type ApprovalRecord, type GrantRecord } from "./grantstore.ts";
import { readFile } from "./store.ts";

type GrantView = z.output<typeof schemas.GrantView>;
type Query = z.output<typeof schemas.GrantsQuery>;
type Need = GrantView["needs"][number];

/** Grants as those who decide need to see them: who, which file, which parts, why, and what came before. */
export async function listGrants(deps: VaultDeps, session: Session, query: Query): Promise<GrantView[]> {
  const rows = await rowsFor(deps, session, query);
  const views = await viewsOf(deps, session, rows);
  return query.list === "waiting" ? views.filter(({ mayDecide }) => mayDecide) : views;
}

async function rowsFor({ sql, cases, now }: VaultDeps, session: Session, { list, case: caseId }: Query) {
  const org = session.orgKind === "desk" ? undefined : session.org;
  switch (list) {
    case "waiting":
      return findGrants(sql.db, { org, live: new Date(now()) });
    case "emergencies":
      return findGrants(sql.db, { org, unreviewed: true });
    case "mine":
      return findGrants(sql.db, { grantee: session.user });
    case "case":
      if (caseId === undefined) throw new Problem("request.invalid", "Say which case's grants are asked for.");
      return findGrants(sql.db, { caseId: (await cases.visible(session, caseId)).case_id });
  }
}

export async function viewsOf(deps: VaultDeps, session: Session, rows: readonly GrantRecord[]): Promise<GrantView[]> {
  const { sql, accounts } = deps;
  const approvals = await approvalsOf(
    sql.db,
    rows.map(({ grant_id }) => grant_id),
  );
  const users = rows.flatMap((row) => [row.grantee, row.revoked_by, row.reviewed_by]);
  const answered = [...approvals.values()].flat().map(({ user_id }) => user_id);
  const people = await accounts.peopleOf([...new Set([...users, ...answered])].filter((user) => user !== null));
  const known: Known = { cases: new Map(), rules: new Map(), people: new Map(people.map((one) => [one.user, one])) };
  const views: GrantView[] = [];
  for (const row of rows) {
    const view = await viewOf(deps, session, row, approvals.get(row.grant_id) ?? [], known);
    if (view !== undefined) views.push(view);
  }
  return views;
}

/** What many rows of one list share. */
interface Known {
  readonly cases: Map<string, Promise<{ record: CaseRecord; brief: GrantView["case"] } | undefined>>;
  readonly rules: Map<string, Promise<OpeningRules>>;
  readonly people: ReadonlyMap<string, PersonFacts>;
}

async function viewOf(
  deps: VaultDeps,
  session: Session,
  row: GrantRecord,
  approvals: readonly ApprovalRecord[],
  known: Known,
): Promise<GrantView | undefined> {
  const { sql, now } = deps;
  const of = await remember(known.cases, row.case_id, () => briefOf(deps, session, row.case_id));
  if (of === undefined) return undefined;
  const rules = await remember(known.rules, row.org, () => rulesOf(deps, row.org));
  const { grant } = storedGrant(row);
  const facts = grantFacts(grant, row, approvals);
  const needs = needsOf(facts, rules, of.record.sensitivity === "restricted");
  const state = facts.revoked
    ? "revoked"
    : facts.denied
      ? "denied"
      : facts.exp <= now()
        ? "expired"
        : needs.length > 0
          ? "waiting"
          : "live";
  const name = (user: string): string => known.people.get(user)?.name ?? user;
  const by = (user: string | null, at: Date | null) =>
    user === null || at === null ? null : { user, name: name(user), at: at.toISOString() };
  const history = await historyOf(sql.db, row.grantee, row.org, row.created);
  return {
    id: row.grant_id,
    grant: JSON.parse(row.body) as Record<string, unknown>,
    state,
    emergency: row.purpose === BREAK_GLASS,
    needs,
    approvals: approvals.map((one) => approvalOf(one, name(one.user_id))),
    grantee: { user: row.grantee, name: name(row.grantee), role: known.people.get(row.grantee)?.role ?? "engineer" },
    case: of.brief,
    file: { file: row.file_id, name: await nameOf(deps, row.file_id) },
    reason: sealed(row.x),
    requested: row.created.toISOString(),
    revoked: by(row.revoked_by, row.revoked),
    reviewed: by(row.reviewed_by, row.reviewed),
    history: { ...history, since: history.since?.toISOString() ?? null },
    mayDecide: state === "waiting" && mayDecide(session, row, approvals, needs),
  };
}

/** Whose approval is still missing. */
function needsOf(
  { purpose, leads, customers }: ReturnType<typeof grantFacts>,
  { approve }: OpeningRules,
  fourEyes: boolean,
): Need[] {
  if (purpose === BREAK_GLASS) return [];
  const needs: Need[] = [];
  if ((approve === "lead" || approve === "both") && leads.length === 0) needs.push("lead");
  if ((approve === "customer" || approve === "both") && customers.length === 0) needs.push("customer");
  if (fourEyes && needs.length === 0 && leads.length + customers.length === 0) needs.push("second");
  return needs;
}

function mayDecide(
  session: Session,
  row: GrantRecord,
  approvals: readonly ApprovalRecord[],
  needs: readonly Need[],
): boolean {
  const side = session.orgKind === "desk" ? "lead" : "customer";
  return (
    mayDo("decideGrant", session) &&
    row.grantee !== session.user &&
    (needs.includes(side) || needs.includes("second")) &&
    approvals.every(({ user_id }) => user_id !== session.user)
  );
}

function approvalOf(row: ApprovalRecord, name: string): GrantView["approvals"][number] {
  return {
    user: row.user_id,
    name,
    side: row.side,
    dec: row.dec,
    at: storedApproval(row).at,
    x: sealed(row.x),
    approval: JSON.parse(row.body) as Record<string, unknown>,
  };
}

async function briefOf({ cases }: VaultDeps, session: Session, caseId: string) {
  try {
    const record = await cases.visible(session, caseId);
    const { number, org, orgName, sensitivity, subject, key } = await cases.row(session, record);
    return { record, brief: { case: caseId, number, org, orgName, sensitivity, subject, key } };
  } catch (error) {
    // Lists show what their reader may see, and say nothing of the rest.
    if (error instanceof Problem && ["request.notFound", "policy.denied"].includes(error.code)) return undefined;
    throw error;
  }
}

async function nameOf({ sql }: VaultDeps, file: string): Promise<GrantView["file"]["name"]> {
  const manifest = (await readFile(sql.db, file))?.manifest;
  return manifest == null ? null : { ...parseManifest(manifest).manifest.name };
}

function sealed(text: string | null): z.output<typeof schemas.Sealed> | null {
  return text === null ? null : schemas.Sealed.parse(JSON.parse(text));
}

async function remember<V>(map: Map<string, Promise<V>>, key: string, make: () => Promise<V>): Promise<V> {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
