import type { Statement } from "@breakwater/seal";
import type { LeafDraft } from "../ledger/index.ts";
import { RateLimit } from "../accounts/index.ts";
import { Problem } from "../../errors.ts";
import { actorOf, type Session } from "../../session.ts";
import { caseFacts, refuse, type CaseRecord } from "../cases/index.ts";
import { subjectOf, type Decision, type FileFacts, type OpeningRules, type PolicyRequest } from "../policy/index.ts";
import type { VaultDeps } from "./face.ts";
import { readFile, type FileRecord } from "./store.ts";

export interface Found {
  readonly file: FileRecord;
  readonly record: CaseRecord;
}

/** The file, if this reader may see its case; request.notFound otherwise, in the words for a file that does not exist. */
export async function findFile({ sql, cases }: VaultDeps, session: Session, file: string): Promise<Found> {
  const found = await readFile(sql.db, file);
  if (found === undefined) throw noSuchFile();
  const record = await cases.visible(session, found.case_id).catch((error: unknown) => {
    throw error instanceof Problem && error.code === "request.notFound" ? noSuchFile() : error;
  });
  return { file: found, record };
}

/** `rules` are the customer's own; rulesOf gives them. */
export function fileFacts({ file, record }: Found, rules: OpeningRules): FileFacts {
  return {
    file: file.file_id,
    org: file.org,
    case: caseFacts(record),
    sealed: file.state === "sealed",
    // A manifest without its sanitiser's report does not pass finish.
    sanitised: file.state === "sealed",
    fourEyes: record.sensitivity === "restricted",
    rules,
  };
}

/** What a customer demands before its files are opened; without a word of its own or of the desk, nothing. */
export async function rulesOf({ accounts }: VaultDeps, org: string): Promise<OpeningRules> {
  const { approve = "none", breakGlass = true } = (await accounts.trust(org)).settings(org) ?? {};
  return { approve, breakGlass };
}

type Asked = PolicyRequest extends infer R
  ? R extends { readonly subject: unknown }
    ? Omit<R, "subject">
    : never
  : never;

export function ask({ policy }: VaultDeps, session: Session, request: Asked): Decision {
  return policy.decide({ ...request, subject: subjectOf(session) });
}

type Place = Pick<CaseRecord, "org" | "case_id" | "assignees">;
interface Refused {
  readonly decision: Decision;
  readonly what: string;
  readonly members?: Partial<LeafDraft>;
}

/** A refusal to open, fetch or read is itself recorded, with the rule that refused. */
export function refuseLogged(
  deps: VaultDeps,
  session: Session,
  { file, record }: Found,
  refused: Refused,
): Promise<void> {
  return refuseOnCase(deps, session, record, { ...refused, members: { ...refused.members, file: file.file_id } });
}

const REFUSALS_A_MINUTE = 60;
const refusals = new RateLimit(REFUSALS_A_MINUTE, 60_000);

/** The same for what concerns no one file. */
export async function refuseOnCase(deps: VaultDeps, session: Session, place: Place, refused: Refused): Promise<void> {
  const { decision, what, members } = refused;
  if (decision.allowed) return;
  const { sql, ledger, now } = deps;
  // Each refusal is a leaf for ever: whoever asks and asks fills the customer's log with them.
  if (!refusals.allow(session.user, now()))
    throw new Problem("request.rateLimited", "Too many requests of yours were refused within a minute.", {
      help: "Read why the last one was, and wait a minute.",
    });
  const draft: LeafDraft = {
    ...members,
    v: 1,
    t: "key.deny",
    org: place.org,
    case: place.case_id,
    actor: actorOf(session),
    pol: decision.pol,
    what,
  };
  const { index } = await sql.transaction((tx) => ledger.append(tx, draft, session.context));
  refuse(decision, { leaf: index, ask: await helpers(deps, session, decision, place) });
}

const MOST_HELPERS = 5;

/** The people whom a rule tells to ask, by name. */
async function helpers({ accounts }: VaultDeps, session: Session, { who }: Decision, { org, assignees }: Place) {
  if (who === undefined) return [];
  const trust = await accounts.trust(org);
  const staff = trust.people(trust.desk.id);
  const asked = {
    lead: () => staff.filter(({ role, vendor }) => vendor === undefined && (role === "lead" || role === "admin")),
    "desk-admin": () => staff.filter(({ role }) => role === "admin"),
    "own-admin": () => trust.people(session.org).filter(({ role }) => role === "admin"),
    assignee: () => staff.filter(({ user }) => assignees.includes(user)),
    customer: () => trust.people(org).filter(({ role }) => role !== "auditor"),
  }[who]();
  return asked
    .filter(({ user }) => user !== session.user && trust.mayAct(user))
    .slice(0, MOST_HELPERS)
    .map(({ user, name }) => ({ user, name }));
}

/** Writes a leaf about reading, once in ten minutes for each session and thing read: a page that reloads is one reading. */
export class ReadingLog {
  readonly #seen = new Map<string, number>();
  readonly #deps: VaultDeps;
  constructor(deps: VaultDeps) {
    this.#deps = deps;
  }

  async note(session: Session, thing: string, draft: Omit<LeafDraft, "v" | "actor">): Promise<void> {
    const { sql, ledger, now } = this.#deps;
    const key = `${session.id} ${draft.t} ${thing}`;
    if (now() - (this.#seen.get(key) ?? Number.NEGATIVE_INFINITY) < SAME_READING_MS) return;
    // First the leaf, then the reading: when the log is down, nothing is read.
    await sql.transaction((tx) => ledger.append(tx, { v: 1, ...draft, actor: actorOf(session) }, session.context));
    this.#seen.delete(key);
    this.#seen.set(key, now());
    for (const [oldest, at] of this.#seen) {
      if (this.#seen.size <= MOST_SEEN && now() - at < SAME_READING_MS) break;
      this.#seen.delete(oldest);
    }
  }
}
const SAME_READING_MS = 600_000;
const MOST_SEEN = 20_000;

/** A case concerns the desk and one customer: staff get what that customer's people get, not every customer's statements. */
export function statementsOf(
  { accounts }: VaultDeps,
  session: Session,
  place: { readonly org: string; readonly case_id: string },
): Promise<readonly Statement[]> {
  return accounts.statementsFor({ ...session, org: place.org, orgKind: "customer" }, place.case_id);
}

/** What was shredded or deleted opens no more; its manifest and its lines in the log stay. */
export function checkThere({ file, record }: Found): void {
  if (record.shredded !== null)
    throw new Problem("case.shredded", `This case was shredded on ${record.shredded.toISOString()}.`);
  if (file.deleted !== null)
    throw new Problem("case.shredded", `This file was deleted on ${file.deleted.toISOString()}.`);
}

export function noSuchFile(): Problem {
  return new Problem("request.notFound", "There is no such file.");
}
