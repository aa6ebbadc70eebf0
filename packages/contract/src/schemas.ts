import { z } from "zod";
import { ID_PREFIXES, type IdKind } from "@breakwater/wire";
import { ORG_KINDS, ROLES, STANDINGS } from "./who.ts";

/** Reading HTTP bodies once into checked values. Limits here bound what anybody can make the server hold. */
const b64 = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[A-Za-z0-9_-]*$/);
const id = <Kind extends IdKind>(kind: Kind) => z.string().regex(new RegExp(`^${ID_PREFIXES[kind]}[a-z2-7]{26}$`));
const time = z.iso.datetime({ precision: 3 });
const json: z.ZodType<Readonly<Record<string, unknown>>> = z.record(z.string(), z.unknown());

export const orgId = id("org");
export const userId = id("user");
export const caseId = id("case");
export const fileId = id("file");
export const partId = id("part");
export const inviteId = id("invite");
export const deviceId = id("device");
export const sessionId = id("session");
export const messageId = id("message");

/** A signed statement (docs/protocol.md section 2). Its meaning is checked by packages/seal, never here. */
export const Statement = z.object({
  body: json,
  sigs: z
    .array(z.object({ by: b64(64), sig: b64(128) }))
    .min(1)
    .max(4),
});
export const Sealed = z.object({ to: z.string().max(64), enc: b64(2048), ct: b64(16_384) });
/** An act: the signed part of a leaf with its signature (section 4.1). */
export const Act = json;
export const UkWrap = z.object({
  method: z.enum(["prf", "passphrase", "recovery"]),
  id: z.string().max(1024),
  wrapped: b64(256),
  salt: b64(64).optional(),
});
export const DeviceJwk = z.object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: b64(64), y: b64(64) });

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

export const CASE_TYPES = ["problem", "question", "access", "security"] as const;
export const SENSITIVITIES = ["normal", "high", "restricted"] as const;
export const CASE_STATES = ["open", "waiting-desk", "waiting-customer", "solved", "closed"] as const;
/** From the least urgent to the most. */
export const PRIORITIES = ["low", "normal", "high", "urgent"] as const;
/** How long a customer's word opens a closed case again; after that it needs a new one. */
export const REOPEN_DAYS = 14;
export const MAX_TAGS = 10;
/** The desk's own words about a case, in lower case. */
export const Tag = z.string().regex(/^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{M}\p{N}._ -]{0,30}$/u);
export const teamId = id("team");
export const NewCase = z.object({
  case: caseId,
  type: z.enum(CASE_TYPES),
  jurisdiction: z.string().regex(/^[A-Z]{2}$/),
  sensitivity: z.enum(SENSITIVITIES),
  /** The subject, sealed to the case key. */
  subject: Sealed,
  /** The case.key statement. */
  key: Statement,
  act: Act,
});
export const CaseRow = z.object({
  case: caseId,
  number: z.int(),
  org: orgId,
  orgName: z.string(),
  type: z.enum(CASE_TYPES),
  jurisdiction: z.string(),
  sensitivity: z.enum(SENSITIVITIES),
  state: z.enum(CASE_STATES),
  priority: z.enum(PRIORITIES),
  /** The desk's team that works on it. */
  team: teamId.nullable(),
  /** Empty for customers: tags are the desk's. */
  tags: z.array(Tag),
  /** Grows with every change of the fields above; a change names the one that it saw. */
  version: z.int(),
  messages: z.int(),
  /** Messages, files and the like that this reader has not seen. */
  unread: z.int(),
  /** Grows with each of them: what `seen` is told. */
  activity: z.int(),
  /** Since when somebody waits for the desk; null while nobody does. */
  waiting: time.nullable(),
  subject: Sealed,
  key: Statement,
  assignees: z.array(z.object({ user: userId, name: z.string() })),
  files: z.int(),
  /** When the releaser's key of the case was destroyed: nothing of it opens any more. */
  shredded: time.nullable(),
  /** The whole case is under legal hold; single files say so themselves. */
  held: z.boolean(),
  opened: time,
  changed: time,
});
export const Cases = z.object({ cases: z.array(CaseRow), next: z.string().nullable(), total: z.int() });
export const CASE_SORTS = ["number", "changed", "priority", "waiting"] as const;
const words = z
  .string()
  .max(120)
  .regex(/^[a-z,-]+$/);
