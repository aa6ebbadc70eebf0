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
import { createDevices } from "./devices.ts";
import { createPush, type Push } from "./push.ts";
import { createSessionList } from "./sessionlist.ts";
import { createTeamList, teamsOfCase } from "./teamlist.ts";
import { createTeams } from "./teams.ts";
import { createStanding } from "./standing.ts";
import { passkeyRoutes } from "./passkeys-signed.ts";
import { createPeople, personFacts, personQuery } from "./people.ts";
import { accountsRoutes } from "./routes.ts";
import { createSessions } from "./sessions.ts";
import { createSignIn } from "./signin.ts";
import { createTrustStore, findStatements, putStatement, readStatement, statementsOfCases } from "./statements.ts";
import { tables } from "./tables.ts";
import { createUnlocks } from "./unlocks.ts";

export type { Accounts } from "./face.ts";
export { RateLimit } from "./limits.ts";
export { accountsMigrations } from "./migrations.ts";

/** What accounts need of the releaser. */
export interface DeskReleaser extends ReleaserIntroduction {
  pin(statements: readonly Statement[], desk: string): Promise<unknown>;
  standing(statements: readonly Statement[]): Promise<void>;
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

/** Everything that the module does, by noun. */
function createNouns({ sql, ledger, now, rp, releaser, report, ...deps }: AccountsDeps) {
  const sessions = createSessions({ sql, ledger, now, origin: rp.origin, isManaged: deps.isManaged });
  const trusts = createTrustStore(sql, now);
  const push = createPush({ sql, releaser, report });
  const teamList = createTeamList(sql);
  return {
    sessions,
    trusts,
    push,
    standing: createStanding({ sql, ledger, trusts, sessions, push, now }),
    sessionList: createSessionList({ sql, sessions, now }),
    devices: createDevices({ sql, ledger }),
    teams: createTeams({ sql, ledger, trusts, now }),
    teamList,
    fresh: createFresh({ sql, ledger, now, rp }),
    people: createPeople({ sql, caseCounts: deps.caseCounts }),
    own: createOwn({ sql, ledger, sessions, trusts, teamList, now }),
    invites: createInvites({ sql, ledger, trusts, now }),
    unlocks: createUnlocks({ sql, ledger, sessions, now, rp }),
    signIn: createSignIn({ sql, ledger, sessions, now, rp, decoySecret: deps.decoySecret }),
  };
}

type Lookups =
  | "findNames"
  | "desk"
  | "org"
  | "person"
  | "peopleOf"
  | "statementsFor"
  | "statementsOf"
  | "caseStatements";

/** What other modules look up here. */
function createLookups(sql: Sql): Pick<Accounts, Lookups> {
  return {
    async desk() {
      const row = await deskOf(sql);
      if (row === undefined) return null;
      return {
        org: row.org,
        name: row.name,
        fingerprint: row.fingerprint,
        statements: await findStatements(sql.db, { orgs: [row.org] }),
      };
    },
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
    async statementsFor(session, caseId) {
      const row = await deskOf(sql);
      return findStatements(sql.db, { orgs: [...new Set([...(row ? [row.org] : []), session.org])], caseId });
    },
    async statementsOf(org) {
      const row = await deskOf(sql);
      return findStatements(sql.db, { orgs: row === undefined ? [org] : [row.org, org] });
    },
    caseStatements: (cases) => statementsOfCases(sql.db, cases),
  };
}

/** The desk exists from its commit on; the releaser learns of it then, and again at each start until it has. */
function createPinning({ releaser, report }: AccountsDeps, desk: Accounts["desk"], push: Push) {
  let closing = false;
  let timer: NodeJS.Timeout | undefined;
  const pin = async (): Promise<void> => {
    try {
      const found = await desk();
      if (found === null) return;
      const roots = found.statements.filter(({ body }) => body.t === "org.root" || body.t === "desk.keys");
      await releaser.pin(roots, found.fingerprint);
      await push.start();
    } catch (error) {
      report(error);
      if (!closing) timer = setTimeout(() => void pin(), PIN_AGAIN_MS);
    }
  };
  return {
    pin,
    close(): void {
      closing = true;
      clearTimeout(timer);
    },
  };
}

export function createAccounts(deps: AccountsDeps): Accounts {
  const { sql, ledger, now, rp, releaser } = deps;
  const nouns = createNouns(deps);
  const { sessions, trusts, push, fresh } = nouns;
  const lookups = createLookups(sql);
  const pinning = createPinning(deps, lookups.desk, push);
  const enrolment = createEnrolment({
    sql,
    ledger,
    sessions,
    trusts,
    releaser,
    now,
    rp,
    firstTokenHash: deps.firstTokenHash,
    onDesk: pinning.pin,
  });
  const accounts: Accounts = {
    ...lookups,
    guard: sessions.guard,
    alive: sessions.alive,
    requireFresh: (session) => fresh.require(session),
    checkAct: (session, act, expected) => checkAct(session, act, expected, now()),
    readStatement,
    putStatement: (tx, statement) => putStatement(tx, statement, new Date(now())),
    trust: trusts.trust,
    tellReleaser: (org) => push.tell(org),
    teamsOfCase,
    teamsToRotate: (session) => nouns.teamList.toRotate(session),
    routes(app) {
      accountsRoutes(app, { ...nouns, sql, accounts, enrolment, now });
      passkeyRoutes(app, { sql, ledger, accounts, now, rp: rp.id });
    },
    async close() {
      pinning.close();
      push.close();
    },
  };
  void pinning.pin();
  return accounts;
}
