import { z } from "zod";
import { Act, Statement, b64, caseId, fileId, json, partId, time } from "./basics.ts";
import { CaseRow } from "./cases.ts";

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
