import { PATHS, schemas } from "@breakwater/contract";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { statementAnswer } from "../../answer.ts";
import { Problem } from "../../errors.ts";
import type { App, Session } from "../../session.ts";
import type { Accounts, PersonFacts } from "./face.ts";
import type { Enrolment } from "./enrol.ts";
import type { Fresh } from "./fresh.ts";
import { RateLimit } from "./limits.ts";
import type { createInvites } from "./invites.ts";
import type { createDevices } from "./devices.ts";
import type { createSessionList } from "./sessionlist.ts";
import type { TeamList } from "./teamlist.ts";
import type { createTeams } from "./teams.ts";
import type { createStanding } from "./standing.ts";
import { wrapsOf, type createOwn } from "./own.ts";
import type { createPeople } from "./people.ts";
import type { Sessions } from "./sessions.ts";
import type { SignedInPerson, SignIn } from "./signin.ts";
import type { createUnlocks } from "./unlocks.ts";
import type { Sql } from "@breakwater/sql";

export interface AccountsRoutesDeps {
  readonly sql: Sql;
  readonly accounts: Accounts;
  readonly enrolment: Enrolment;
  readonly signIn: SignIn;
  readonly people: ReturnType<typeof createPeople>;
  readonly own: ReturnType<typeof createOwn>;
  readonly invites: ReturnType<typeof createInvites>;
  readonly sessions: Sessions;
  readonly fresh: Fresh;
  readonly unlocks: ReturnType<typeof createUnlocks>;
  readonly standing: ReturnType<typeof createStanding>;
  readonly sessionList: ReturnType<typeof createSessionList>;
  readonly teams: ReturnType<typeof createTeams>;
  readonly teamList: TeamList;
  readonly devices: ReturnType<typeof createDevices>;
  readonly now: () => number;
}

/** Enrolment and sign-in attempts from one address, whoever they are for. */
const PER_MINUTE = 120;
const InviteParams = z.object({ invite: schemas.inviteId });
const Done = z.object({});

export function accountsRoutes(app: App, deps: AccountsRoutesDeps): void {
  entrance(app, deps);
  account(app, deps);
  organisation(app, deps);
  presence(app, deps);
  teamRoutes(app, deps);
}

function entrance(app: App, { sql, enrolment, signIn, sessions, accounts, teamList, now }: AccountsRoutesDeps): void {
  const tags = ["entrance"];
  const attempts = new RateLimit(PER_MINUTE, 60_000);
  const slow = (request: FastifyRequest): void => {
    if (!attempts.allow(request.ip, now()))
      throw new Problem("request.rateLimited", "Too many attempts from this address.", { help: "Wait a minute." });
  };
  const signedIn = async ({ user, deviceKnown }: SignedInPerson): Promise<z.output<typeof schemas.SignedIn>> => ({
    user: user.user_id,
    wraps: await wrapsOf(sql, user.user_id),
    identity: user.identity,
    deviceKnown,
    teamKeys: await teamList.keysOf(user.user_id, user.org),
  });

  app.post(
    PATHS.enrolStart,
    { schema: { tags, body: schemas.EnrolStart, response: { 200: schemas.EnrolStarted } } },
    async (request) => {
      slow(request);
      return enrolment.start(request.body.token);
    },
  );
  app.post(
    PATHS.enrolFinish,
    { schema: { tags, body: schemas.EnrolFinish, response: { 200: Done } } },
    async (request, reply) => {
      slow(request);
      await enrolment.finish(request.body, request, reply);
      return {};
    },
  );
  app.post(PATHS.passkeyStart, { schema: { tags, response: { 200: schemas.PasskeyStarted } } }, async (request) => {
    slow(request);
    return signIn.passkeyStart();
  });
  app.post(
    PATHS.passkeyFinish,
    { schema: { tags, body: schemas.PasskeyFinish, response: { 200: schemas.SignedIn } } },
    async (request, reply) => {
      slow(request);
      const { response, device } = request.body;
      return signedIn(await signIn.passkeyFinish(response, { request, reply, device }));
    },
  );
  app.post(
    PATHS.passphraseStart,
    { schema: { tags, body: schemas.PassphraseStart, response: { 200: schemas.PassphraseStarted } } },
    async (request) => {
      slow(request);
      return signIn.passphraseStart(request.body.email);
    },
  );
  app.post(
    PATHS.passphraseFinish,
    { schema: { tags, body: schemas.PassphraseFinish, response: { 200: schemas.SignedIn } } },
    async (request, reply) => {
      slow(request);
      const { email, token, device } = request.body;
      return signedIn(await signIn.passphraseFinish({ email, token }, { request, reply, device }));
    },
  );
  app.post(
    PATHS.recoveryFinish,
    { schema: { tags, body: schemas.RecoveryFinish, response: { 200: schemas.SignedIn } } },
    async (request, reply) => {
      slow(request);
      const { email, token, device } = request.body;
      return signedIn(await signIn.recoveryFinish({ email, token }, { request, reply, device }));
    },
  );
  app.delete(PATHS.session, { schema: { tags, response: { 200: Done } } }, async (request, reply) => {
    await sessions.end(await accounts.guard(request), reply);
    return {};
  });
}

