import type { schemas } from "@breakwater/contract";
import { mayDo, type Action } from "@breakwater/contract";
import { signersOf, thumbprint } from "@breakwater/seal";
import { isDuplicate, type Sql } from "@breakwater/sql";
import { canonicalize, domainHash, toBase64url, utf8, type Json } from "@breakwater/wire";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import { actorOf, type Session } from "../../session.ts";
import type { Ledger } from "../ledger/index.ts";
import { readAct } from "./acts.ts";
import type { ActExpectation, PersonFacts } from "./face.ts";
import { kindOf, type Sessions } from "./sessions.ts";
import { dropInviteStatement, putStatement, readStatement, type TrustStore } from "./statements.ts";
import { tables, type InviteRow } from "./tables.ts";

type NewInvite = z.output<typeof schemas.NewInvite>;
type Invite = z.output<typeof schemas.Invite>;
type Me = z.output<typeof schemas.Me>;

const MAX_INVITE_MS = 7 * 86_400_000 + 600_000;
const MAY_INVITE: Readonly<Record<"staff" | "customer" | "member", Action>> = {
  staff: "inviteStaff",
  customer: "inviteCustomer",
  member: "inviteMember",
};
const ROLES_OF: Readonly<Record<"staff" | "customer" | "member", readonly string[]>> = {
  staff: ["admin", "engineer"],
  customer: ["admin"],
  member: ["admin", "member"],
};

export interface PeopleDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly sessions: Sessions;
  readonly trusts: TrustStore;
  readonly now: () => number;
  readonly caseCounts: () => Promise<ReadonlyMap<string, number>>;
}

