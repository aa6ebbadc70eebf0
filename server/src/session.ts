import type { Action, OrgKind, Role } from "@breakwater/contract";
import type { PublicJwk } from "@breakwater/seal";
import type { FastifyInstance, FastifyRequest, RawServerDefault } from "fastify";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger } from "fastify";
import type { ZodTypeProvider } from "@fastify/type-provider-zod";
import type { AuthMethod } from "./modules/accounts/face.ts";
import type { LeafContext } from "./modules/ledger/face.ts";

/** What modules mount their routes on: requests and answers are checked by the contract's zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Who makes a request: a live session, proven by cookie and device key. */
export interface Session {
  readonly id: string;
  readonly user: string;
  readonly name: string;
  readonly role: Role;
  readonly org: string;
  readonly orgKind: OrgKind;
  readonly orgName: string;
  readonly suspended: boolean;
  /** The device that this session's key belongs to; null until the person's statement about it is stored. */
  readonly device: { readonly dev: string; readonly jwk: PublicJwk } | null;
  /** The device is enrolled and waits for approval. */
  readonly devicePending: boolean;
  /** Ids of the teams that the person is a member of. */
  readonly teams: readonly string[];
  /** The outsourced company whose person this is. */
  readonly vendor: string | null;
  /** Whether a trusted proxy saw a certificate of the organisation's device management when the session began; null where none is asked. */
  readonly managedDevice: boolean | null;
  /** How the person last showed that it is they, and how long ago. */
  readonly auth: { readonly method: AuthMethod; readonly freshSeconds?: number };
  /** For leaves that this request causes. */
  readonly context: LeafContext;
}

/** Throws session.* when nobody is signed in, who.notAllowed when the table says no. */
export type Guard = (request: FastifyRequest, action?: Action) => Promise<Session>;

/** `actor` of a leaf. */
export function actorOf(session: Session): {
  readonly id: string;
  readonly kind: "staff" | "customer";
  readonly dev?: string;
} {
  const kind = session.orgKind === "desk" ? "staff" : "customer";
  return { id: session.user, kind, ...(session.device === null ? {} : { dev: session.device.dev }) };
}
