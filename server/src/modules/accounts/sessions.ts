import type { Tx } from "@breakwater/sql";
import { newId, toBase64url } from "@breakwater/wire";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ExpressionBuilder } from "kysely";
import { actorOf, type Session } from "../../session.ts";
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
import { networkPrefix } from "../ledger/index.ts";
import { tables, type AccountsTables, type AuthMethod } from "./tables.ts";

const STAFF_MS = 8 * 3_600_000;
const CUSTOMER_MS = 12 * 3_600_000;
export interface SessionsDeps extends GuardDeps {
  /** Whether a trusted proxy vouches for the device that a request comes from. */
  readonly isManaged: (request: FastifyRequest) => boolean | null;
}
export interface NewSession {
  readonly user: string;
  readonly org: string;
  readonly orgKind: "desk" | "customer";
  readonly jwk: { readonly thumbprint: string; readonly dev: string | undefined };
  /** How the person showed just now that it is they. */
  readonly method: AuthMethod;
}

export interface WhichSessions {
  readonly users?: readonly string[];
  readonly device?: string;
  readonly session?: string;
  readonly except?: string;
}

export interface Sessions extends SessionGuard {
  /** In the transaction that signs somebody in; gives the cookie's secret. */
  begin(tx: Tx, request: FastifyRequest, session: NewSession): Promise<string>;
  setCookie(reply: FastifyReply, secret: string): void;
  end(session: Session, reply: FastifyReply): Promise<void>;
  /** Ends live sessions in the caller's transaction, with a leaf each: their pages and streams hear of it. Gives their number. */
  endAll(tx: Tx, by: Session, which: WhichSessions): Promise<number>;
  alive(session: Session): Promise<boolean>;
  /** Whether the session's key is the one with this thumbprint. */
  answersTo(session: Session, thumbprint: string): Promise<boolean>;
  /** Until when this session lasts. */
  limits(session: Session): Promise<{ readonly idleUntil: Date; readonly until: Date }>;
}

function chosen(where: ExpressionBuilder<AccountsTables, "sessions">, { users, device, session }: WhichSessions) {
  if (session !== undefined) return where("id", "=", session);
  if (device === undefined) return users?.length ? where("user_id", "in", [...users]) : where.lit(false);
  return where.exists(
    where
      .selectFrom("devices")
      .select("devices.dev")
      .where("devices.dev", "=", device)
      .whereRef("devices.user_id", "=", "sessions.user_id")
      .whereRef("devices.thumbprint", "=", "sessions.thumbprint"),
  );
}

/** What a browser calls itself is long and says nothing certain: enough of it to know one's own again. */
function agentOf(request: FastifyRequest): string {
  const agent = request.headers["user-agent"] ?? "";
  return agent.replace(/[^\x20-\x7e]/g, "").slice(0, 200);
}

export function createSessions({ sql, ledger, now, origin, isManaged }: SessionsDeps): Sessions {
  return {
    ...createGuard({ sql, ledger, now, origin }),

    async begin(tx, request, { user, org, orgKind, jwk, method }) {
      const secret = toBase64url(crypto.getRandomValues(new Uint8Array(32)));
      const id = newId("session");
      const created = new Date(now());
      const until = new Date(now() + (orgKind === "desk" ? STAFF_MS : CUSTOMER_MS));
      const hash = hashOf(secret);
      await tables(tx)
        .insertInto("sessions")
        .values({
          hash,
          id,
          user_id: user,
          thumbprint: jwk.thumbprint,
          created,
          seen: created,
          until,
          ended: null,
          method,
          verified: created,
          managed: isManaged(request),
          agent: agentOf(request),
          prefix: networkPrefix(request.ip) ?? "",
        })
        .execute();
      const actor = { id: user, kind: kindOf(orgKind), ...(jwk.dev === undefined ? {} : { dev: jwk.dev }) };
      await ledger.append(tx, { v: 1, t: "session.start", org, actor }, { ses: sesOf(id), address: request.ip });
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

    async endAll(tx, by, which) {
      const ended = await tables(tx)
        .updateTable("sessions")
        .set({ ended: new Date(now()) })
        .where("ended", "is", null)
        .where((where) => chosen(where, which))
        .$if(which.except !== undefined, (query) => query.where("id", "!=", which.except ?? ""))
        .returning("id")
        .execute();
      for (const { id } of ended)
        await ledger.append(
          tx,
          { v: 1, t: "session.end", org: by.org, actor: actorOf(by) },
          { ...by.context, ses: sesOf(id) },
        );
      return ended.length;
    },

    async alive({ id }) {
      const row = await tables(sql.db)
        .selectFrom("sessions")
        .innerJoin("users", "users.user_id", "sessions.user_id")
        .selectAll("sessions")
        .select("users.standing")
        .where("id", "=", id)
        .executeTakeFirst();
      return row !== undefined && row.standing === "active" && !isOver(row, now());
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
