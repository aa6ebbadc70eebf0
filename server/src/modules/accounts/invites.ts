import { mayDo, type Action, type schemas } from "@breakwater/contract";
import { signersOf, type InviteBody } from "@breakwater/seal";
import { isDuplicate, type Sql } from "@breakwater/sql";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import { actorOf, type Session } from "../../session.ts";
import type { Ledger } from "../ledger/index.ts";
import { checkAct } from "./acts.ts";
import { dropInviteStatement, putStatement, readStatement, type TrustStore } from "./statements.ts";
import { tables, type InviteRow } from "./tables.ts";

type NewInvite = z.output<typeof schemas.NewInvite>;
type Invite = z.output<typeof schemas.Invite>;

const MAX_INVITE_MS = 7 * 86_400_000 + 600_000;
const MAY_INVITE: Readonly<Record<"staff" | "customer" | "member", Action>> = {
  staff: "inviteStaff",
  customer: "inviteCustomer",
  member: "inviteMember",
};
const ROLES_OF: Readonly<Record<"staff" | "customer" | "member", readonly string[]>> = {
  staff: ["admin", "lead", "engineer", "manager", "auditor"],
  customer: ["admin"],
  member: ["admin", "member", "auditor"],
};

export interface InvitesDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly trusts: TrustStore;
  readonly now: () => number;
}

export function createInvites({ sql, ledger, trusts, now }: InvitesDeps) {
  return {
    async list(session: Session): Promise<Invite[]> {
      const rows = await tables(sql.db)
        .selectFrom("invites")
        .selectAll()
        .where("by_org", "=", session.org)
        .orderBy("created", "desc")
        .limit(1000)
        .execute();
      return rows.map(inviteAnswer);
    },

    async make(session: Session, input: NewInvite): Promise<Invite> {
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
      const act = await checkAct(session, input.act, { t: "config.change", org: session.org }, now());
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
        vendor: body.vendor ?? null,
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

async function checkTarget(sql: Sql, session: Session, body: InviteBody): Promise<void> {
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
