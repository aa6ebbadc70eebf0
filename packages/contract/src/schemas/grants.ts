import { z } from "zod";
import { ROLES } from "../who.ts";
import { Act, Sealed, Statement, caseId, fileId, id, json, orgId, time } from "./basics.ts";

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
