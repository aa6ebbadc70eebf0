import { z } from "zod";
import { Act, Sealed, Statement, b64, caseId, fileId, id, json, orgId, time, userId } from "./basics.ts";

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