/** Lists are words with commas between them. */
export const CasesQuery = z.object({
  /** Or `active`: neither solved nor closed. */
  state: words.optional(),
  priority: words.optional(),
  type: words.optional(),
  sensitivity: words.optional(),
  mine: z.enum(["true", "false"]).optional(),
  unread: z.enum(["true", "false"]).optional(),
  org: orgId.optional(),
  team: teamId.optional(),
  /** A person, or `none` for cases that nobody has. */
  assignee: z.union([userId, z.literal("none")]).optional(),
  tag: Tag.optional(),
  /** Only what has waited for the desk since before this time. */
  waiting: time.optional(),
  /** Number, id, customer, tag or person. */
  q: z.string().max(100).optional(),
  sort: z.enum(CASE_SORTS).default("number"),
  order: z.enum(["asc", "desc"]).default("desc"),
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const ByAct = z.object({ act: Act });
/** Without `user`: oneself. */
export const AssignCase = z.object({ act: Act, user: userId.optional() });
/** What one change may say; the act's `what` says the same. */
export const CaseChanges = z
  .object({
    state: z.enum(CASE_STATES).exclude(["closed"]),
    priority: z.enum(PRIORITIES),
    type: z.enum(CASE_TYPES),
    sensitivity: z.enum(SENSITIVITIES),
    jurisdiction: z.string().regex(/^[A-Z]{2}$/),
    team: teamId.nullable(),
    tags: z.array(Tag).max(MAX_TAGS),
  })
  .partial();
export const PatchCase = z.object({ act: Act, changes: CaseChanges, version: z.int() });
export const SeenCase = z.object({ activity: z.int().min(0) });

export const SignedMessage = z.object({ message: json, sig: b64(128) });
/** The act's `what` may be `state:<state>`: then the message changes the case's state as well. */
export const NewMessage = z.object({ message: SignedMessage, act: Act });
export const MessageRow = z.object({ seq: z.int(), message: SignedMessage, created: time });
export const MessagesQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(200),
});
/** In the order in which the server took them. `next` is the `after` of the rest. */
export const Messages = z.object({ messages: z.array(MessageRow), next: z.int().nullable() });

/** A queue that somebody kept: its filters as the page's address has them. */
export const CaseQueue = z.object({
  view: id("view"),
  name: z.string().min(1).max(60),
  query: z.string().max(1000),
  shared: z.boolean(),
  own: z.boolean(),
});
export const CaseQueues = z.object({ views: z.array(CaseQueue) });
export const NewCaseQueue = CaseQueue.omit({ own: true });

/** The act is key.shred; `number` is the case's number as the person typed it, and the act's `what` is "case:<number>". */
export const ShredCase = z.object({ number: z.int().min(1), act: Act });
export const HoldCase = z.object({ file: fileId.optional(), act: Act });
/** Orders about a case's life (docs/protocol.md section 13), oldest first. */
export const LifeOrder = z.object({
  t: z.enum(["key.shred", "file.delete", "file.hold", "file.unhold"]),
  file: fileId.nullable(),
  by: z.object({ user: z.string(), name: z.string() }),
  at: time,
  leaf: z.int(),
  /** The reason, sealed to the case key. */
  x: Sealed.nullable(),
  /** What the releaser signed when it had done it; null while it has not. */
  done: json.nullable(),
});
export const CaseLife = z.object({ orders: z.array(LifeOrder).max(1000) });

