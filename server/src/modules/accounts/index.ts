import { type Statement } from "@breakwater/seal";
import type { Sql } from "@breakwater/sql";
import type { FastifyRequest } from "fastify";
import type { Ledger } from "../ledger/index.ts";
import { createEnrolment, deskOf, type ReleaserIntroduction } from "./enrol.ts";
import type { Accounts } from "./face.ts";
import type { RelyingParty } from "./passkeys.ts";
import { checkAct } from "./acts.ts";
import { findNames } from "./find.ts";
import { createFresh } from "./fresh.ts";
import { createInvites } from "./invites.ts";
import { createOwn } from "./own.ts";
import { createPeople, personFacts, personQuery } from "./people.ts";
import { accountsRoutes } from "./routes.ts";
import { createSessions } from "./sessions.ts";
import { createSignIn } from "./signin.ts";
import { createTrustStore, findStatements, putStatement, readStatement, statementsOfCases } from "./statements.ts";
import { tables } from "./tables.ts";

export type { Accounts } from "./face.ts";
export { accountsMigrations } from "./migrations.ts";

/** What accounts need of the releaser. */
export interface DeskReleaser extends ReleaserIntroduction {
  pin(statements: readonly Statement[], desk: string): Promise<unknown>;
}

export interface AccountsDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly releaser: DeskReleaser;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly rp: RelyingParty;
  /** Hash of the token of this start's one-time link. */
  readonly firstTokenHash: string;
  /** For createSignIn. */
  readonly decoySecret: Uint8Array;
  /** Cases by organisation, from the module above. */
  readonly caseCounts: () => Promise<ReadonlyMap<string, number>>;
  /** Whether a trusted proxy vouches for the device that a request comes from. */
  readonly isManaged: (request: FastifyRequest) => boolean | null;
  /** Hears of background work that failed; it is tried again. */
  readonly report: (error: unknown) => void;
}

const PIN_AGAIN_MS = 5_000;

export function createAccounts(deps: AccountsDeps): Accounts {
  const { sql, ledger, now, rp, releaser, report } = deps;
  const sessions = createSessions({ sql, ledger, now, origin: rp.origin, isManaged: deps.isManaged });
  const fresh = createFresh({ sql, ledger, now, rp });
  const trusts = createTrustStore(sql, now);
  const people = createPeople({ sql, caseCounts: deps.caseCounts });
  const own = createOwn({ sql, ledger, sessions, trusts, now });
  const invites = createInvites({ sql, ledger, trusts, now });
  const signIn = createSignIn({ sql, ledger, sessions, now, rp, decoySecret: deps.decoySecret });
  let closing = false;
  let timer: NodeJS.Timeout | undefined;

  const desk: Accounts["desk"] = async () => {
    const row = await deskOf(sql);
    if (row === undefined) return null;
    return {
      org: row.org,
      name: row.name,
      fingerprint: row.fingerprint,
      statements: await findStatements(sql.db, { orgs: [row.org] }),
    };
  };
  // The desk exists from its commit on; the releaser learns of it then, and again at each start until it has.
  const pin = async (): Promise<void> => {
    try {
      const found = await desk();
      if (found === null) return;
      const roots = found.statements.filter(({ body }) => body.t === "org.root" || body.t === "desk.keys");
      await releaser.pin(roots, found.fingerprint);
    } catch (error) {
      report(error);
      if (!closing) timer = setTimeout(() => void pin(), PIN_AGAIN_MS);
    }
  };
  const enrolment = createEnrolment({
    sql,
    ledger,
    sessions,
    trusts,
    releaser,
    now,
    rp,
    firstTokenHash: deps.firstTokenHash,
    onDesk: pin,
  });

  const accounts: Accounts = {
    guard: sessions.guard,
    alive: sessions.alive,
    requireFresh: (session) => fresh.require(session),
    desk,
    async org(org) {
      const row = await tables(sql.db)
        .selectFrom("orgs")
        .select(["org", "kind", "name", "created"])
        .where("org", "=", org)
        .executeTakeFirst();
      return row ?? null;
    },
    async person(user) {
      const row = await personQuery(sql).where("users.user_id", "=", user).executeTakeFirst();
      return row === undefined ? null : personFacts(row);
    },
    async peopleOf(users) {
      if (users.length === 0) return [];
      return (
        await personQuery(sql)
          .where("users.user_id", "in", [...users])
          .execute()
      ).map(personFacts);
    },
    findNames: (text) => findNames(sql, text),
    checkAct: (session, act, expected) => checkAct(session, act, expected, now()),
    readStatement,
    putStatement: (tx, statement) => putStatement(tx, statement, new Date(now())),
    async statementsFor(session, caseId) {
      const row = await deskOf(sql);
      const orgs = session.orgKind === "desk" || row === undefined ? undefined : [row.org, session.org];
      return findStatements(sql.db, { orgs, caseId });
    },
    async statementsOf(org) {
      const row = await deskOf(sql);
      return findStatements(sql.db, { orgs: row === undefined ? [org] : [row.org, org] });
    },
    caseStatements: (cases) => statementsOfCases(sql.db, cases),
    trust: trusts.trust,
    routes: (app) =>
      accountsRoutes(app, { sql, accounts, fresh, enrolment, signIn, people, own, invites, sessions, now }),
    async close() {
      closing = true;
      clearTimeout(timer);
    },
  };
  void pin();
  return accounts;
}
