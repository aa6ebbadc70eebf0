import { mayDo, schemas, whatOfChanges } from "@breakwater/contract";
import type { LeafType } from "@breakwater/ledger";
import type { Tx } from "@breakwater/sql";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { subjectOf, type CaseAction } from "../policy/index.ts";
import { caseFacts, notFound, refuse, visible } from "./access.ts";
import type { CaseRow, CasesDeps } from "./face.ts";
import { rowsOf } from "./rows.ts";
import { checkReopen, stateValues } from "./state.ts";
import { deleteAssignee, insertAssignee, lockCase, replaceTags, updateCase, type CaseRecord } from "./store.ts";

type CaseChanges = z.output<typeof schemas.CaseChanges>;

interface Change {
  readonly action: CaseAction;
  readonly t: LeafType;
  /** What the act must say. */
  readonly what: string | undefined;
  /** False when there is nothing to change: then nothing is logged either. */
  apply(tx: Tx, record: CaseRecord, now: Date): Promise<boolean>;
}

/** Policy, act, row and leaf: every change of a case goes this way. */
async function change(
  deps: CasesDeps,
  session: Session,
  at: { readonly caseId: string; readonly act: unknown },
  wanted: Change,
): Promise<CaseRow> {
  const { policy, accounts, sql, ledger, now } = deps;
  const record = await visible(deps, session, at.caseId);
  refuse(policy.decide({ subject: subjectOf(session), action: wanted.action, case: caseFacts(record) }));
  const place = { org: record.org, case: at.caseId };
  const draft = await accounts.checkAct(session, at.act, { t: wanted.t, ...place });
  if (draft.what !== wanted.what)
    throw new Problem("act.invalid", "The act names another change than the one that was sent.");
  await sql.transaction(async (tx) => {
    const locked = await lockCase(tx, at.caseId);
    if (locked === undefined) throw notFound();
    if (!(await wanted.apply(tx, locked, new Date(now())))) return;
    await ledger.append(tx, draft, session.context);
  });
  const [row] = await rowsOf(deps, session, [await visible(deps, session, at.caseId)]);
  if (row === undefined) throw notFound();
  return row;
}

/** Takes a case, or gives it to somebody of the desk. */
export async function assign(
  deps: CasesDeps,
  session: Session,
  caseId: string,
  { act, user }: z.output<typeof schemas.AssignCase>,
): Promise<CaseRow> {
  const other = user !== undefined && user !== session.user;
  if (other) await checkAssignee(deps, user);
  const assignee = user ?? session.user;
  return change(
    deps,
    session,
    { caseId, act },
    {
      action: other ? "case.give" : "case.assign",
      t: "case.assign",
      what: other ? `user:${user}` : undefined,
      async apply(tx, { assignees, number }, since) {
        if (assignees.includes(assignee)) return false;
        if (assignees.length >= MOST_ASSIGNEES)
          throw new Problem("request.conflict", `A case has at most ${MOST_ASSIGNEES} people.`);
        await insertAssignee(tx, { case_id: caseId, user_id: assignee, number, since });
        await updateCase(tx, caseId, { changed: since });
        return true;
      },
    },
  );
}
const MOST_ASSIGNEES = 20;

async function checkAssignee({ accounts }: CasesDeps, user: string): Promise<void> {
  const person = await accounts.person(user);
  if (person === null || person.suspended || !mayDo("assignCase", { orgKind: person.orgKind, role: person.role }))
    throw new Problem("request.invalid", "Nobody of the desk who works on cases has this id.");
}

/** Lets go of a case, or takes it from somebody. */
export function unassign(
  deps: CasesDeps,
  session: Session,
  caseId: string,
  { act, user = session.user }: z.output<typeof schemas.AssignCase>,
): Promise<CaseRow> {
  const other = user !== session.user;
  return change(
    deps,
    session,
    { caseId, act },
    {
      action: other ? "case.unassign" : "case.leave",
      t: "case.unassign",
      what: other ? `user:${user}` : undefined,
      async apply(tx, { assignees }, changed) {
        if (!assignees.includes(user)) return false;
        await deleteAssignee(tx, caseId, user);
        await updateCase(tx, caseId, { changed });
        return true;
      },
    },
  );
}

export function close(deps: CasesDeps, session: Session, caseId: string, act: unknown): Promise<CaseRow> {
  return change(
    deps,
    session,
    { caseId, act },
    {
      action: "case.close",
      t: "case.close",
      what: undefined,
      async apply(tx, record, changed) {
        if (record.state === "closed") return false;
        await updateCase(tx, caseId, { ...stateValues("closed", record, changed), changed });
        return true;
      },
    },
  );
}

/** What a customer may say about its case; the rest is the desk's. */
const CUSTOMERS_FIELDS: readonly string[] = ["state", "priority", "type", "sensitivity"];

export async function update(
  deps: CasesDeps,
  session: Session,
  caseId: string,
  { act, changes, version }: z.output<typeof schemas.PatchCase>,
): Promise<CaseRow> {
  const foreign = Object.keys(changes).find((field) => !CUSTOMERS_FIELDS.includes(field));
  if (session.orgKind === "customer" && foreign !== undefined)
    throw new Problem("policy.denied", `Only the desk changes a case's ${foreign}.`);
  if (changes.team !== undefined && changes.team !== null) await checkTeam(deps, changes.team);
  return change(
    deps,
    session,
    { caseId, act },
    {
      action: "case.update",
      t: "case.update",
      what: whatOfChanges(changes),
      async apply(tx, record, changed) {
        if (saysAlready(record, changes)) return false;
        if (record.version !== version) {
          throw new Problem("request.conflict", "Somebody changed this case since you looked at it.", {
            help: "Look at it again, then change it or leave it.",
          });
        }
        checkReopen(session, record, changed.getTime());
        if (record.state === "closed" && changes.state === undefined)
          throw new Problem("policy.denied", "The case is closed.", { help: "Open it again first." });
        await store(tx, record, changes, changed);
        return true;
      },
    },
  );
}

/** A request whose answer was lost is sent again, and finds its work done. */
function saysAlready(record: CaseRecord, changes: CaseChanges): boolean {
  const { priority, tags, ...rest } = changes;
  return (
    (priority === undefined || schemas.PRIORITIES[record.priority] === priority) &&
    (tags === undefined || record.tags.join() === normal(tags).join()) &&
    Object.entries(rest).every(([field, value]) => value === undefined || record[field as keyof CaseRecord] === value)
  );
}

async function store(tx: Tx, record: CaseRecord, changes: CaseChanges, changed: Date): Promise<void> {
  const { priority, tags, state, type, sensitivity, jurisdiction, team } = changes;
  await updateCase(tx, record.case_id, {
    changed,
    ...(state === undefined ? {} : stateValues(state, record, changed)),
    ...(priority === undefined ? {} : { priority: schemas.PRIORITIES.indexOf(priority) }),
    ...(type === undefined ? {} : { type }),
    ...(sensitivity === undefined ? {} : { sensitivity }),
    ...(jurisdiction === undefined ? {} : { jurisdiction }),
    ...(team === undefined ? {} : { team }),
  });
  if (tags !== undefined) await replaceTags(tx, record.case_id, normal(tags));
}

function normal(tags: readonly string[]): string[] {
  return [...new Set(tags)].toSorted();
}

async function checkTeam({ accounts }: CasesDeps, team: string): Promise<void> {
  const desk = await accounts.desk();
  const known = desk?.statements.some(({ body }) => body.t === "team" && body.org === desk.org && body.team === team);
  if (!known) throw new Problem("request.invalid", "The desk has no such team.");
}