export const HAR_ROLES = ["index", "headers", "requestBodies", "responseBodies"] as const;
/** A HAR has the first four; any other file is one part: text that was looked through, or bytes that were not. */
export const PART_ROLES = [...HAR_ROLES, "text", "raw"] as const;
export const NewFile = z.object({
  case: caseId,
  file: fileId,
  parts: z
    .array(
      z.object({
        part: partId,
        role: z.enum(PART_ROLES),
        ctSize: z
          .int()
          .min(56)
          .max(8 * 1024 ** 3),
      }),
    )
    .min(1)
    .max(4),
});
/** Ciphertext that an organisation has here, files that are still arriving included, and how much it may have. */
export const Storage = z.object({ usedBytes: z.number(), quotaBytes: z.number() });
export const FileStarted = z.object({ uploads: z.array(z.object({ part: partId, url: z.string() })), until: time });
export const SignedManifest = z.object({ manifest: json, sig: b64(128) });
export const FinishFile = z.object({ manifest: SignedManifest, act: Act });
export const Receipt = json;
export const FileRow = z.object({
  file: fileId,
  case: caseId,
  state: z.enum(["uploading", "sealed"]),
  manifest: SignedManifest.nullable(),
  created: time,
  held: z.boolean(),
  deleted: time.nullable(),
});
export const CaseView = z.object({
  case: CaseRow,
  files: z.array(FileRow),
  statements: z.array(Statement),
  grants: z.array(json),
});
export const FileView = z.object({ file: FileRow, statements: z.array(Statement), grants: z.array(json) });

export const PURPOSES = [
  "diagnose",
  "reproduce",
  "verify-fix",
  "quality",
  "security",
  "break-glass",
  "own-file",
] as const;
export const NewGrant = z.object({ grant: json, act: Act });
export const APPROVERS = ["none", "lead", "customer", "both"] as const;
export const GRANT_LISTS = ["waiting", "mine", "emergencies", "case"] as const;
/** `waiting`: for the reader's own answer; `emergencies`: not reviewed yet; `case`: those of one case. */
export const GrantsQuery = z.object({ list: z.enum(GRANT_LISTS), case: caseId.optional() });
const Named = z.object({ user: z.string(), name: z.string() });
export const GrantApproval = Named.extend({
  side: z.enum(["lead", "customer"]),
  dec: z.enum(["allow", "deny"]),
  at: time,
  /** Words to it, sealed to the case key. */
  x: Sealed.nullable(),
  /** The signed approval: anybody can verify it. */
  approval: json,
});
export const GrantView = z.object({
  id: id("grant"),
  /** As the grantee signed it. */
  grant: json,
  state: z.enum(["waiting", "live", "denied", "revoked", "expired"]),
  emergency: z.boolean(),
  /** Whose approval is still missing; `second` is anybody's who may approve. */
  needs: z.array(z.enum(["lead", "customer", "second"])),
  approvals: z.array(GrantApproval),
  grantee: Named.extend({ role: z.enum(ROLES) }),
  case: z.object({
    case: caseId,
    number: z.int(),
    org: orgId,
    orgName: z.string(),
    sensitivity: z.enum(["normal", "high", "restricted"]),
    subject: Sealed,
    key: Statement,
  }),
  file: z.object({ file: fileId, name: Sealed.nullable() }),
  /** The reason in words, sealed to the case key. */
  reason: Sealed.nullable(),
  requested: time,
  revoked: Named.extend({ at: time }).nullable(),
  reviewed: Named.extend({ at: time }).nullable(),
  /** What the grantee asked for of this customer's files before. */
  history: z.object({ grants: z.int(), denied: z.int(), emergencies: z.int(), since: time.nullable() }),
  /** Whether the reader may answer it now. */
  mayDecide: z.boolean(),
});
export const Grants = z.object({ grants: z.array(GrantView) });
export const DecideGrant = z.object({ approval: json, act: Act });
/** Who approves openings of an organisation's files: its own word, the desk's, and what holds. */
export const Settings = z.object({
  /** Bodies of the statements that count. */
  own: json.nullable(),
  desk: json.nullable(),
  approve: z.enum(APPROVERS),
  breakGlass: z.boolean(),
});
/** The desk's rules: what holds, and every change of it, newest first. `zero` is what came with the program. */
const PolicyStep = Named.extend({ at: time });
export const PolicySet = z.object({
  id: z.uuid(),
  hash: z.string(),
  base: z.string(),
  text: z.string(),
  why: z.string(),
  /** Whether it may let through what its base did not: then it cools before it holds. */
  loosens: z.boolean(),
  proposed: PolicyStep,
  approved: PolicyStep.nullable(),
  withdrawn: PolicyStep.nullable(),
  effective: time.nullable(),
  state: z.enum(["proposed", "cooling", "holds", "replaced", "withdrawn"]),
  mayApprove: z.boolean(),
});
export const PolicyView = z.object({
  hash: z.string(),
  text: z.string(),
  zero: z.object({ hash: z.string(), text: z.string() }),
  rules: z.array(
    z.object({
      id: z.string(),
      effect: z.enum(["permit", "forbid"]),
      say: z.string(),
      help: z.string().nullable(),
    }),
  ),
  sets: z.array(PolicySet),
});
const policyText = z.string().min(1).max(256_000);
export const PolicyText = z.object({ text: policyText });
export const PolicyChecked = z.object({
  /** What the set would be called; null while something is wrong with it. */
  hash: z.string().nullable(),
  problems: z.array(z.object({ line: z.int(), column: z.int(), message: z.string(), help: z.string().optional() })),
});
const PolicyDifference = Named.extend({ action: z.string(), rule: z.string(), count: z.int(), last: time });
/** The recorded questions of the last 90 days, asked again of other rules. */
export const PolicySimulation = z.object({
  tried: z.int(),
  recorded: z.int(),
  denied: z.int(),
  allowed: z.int(),
  newlyDenied: z.array(PolicyDifference),
  newlyAllowed: z.array(PolicyDifference),
  failed: z.int(),
});
/** The act is policy.change, `what` "propose <hash>". */
export const ProposePolicy = z.object({ text: policyText, why: z.string().trim().min(3).max(500), act: Act });

