import { createHmac, randomBytes } from "node:crypto";
import { authTokenHash, recoveryTokenHash, thumbprint, type PublicJwk } from "@breakwater/seal";
import type { Sql } from "@breakwater/sql";
import { equalBytes, fromBase64url, toBase64url } from "@breakwater/wire";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Problem } from "../../errors.ts";
import type { Ledger } from "../ledger/index.ts";
import { Expiring, RateLimit } from "./limits.ts";
import { challengeIn, credentialIn, refused, verifyPasskey, type RelyingParty } from "./passkeys.ts";
import { kindOf } from "./guard.ts";
import type { Sessions } from "./sessions.ts";
import { tables, type OrgRow, type UserRow } from "./tables.ts";

const CHALLENGE_MS = 5 * 60_000;
const ATTEMPTS = 10;
const ATTEMPTS_MS = 15 * 60_000;

export interface SignInDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly sessions: Sessions;
  readonly now: () => number;
  readonly rp: RelyingParty;
  /** Makes the salts of addresses that nobody has; the same after a restart, like real ones. */
  readonly decoySecret: Uint8Array;
}
export interface SignedInPerson {
  readonly user: UserRow;
  readonly deviceKnown: boolean;
}
interface Attempt {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly device: PublicJwk;
}

export interface SignIn {
  passkeyStart(): { readonly challenge: string; readonly rpId: string };
  passkeyFinish(response: unknown, attempt: Attempt): Promise<SignedInPerson>;
  /** Answers for unknown addresses too, always the same salt for the same address: nobody learns who is enrolled. */
  passphraseStart(email: string): Promise<{ readonly salt: string }>;
  passphraseFinish(
    given: { readonly email: string; readonly token: string },
    attempt: Attempt,
  ): Promise<SignedInPerson>;
  /** By the token of the recovery words (protocol 3). The log says that the words were used. */
  recoveryFinish(given: { readonly email: string; readonly token: string }, attempt: Attempt): Promise<SignedInPerson>;
}

type Person = UserRow & { readonly kind: OrgRow["kind"] };

export function createSignIn(deps: SignInDeps): SignIn {
  const { sql, ledger, now, rp } = deps;
  const challenges = new Expiring<true>(20_000);
  const attempts = new RateLimit(ATTEMPTS, ATTEMPTS_MS);
  // Addresses that nobody has are limited alike, in a memory of their own: however many are tried, no person's count is lost.
  const passkeyFailures = new RateLimit(ATTEMPTS, ATTEMPTS_MS);
  const strangers = new RateLimit(ATTEMPTS, ATTEMPTS_MS);

  const personOf = (column: "user_id" | "email", value: string): Promise<Person | undefined> => {
    const query = tables(sql.db)
      .selectFrom("users")
      .innerJoin("orgs", "orgs.org", "users.org")
      .selectAll("users")
      .select("orgs.kind");
    const found =
      column === "user_id"
        ? query.where("user_id", "=", value)
        : query.where((where) => where(where.fn<string>("lower", ["email"]), "=", value.toLowerCase()));
    return found.executeTakeFirst();
  };

  const credentialsOf = (user: string) =>
    tables(sql.db)
      .selectFrom("credentials")
      .selectAll()
      .where("user_id", "=", user)
      .where("kind", "=", "passphrase")
      .execute();

  /** Who has this address. Counted before it is tried: attempts that arrive together are still no more than the limit allows. */
  const allow = async (email: string): Promise<Person> => {
    const person = await personOf("email", email);
    const allowed =
      person === undefined ? strangers.allow(email.toLowerCase(), now()) : attempts.allow(person.user_id, now());
    if (!allowed)
      throw new Problem("request.rateLimited", "Too many attempts for this account.", {
        help: "Wait a quarter of an hour, or use a passkey.",
      });
    if (person === undefined) throw refused();
    return person;
  };

  const fail = async (person: Person, request: FastifyRequest): Promise<never> => {
    await sql.transaction(async (tx) => {
      await ledger.append(
        tx,
        { v: 1, t: "auth.fail", org: person.org, actor: { id: person.user_id, kind: kindOf(person.kind) } },
        { address: request.ip },
      );
    });
    throw refused();
  };

  return {
    passkeyStart() {
      const challenge = toBase64url(randomBytes(32));
      challenges.set(challenge, true, now() + CHALLENGE_MS);
      return { challenge, rpId: rp.id };
    },

    async passkeyFinish(response, attempt) {
      const challenge = challengeIn(response);
      if (!challenges.take(challenge, now())) throw refused();
      const row = await tables(sql.db)
        .selectFrom("credentials")
        .selectAll()
        .where("id", "=", credentialIn(response))
        .where("kind", "=", "passkey")
        .executeTakeFirst();
      const person = row === undefined ? undefined : await personOf("user_id", row.user_id);
      if (row === undefined || row.public_key === null || person === undefined) throw refused();
      const credential = { id: row.id, publicKey: row.public_key, counter: row.counter };
      const value = await verifyPasskey(response, { credential, challenge, rp }).catch(() => {
        // Nobody guesses a passkey: the limit is the log's.
        if (!passkeyFailures.allow(person.user_id, now())) throw refused();
        return fail(person, attempt.request);
      });
      return begin(deps, person, attempt, { id: row.id, value });
    },

    async passphraseStart(email) {
      const person = await personOf("email", email);
      const [credential] = person === undefined ? [] : await credentialsOf(person.user_id);
      const decoy = createHmac("sha256", deps.decoySecret).update(email.toLowerCase()).digest().subarray(0, 16);
      return { salt: credential?.salt ?? toBase64url(decoy) };
    },

    async passphraseFinish({ email, token }, attempt) {
      const person = await allow(email);
      const hash = fromBase64url(authTokenHash(token));
      const [credential] = await credentialsOf(person.user_id);
      if (credential?.token_hash == null || !equalBytes(credential.token_hash, hash))
        return fail(person, attempt.request);
      const signedIn = await begin(deps, person, attempt);
      attempts.forget(person.user_id);
      return signedIn;
    },

    recoveryFinish: ({ email, token }, attempt) => byWords(deps, { allow, fail, attempts }, { email, token, attempt }),
  };
}

