import { mayDo, type schemas } from "@breakwater/contract";
import { statementHash, type Standing, type StandingBody, type Trust } from "@breakwater/seal";
import type { Sql, Tx } from "@breakwater/sql";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { Ledger } from "../ledger/index.ts";
import { checkAct } from "./acts.ts";
import type { Push } from "./push.ts";
import type { Sessions } from "./sessions.ts";
import { putStatement, readStatement, type TrustStore } from "./statements.ts";
import { tables } from "./tables.ts";

type NewStanding = z.output<typeof schemas.NewStanding>;

export interface StandingDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly trusts: TrustStore;
  readonly sessions: Sessions;
  readonly push: Push;
  readonly now: () => number;
}

/** A statement that takes effect is signed now: the server helps nobody to say something for an earlier time. */
const LATE_MS = 60_000;

/** Suspends, resumes and removes people and devices, cuts off vendors, and changes roles: each by a signed statement. */
export function createStanding(deps: StandingDeps) {
  const { sql, ledger, trusts, push, now } = deps;

  /** Whose sessions end, and what the tables say from now on, in the caller's transaction. */
  const apply = async (tx: Tx, session: Session, { of, id, state }: StandingBody, trust: Trust): Promise<void> => {
    if (of === "user") {
      const standing = trust.person(id)?.standing ?? state;
      await tables(tx).updateTable("users").set({ standing }).where("user_id", "=", id).execute();
      if (standing !== "active") await deps.sessions.endAll(tx, session, { users: [id] });
    } else if (of === "device") {
      const standing = trust.device(id)?.standing ?? state;
      await tables(tx).updateTable("devices").set({ standing }).where("dev", "=", id).execute();
      if (standing !== "active") await deps.sessions.endAll(tx, session, { device: id });
    } else if (of === "vendor" && state !== "active") {
      const users = await tables(tx).selectFrom("users").select("user_id").where("vendor", "=", id).execute();
      await deps.sessions.endAll(tx, session, { users: users.map(({ user_id }) => user_id) });
    }
  };

  return {
    async change(session: Session, { statement: sent, act: sentAct }: NewStanding): Promise<{ told: boolean }> {
      const statement = readStatement("standing", sent);
      const { body } = statement;
      checkTime(body.created, now());
      if (body.org !== session.org) throw new Problem("request.notFound", "That is not of your organisation.");
      await checkMay(sql, session, body);
      const trust = await trusts.trust(session.org, [statement]);
      checkCounts(trust, body);
      const t = body.state === "active" ? "key.bind" : "key.revoke";
      const act = await checkAct(session, sentAct, { t, org: session.org }, now());
      if (act.what !== statementHash(statement)) throw actOther();
      await sql.transaction(async (tx) => {
        await putStatement(tx, statement, new Date(now()));
        await apply(tx, session, body, trust);
        await ledger.append(tx, act, session.context);
      });
      return { told: await push.tell(session.org) };
    },

    async role(session: Session, { statement: sent, act: sentAct }: NewStanding): Promise<void> {
      const statement = readStatement("role", sent);
      const { body } = statement;
      checkTime(body.created, now());
      if (!mayDo("managePeople", session)) throw notAllowed();
      const trust = await trusts.trust(session.org, [statement]);
      const person = trust.person(body.user);
      if (body.org !== session.org || person?.org !== session.org)
        throw new Problem("request.notFound", "There is no such person in your organisation.");
      if (body.user === session.user) throw new Problem("request.conflict", "Nobody changes their own role.");
      if (person.role !== body.role)
        throw new Problem("statement.untrusted", "The role is not signed by your key, or is no role of this person.");
      const act = await checkAct(session, sentAct, { t: "config.change", org: session.org }, now());
      if (act.what !== `role:${statementHash(statement)}`) throw actOther();
      await sql.transaction(async (tx) => {
        await putStatement(tx, statement, new Date(now()));
        await tables(tx).updateTable("users").set({ role: body.role }).where("user_id", "=", body.user).execute();
        await ledger.append(tx, act, session.context);
      });
    },
  };
}

function checkTime(created: string, now: number): void {
  if (Math.abs(Date.parse(created) - now) > LATE_MS)
    throw new Problem("statement.untrusted", "The statement was not signed within the last minute.", {
      help: "Check this device's clock and try again.",
    });
}

/** An administrator, for their own organisation's; and everybody for their own devices. */
async function checkMay(sql: Sql, session: Session, { of, id, state }: StandingBody): Promise<void> {
  const administrator = mayDo("managePeople", session);
  if (of === "user") {
    const person = await ownPerson(sql, session.org, id);
    if (!administrator) throw notAllowed();
    if (id === session.user) throw new Problem("request.conflict", "Nobody suspends or removes themself.");
    checkNotForGood(person?.standing);
    if (person === undefined) throw new Problem("request.notFound", "There is no such person in your organisation.");
  } else if (of === "device") {
    const device = await tables(sql.db)
      .selectFrom("devices")
      .innerJoin("users", "users.user_id", "devices.user_id")
      .select(["devices.user_id", "devices.standing", "users.org"])
      .where("dev", "=", id)
      .executeTakeFirst();
    if (device?.org !== session.org || (device.user_id !== session.user && !administrator))
      throw new Problem("request.notFound", "There is no such browser.");
    checkNotForGood(device.standing);
    if (device.standing === "pending" && state === "active" && session.device?.dev === id)
      throw new Problem("who.notAllowed", "A new browser is approved from another one.");
  } else if (!administrator) throw notAllowed();
}

function ownPerson(sql: Sql, org: string, user: string) {
  return tables(sql.db)
    .selectFrom("users")
    .select("standing")
    .where("user_id", "=", user)
    .where("org", "=", org)
    .executeTakeFirst();
}

function checkNotForGood(standing: Standing | "pending" | undefined): void {
  if (standing === "revoked") throw new Problem("request.conflict", "This was removed for good.");
}

/** It chains, and nothing said later overrules it. */
function checkCounts(trust: Trust, { of, id, state, created }: StandingBody): void {
  const about = trust.standings.filter((one) => one.of === of && one.id === id);
  const counts = about.some((one) => one.state === state && one.created === created);
  if (!counts)
    throw new Problem(
      "statement.untrusted",
      "The statement is not signed by your key, or is not about your organisation.",
    );
  if (about.some((one) => one.created > created))
    throw new Problem("request.conflict", "Somebody changed this at the same moment.", {
      help: "Reload and try again.",
    });
}

function actOther(): Problem {
  return new Problem("act.invalid", "The act does not name this statement.");
}

function notAllowed(): Problem {
  return new Problem("who.notAllowed", "Only administrators of the organisation do this.");
}
