import type { Tx } from "@breakwater/sql";
import { newId, toBase64url } from "@breakwater/wire";
import type { FastifyReply } from "fastify";
import type { Session } from "../../session.ts";
import {
  COOKIE,
  createGuard,
  hashOf,
  IDLE_MS,
  isOver,
  kindOf,
  sesOf,
  type GuardDeps,
  type SessionGuard,
} from "./guard.ts";
import { tables } from "./tables.ts";

const STAFF_MS = 8 * 3_600_000;
const CUSTOMER_MS = 12 * 3_600_000;
export interface NewSession {
  readonly user: string;
  readonly org: string;
  readonly orgKind: "desk" | "customer";
  readonly jwk: { readonly thumbprint: string; readonly dev: string | undefined };
  readonly address: string;
}

export interface Sessions extends SessionGuard {
  /** In the transaction that signs somebody in; gives the cookie's secret. */
  begin(tx: Tx, session: NewSession): Promise<string>;
  setCookie(reply: FastifyReply, secret: string): void;
  end(session: Session, reply: FastifyReply): Promise<void>;
  alive(session: Session): Promise<boolean>;
  /** Whether the session's key is the one with this thumbprint. */
  answersTo(session: Session, thumbprint: string): Promise<boolean>;
  /** Until when this session lasts. */
  limits(session: Session): Promise<{ readonly idleUntil: Date; readonly until: Date }>;
}

export function createSessions({ sql, ledger, now, origin }: GuardDeps): Sessions {
  return {
    ...createGuard({ sql, ledger, now, origin }),

    async begin(tx, { user, org, orgKind, jwk, address }) {
      const secret = toBase64url(crypto.getRandomValues(new Uint8Array(32)));
      const id = newId("session");
      const created = new Date(now());
      const until = new Date(now() + (orgKind === "desk" ? STAFF_MS : CUSTOMER_MS));
      const hash = hashOf(secret);
      await tables(tx)
        .insertInto("sessions")
        .values({ hash, id, user_id: user, thumbprint: jwk.thumbprint, created, seen: created, until, ended: null })
        .execute();
      const actor = { id: user, kind: kindOf(orgKind), ...(jwk.dev === undefined ? {} : { dev: jwk.dev }) };
      await ledger.append(tx, { v: 1, t: "session.start", org, actor }, { ses: sesOf(id), address });
      return secret;
    },

    setCookie(reply, secret) {
      reply.header("set-cookie", `${COOKIE}=${secret}; Path=/; Secure; HttpOnly; SameSite=Strict`);
    },

    async end(session, reply) {
      await sql.transaction(async (tx) => {
        const ended = await tables(tx)
          .updateTable("sessions")
          .set({ ended: new Date(now()) })
          .where("id", "=", session.id)
          .where("ended", "is", null)
          .returning("id")
          .execute();
        if (ended.length === 0) return;
        const actor = { id: session.user, kind: kindOf(session.orgKind) };
        await ledger.append(tx, { v: 1, t: "session.end", org: session.org, actor }, session.context);
      });
      reply.header("set-cookie", `${COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`);
      // Not "storage": the device key and the checkpoints that this browser has seen outlive a session on purpose.
      reply.header("clear-site-data", '"cache"');
    },

    async alive({ id }) {
      const row = await tables(sql.db)
        .selectFrom("sessions")
        .innerJoin("users", "users.user_id", "sessions.user_id")
        .selectAll("sessions")
        .select("users.suspended")
        .where("id", "=", id)
        .executeTakeFirst();
      return row !== undefined && !row.suspended && !isOver(row, now());
    },

    async answersTo({ id }, thumbprint) {
      const row = await tables(sql.db)
        .selectFrom("sessions")
        .select("thumbprint")
        .where("id", "=", id)
        .executeTakeFirst();
      return row?.thumbprint === thumbprint;
    },

    async limits(session) {
      const row = await tables(sql.db)
        .selectFrom("sessions")
        .select(["seen", "until"])
        .where("id", "=", session.id)
        .executeTakeFirstOrThrow();
      return { idleUntil: new Date(Math.min(row.seen.getTime() + IDLE_MS, row.until.getTime())), until: row.until };
    },
  };
}
