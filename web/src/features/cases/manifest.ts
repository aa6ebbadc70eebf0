import { schemas } from "@breakwater/contract";
import { z } from "zod";
import type { FileRow } from "../../api/index.ts";

/** What a list shows of a manifest. Whether the manifest is genuine is the engine's question, asked when a file is opened. */
const Shown = z.object({
  parts: z.array(z.object({ size: z.number(), role: z.enum(schemas.PART_ROLES) })).max(16),
  // A file that nothing looked into has no report (docs/protocol.md 6).
  san: z.object({ report: z.record(z.string(), z.number()).optional(), doc: schemas.Sealed.optional() }),
  name: schemas.Sealed,
});

export interface FileFacts {
  readonly name: (typeof schemas.Sealed)["_output"];
  readonly size: number;
  readonly redacted: number;
  /** What is opened first: a recording's index, or the one part of any other file. */
  readonly first: (typeof schemas.PART_ROLES)[number];
  /** What the sanitiser says, sealed to the people on the case. */
  readonly doc: (typeof schemas.Sealed)["_output"] | undefined;
}

export function readFacts(file: FileRow): FileFacts | undefined {
  if (!file.manifest) return undefined;
  const read = Shown.safeParse(file.manifest.manifest);
  if (!read.success) return undefined;
  const { parts, san, name } = read.data;
  return {
    name,
    size: parts.reduce((sum, part) => sum + part.size, 0),
    first: parts.find(({ role }) => role === "text" || role === "raw")?.role ?? "index",
    redacted: Object.values(san.report ?? {}).reduce((sum, count) => sum + count, 0),
    doc: san.doc,
  };
}
