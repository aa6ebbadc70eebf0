import { readManifest, type ManifestPart } from "@breakwater/seal";
import type { Json } from "@breakwater/wire";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { ask, checkThere, fileFacts, findFile, noSuchFile, refuseLogged, rulesOf, type ReadingLog } from "./access.ts";
import type { OpenedPart, VaultDeps } from "./face.ts";

export interface PartAsk {
  readonly file: string;
  readonly part: string;
  readonly range: string | undefined;
}

/** Ciphertext: it opens nothing without both shares, and still it goes to nobody without a rule and a leaf. */
export async function openPart(
  deps: VaultDeps,
  reading: ReadingLog,
  session: Session,
  { file, part, range }: PartAsk,
): Promise<OpenedPart> {
  const found = await findFile(deps, session, file);
  checkThere(found);
  await refuseLogged(deps, session, found, {
    decision: ask(deps, session, { action: "file.fetch", file: fileFacts(found, await rulesOf(deps, found.file.org)) }),
    what: "file.fetch",
  });
  const { manifest, org, case_id } = found.file;
  if (manifest === null) throw noSuchFile();
  const known = partIn(JSON.parse(manifest) as Json, part);
  const { start, end, partial } = readRange(range, known.ctSize);
  await reading.note(session, part, { t: "file.fetch", org, case: case_id, file, parts: [known.role] });
  return {
    bytes: await deps.blobs.get(part, { start, end }),
    hash: known.ctSha256,
    size: known.ctSize,
    start,
    end,
    partial,
  };
}

function partIn(signed: Json, part: string): ManifestPart {
  const known = readManifest(signed).manifest.parts.find((one) => one.part === part);
  if (known === undefined) throw new Problem("request.notFound", "This file has no such part.");
  return known;
}

export class RangeProblem extends Problem {
  readonly size: number;
  constructor(size: number) {
    super("request.invalid", `The range lies outside of the part's ${size} bytes.`);
    this.size = size;
  }
}

/** RFC 9110 section 14: one range of bytes. What is no range, or more than one, is answered with the whole. */
export function readRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number; readonly partial: boolean } {
  const whole = { start: 0, end: size, partial: false };
  const match = header === undefined ? null : /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  const [, first = "", last = ""] = match ?? [];
  if (match === null || (first === "" && last === "")) return whole;
  if (first === "") {
    const length = Math.min(Number(last), size);
    if (length === 0) throw new RangeProblem(size);
    return { start: size - length, end: size, partial: true };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  // RFC 9110: a last byte before the first makes it no range at all.
  if (last !== "" && Number(last) < start) return whole;
  if (start >= size) throw new RangeProblem(size);
  return { start, end, partial: true };
}
