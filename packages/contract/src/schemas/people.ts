import { z } from "zod";
import { ORG_KINDS, ROLES, STANDINGS } from "../who.ts";
import {
  Act,
  DeviceJwk,
  Sealed,
  Statement,
  UkWrap,
  b64,
  caseId,
  id,
  inviteId,
  json,
  orgId,
  time,
  userId,
} from "./basics.ts";

export const Status = z.object({
  version: z.string(),
  enrolled: z.boolean(),
  desk: z.string().nullable(),
  url: z.string(),
});

export const EnrolStart = z.object({ token: b64(64) });
export const EnrolStarted = z.object({
  kind: z.enum(["first", "staff", "customer", "member"]),
  /** WebAuthn creation options without user names: the page fills them in. */
  challenge: b64(128),
  rp: z.object({ id: z.string(), name: z.string() }),
  /** What a `first` enrolment must name in its desk.keys statement. */
  desk: z.object({ logHost: z.string(), log: b64(64), releaser: b64(64), witness: z.string() }).nullable(),
  invite: z
    .object({
      id: inviteId,
      org: orgId,
      orgName: z.string(),
      role: z.enum(ROLES),
      team: z.string().nullable(),
      teamKey: b64(256).nullable(),
    })
    .nullable(),
  statements: z.array(Statement).max(2000),
});
export const Credential = z.union([
  z.object({ kind: z.literal("passkey"), response: json }),
  z.object({ kind: z.literal("passphrase"), token: b64(64), salt: b64(64) }),
]);
export const EnrolFinish = z.object({
  token: b64(64),
  user: userId,
  email: z.string().min(3).max(254),
  name: z.string().min(1).max(100),
  credential: Credential,
  wraps: z.array(UkWrap).min(1).max(4),
  identity: b64(32_768),
  /** org.root and desk.keys (first), org.root (customer), and bundle, device, team statements. */
  statements: z.array(Statement).min(2).max(8),
  /** key.bind, signed by the new device. */
  act: Act,
});

export const PasskeyStarted = z.object({ challenge: b64(128), rpId: z.string() });
export const PasskeyFinish = z.object({ response: json, device: DeviceJwk });
export const PassphraseStart = z.object({ email: z.string().max(254) });
export const PassphraseStarted = z.object({ salt: b64(64) });
export const PassphraseFinish = z.object({ email: z.string().max(254), token: b64(64), device: DeviceJwk });
/** A way to unlock that comes later: the words, held whole or split, that bring a person back (protocol 3). */
export const PutRecovery = z.object({
  token: b64(64),
  wrap: UkWrap,
  /** How many holders it is split among, and how many of them are needed; null for one set of words. */
  split: z.object({ holders: z.int().min(2).max(16), needed: z.int().min(2).max(16) }).nullable(),
  act: Act,
});
export const RecoveryFinish = z.object({ email: z.string().max(254), token: b64(64), device: DeviceJwk });
export const UnlocksStarted = z.object({
  challenge: b64(128),
  rp: z.object({ id: z.string(), name: z.string() }),
});
/** A new passkey or passphrase. `endOthers`: whoever else is signed in as this person is not any more. */
export const NewUnlock = z.object({ credential: Credential, wrap: UkWrap, endOthers: z.boolean(), act: Act });
const TeamSealed = z.object({ enc: b64(2048), ct: b64(128) });
/** The keys of the teams that a person is a member of (protocol 10): the newest epoch's for them, and the way to the earlier ones. */
export const TeamKey = z.object({
  org: orgId,
  team: id("team"),
  epoch: z.int(),
  /** Null where the person holds it in their sealed identity. */
  wrap: TeamSealed.nullable(),
  /** `prev` of each epoch's statement. */
  earlier: z.array(z.object({ epoch: z.int(), prev: TeamSealed })),
});
/** The session's cookie comes with this. `deviceKnown` false: the page signs a `device` statement and posts it to `me`. */
export const SignedIn = z.object({
  user: userId,
  wraps: z.array(UkWrap),
  identity: b64(32_768),
  deviceKnown: z.boolean(),
  teamKeys: z.array(TeamKey),
});
/** How this session's person shows that it is they (protocol 4.2): by a passkey, or where there is none by the passphrase. */
export const VerifyStarted = z.object({
  method: z.enum(["passkey", "passphrase"]),
  challenge: b64(128),
  rpId: z.string(),
  credentials: z.array(z.string().max(1400)),
  salt: b64(64).nullable(),
});
export const VerifyFinish = z.union([
  z.object({ kind: z.literal("passkey"), response: json }),
  z.object({ kind: z.literal("passphrase"), token: b64(64) }),
]);
/** Until when whatever asks for a fresh verification is answered without one. */
export const Verified = z.object({ until: time });
export const BindDevice = z.object({ statement: Statement, act: Act });

export const Me = z.object({
  user: userId,
  name: z.string(),
  email: z.string(),
  role: z.enum(ROLES),
  org: z.object({ id: orgId, kind: z.enum(ORG_KINDS), name: z.string() }),
  device: id("device").nullable(),
  /** This browser waits until somebody approves it; until then it may do nothing but wait. */
  devicePending: z.boolean(),
  session: z.object({ id: z.string(), idleUntil: time, until: time }),
  wraps: z.array(UkWrap),
  identity: b64(32_768),
  teamKeys: z.array(TeamKey),
});
/** Replaces the sealed identity, after pins or team keys were added. Refused unless `was` is the hash of what is stored. */
export const PutIdentity = z.object({ identity: b64(32_768), was: b64(64) });

