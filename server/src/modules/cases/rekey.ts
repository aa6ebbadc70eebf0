import type { schemas } from "@breakwater/contract";
import {
  isStatement,
  keyId,
  parseStatement,
  readSealedText,
  SealError,
  statementHash,
  type Trust,
} from "@breakwater/seal";
import type { Tx } from "@breakwater/sql";
import { sql as raw, type RawBuilder } from "kysely";
import type { z } from "zod";
import { statementAnswer } from "../../answer.ts";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { CasesDeps } from "./face.ts";
import { lockCase, tables, type CaseRecord } from "./store.ts";

type Rotation = z.output<typeof schemas.Rotation>;
type Rekey = z.output<typeof schemas.Rekey>["cases"][number];

/** Cases that one answer names: a page does them in seconds and asks again. */
const BATCH = 20;

/**
 * Protocol 10, rotation: open cases whose newest key is not sealed to the teams that work on them now. Whoever holds the
 * keys makes the next one; the server only counts what is left, so the work goes on wherever it stopped.
 */
export async function rotation(deps: CasesDeps, session: Session): Promise<Rotation> {
  const { sql, accounts } = deps;
  const teams = await accounts.teamsToRotate(session);
  // Teams first: a case's next key is sealed to their next keys.
  if (teams.length > 0) return { teams, cases: [], left: 0, statements: await statementsOf(deps, session.org, []) };
  const trust = await accounts.trust(session.org);
  const stale = staleCases(trust, session);
  const [first] = stale === null ? [] : await openCases(deps, stale, undefined, 1);
  if (stale === null || first === undefined) return { teams, cases: [], left: 0, statements: [] };
  const [rows, { left }, own] = await Promise.all([
    openCases(deps, stale, first.org, BATCH),
    tables(sql.db)
      .selectFrom("cases")
      .select((select) => select.fn.countAll<number>().as("left"))
      .where(stale)
      .executeTakeFirstOrThrow(),
    accounts.trust(first.org),
  ]);
  return {
    teams,
    cases: rows.map(({ case_id, org, subject, team }) => ({
      case: case_id,
      org,
      subject: JSON.parse(subject) as Rotation["cases"][number]["subject"],
      to: accounts.teamsOfCase(own, org, team).map((id) => id.split("#", 1)[0] ?? id),
    })),
    left: Number(left),
    statements: await statementsOf(
      deps,
      first.org,
      rows.map(({ case_id }) => case_id),
    ),
  };
}

export async function rekey(deps: CasesDeps, session: Session, cases: readonly Rekey[]): Promise<number> {
  for (const one of cases) await rekeyOne(deps, session, one);
  return cases.length;
}

async function rekeyOne(deps: CasesDeps, session: Session, one: Rekey): Promise<void> {
  const { sql, accounts, ledger } = deps;
  const key = accounts.readStatement("case.key", one.key);
  const { body } = key;
  const act = await accounts.checkAct(session, one.act, { t: "team.rotate", org: body.org, case: one.case });
  if (act.what !== statementHash(key)) throw new Problem("act.invalid", "The act does not name this key.");
  const trust = await accounts.trust(body.org, [...(await accounts.caseStatements([one.case])), key]);
  await sql.transaction(async (tx) => {
    const record = await own(tx, session, one.case);
    const now = parseStatement(JSON.parse(record.case_key));
    if (!isStatement("case.key", now) || body.epoch !== now.body.epoch + 1)
      throw new Problem("request.conflict", "The case got a new key meanwhile.", { help: "Nothing is lost: go on." });
    const wanted = accounts.teamsOfCase(trust, record.org, record.team);
    const sealedTo = body.wraps.map(({ to }) => to);
    const trusted = trust.caseKey({ org: record.org, case: one.case });
    const fits =
      body.org === record.org &&
      body.case === one.case &&
      body.prev !== undefined &&
      trusted?.epoch === body.epoch &&
      trusted.maker.user === session.user &&
      sealedTo.toSorted().join() === wanted.toSorted().join();
    if (!fits)
      throw new Problem(
        "statement.untrusted",
        "The case's next key is not signed by you, or not sealed to the teams that work on the case.",
      );
    await accounts.putStatement(tx, key);
    await tables(tx)
      .updateTable("cases")
      .set({ case_key: JSON.stringify(key), subject: readSubject(one, body.epoch) })
      .where("case_id", "=", one.case)
      .execute();
    await ledger.append(tx, act, session.context);
  });
}

/** The desk's administrators for every customer's cases, a customer's for its own. */
async function own(tx: Tx, session: Session, caseId: string): Promise<CaseRecord> {
  const record = await lockCase(tx, caseId);
  if (record === undefined || (session.orgKind === "customer" && record.org !== session.org))
    throw new Problem("request.notFound", "There is no such case.");
  return record;
}

function readSubject({ subject, case: caseId }: Rekey, epoch: number): string {
  try {
    const sealed = readSealedText(subject, "subject");
    if (sealed.to === keyId(caseId, epoch)) return JSON.stringify(sealed);
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
  }
  throw new Problem("request.invalid", "The subject is not sealed to the case's next key.");
}

async function statementsOf({ accounts }: CasesDeps, org: string, cases: readonly string[]) {
  const all = [...(await accounts.statementsOf(org)), ...(await accounts.caseStatements(cases))];
  return all.map(statementAnswer);
}

async function openCases({ sql }: CasesDeps, stale: RawBuilder<boolean>, org: string | undefined, limit: number) {
  let query = tables(sql.db).selectFrom("cases").select(["case_id", "org", "subject", "team"]).where(stale);
  if (org !== undefined) query = query.where("org", "=", org);
  return query.orderBy("number").limit(limit).execute();
}

/** As a condition on the stored text of the newest key, whose wraps name team and epoch. Null where nothing can be stale. */
function staleCases(trust: Trust, session: Session): RawBuilder<boolean> | null {
  const own = trust.teams(session.org);
  const main = trust.mainTeam(session.org)?.team;
  const conditions = own
    .filter(({ epoch }) => epoch > 1)
    .map(({ team, id }) => raw<boolean>`(case_key like ${`%"${team}#%`} and case_key not like ${`%"${id}"%`})`);
  if (session.orgKind === "desk") {
    const others = own.filter(({ team }) => team !== main).map(({ team }) => team);
    for (const team of others) {
      const held = raw<boolean>`case_key like ${`%"${team}#%`}`;
      conditions.push(raw<boolean>`(coalesce(team, '') = ${team} and not ${held})`);
      conditions.push(raw<boolean>`(coalesce(team, '') <> ${team} and ${held})`);
    }
  }
  if (conditions.length === 0) return null;
  const mine = session.orgKind === "desk" ? raw<boolean>`true` : raw<boolean>`org = ${session.org}`;
  return raw<boolean>`(state <> 'closed' and shredded is null and ${mine} and (${raw.join(conditions, raw` or `)}))`;
}
