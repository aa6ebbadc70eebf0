import { schemas } from "@breakwater/contract";
import { z } from "zod";
import type { FileRow } from "../../api/index.ts";

/** What a list shows of a manifest. Whether the manifest is genuine is the engine's question, asked when a file is opened. */
const Shown = z.object({
  parts: z.array(z.object({ size: z.number() })).max(16),
  san: z.object({ report: z.record(z.string(), z.number()) }),
  name: schemas.Sealed,
});

export interface FileFacts {
  readonly name: (typeof schemas.Sealed)["_output"];
  readonly size: number;
  readonly redacted: number;
}

export function readFacts(file: FileRow): FileFacts | undefined {
  if (!file.manifest) return undefined;
  const read = Shown.safeParse(file.manifest.manifest);
  if (!read.success) return undefined;
  const { parts, san, name } = read.data;
  return {
    name,
    size: parts.reduce((sum, part) => sum + part.size, 0),
    redacted: Object.values(san.report).reduce((sum, count) => sum + count, 0),
  };
}
