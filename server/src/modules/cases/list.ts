import { schemas } from "@breakwater/contract";
import { isId } from "@breakwater/wire";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { subjectOf } from "../policy/index.ts";
import type { CaseRow, CasesDeps, CasesQuery } from "./face.ts";
import { countCases, findCases, placeOf, readPlace, type CaseFilter, type CaseSearch } from "./find.ts";
import { rowsOf } from "./rows.ts";

/** One page of a queue, by what the server may see. */
export async function listCases(
  deps: CasesDeps,
  session: Session,
  query: CasesQuery,
): Promise<{ readonly cases: CaseRow[]; readonly next: string | null; readonly total: number }> {
  const { db } = deps.sql;
  const { sort, order, limit } = query;
  const filter = await filterOf(deps, session, query);
  const after = query.after === undefined ? undefined : readPlace(sort, query.after);
  if (query.after !== undefined && after === undefined)
    throw new Problem("request.invalid", "The parameter after is not one that an earlier page gave.");
  const [records, total] = await Promise.all([
    findCases(db, filter, { sort, order, after, limit: limit + 1 }),
    countCases(db, filter),
  ]);
  const page = records.slice(0, limit);
  const last = page.at(-1);
  return {
    cases: await rowsOf(deps, session, page),
    next: records.length > page.length && last ? placeOf(sort, last) : null,
    total,
  };
}

/** Customers see their own organisation's cases; `mine` are those one works on, or opened. */
async function filterOf(deps: CasesDeps, session: Session, query: CasesQuery): Promise<CaseFilter> {
  const staff = session.orgKind === "desk";
  const { state, priority, type, sensitivity, mine, unread, assignee, waiting, q } = query;
  const { vendor, teams } = subjectOf(session);
  return {
    org: staff ? query.org : session.org,
    states:
      state === "active" ? ["open", "waiting-desk", "waiting-customer"] : words("state", state, schemas.CASE_STATES),
    priorities: words("priority", priority, schemas.PRIORITIES)?.map((word) => schemas.PRIORITIES.indexOf(word)),
    types: words("type", type, schemas.CASE_TYPES),
    sensitivities: words("sensitivity", sensitivity, schemas.SENSITIVITIES),
    assignee: assignee === "none" ? null : (assignee ?? (mine === "true" && staff ? session.user : undefined)),
    opener: mine === "true" && !staff ? session.user : undefined,
    waitingSince: waiting === undefined ? undefined : new Date(waiting),
    unreadBy: unread === "true" ? session.user : undefined,
    search: q === undefined || q.trim() === "" ? undefined : await searchOf(deps, q.trim(), staff),
    // Teams and tags are the desk's own; an outside company sees the cases of its teams.
    team: staff ? query.team : undefined,
    teams: vendor === undefined ? undefined : teams,
    tag: staff ? query.tag : undefined,
  };
}

function words<const Word extends string>(
  name: string,
  text: string | undefined,
  known: readonly Word[],
): readonly Word[] | undefined {
  if (text === undefined) return undefined;
  const found = text.split(",").map((word) => known.find((one) => one === word));
  if (found.every((word) => word !== undefined)) return found;
  throw new Problem("request.invalid", `The parameter ${name} takes of ${known.join(", ")}, with commas between them.`);
}

async function searchOf({ accounts }: CasesDeps, text: string, staff: boolean): Promise<CaseSearch> {
  const number = /^#?([1-9]\d{0,14})$/.exec(text)?.[1];
  return {
    ...(await accounts.findNames(text)),
    number: number === undefined ? undefined : Number(number),
    caseId: isId("case", text) ? text : undefined,
    tag: staff && schemas.Tag.safeParse(text.toLowerCase()).success ? text.toLowerCase() : undefined,
  };
}
