import { schemas } from "@breakwater/contract";
import { z } from "zod";
import { call, getEngine, readProblem, send, urlOf, type CaseView, type FileRow } from "../../api/index.ts";
import type { OpenedRelease, PartRole, Purpose } from "../../engine/index.ts";

export interface OpeningRequest {
  readonly view: CaseView;
  readonly file: FileRow;
  readonly roles: readonly PartRole[];
  readonly purpose: Purpose;
  readonly text: string;
  readonly minutes: number;
  /** Staff need a grant; a customer's own people do not (docs/protocol.md 8). */
  readonly staff: boolean;
}
export type OpeningStep = "grant" | "release" | "verify" | "fetch";

export interface OpenedParts extends OpenedRelease {
  readonly handle: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly roles: readonly PartRole[];
}

/** Grant, leaf, release, proof: nothing is decrypted before the browser has verified all of it. */
export async function open(
  request: OpeningRequest,
  onStep: (step: OpeningStep) => void,
  signal: AbortSignal,
): Promise<OpenedParts> {
  const { view, file, roles, purpose, text, minutes, staff } = request;
  const manifest = file.manifest;
  if (!manifest) throw new TypeError("Only a sealed file can be opened.");
  const engine = await getEngine();
  const until = Date.now() + minutes * 60_000;
  const place = { org: view.case.org, case: view.case.case, file: file.file };
  let grant: Readonly<Record<string, unknown>> | undefined;
  if (staff) {
    onStep("grant");
    const made = await engine.makeGrant({ ...place, parts: roles, purpose, minutes });
    await call("grants", { method: "POST", body: made, signal });
    grant = made.grant;
  }
  onStep("release");
  const { statements } = view;
  const prepared = await engine.prepareRelease({
    manifest,
    statements,
    parts: roles,
    why: purpose,
    text,
    ...(grant ? { grant } : {}),
  });
  try {
    const release = await call("release", {
      method: "POST",
      body: { act: prepared.act, rpk: prepared.rpk, grant: grant ?? null },
      answer: schemas.Release,
      signal,
    });
    onStep("verify");
    const opened = await engine.openRelease({ handle: prepared.handle, release, statements });
    return { ...opened, handle: prepared.handle, until, roles };
  } catch (error) {
    await engine.dropRelease({ handle: prepared.handle });
    throw error;
  }
}

const Parts = z.object({ parts: z.array(z.object({ part: z.string(), role: z.enum(schemas.PART_ROLES) })).max(16) });

/** The ciphertext of one part; it says nothing to anybody who holds no key. */
export async function fetchPart(file: FileRow, role: PartRole, signal: AbortSignal): Promise<Blob> {
  const parts = Parts.parse(file.manifest?.manifest).parts;
  const part = parts.find((one) => one.role === role);
  if (!part) throw new TypeError(`The manifest has no part "${role}".`);
  const response = await send(urlOf("filePart", { file: file.file, part: part.part }), { method: "GET", signal });
  if (!response.ok) throw await readProblem(response);
  return response.blob();
}
