import { mayDo, type schemas } from "@breakwater/contract";
import type { Sql } from "@breakwater/sql";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import { actorOf, type Session } from "../../session.ts";
import type { Ledger } from "../ledger/index.ts";
import { whoseRows } from "./sessionlist.ts";
import { tables } from "./tables.ts";

type DeviceRow = z.output<typeof schemas.DeviceRow>;

const MOST = 5_000;

/** Enrolled browsers: one's own, and for administrators those of their organisation. Their standing is standing.ts's. */
export function createDevices({ sql, ledger }: { readonly sql: Sql; readonly ledger: Ledger }) {
  return {
    async list(session: Session, query: z.output<typeof schemas.OfPersonQuery>): Promise<DeviceRow[]> {
      const whose = whoseRows(session, query);
      const rows = await tables(sql.db)
        .selectFrom("devices")
        .innerJoin("users", "users.user_id", "devices.user_id")
        .leftJoinLateral(
          (select) =>
            select
              .selectFrom("sessions")
              .select(["sessions.seen", "sessions.agent", "sessions.managed"])
              .whereRef("sessions.user_id", "=", "devices.user_id")
              .whereRef("sessions.thumbprint", "=", "devices.thumbprint")
              .orderBy("sessions.seen", "desc")
              .limit(1)
              .as("last"),
          (join) => join.onTrue(),
        )
        .selectAll("devices")
        .select(["users.name as person_name", "last.seen", "last.agent", "last.managed"])
        .where("users.org", "=", session.org)
        .$if(whose !== null, (select) => select.where("users.user_id", "=", whose ?? ""))
        .orderBy("devices.created", "desc")
        .limit(MOST)
        .execute();
      return rows.map((row) => ({
        device: row.dev,
        user: row.user_id,
        personName: row.person_name,
        name: row.name,
        standing: row.standing,
        created: row.created.toISOString(),
        seen: row.seen?.toISOString() ?? null,
        agent: row.agent ?? "",
        managed: row.managed,
        current: row.dev === session.device?.dev,
      }));
    },

    async rename(session: Session, device: string, name: string): Promise<void> {
      await sql.transaction(async (tx) => {
        const row = await tables(tx)
          .selectFrom("devices")
          .innerJoin("users", "users.user_id", "devices.user_id")
          .select(["devices.user_id", "users.org"])
          .where("dev", "=", device)
          .executeTakeFirst();
        if (row?.org !== session.org || (row.user_id !== session.user && !mayDo("managePeople", session)))
          throw new Problem("request.notFound", "There is no such browser.");
        await tables(tx).updateTable("devices").set({ name }).where("dev", "=", device).execute();
        await ledger.append(
          tx,
          { v: 1, t: "config.change", org: session.org, actor: actorOf(session), what: `device-name:${device}` },
          session.context,
        );
      });
    },
  };
}
