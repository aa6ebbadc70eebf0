import { mayDo, PATHS, type Action } from "@breakwater/contract";
import { parsePublicJwk, SealError, verifyProof, type PublicJwk, type VerifiedProof } from "@breakwater/seal";
import type { Sql } from "@breakwater/sql";
import { domainHash, toBase64url, utf8 } from "@breakwater/wire";
import type { FastifyRequest } from "fastify";
import { sql as raw } from "kysely";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { networkPrefix, type Ledger, type LeafContext } from "../ledger/index.ts";
import { Expiring, RateLimit } from "./limits.ts";
import { tables, type AccountsTables } from "./tables.ts";

export const COOKIE = "__Host-breakwater";
const PROOF_SECONDS = 60;
export const IDLE_MS = 15 * 60_000;
/** `seen` is written at most this often; the idle limit is exact to this much. */
const SEEN_MS = 15_000;

/** What a browser that waits for approval may do: see that it waits, and leave. */
const WAITING_MAY: ReadonlySet<string> = new Set([PATHS.me, PATHS.session]);

export interface GuardDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly now: () => number;
  /** Where browsers reach us: what a proof's htu must begin with. */
  readonly origin: string;
}

export interface SessionGuard {
  /** Protocol 4: the cookie and the device key's proof, both, on every request. */
  guard(request: FastifyRequest, action?: Action): Promise<Session>;
  /** The proof alone, where nobody is signed in yet: says which key the caller holds. */
  proofOf(request: FastifyRequest): Promise<VerifiedProof>;
}

interface Found {
  readonly row: AccountsTables["sessions"];
  readonly session: Session;
  readonly device: AccountsTables["devices"]["standing"] | null;
}

export function createGuard({ sql, ledger, now, origin }: GuardDeps): SessionGuard {
  const proofs = new Expiring<true>(200_000);
  const refusals = new RateLimit(1, 60_000);
  const known = new WeakMap<FastifyRequest, Session>();

  const proofOf = async (request: FastifyRequest): Promise<VerifiedProof> => {
    const header = request.headers["dpop"];
    if (typeof header !== "string")
      throw new Problem("session.proofInvalid", "The request carries no proof by this device's key.");
    const seconds = Math.floor(now() / 1000);
    let proof: VerifiedProof;
    try {
      const url = `${origin}${request.url}`;
      proof = await verifyProof(header, { method: request.method, url, now: seconds, maxAgeSeconds: PROOF_SECONDS });
    } catch (cause) {
      if (cause instanceof SealError) throw new Problem("session.proofInvalid", cause.message, { cause });
      throw cause;
    }
    const key = `${proof.thumbprint} ${proof.jti}`;
    if (proofs.get(key, now()))
      throw new Problem("session.proofInvalid", "This proof was used before. Each request needs its own.");
    // A proof may be as far ahead as behind, so it is remembered for both.
    proofs.set(key, true, now() + 2 * PROOF_SECONDS * 1000);
    return proof;
  };

  const authenticate = async (request: FastifyRequest): Promise<Session> => {
    const secret = readCookie(request);
    if (secret === null) throw new Problem("session.missing", "Nobody is signed in here.", { help: "Sign in." });
    // The session first: proofs of people who have none are neither verified nor remembered, so they push nobody's out.
    const found = await findSession(sql, secret, { address: request.ip, time: now() });
    if (found === null) throw new Problem("session.missing", "Nobody is signed in here.", { help: "Sign in." });
    const proof = await proofOf(request);
    const { row, session } = found;
    const time = now();
    if (isOver(row, time)) {
      throw new Problem("session.expired", "This session has ended.", { help: "Sign in again." });
    }
    if (row.thumbprint !== proof.thumbprint) {
      if (refusals.allow(row.id, time)) await recordRefusal(session);
      throw new Problem(
        "session.refused",
        "This session belongs to another device. A copied cookie opens nothing here.",
      );
    }
    if (session.suspended) throw new Problem("session.refused", "This account is suspended.");
    if (found.device === "suspended" || found.device === "revoked")
      throw new Problem("session.refused", "This browser was taken off the account.");
    if (session.devicePending && !WAITING_MAY.has(request.routeOptions.url ?? ""))
      throw new Problem("device.pending", "This browser waits for approval.", {
        help: "Approve it from another browser of yours, or ask an administrator of your organisation.",
      });
    const place = placeOf(row.prefix, networkPrefix(request.ip) ?? "");
    if (place === "moved" && session.orgKind === "desk") {
      await recordMove(session);
      throw new Problem("session.expired", "You changed to another network, so this session has ended.", {
        help: "Sign in again.",
      });
    }
    if (time - row.seen.getTime() > SEEN_MS || typeof place === "object") {
      await tables(sql.db)
        .updateTable("sessions")
        .set({ seen: new Date(time), ...(typeof place === "object" ? { prefix: place.pinned } : {}) })
        .where("id", "=", row.id)
        .execute();
    }
    return session;
  };

  /** Somebody presents a cookie without its key: its owner should read that. */
  const recordRefusal = async ({ org, user, orgKind, context }: Session): Promise<void> => {
    await sql.transaction(async (tx) => {
      await ledger.append(tx, { v: 1, t: "auth.fail", org, actor: { id: user, kind: kindOf(orgKind) } }, context);
    });
  };

  /** Staff work from where they signed in (reference/vault.md 5.2): whoever carries a session elsewhere has it no more. */
  const recordMove = async ({ id, org, user, orgKind, context }: Session): Promise<void> => {
    await sql.transaction(async (tx) => {
      const ended = await tables(tx)
        .updateTable("sessions")
        .set({ ended: new Date(now()) })
        .where("id", "=", id)
        .where("ended", "is", null)
        .returning("id")
        .execute();
      if (ended.length === 0) return;
      await ledger.append(tx, { v: 1, t: "session.moved", org, actor: { id: user, kind: kindOf(orgKind) } }, context);
    });
  };

  return {
    proofOf,
    async guard(request, action) {
      const session = known.get(request) ?? (await authenticate(request));
      known.set(request, session);
      if (action !== undefined && !mayDo(action, session)) {
        throw new Problem("who.notAllowed", "Your role does not allow this.", {
          help: "Ask an administrator of your organisation.",
        });
      }
      return session;
    },
  };
}