export function createPeople(deps: PeopleDeps) {
  const { sql, ledger, sessions, trusts, now } = deps;
  const checkAct = (session: Session, act: unknown, expected: ActExpectation) => {
    if (session.device === null)
      throw new Problem("act.invalid", "This device is not enrolled yet.", { help: "Unlock your keys on it first." });
    return readAct(
      act,
      expected,
      { id: session.user, kind: kindOf(session.orgKind), dev: session.device.dev, jwk: session.device.jwk },
      now(),
    );
  };

  return {
    checkAct,

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
        session: { id: session.id, idleUntil: idleUntil.toISOString(), until: until.toISOString() },
        wraps: await wrapsOf(sql, user.user_id),
        identity: user.identity,
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
      await sql
        .transaction(async (tx) => {
          await tables(tx)
            .insertInto("devices")
            .values({
              dev: device.body.dev,
              user_id: session.user,
              thumbprint: print,
              jwk: canonicalize(device.body.jwk as unknown as Json),
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

    /** One's own organisation; the desk's staff also see their customers' people. */
    async people(session: Session): Promise<PersonFacts[]> {
      const query = personQuery(sql).orderBy("users.created").limit(10_000);
      return (await (session.orgKind === "desk" ? query : query.where("users.org", "=", session.org)).execute()).map(
        personFacts,
      );
    },

    async customers(): Promise<z.output<typeof schemas.Customer>[]> {
      const rows = await tables(sql.db)
        .selectFrom("orgs")
        .leftJoin("users", "users.org", "orgs.org")
        .select((select) => [
          "orgs.org",
          "orgs.name",
          "orgs.created",
          select.fn.count<number>("users.user_id").as("people"),
        ])
        .where("kind", "=", "customer")
        .groupBy(["orgs.org", "orgs.name", "orgs.created"])
        .orderBy("orgs.name")
        .execute();
      const cases = await deps.caseCounts();
      return rows.map(({ org, name, created, people }) => ({
        org,
        name,
        created: created.toISOString(),
        people,
        cases: cases.get(org) ?? 0,
      }));
    },

    async invites(session: Session): Promise<Invite[]> {
      const rows = await tables(sql.db)
        .selectFrom("invites")
        .selectAll()
        .where("by_org", "=", session.org)
        .orderBy("created", "desc")
        .limit(1000)
        .execute();
      return rows.map(inviteAnswer);
    },

    async invite(session: Session, input: NewInvite): Promise<Invite> {
      const statement = readStatement("invite", input.statement);
      const { body } = statement;
      if (!mayDo(MAY_INVITE[body.for], session))
        throw new Problem("who.notAllowed", "Your role does not allow this invitation.");
      if (!ROLES_OF[body.for].includes(body.role))
        throw new Problem("request.invalid", `A ${body.for} invitation cannot give the role ${body.role}.`);
      const until = Date.parse(body.until);
      if (until <= now() || until > now() + MAX_INVITE_MS)
        throw new Problem("request.invalid", "An invitation lasts at most seven days.");
      await checkTarget(sql, session, body);
      const signer = (await trusts.trust(session.org)).person(session.user);
      if (signer?.role !== "admin" || !(await signersOf(statement)).has(signer.sign))
        throw new Problem("statement.untrusted", "The invitation is not signed by your key.");
      const act = await checkAct(session, input.act, { t: "config.change", org: session.org });
      if (act.what !== `invite:${body.id}`) throw new Problem("act.invalid", "The act does not name this invitation.");
      const created = new Date(now());
      const row: InviteRow = {
        id: body.id,
        by_org: session.org,
        by_user: session.user,
        org: body.org,
        for_whom: body.for,
        role: body.role,
        label: input.label,
        token_hash: input.tokenHash,
        team: body.team ?? null,
        team_key: input.teamKey,
        until: new Date(until),
        created,
        used_by: null,
        used_at: null,
      };
      await sql
        .transaction(async (tx) => {
          await tables(tx).insertInto("invites").values(row).execute();
          await putStatement(tx, statement, created);
          await ledger.append(tx, act, session.context);
        })
        .catch((error: unknown) => {
          throw isDuplicate(error) ? new Problem("request.conflict", "This invitation exists already.") : error;
        });
      return inviteAnswer(row);
    },

    /** An invitation that nobody used stops working. Its statement goes too: it endorsed nobody. */
    async withdraw(session: Session, invite: string): Promise<void> {
      await sql.transaction(async (tx) => {
        const gone = await tables(tx)
          .deleteFrom("invites")
          .where("id", "=", invite)
          .where("by_org", "=", session.org)
          .where("used_at", "is", null)
          .returning("for_whom")
          .executeTakeFirst();
        if (gone === undefined) throw new Problem("request.notFound", "There is no such open invitation.");
        if (!mayDo(MAY_INVITE[gone.for_whom], session))
          throw new Problem("who.notAllowed", "Your role does not allow this.");
        await dropInviteStatement(tx, invite);
        await ledger.append(
          tx,
          { v: 1, t: "config.change", org: session.org, actor: actorOf(session), what: `invite-withdrawn:${invite}` },
          session.context,
        );
      });
    },
  };
}

async function checkTarget(
  sql: Sql,
  session: Session,
  body: { readonly for: string; readonly org: string },
): Promise<void> {
  if (body.for !== "customer") {
    if (body.org !== session.org)
      throw new Problem("request.invalid", "One invites people into one's own organisation.");
    return;
  }
  const known = await tables(sql.db).selectFrom("orgs").select("org").where("org", "=", body.org).executeTakeFirst();
  const invited = await tables(sql.db)
    .selectFrom("invites")
    .select("id")
    .where("org", "=", body.org)
    .executeTakeFirst();
  if (known !== undefined || invited !== undefined)
    throw new Problem("request.conflict", "This customer is invited already.");
}

export function personQuery(sql: Sql) {
  return tables(sql.db)
    .selectFrom("users")
    .innerJoin("orgs", "orgs.org", "users.org")
    .select([
      "users.user_id",
      "users.name",
      "users.email",
      "users.role",
      "users.org",
      "users.suspended",
      "users.created",
      "orgs.kind",
    ]);
}

type PersonRow = Awaited<ReturnType<ReturnType<typeof personQuery>["executeTakeFirstOrThrow"]>>;

export function personFacts({ user_id, kind, name, email, role, org, suspended, created }: PersonRow): PersonFacts {
  return { user: user_id, name, email, role, org, orgKind: kind, suspended, created };
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

function inviteAnswer({ id, for_whom, role, label, created, until, used_by, used_at }: InviteRow): Invite {
  return {
    id,
    for: for_whom,
    role,
    label,
    created: created.toISOString(),
    until: until.toISOString(),
    usedBy: used_by,
    usedAt: used_at?.toISOString() ?? null,
  };
}