function account(app: App, { accounts, own, fresh, unlocks }: AccountsRoutesDeps): void {
  const tags = ["own account"];
  app.post(PATHS.verifyStart, { schema: { tags, response: { 200: schemas.VerifyStarted } } }, async (request) =>
    fresh.start(await accounts.guard(request)),
  );
  app.post(
    PATHS.verifyFinish,
    { schema: { tags, body: schemas.VerifyFinish, response: { 200: schemas.Verified } } },
    async (request) => fresh.finish(await accounts.guard(request), request.body),
  );
  app.get(PATHS.me, { schema: { tags, response: { 200: schemas.Me } } }, async (request) =>
    own.me(await accounts.guard(request)),
  );
  app.put(PATHS.me, { schema: { tags, body: schemas.PutIdentity, response: { 200: Done } } }, async (request) => {
    await own.putIdentity(await accounts.guard(request), request.body);
    return {};
  });
  app.post(PATHS.me, { schema: { tags, body: schemas.BindDevice, response: { 200: Done } } }, async (request) => {
    await own.bindDevice(await accounts.guard(request), request.body);
    return {};
  });
  const present = async (request: FastifyRequest): Promise<Session> => {
    const session = await accounts.guard(request);
    accounts.requireFresh(session);
    return session;
  };
  app.put(PATHS.recovery, { schema: { tags, body: schemas.PutRecovery, response: { 200: Done } } }, async (request) => {
    await unlocks.putRecovery(await present(request), request.body);
    return {};
  });
  app.post(PATHS.unlocksStart, { schema: { tags, response: { 200: schemas.UnlocksStarted } } }, async (request) =>
    unlocks.start(await present(request)),
  );
  app.post(PATHS.unlocks, { schema: { tags, body: schemas.NewUnlock, response: { 200: Done } } }, async (request) => {
    await unlocks.add(await present(request), request.body);
    return {};
  });
  app.get(PATHS.trust, { schema: { tags, response: { 200: schemas.Trust } } }, async (request) => ({
    statements: (await accounts.statementsFor(await accounts.guard(request))).map(statementAnswer),
  }));
}

function organisation(app: App, { accounts, people, invites }: AccountsRoutesDeps): void {
  const tags = ["people"];
  const { guard } = accounts;
  const fresh = (session: Session): Session => {
    accounts.requireFresh(session);
    return session;
  };
  app.get(PATHS.people, { schema: { tags, response: { 200: schemas.People } } }, async (request) => ({
    people: (await people.people(await guard(request, "readPeople"))).map(personAnswer),
  }));
  app.get(PATHS.customers, { schema: { tags, response: { 200: schemas.Customers } } }, async (request) => {
    await guard(request, "readCustomers");
    return { customers: await people.customers() };
  });
  app.get(PATHS.invites, { schema: { tags, response: { 200: schemas.Invites } } }, async (request) => ({
    invites: await invites.list(administrator(await guard(request))),
  }));
  app.post(
    PATHS.invites,
    { schema: { tags, body: schemas.NewInvite, response: { 200: schemas.Invite } } },
    async (request) => invites.make(fresh(administrator(await guard(request))), request.body),
  );
  app.delete(PATHS.invite, { schema: { tags, params: InviteParams, response: { 200: Done } } }, async (request) => {
    await invites.withdraw(fresh(administrator(await guard(request))), request.params.invite);
    return {};
  });
}