/** `signed`: whether the person said with their own key that it is theirs. */
export const PasskeyRow = z.object({
  cred: z.string(),
  jwk: z.union([DeviceJwk, z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: b64(64) })]),
  rp: z.string(),
  signed: z.boolean(),
});
/** The members of a passkey's answer that prove something. */
export const AssertionResponse = z.object({
  response: z.object({ clientDataJSON: b64(8192), authenticatorData: b64(8192), signature: b64(1024) }),
});
export const Passkeys = z.object({ passkeys: z.array(PasskeyRow) });
export const BindPasskey = z.object({ statement: Statement, act: Act });

export const Trust = z.object({ statements: z.array(Statement) });
export const Person = z.object({
  user: userId,
  name: z.string(),
  email: z.string(),
  role: z.enum(ROLES),
  org: orgId,
  created: time,
  standing: z.enum(STANDINGS),
  vendor: id("vendor").nullable(),
});
export const Team = z.object({
  team: id("team"),
  org: orgId,
  name: z.string(),
  epoch: z.int(),
  /** The first one, which every case is sealed to. */
  main: z.boolean(),
  created: time,
  members: z.array(userId),
});
export const Teams = z.object({ teams: z.array(Team) });
const TeamWrap = z.object({ user: userId, enc: b64(2048), ct: b64(128) });
const MOST_MEMBERS = 2_000;
/** The `team` statement of epoch 1, its key for each member, and the act config.change with `what` "team:" and the statement's hash. */
export const NewTeam = z.object({
  statement: Statement,
  wraps: z.array(TeamWrap).min(1).max(MOST_MEMBERS),
  act: Act,
});
/** The act is config.change with `what` "team-member:<team>#<epoch>:<user>". */
export const NewTeamMember = z.object({ wrap: TeamWrap, epoch: z.int(), act: Act });
/** The next epoch, its key for each member who remains, and the act team.rotate with the statement's hash. */
export const RotateTeam = z.object({
  statement: Statement,
  wraps: z.array(TeamWrap).min(1).max(MOST_MEMBERS),
  act: Act,
});
/** What is left of removals (protocol 10): any administrator's page that holds the keys does it. */
export const Rotation = z.object({
  /** Teams that somebody is still a member of who was removed for good. */
  teams: z.array(z.object({ team: id("team"), remove: z.array(userId) })),
  /** Some open cases of one organisation whose newest key is not sealed to the teams that work on them now. */
  cases: z.array(z.object({ case: caseId, org: orgId, subject: Sealed, to: z.array(id("team")) })),
  left: z.int(),
  statements: z.array(Statement),
});
/** The next epoch of each case's key, the subject sealed to it, and the act team.rotate about the case with the statement's hash. */
export const Rekey = z.object({
  cases: z
    .array(z.object({ case: caseId, key: Statement, subject: Sealed, act: Act }))
    .min(1)
    .max(25),
});
export const Rekeyed = z.object({ done: z.int() });
/** A `standing` or `role` statement (protocol 10), and the act about it whose `what` is the statement's hash. */
export const NewStanding = z.object({ statement: Statement, act: Act });
/** `told`: whether the releaser has it. If not, it is told again until it has. */
export const StandingDone = z.object({ told: z.boolean() });
export const SessionRow = z.object({
  session: id("session"),
  user: userId,
  name: z.string(),
  device: id("device").nullable(),
  deviceName: z.string(),
  method: z.enum(["passkey", "passphrase", "oidc", "unknown"]),
  created: time,
  seen: time,
  until: time,
  /** What the browser calls itself. */
  agent: z.string(),
  /** The network it began on: the address's first part. */
  prefix: z.string(),
  managed: z.boolean().nullable(),
  current: z.boolean(),
});
export const Sessions = z.object({ sessions: z.array(SessionRow) });
/** Of one person, or (`all`, administrators only) of everybody in the organisation; one's own without either. */
export const OfPersonQuery = z.object({ user: userId.optional(), all: z.enum(["true", "false"]).optional() });
/** `user`: all of this person's; without it, all of one's own but the one that asks. */
export const EndSessionsQuery = z.object({ user: userId.optional() });
export const Ended = z.object({ ended: z.int() });
export const DeviceRow = z.object({
  device: id("device"),
  user: userId,
  personName: z.string(),
  name: z.string(),
  standing: z.enum(["pending", ...STANDINGS]),
  created: time,
  seen: time.nullable(),
  agent: z.string(),
  managed: z.boolean().nullable(),
  current: z.boolean(),
});
export const Devices = z.object({ devices: z.array(DeviceRow) });
export const NameDevice = z.object({ name: z.string().trim().min(1).max(60) });
export const People = z.object({ people: z.array(Person) });
export const Customer = z.object({ org: orgId, name: z.string(), created: time, people: z.int(), cases: z.int() });
export const Customers = z.object({ customers: z.array(Customer) });
export const NewInvite = z.object({
  statement: Statement,
  tokenHash: b64(64),
  teamKey: b64(256).nullable(),
  label: z.string().min(1).max(100),
  act: Act,
});
export const Invite = z.object({
  id: inviteId,
  for: z.enum(["staff", "customer", "member"]),
  role: z.enum(ROLES),
  label: z.string(),
  created: time,
  until: time,
  usedBy: userId.nullable(),
  usedAt: time.nullable(),
});
export const Invites = z.object({ invites: z.array(Invite) });
