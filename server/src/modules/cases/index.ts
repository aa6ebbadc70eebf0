import { schemas } from "@breakwater/contract";
import type { SealedText, Statement } from "@breakwater/seal";
import type { Tx } from "@breakwater/sql";
import { statementAnswer } from "../../answer.ts";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { Accounts } from "../accounts/index.ts";
import { subjectOf, type CaseFacts, type Decision } from "../policy/index.ts";
import type { CaseRow, Cases, CasesDeps, CasesQuery } from "./face.ts";
import { openCase } from "./open.ts";
import {
  countByOrg,
  countFile,
  findCases,
  insertAssignee,
  lockCase,
  readCase,
  updateCase,
  type CaseRecord,
} from "./store.ts";

export type { Cases, CasesDeps } from "./face.ts";
export { casesMigrations } from "./migrations.ts";
export { casesRoutes } from "./routes.ts";
export type { CaseRecord } from "./store.ts";

export function createCases(deps: CasesDeps): Cases {
  const { sql, ledger, policy, accounts, now } = deps;

  const visible = async (session: Session, caseId: string): Promise<CaseRecord> => {
    const record = await readCase(sql.db, caseId);
    if (record === undefined) throw notFound();
    const decision = policy.decide({ subject: subjectOf(session), action: "case.read", case: caseFacts(record) });
    // The same answer as for a case that does not exist.
    if (!decision.allowed && record.org !== session.org) throw notFound();
    refuse(decision);
    return record;
  };

  const change = async (session: Session, caseId: string, act: unknown, what: Change): Promise<CaseRow> => {
    const record = await visible(session, caseId);
    refuse(policy.decide({ subject: subjectOf(session), action: what.action, case: caseFacts(record) }));
    const draft = await accounts.checkAct(session, act, { t: what.action, org: record.org, case: caseId });
    await sql.transaction(async (tx) => {
      const locked = await lockCase(tx, caseId);
      if (locked === undefined) throw notFound();
      if (!(await what.apply(tx, locked))) return;
      await ledger.append(tx, draft, session.context);
    });
    return rowOf(accounts, await visible(session, caseId));
  };

  return {
    open: async (session, input) => {
      refuse(policy.decide({ subject: subjectOf(session), action: "case.open", org: session.org }));
      await openCase(deps, session, input);
      return rowOf(accounts, await visible(session, input.case));
    },

    async list(session, query) {
      const records = await findCases(sql.db, { ...filterOf(session, query), limit: query.limit + 1 });
      const page = records.slice(0, query.limit);
      const last = page.at(-1);
      return {
        cases: await rowsOf(accounts, page),
        next: records.length > page.length && last ? String(last.number) : null,
      };
    },

    assign: (session, caseId, act) =>
      change(session, caseId, act, {
        action: "case.assign",
        async apply(tx, { assignees, number }) {
          if (assignees.includes(session.user)) return false;
          const since = new Date(now());
          await insertAssignee(tx, { case_id: caseId, user_id: session.user, number, since });
          await updateCase(tx, caseId, { changed: since });
          return true;
        },
      }),

    close: (session, caseId, act) =>
      change(session, caseId, act, {
        action: "case.close",
        async apply(tx, { state }) {
          if (state === "closed") return false;
          await updateCase(tx, caseId, { state: "closed", changed: new Date(now()) });
          return true;
        },
      }),

    visible,
    row: (record) => rowOf(accounts, record),
    countFile: (tx, caseId) => countFile(tx, caseId, new Date(now())),
    async lock(tx, caseId) {
      const locked = await lockCase(tx, caseId);
      if (locked === undefined) throw notFound();
      return locked;
    },
    async markShredded(tx, caseId) {
      const at = new Date(now());
      await updateCase(tx, caseId, { shredded: at, state: "closed", changed: at });
    },
    markHeld: (tx, caseId, held) => updateCase(tx, caseId, { held }),
    counts: () => countByOrg(sql.db),
  };
}

interface Change {
  readonly action: "case.assign" | "case.close";
  /** False when there is nothing to change: then nothing is logged either. */
  apply(tx: Tx, record: CaseRecord): Promise<boolean>;
}

export function caseFacts({ case_id, org, state, sensitivity, jurisdiction, assignees }: CaseRecord): CaseFacts {
  return { case: case_id, org, state, sensitivity, jurisdiction, hold: false, assignees };
}

/** Throws policy.denied with the rule's sentence. */
export function refuse(decision: Decision, leaf?: number): void {
  if (decision.allowed) return;
  throw new Problem("policy.denied", decision.why, {
    ...(decision.help === undefined ? {} : { help: decision.help }),
    ...(leaf === undefined ? {} : { leaf }),
  });
}

/** Customers see their own organisation's cases; `mine` are those one works on, or opened. */
function filterOf(session: Session, { state, mine, org, after }: CasesQuery) {
  const staff = session.orgKind === "desk";
  return {
    org: staff ? org : session.org,
    state,
    ...(mine === "true" ? (staff ? { assignee: session.user } : { opener: session.user }) : {}),
    before: after === undefined ? undefined : readCursor(after),
  };
}

function readCursor(after: string): number {
  const number = /^[1-9]\d{0,15}$/.test(after) ? Number(after) : Number.NaN;
  if (!Number.isSafeInteger(number))
    throw new Problem("request.invalid", "The parameter after is not one that an earlier page gave.");
  return number;
}

async function rowOf(accounts: Accounts, record: CaseRecord): Promise<CaseRow> {
  const [row] = await rowsOf(accounts, [record]);
  if (row === undefined) throw notFound();
  return row;
}

async function rowsOf(accounts: Accounts, records: readonly CaseRecord[]): Promise<CaseRow[]> {
  const orgs = new Map<string, string>();
  for (const org of new Set(records.map((record) => record.org))) orgs.set(org, (await accounts.org(org))?.name ?? org);
  const people = await accounts.peopleOf([...new Set(records.flatMap(({ assignees }) => assignees))]);
  const names = new Map(people.map(({ user, name }) => [user, name]));
  return records.map((record) => ({
    case: record.case_id,
    number: record.number,
    org: record.org,
    orgName: orgs.get(record.org) ?? record.org,
    type: schemas.CaseRow.shape.type.parse(record.type),
    jurisdiction: record.jurisdiction,
    sensitivity: schemas.CaseRow.shape.sensitivity.parse(record.sensitivity),
    state: schemas.CaseRow.shape.state.parse(record.state),
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

function notFound(): Problem {
  return new Problem("request.notFound", "There is no such case.");
}