/** Starts the session on the device that the caller holds the key of. */
async function begin(
  { sql, sessions }: SignInDeps,
  person: Person,
  { request, reply, device }: Attempt,
  counter?: { readonly id: string; readonly value: number },
): Promise<SignedInPerson> {
  const proof = await sessions.proofOf(request);
  const print = thumbprint(device);
  // The session will answer to this key only, so whoever signs in shows that they hold it.
  if (proof.thumbprint !== print)
    throw new Problem("session.proofInvalid", "The request's proof is by another key than the device's.");
  if (person.standing !== "active") throw new Problem("session.refused", "This account is suspended.");
  const known = await tables(sql.db)
    .selectFrom("devices")
    .select(["dev", "standing"])
    .where("user_id", "=", person.user_id)
    .where("thumbprint", "=", print)
    .executeTakeFirst();
  if (known?.standing === "suspended" || known?.standing === "revoked")
    throw new Problem("session.refused", "This browser was taken off the account.", {
      help: "Use another one, or ask an administrator of your organisation.",
    });
  const secret = await sql.transaction(async (tx) => {
    if (counter)
      await tables(tx)
        .updateTable("credentials")
        .set({ counter: counter.value })
        .where("id", "=", counter.id)
        .execute();
    return sessions.begin(tx, request, {
      user: person.user_id,
      org: person.org,
      orgKind: person.kind,
      jwk: { thumbprint: print, dev: known?.dev },
      method: counter === undefined ? "passphrase" : "passkey",
    });
  });
  sessions.setCookie(reply, secret);
  return { user: person, deviceKnown: known !== undefined };
}

interface Guards {
  allow(email: string): Promise<Person>;
  fail(person: Person, request: FastifyRequest): Promise<never>;
  readonly attempts: RateLimit;
}

async function byWords(
  deps: SignInDeps,
  { allow, fail, attempts }: Guards,
  { email, token, attempt }: { readonly email: string; readonly token: string; readonly attempt: Attempt },
): Promise<SignedInPerson> {
  const { sql, ledger } = deps;
  const person = await allow(email);
  const known = await tables(sql.db)
    .selectFrom("recoveries")
    .selectAll()
    .where("user_id", "=", person.user_id)
    .executeTakeFirst();
  if (known === undefined || !equalBytes(known.token_hash, recoveryTokenHash(fromBase64url(token))))
    return fail(person, attempt.request);
  const signedIn = await begin(deps, person, attempt);
  attempts.forget(person.user_id);
  const actor = { id: person.user_id, kind: kindOf(person.kind) };
  await sql.transaction((tx) =>
    ledger.append(
      tx,
      { v: 1, t: "key.bind", org: person.org, actor, what: "recovered" },
      { address: attempt.request.ip },
    ),
  );
  return signedIn;
}