async function findSession(
  sql: Sql,
  secret: string,
  { address, time }: { readonly address: string; readonly time: number },
): Promise<Found | null> {
  const found = await tables(sql.db)
    .selectFrom("sessions")
    .innerJoin("users", "users.user_id", "sessions.user_id")
    .innerJoin("orgs", "orgs.org", "users.org")
    .leftJoin("devices", (join) =>
      join.onRef("devices.user_id", "=", "users.user_id").onRef("devices.thumbprint", "=", "sessions.thumbprint"),
    )
    .selectAll("sessions")
    .select([
      "users.name",
      "users.role",
      "users.standing",
      "users.vendor",
      "users.org",
      "orgs.kind",
      "orgs.name as org_name",
      "devices.dev",
      "devices.jwk",
      "devices.standing as device_standing",
    ])
    .select(
      raw<
        string[]
      >`coalesce((select array_agg(team) from team_members where team_members.user_id = users.user_id), '{}')`.as(
        "teams",
      ),
    )
    .where("sessions.hash", "=", hashOf(secret))
    .executeTakeFirst();
  if (found === undefined) return null;
  const context: LeafContext = { ses: sesOf(found.id), address };
  const session: Session = {
    id: found.id,
    user: found.user_id,
    name: found.name,
    role: found.role,
    org: found.org,
    orgKind: found.kind,
    orgName: found.org_name,
    suspended: found.standing !== "active",
    // A browser that waits for approval is no device yet: nothing is signed with it.
    device:
      found.dev === null || found.jwk === null || found.device_standing === "pending"
        ? null
        : { dev: found.dev, jwk: readJwk(found.jwk) },
    devicePending: found.device_standing === "pending",
    teams: found.teams,
    vendor: found.vendor,
    managedDevice: found.managed,
    auth: {
      method: found.method,
      ...(found.verified === null
        ? {}
        : { freshSeconds: Math.max(0, Math.floor((time - found.verified.getTime()) / 1000)) }),
    },
    context,
  };
  return { row: found, session, device: found.device_standing };
}

export function isOver(
  { ended, until, seen }: Pick<AccountsTables["sessions"], "ended" | "until" | "seen">,
  time: number,
): boolean {
  return ended !== null || until.getTime() <= time || seen.getTime() + IDLE_MS <= time;
}

/**
 * A session is pinned to the network it began on. Browsers change between IPv4 and IPv6 as they please, so the first network
 * of the other family is pinned beside it; any further one is another place.
 */
function placeOf(pinned: string, prefix: string): "same" | "moved" | { readonly pinned: string } {
  const known = pinned.split(" ").filter((one) => one !== "");
  if (known.includes(prefix)) return "same";
  const familiar = known.some((one) => one.includes(":") === prefix.includes(":"));
  return familiar ? "moved" : { pinned: [...known, prefix].join(" ") };
}

function readJwk(text: string): PublicJwk {
  return parsePublicJwk(JSON.parse(text));
}

export function kindOf(orgKind: "desk" | "customer"): "staff" | "customer" {
  return orgKind === "desk" ? "staff" : "customer";
}

export function sesOf(id: string): string {
  return toBase64url(domainHash("session", utf8(id)));
}

export function hashOf(secret: string): Uint8Array {
  return domainHash("cookie", utf8(secret));
}

function readCookie(request: FastifyRequest): string | null {
  const header = request.headers.cookie ?? "";
  for (const pair of header.split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === COOKIE && value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value)) return value;
  }
  return null;
}
