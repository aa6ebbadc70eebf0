import type { schemas } from "@breakwater/contract";
import type { Trust } from "@breakwater/seal";
import type { Sql } from "@breakwater/sql";
import type { z } from "zod";
import type { Session } from "../../session.ts";
import { findStatements } from "./statements.ts";
import { tables } from "./tables.ts";

type Team = z.output<typeof schemas.Team>;
type TeamKey = z.output<typeof schemas.TeamKey>;

/** Teams of an organisation, who is in them, and their keys as the members get them. */
export function createTeamList(sql: Sql) {
  return {
    async list(session: Session): Promise<Team[]> {
      const rows = await tables(sql.db)
        .selectFrom("teams")
        .selectAll()
        .where("org", "=", session.org)
        .orderBy("created")
        .orderBy("team")
        .execute();
      const members = await tables(sql.db)
        .selectFrom("team_members")
        .innerJoin("teams", "teams.team", "team_members.team")
        .select(["team_members.team", "team_members.user_id"])
        .where("teams.org", "=", session.org)
        .orderBy("team_members.since")
        .execute();
      return rows.map(({ team, org, name, epoch, created }, i) => ({
        team,
        org,
        name,
        epoch,
        main: i === 0,
        created: created.toISOString(),
        members: members.filter((one) => one.team === team).map(({ user_id }) => user_id),
      }));
    },

    /** Teams of the session's organisation that somebody is still in who was removed for good. */
    async toRotate(session: Session): Promise<{ readonly team: string; readonly remove: string[] }[]> {
      const rows = await tables(sql.db)
        .selectFrom("team_members")
        .innerJoin("teams", "teams.team", "team_members.team")
        .innerJoin("users", "users.user_id", "team_members.user_id")
        .select(["team_members.team", "team_members.user_id"])
        .where("teams.org", "=", session.org)
        .where("users.standing", "=", "revoked")
        .execute();
      const byTeam = new Map<string, string[]>();
      for (const { team, user_id } of rows) byTeam.set(team, [...(byTeam.get(team) ?? []), user_id]);
      return [...byTeam].map(([team, remove]) => ({ team, remove }));
    },

    /** What a person needs to open what their teams may open. */
    keysOf: (user: string, org: string): Promise<TeamKey[]> => keysOf(sql, user, org),
  };
}

export type TeamList = ReturnType<typeof createTeamList>;

async function keysOf(sql: Sql, user: string, org: string): Promise<TeamKey[]> {
  const rows = await tables(sql.db)
    .selectFrom("team_members")
    .innerJoin("teams", "teams.team", "team_members.team")
    .leftJoin("team_wraps", (join) =>
      join
        .onRef("team_wraps.team", "=", "teams.team")
        .onRef("team_wraps.epoch", "=", "teams.epoch")
        .onRef("team_wraps.user_id", "=", "team_members.user_id"),
    )
    .select(["teams.team", "teams.epoch", "team_wraps.enc", "team_wraps.ct"])
    .where("team_members.user_id", "=", user)
    .execute();
  if (rows.length === 0) return [];
  const statements = await findStatements(sql.db, { orgs: [org], types: ["team"] });
  return rows.map(({ team, epoch, enc, ct }) => ({
    org,
    team,
    epoch,
    wrap: enc === null || ct === null ? null : { enc, ct },
    earlier: statements.flatMap(({ body }) =>
      body.t === "team" && body.team === team && body.prev !== undefined
        ? [{ epoch: body.epoch, prev: { ...body.prev } }]
        : [],
    ),
  }));
}

/** The teams that a case is sealed to: the first of each side, and the one that works on it. */
export function teamsOfCase(trust: Trust, org: string, working: string | null): readonly string[] {
  const own = trust.mainTeam(org)?.id;
  const desk = trust.mainTeam(trust.desk.id)?.id;
  const named = trust.teams(trust.desk.id).find(({ team }) => team === working)?.id;
  return [...new Set([own, desk, named].filter((id) => id !== undefined))];
}
