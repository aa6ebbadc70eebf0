import type { schemas } from "@breakwater/contract";
import { thumbprint, type Trust } from "@breakwater/seal";
import { isDuplicate, type Sql, type Tx } from "@breakwater/sql";
import { canonicalize, domainHash, toBase64url, utf8, type Json } from "@breakwater/wire";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { Ledger } from "../ledger/index.ts";
import { readAct } from "./acts.ts";
import { kindOf } from "./guard.ts";
import type { Sessions } from "./sessions.ts";
import type { TeamList } from "./teamlist.ts";
import { putStatement, readStatement, type TrustStore } from "./statements.ts";
import { tables } from "./tables.ts";

type Me = z.output<typeof schemas.Me>;

export interface OwnDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly sessions: Sessions;
  readonly trusts: TrustStore;
  readonly teamList: TeamList;
  readonly now: () => number;
}

/** What people do with their own account. */
export function createOwn({ sql, ledger, sessions, trusts, teamList, now }: OwnDeps) {
  return {
    async me(session: Session): Promise<Me> {
      const user = await tables(sql.db)
        .selectFrom("users")
        .selectAll()
        .where("user_id", "=", session.user)
        .executeTakeFirstOrThrow();
      const { idleUntil, until } = await sessions.limits(session);
      return {
        user: user.user_id,
        name: user.name,
        email: user.email,
        role: user.role,
        org: { id: session.org, kind: session.orgKind, name: session.orgName },
        device: session.device?.dev ?? null,
        devicePending: session.devicePending,
        session: { id: session.id, idleUntil: idleUntil.toISOString(), until: until.toISOString() },
        wraps: await wrapsOf(sql, user.user_id),
        identity: user.identity,
        teamKeys: session.devicePending ? [] : await teamList.keysOf(user.user_id, session.org),
      };
    },

    /** Keys were added to the sealed identity. Two devices that do so at once: the second is told to read again. */
    async putIdentity(session: Session, { identity, was }: z.output<typeof schemas.PutIdentity>): Promise<void> {
      await sql.transaction(async (tx) => {
        const user = await tables(tx)
          .selectFrom("users")
          .select("identity")
          .where("user_id", "=", session.user)
          .forUpdate()
          .executeTakeFirstOrThrow();
        if (toBase64url(domainHash("identity", utf8(user.identity))) !== was) {
          throw new Problem("request.conflict", "Your keys were changed on another device meanwhile.", {
            help: "Reload and try again.",
          });
        }
        await tables(tx).updateTable("users").set({ identity }).where("user_id", "=", session.user).execute();
      });
    },

    /** A browser that its person signed in on for the first time: the person's own key says that it is theirs. */
    async bindDevice(session: Session, { statement, act }: z.output<typeof schemas.BindDevice>): Promise<void> {
      const device = readStatement("device", statement);
      const trust = await trusts.trust(session.org, [device]);
      const known = trust.device(device.body.dev);
      const print = thumbprint(device.body.jwk);
      if (known?.person.user !== session.user || thumbprint(known.jwk) !== print) {
        throw new Problem("statement.untrusted", "The device's statement is not signed by your key.");
      }
      if (!(await sessions.answersTo(session, print)))
        throw new Problem("statement.untrusted", "The statement is about another device than this session's.");
      const actor = { id: session.user, kind: kindOf(session.orgKind), dev: device.body.dev, jwk: device.body.jwk };
      const draft = await readAct(act, { t: "key.bind", org: session.org }, actor, now());
      const created = new Date(now());
      const standing = (await waits(sql, session, trust)) ? "pending" : "active";
      await sql
        .transaction(async (tx) => {
          await checkRoom(tx, session.user);
          await tables(tx)
            .insertInto("devices")
            .values({
              dev: device.body.dev,
              user_id: session.user,
              thumbprint: print,
              jwk: canonicalize(device.body.jwk as unknown as Json),
              name: "",
              standing,
              created,
            })
            .execute();
          await putStatement(tx, device, created, session.org);
          await ledger.append(tx, draft, session.context);
        })
        .catch((error: unknown) => {
          throw isDuplicate(error) ? new Problem("request.conflict", "This device is enrolled already.") : error;
        });
    },
  };
}

/** Where the organisation wants it, a further browser waits until its person (from another one) or an administrator approves it. */
async function waits(sql: Sql, session: Session, trust: Trust): Promise<boolean> {
  if (trust.settings(session.org)?.devices !== "approved") return false;
  const active = await tables(sql.db)
    .selectFrom("devices")
    .select("dev")
    .where("user_id", "=", session.user)
    .where("standing", "=", "active")
    .limit(1)
    .execute();
  return active.length > 0;
}

/** Each device is a statement that everybody of the organisation, the desk and the releaser verifies from then on. */
const MOST_DEVICES = 50;

/** Counted under the lock of the person's row, so that several browsers at once are no more than the limit allows. */
async function checkRoom(tx: Tx, user: string): Promise<void> {
  await tables(tx).selectFrom("users").select("user_id").where("user_id", "=", user).forUpdate().execute();
  const { count } = await tables(tx)
    .selectFrom("devices")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("user_id", "=", user)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_DEVICES)
    throw new Problem("request.conflict", `You have enrolled ${MOST_DEVICES} browsers, which is the most.`, {
      help: "Use one of them.",
    });
}

export async function wrapsOf(sql: Sql, user: string): Promise<z.output<typeof schemas.UkWrap>[]> {
  const rows = await tables(sql.db)
    .selectFrom("uk_wraps")
    .selectAll()
    .where("user_id", "=", user)
    .orderBy("method")
    .orderBy("id")
    .execute();
  return rows.map(({ method, id, wrapped, salt }) => ({ method, id, wrapped, ...(salt === null ? {} : { salt }) }));
}