export const SettingsQuery = z.object({ org: orgId.optional() });
export const PutSettings = z.object({ statement: Statement, act: Act });
/** `messages`: the ids of what is read, in the order of the act's `man`; then there is no grant, and the act names no file. */
export const ReleaseAsk = z.object({
  act: Act,
  rpk: b64(2048),
  grant: json.nullable(),
  messages: z.array(messageId).min(1).max(200).optional(),
});
export const Release = z.object({
  leaf: b64(90_000),
  proof: z.string().max(20_000),
  shares: z
    .array(
      z.union([
        z.object({ part: partId, role: z.enum(PART_ROLES), enc: b64(2048), ct: b64(256) }),
        z.object({ message: messageId, enc: b64(2048), ct: b64(256) }),
      ]),
    )
    .max(200),
  sig: b64(128),
});

/** `from`: the size of the last checkpoint the browser saw; the answer then carries the consistency proof from it. */
export const AccessQuery = z.object({
  case: caseId.optional(),
  file: fileId.optional(),
  org: orgId.optional(),
  before: z.coerce.number().int().min(0).optional(),
  from: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const AccessEntry = z.object({ index: z.int(), leaf: b64(90_000), inclusion: z.array(b64(64)) });
export const Access = z.object({
  origin: z.string(),
  checkpoint: z.string(),
  entries: z.array(AccessEntry),
  people: z.array(z.object({ user: z.string(), name: z.string(), org: z.string() })),
  statements: z.array(Statement),
  consistency: z.array(b64(64)).nullable(),
  /** The global log's newest leaf about this log is at `index` there, and is the hash of these members and the origin. */
  announced: z.object({ index: z.int(), size: z.int(), root: b64(64), ts: time }).nullable(),
});

export const REMEDIES = ["take-case", "request-grant", "approve", "verify", "sign-in"] as const;
export const Problem = z.object({
  code: z.string(),
  message: z.string(),
  help: z.string().optional(),
  leaf: z.int().optional(),
  /** Of a denial: the rule that decided, what to do at once, and whom to ask. */
  rule: z.string().optional(),
  remedy: z.enum(REMEDIES).optional(),
  ask: z
    .array(z.object({ user: z.string(), name: z.string() }))
    .max(8)
    .optional(),
});
