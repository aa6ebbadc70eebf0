import { randomBytes } from "node:crypto";
import type { schemas } from "@breakwater/contract";
import { authTokenHash } from "@breakwater/seal";
import type { Sql } from "@breakwater/sql";
import { equalBytes, fromBase64url, toBase64url } from "@breakwater/wire";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import { actorOf, type Session } from "../../session.ts";
import type { Ledger } from "../ledger/index.ts";
import { Expiring, RateLimit } from "./limits.ts";
import { credentialIn, verifyPasskey, type RelyingParty } from "./passkeys.ts";
import { tables } from "./tables.ts";

/** How long a verification counts (protocol 4.2). */
const FRESH_MS = 5 * 60_000;
const CHALLENGE_MS = 5 * 60_000;
const ATTEMPTS = 10;
const ATTEMPTS_MS = 15 * 60_000;

type Started = z.output<typeof schemas.VerifyStarted>;
type Finish = z.output<typeof schemas.VerifyFinish>;

export interface FreshDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly now: () => number;
  readonly rp: RelyingParty;
}

/** Fresh user verification: that the person is there, not only their browser. It belongs to one session and to nothing else. */
export interface Fresh {
  start(session: Session): Promise<Started>;
  finish(session: Session, given: Finish): Promise<{ readonly until: string }>;
  /** Throws verify.needed unless this session's person showed within five minutes that it is they. */
  require(session: Session): void;
}

export function createFresh({ sql, ledger, now, rp }: FreshDeps): Fresh {
  const challenges = new Expiring<string>(20_000);
  const attempts = new RateLimit(ATTEMPTS, ATTEMPTS_MS);

  const credentialsOf = (user: string) =>
    tables(sql.db).selectFrom("credentials").selectAll().where("user_id", "=", user).execute();

  const fail = async (session: Session, cause?: unknown): Promise<never> => {
    await sql.transaction((tx) =>
      ledger.append(tx, { v: 1, t: "auth.fail", org: session.org, actor: actorOf(session) }, session.context),
    );
    throw new Problem("verify.failed", "That did not show that it is you.", {
      help: "Try again, or use another of your passkeys.",
      cause,
    });
  };

  const byPasskey = async (session: Session, response: unknown): Promise<void> => {
    const challenge = challenges.take(session.id, now());
    const id = credentialIn(response);
    const row = (await credentialsOf(session.user)).find((one) => one.kind === "passkey" && one.id === id);
    if (challenge === undefined || row?.public_key == null) return fail(session);
    const credential = { id, publicKey: row.public_key, counter: row.counter };
    const counter = await verifyPasskey(response, { credential, challenge, rp }).catch((cause: unknown) =>
      fail(session, cause),
    );
    await tables(sql.db).updateTable("credentials").set({ counter }).where("id", "=", id).execute();
  };

  const byPassphrase = async (session: Session, token: string): Promise<void> => {
    const found = await credentialsOf(session.user);
    // Whoever has a passkey uses it: the weaker way would be the way of whoever took the session over.
    if (found.some(({ kind }) => kind === "passkey")) return fail(session);
    const hash = fromBase64url(authTokenHash(token));
    const known = found.some(({ token_hash }) => token_hash !== null && equalBytes(token_hash, hash));
    if (!known) return fail(session);
  };

  return {
    async start(session) {
      const found = await credentialsOf(session.user);
      const passkeys = found.filter(({ kind }) => kind === "passkey").map(({ id }) => id);
      const challenge = toBase64url(randomBytes(32));
      challenges.set(session.id, challenge, now() + CHALLENGE_MS);
      return {
        method: passkeys.length > 0 ? "passkey" : "passphrase",
        challenge,
        rpId: rp.id,
        credentials: passkeys,
        salt: found.find(({ kind }) => kind === "passphrase")?.salt ?? null,
      };
    },

    async finish(session, given) {
      if (!attempts.allow(session.user, now()))
        throw new Problem("request.rateLimited", "Too many attempts for this account.", {
          help: "Wait a quarter of an hour.",
        });
      if (given.kind === "passkey") await byPasskey(session, given.response);
      else await byPassphrase(session, given.token);
      attempts.forget(session.user);
      const verified = new Date(now());
      await tables(sql.db).updateTable("sessions").set({ verified }).where("id", "=", session.id).execute();
      return { until: new Date(now() + FRESH_MS).toISOString() };
    },

    require({ auth }) {
      if (auth.freshSeconds !== undefined && auth.freshSeconds * 1000 < FRESH_MS) return;
      throw new Problem("verify.needed", "Show that it is you before this is done.", {
        help: "Use your passkey, or your passphrase where you have none.",
      });
    },
  };
}
