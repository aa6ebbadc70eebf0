import { randomBytes } from "node:crypto";
import type { schemas } from "@breakwater/contract";
import { authTokenHash, recoveryTokenHash } from "@breakwater/seal";
import { isDuplicate, type Sql, type Tx } from "@breakwater/sql";
import { fromBase64url, toBase64url } from "@breakwater/wire";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { Ledger } from "../ledger/index.ts";
import { checkAct } from "./acts.ts";
import { Expiring } from "./limits.ts";
import { readNewPasskey, type RelyingParty } from "./passkeys.ts";
import type { Sessions } from "./sessions.ts";
import { tables } from "./tables.ts";

const CHALLENGE_MS = 5 * 60_000;
const MOST_PASSKEYS = 10;

type NewUnlock = z.output<typeof schemas.NewUnlock>;
type Wrap = z.output<typeof schemas.UkWrap>;

export interface UnlocksDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly sessions: Sessions;
  readonly now: () => number;
  readonly rp: RelyingParty;
}

/** Further ways to unlock: another passkey, a new passphrase, the recovery words. The caller saw that the person is there. */
export function createUnlocks({ sql, ledger, sessions, now, rp }: UnlocksDeps) {
  const challenges = new Expiring<string>(20_000);
  return {
    start(session: Session) {
      const challenge = toBase64url(randomBytes(32));
      challenges.set(session.id, challenge, now() + CHALLENGE_MS);
      return { challenge, rp: { id: rp.id, name: rp.name } };
    },

    /** Replaces the words that were there before. */
    async putRecovery(session: Session, { token, wrap, split, act }: z.output<typeof schemas.PutRecovery>) {
      checkWrap(wrap, "recovery");
      const draft = await checkAct(session, act, { t: "key.bind", org: session.org }, now());
      if (draft.what !== "recovery") throw new Problem("act.invalid", "The act is not about recovery words.");
      const row = {
        token_hash: recoveryTokenHash(fromBase64url(token)),
        holders: split?.holders ?? null,
        needed: split?.needed ?? null,
        created: new Date(now()),
      };
      await sql.transaction(async (tx) => {
        await tables(tx)
          .insertInto("recoveries")
          .values({ user_id: session.user, ...row })
          .onConflict((conflict) => conflict.column("user_id").doUpdateSet(row))
          .execute();
        await replaceWrap(tx, session.user, wrap);
        await ledger.append(tx, draft, session.context);
      });
    },

    async add(session: Session, { credential, wrap, endOthers, act }: NewUnlock): Promise<void> {
      const method = credential.kind === "passkey" ? "prf" : "passphrase";
      checkWrap(wrap, method);
      const draft = await checkAct(session, act, { t: "key.bind", org: session.org }, now());
      if (draft.what !== `unlock:${method}`)
        throw new Problem("act.invalid", "The act is about another way to unlock.");
      const row = await credentialRow(session, credential);
      if (method === "prf" && wrap.id !== row.id)
        throw new Problem("request.invalid", "The keys are wrapped to another passkey.");
      await sql
        .transaction(async (tx) => {
          if (method === "passphrase") await dropPassphrase(tx, session.user);
          await tables(tx).insertInto("credentials").values(row).execute();
          await replaceWrap(tx, session.user, wrap);
          await ledger.append(tx, draft, session.context);
          if (endOthers) await sessions.endAll(tx, session, { users: [session.user], except: session.id });
        })
        .catch((error: unknown) => {
          throw isDuplicate(error) ? new Problem("request.conflict", "This passkey is known already.") : error;
        });
    },
  };

  async function credentialRow(session: Session, credential: NewUnlock["credential"]) {
    const common = { user_id: session.user, created: new Date(now()) };
    if (credential.kind === "passphrase") {
      return {
        ...common,
        kind: "passphrase" as const,
        id: `passphrase:${session.user}`,
        public_key: null,
        counter: 0,
        salt: credential.salt,
        token_hash: fromBase64url(authTokenHash(credential.token)),
      };
    }
    const challenge = challenges.take(session.id, now());
    if (challenge === undefined) throw new Problem("request.invalid", "The passkey took too long. Try again.");
    const { count } = await tables(sql.db)
      .selectFrom("credentials")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("user_id", "=", session.user)
      .executeTakeFirstOrThrow();
    if (Number(count) >= MOST_PASSKEYS)
      throw new Problem("request.conflict", `You have ${MOST_PASSKEYS} passkeys, which is the most.`);
    const { id, publicKey, counter } = await readNewPasskey(credential.response, challenge, rp);
    return { ...common, kind: "passkey" as const, id, public_key: publicKey, counter, salt: null, token_hash: null };
  }
}

function checkWrap(wrap: Wrap, method: Wrap["method"]): void {
  if (wrap.method !== method) throw new Problem("request.invalid", "The wrap is for another way to unlock.");
}

async function dropPassphrase(tx: Tx, user: string): Promise<void> {
  await tables(tx).deleteFrom("credentials").where("user_id", "=", user).where("kind", "=", "passphrase").execute();
  await tables(tx).deleteFrom("uk_wraps").where("user_id", "=", user).where("method", "=", "passphrase").execute();
}

async function replaceWrap(tx: Tx, user: string, { method, id, wrapped, salt }: Wrap): Promise<void> {
  if (method === "recovery")
    await tables(tx).deleteFrom("uk_wraps").where("user_id", "=", user).where("method", "=", "recovery").execute();
  await tables(tx)
    .insertInto("uk_wraps")
    .values({ user_id: user, method, id, wrapped, salt: salt ?? null })
    .execute();
}
