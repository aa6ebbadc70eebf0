import { mayDo, type schemas } from "@breakwater/contract";
import type { Sql } from "@breakwater/sql";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { IDLE_MS } from "./guard.ts";
import type { Sessions } from "./sessions.ts";
import { tables } from "./tables.ts";

type SessionRow = z.output<typeof schemas.SessionRow>;
type OfPerson = z.output<typeof schemas.OfPersonQuery>;

const MOST = 5_000;

export interface SessionListDeps {
  readonly sql: Sql;
  readonly sessions: Sessions;
  readonly now: () => number;
}

/** Live sessions: one's own, and for administrators those of their organisation. */
export function createSessionList({ sql, sessions, now }: SessionListDeps) {
  const live = () =>
    tables(sql.db)
      .selectFrom("sessions")
      .innerJoin("users", "users.user_id", "sessions.user_id")
      .leftJoin("devices", (join) =>
        join.onRef("devices.user_id", "=", "users.user_id").onRef("devices.thumbprint", "=", "sessions.thumbprint"),
      )
      .selectAll("sessions")
      .select(["users.name", "users.org", "devices.dev", "devices.name as device_name"])
      .where("sessions.ended", "is", null)
      .where("sessions.until", ">", new Date(now()))
      .where("sessions.seen", ">", new Date(now() - IDLE_MS));

  return {
    async list(session: Session, query: OfPerson): Promise<SessionRow[]> {
      const whose = whoseRows(session, query);
      const rows = await live()
        .where("users.org", "=", session.org)
        .$if(whose !== null, (select) => select.where("users.user_id", "=", whose ?? ""))
        .orderBy("sessions.seen", "desc")
        .limit(MOST)
        .execute();
      return rows.map((row) => ({
        session: row.id,
        user: row.user_id,
        name: row.name,
        device: row.dev,
        deviceName: row.device_name ?? "",
        method: row.method,
        created: row.created.toISOString(),
        seen: row.seen.toISOString(),
        until: row.until.toISOString(),
        agent: row.agent,
        prefix: row.prefix,
        managed: row.managed,
        current: row.id === session.id,
      }));
    },

    /** One session: one's own, or as an administrator anybody's of the organisation. */
    async end(session: Session, id: string): Promise<void> {
      const found = await live().where("sessions.id", "=", id).where("users.org", "=", session.org).executeTakeFirst();
      if (found === undefined || (found.user_id !== session.user && !mayDo("managePeople", session)))
        throw new Problem("request.notFound", "There is no such session.");
      await sql.transaction((tx) => sessions.endAll(tx, session, { session: id }));
    },

    /** All of one person's; one's own but this one when nobody is named. */
    async endAll(session: Session, user: string | undefined): Promise<number> {
      if (user === undefined || user === session.user)
        return sql.transaction((tx) => sessions.endAll(tx, session, { users: [session.user], except: session.id }));
      if (!mayDo("managePeople", session)) throw new Problem("who.notAllowed", "Only administrators do this.");
      const known = await tables(sql.db)
        .selectFrom("users")
        .select("user_id")
        .where("user_id", "=", user)
        .where("org", "=", session.org)
        .executeTakeFirst();
      if (known === undefined) throw new Problem("request.notFound", "There is no such person in your organisation.");
      return sql.transaction((tx) => sessions.endAll(tx, session, { users: [user] }));
    },
  };
}

/** The person that a list is about, or null for everybody of the organisation. Throws who.notAllowed. */
export function whoseRows(session: Session, { user, all }: OfPerson): string | null {
  const whose = all === "true" ? null : (user ?? session.user);
  if (whose !== session.user && !mayDo("managePeople", session))
    throw new Problem("who.notAllowed", "Only administrators see what is another person's.");
  return whose;
}