const DeviceParams = z.object({ device: schemas.deviceId });
const SessionParams = z.object({ session: schemas.sessionId });

/** Standing, sessions and devices. What is another person's wants a fresh verification, and so does every standing. */
function presence(app: App, { accounts, standing, sessionList, devices }: AccountsRoutesDeps): void {
  const tags = ["people"];
  const { guard, requireFresh } = accounts;
  app.post(
    PATHS.standing,
    { schema: { tags, body: schemas.NewStanding, response: { 200: schemas.StandingDone } } },
    async (request) => {
      const session = await guard(request);
      requireFresh(session);
      return standing.change(session, request.body);
    },
  );
  app.post(PATHS.roles, { schema: { tags, body: schemas.NewStanding, response: { 200: Done } } }, async (request) => {
    const session = await guard(request, "managePeople");
    requireFresh(session);
    await standing.role(session, request.body);
    return {};
  });
  app.get(
    PATHS.sessions,
    { schema: { tags, querystring: schemas.OfPersonQuery, response: { 200: schemas.Sessions } } },
    async (request) => ({ sessions: await sessionList.list(await guard(request), request.query) }),
  );
  app.delete(
    PATHS.sessions,
    { schema: { tags, querystring: schemas.EndSessionsQuery, response: { 200: schemas.Ended } } },
    async (request) => ({ ended: await sessionList.endAll(await guard(request), request.query.user) }),
  );
  app.delete(
    PATHS.sessionOther,
    { schema: { tags, params: SessionParams, response: { 200: Done } } },
    async (request) => {
      await sessionList.end(await guard(request), request.params.session);
      return {};
    },
  );
  app.get(
    PATHS.devices,
    { schema: { tags, querystring: schemas.OfPersonQuery, response: { 200: schemas.Devices } } },
    async (request) => ({ devices: await devices.list(await guard(request), request.query) }),
  );
  app.put(
    PATHS.deviceOne,
    { schema: { tags, params: DeviceParams, body: schemas.NameDevice, response: { 200: Done } } },
    async (request) => {
      await devices.rename(await guard(request), request.params.device, request.body.name);
      return {};
    },
  );
}

const TeamParams = z.object({ team: schemas.teamId });

function teamRoutes(app: App, { accounts, teams, teamList }: AccountsRoutesDeps): void {
  const tags = ["people"];
  const { guard, requireFresh } = accounts;
  app.get(PATHS.teams, { schema: { tags, response: { 200: schemas.Teams } } }, async (request) => ({
    teams: await teamList.list(await guard(request, "readPeople")),
  }));
  app.post(PATHS.teams, { schema: { tags, body: schemas.NewTeam, response: { 200: Done } } }, async (request) => {
    const session = await guard(request, "managePeople");
    requireFresh(session);
    await teams.make(session, request.body);
    return {};
  });
  app.post(
    PATHS.teamMembers,
    { schema: { tags, params: TeamParams, body: schemas.NewTeamMember, response: { 200: Done } } },
    async (request) => {
      const session = await guard(request, "managePeople");
      requireFresh(session);
      await teams.add(session, request.params.team, request.body);
      return {};
    },
  );
  app.post(
    PATHS.teamRotate,
    { schema: { tags, params: TeamParams, body: schemas.RotateTeam, response: { 200: Done } } },
    async (request) => {
      const session = await guard(request, "managePeople");
      await teams.rotate(session, request.params.team, request.body, () => requireFresh(session));
      return {};
    },
  );
}

/** Only administrators invite; which kind each may, the table says when the kind is known. */
function administrator(session: Session): Session {
  if (session.role !== "admin") throw new Problem("who.notAllowed", "Only administrators see and make invitations.");
  return session;
}

function personAnswer({
  user,
  name,
  email,
  role,
  org,
  created,
  standing,
  vendor,
}: PersonFacts): z.output<typeof schemas.Person> {
  return { user, name, email, role, org, created: created.toISOString(), standing, vendor };
}
