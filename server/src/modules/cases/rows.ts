import { schemas } from "@breakwater/contract";
import type { SealedText, Statement } from "@breakwater/seal";
import { statementAnswer } from "../../answer.ts";
import type { Session } from "../../session.ts";
import type { CaseRow, CasesDeps } from "./face.ts";
import { seenOf, type CaseRecord } from "./store.ts";

const shape = schemas.CaseRow.shape;

/** Cases as this reader gets them: with names, and with what of them is new to the reader. */
export async function rowsOf(
  { accounts, sql }: CasesDeps,
  session: Session,
  records: readonly CaseRecord[],
): Promise<CaseRow[]> {
  const orgs = new Map<string, string>();
  for (const org of new Set(records.map((record) => record.org))) orgs.set(org, (await accounts.org(org))?.name ?? org);
  const people = await accounts.peopleOf([...new Set(records.flatMap(({ assignees }) => assignees))]);
  const names = new Map(people.map(({ user, name }) => [user, name]));
  const seen = await seenOf(
    sql.db,
    session.user,
    records.map(({ case_id }) => case_id),
  );
  const staff = session.orgKind === "desk";
  return records.map((record) => ({
    case: record.case_id,
    number: record.number,
    org: record.org,
    orgName: orgs.get(record.org) ?? record.org,
    type: shape.type.parse(record.type),
    jurisdiction: record.jurisdiction,
    sensitivity: shape.sensitivity.parse(record.sensitivity),
    state: shape.state.parse(record.state),
    priority: schemas.PRIORITIES[record.priority] ?? "normal",
    team: staff ? record.team : null,
    tags: staff ? [...record.tags] : [],
    version: record.version,
    messages: record.messages,
    activity: record.activity,
    unread: Math.max(0, record.activity - (seen.get(record.case_id) ?? 0)),
    waiting: record.waiting?.toISOString() ?? null,
    // Both were checked before they were stored.
    subject: JSON.parse(record.subject) as SealedText,
    key: statementAnswer(JSON.parse(record.case_key) as Statement),
    assignees: record.assignees.map((user) => ({ user, name: names.get(user) ?? user })),
    files: record.files,
    shredded: record.shredded?.toISOString() ?? null,
    held: record.held,
    opened: record.opened.toISOString(),
    changed: record.changed.toISOString(),
  }));
}
