import type { schemas } from "@breakwater/contract";
import { keyId, statementHash, type Statement, type TeamBody } from "@breakwater/seal";
import { isDuplicate, type Sql, type Tx } from "@breakwater/sql";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { Ledger } from "../ledger/index.ts";
import { checkAct } from "./acts.ts";
import { putStatement, readStatement, type TrustStore } from "./statements.ts";
import { tables } from "./tables.ts";

type Wraps = z.output<typeof schemas.NewTeam>["wraps"];

export interface TeamsDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly trusts: TrustStore;
  readonly now: () => number;
}

const MOST_TEAMS = 200;

/** Makes teams, adds people to them, and gives them the next key. */
export function createTeams({ sql, ledger, trusts, now }: TeamsDeps) {
  const checked = async (session: Session, sent: unknown): Promise<Statement<TeamBody>> => {
    const statement = readStatement("team", sent);
    const { body } = statement;
    if (body.org !== session.org) throw new Problem("request.notFound", "There is no such team in your organisation.");
    const trusted = (await trusts.trust(session.org, [statement])).team(session.org, keyId(body.team, body.epoch));
    if (trusted?.created !== body.created || trusted.name !== body.name)
      throw new Problem("statement.untrusted", "The team's key is not signed by an administrator's key.");
    return statement;
  };

  return {
    async make(session: Session, input: z.output<typeof schemas.NewTeam>): Promise<void> {
      const statement = await checked(session, input.statement);
      const { team, org, name, epoch } = statement.body;
      if (epoch !== 1) throw new Problem("request.invalid", "A new team begins with its first key.");
      const act = await checkAct(session, input.act, { t: "config.change", org }, now());
      if (act.what !== `team:${statementHash(statement)}`) throw actOther();
      const created = new Date(now());
      await sql
        .transaction(async (tx) => {
          await tables(tx).insertInto("teams").values({ team, org, name, epoch, created }).execute();
          if ((await ownTeams(tx, org)).length > MOST_TEAMS)
            throw new Problem("request.conflict", `An organisation has at most ${MOST_TEAMS} teams.`);
          await checkPeople(tx, org, input.wraps);
          for (const { user } of input.wraps)
            await tables(tx).insertInto("team_members").values({ team, user_id: user, since: created }).execute();
          await putWraps(tx, { team, epoch }, input.wraps);
          await putStatement(tx, statement, created);
          await ledger.append(tx, act, session.context);
        })
        .catch((error: unknown) => {
          throw isDuplicate(error) ? new Problem("request.conflict", "This team exists already.") : error;
        });
    },

    async add(session: Session, team: string, input: z.output<typeof schemas.NewTeamMember>): Promise<void> {
      const { wrap, epoch } = input;
      const act = await checkAct(session, input.act, { t: "config.change", org: session.org }, now());
      if (act.what !== `team-member:${keyId(team, epoch)}:${wrap.user}`) throw actOther();
      await sql.transaction(async (tx) => {
        await lockTeam(tx, session.org, team, epoch);
        await checkPeople(tx, session.org, [wrap]);
        await tables(tx)
          .insertInto("team_members")
          .values({ team, user_id: wrap.user, since: new Date(now()) })
          .onConflict((conflict) => conflict.columns(["team", "user_id"]).doNothing())
          .execute();
        await putWraps(tx, { team, epoch }, [wrap]);
        await ledger.append(tx, act, session.context);
      });
    },

    /**
     * The next epoch, for exactly those whom it is wrapped to. Fresh verification was asked for the removal of people; a rotation
     * that takes out nobody else needs none, so that it can go on in the background. `fresh` throws where it does.
     */
    async rotate(
      session: Session,
      team: string,
      input: z.output<typeof schemas.RotateTeam>,
      fresh: () => void,
    ): Promise<void> {
      const statement = await checked(session, input.statement);
      const { body } = statement;
      if (body.team !== team || body.prev === undefined)
        throw new Problem("request.invalid", "The next key of a team holds the one before.");
      const act = await checkAct(session, input.act, { t: "team.rotate", org: session.org }, now());
      if (act.what !== statementHash(statement)) throw actOther();
      const staying = new Set(input.wraps.map(({ user }) => user));
      await sql.transaction(async (tx) => {
        await lockTeam(tx, session.org, team, body.epoch - 1);
        const members = await membersOf(tx, team);
        if ([...staying].some((user) => !members.some((one) => one.user_id === user)))
          throw new Problem("request.invalid", "A rotation adds nobody to a team.");
        const leaving = members.filter(({ user_id }) => !staying.has(user_id));
        if (leaving.some(({ standing }) => standing !== "revoked")) fresh();
        await checkPeople(tx, session.org, input.wraps);
        for (const { user_id } of leaving)
          await tables(tx).deleteFrom("team_members").where("team", "=", team).where("user_id", "=", user_id).execute();
        await tables(tx)
          .updateTable("teams")
          .set({ epoch: body.epoch, name: body.name })
          .where("team", "=", team)
          .execute();
        await tables(tx).deleteFrom("team_wraps").where("team", "=", team).execute();
        await putWraps(tx, { team, epoch: body.epoch }, input.wraps);
        await putStatement(tx, statement, new Date(now()));
        await ledger.append(tx, act, session.context);
      });
    },
  };
}

function ownTeams(tx: Tx, org: string) {
  return tables(tx).selectFrom("teams").select("team").where("org", "=", org).execute();
}

function membersOf(tx: Tx, team: string) {
  return tables(tx)
    .selectFrom("team_members")
    .innerJoin("users", "users.user_id", "team_members.user_id")
    .select(["team_members.user_id", "users.standing"])
    .where("team_members.team", "=", team)
    .execute();
}

/** The team's row is ours until the transaction ends, and its newest key is the one that the caller worked with. */
async function lockTeam(tx: Tx, org: string, team: string, epoch: number): Promise<void> {
  const row = await tables(tx)
    .selectFrom("teams")
    .select("epoch")
    .where("team", "=", team)
    .where("org", "=", org)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new Problem("request.notFound", "There is no such team in your organisation.");
  if (row.epoch !== epoch)
    throw new Problem("request.conflict", "The team got a new key meanwhile.", { help: "Reload and try again." });
}

/** Keys go to people of the organisation who were not removed, once each. */
async function checkPeople(tx: Tx, org: string, wraps: Wraps): Promise<void> {
  const users = wraps.map(({ user }) => user);
  const known = await tables(tx)
    .selectFrom("users")
    .select("user_id")
    .where("org", "=", org)
    .where("user_id", "in", users)
    .where("standing", "!=", "revoked")
    .execute();
  if (known.length !== users.length)
    throw new Problem(
      "request.invalid",
      "Somebody named here is not of your organisation, was removed, or is named twice.",
    );
}

async function putWraps(tx: Tx, { team, epoch }: { team: string; epoch: number }, wraps: Wraps): Promise<void> {
  for (const { user, enc, ct } of wraps)
    await tables(tx)
      .insertInto("team_wraps")
      .values({ team, epoch, user_id: user, enc, ct })
      .onConflict((conflict) => conflict.columns(["team", "epoch", "user_id"]).doUpdateSet({ enc, ct }))
      .execute();
}

function actOther(): Problem {
  return new Problem("act.invalid", "The act does not name this change.");
}
