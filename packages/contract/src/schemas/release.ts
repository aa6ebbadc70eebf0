import { z } from "zod";
import { Act, Statement, b64, caseId, fileId, json, messageId, orgId, partId, time } from "./basics.ts";
import { PART_ROLES } from "./files.ts";

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
