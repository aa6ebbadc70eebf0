import { schemas } from "@breakwater/contract";
import { z } from "zod";
import {
  call,
  getEngine,
  readProblem,
  send,
  urlOf,
  type CaseView,
  type FileRow,
  type GrantRow,
} from "../../api/index.ts";
import { factsOf } from "../approvals/grant.ts";
import type { OpenedRelease, PartRole, Purpose } from "../../engine/index.ts";

export interface OpeningRequest {
  readonly view: CaseView;
  readonly file: FileRow;
  readonly roles: readonly PartRole[];
  /** What the grant is for, where that is more than is opened now. */
  readonly parts?: readonly PartRole[] | undefined;
  readonly purpose: Purpose;
  readonly text: string;
  readonly minutes: number;
  readonly uses: number;
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
  let grant: Granted | undefined;
  if (staff) {
    onStep("grant");
    grant =
      (await approvedGrant(file.file, request.parts ?? roles, signal)) ?? (await newGrant(request, place, signal));
    if (grant === undefined) throw new WaitingForApproval();
  }
  onStep("release");
  const { statements } = view;
  const prepared = await engine.prepareRelease({
    manifest,
    statements,
    parts: roles,
    why: grant?.purpose ?? purpose,
    text,
    ...(grant ? { grant: grant.signed } : {}),
  });
  try {
    const release = await call("release", {
      method: "POST",
      body: { act: prepared.act, rpk: prepared.rpk, grant: grant?.signed ?? null },
      answer: schemas.Release,
      signal,
    });
    onStep("verify");
    const opened = await engine.openRelease({ handle: prepared.handle, release, statements });
    return { ...opened, handle: prepared.handle, until: grant?.until ?? until, roles };
  } catch (error) {
    await engine.dropRelease({ handle: prepared.handle });
    throw error;
  }
}

interface Granted {
  readonly signed: Readonly<Record<string, unknown>>;
  readonly purpose: Purpose;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** The request was sent, and somebody must answer it first. */
export class WaitingForApproval extends Error {}

function granted(row: GrantRow): Granted {
  const { purpose, exp } = factsOf(row);
  return { signed: row.grant, purpose, until: Date.parse(exp) };
}

async function myGrants(file: string, signal: AbortSignal): Promise<readonly GrantRow[]> {
  const { grants } = await call("grants", { query: { list: "mine" }, answer: schemas.Grants, signal });
  return grants.filter((row) => row.file.file === file);
}

/** What somebody approved already is used before anybody is asked again. */
async function approvedGrant(
  file: string,
  roles: readonly PartRole[],
  signal: AbortSignal,
): Promise<Granted | undefined> {
  const found = (await myGrants(file, signal)).find(
    (row) =>
      row.state === "live" && row.approvals.length > 0 && roles.every((role) => factsOf(row).parts.includes(role)),
  );
  return found && granted(found);
}

/** Undefined while it waits for an approval. */
async function newGrant(
  { view, roles, parts, purpose, text, minutes, uses }: OpeningRequest,
  place: { readonly org: string; readonly case: string; readonly file: string },
  signal: AbortSignal,
): Promise<Granted | undefined> {
  const engine = await getEngine();
  const { statements } = view;
  const input = { ...place, parts: parts ?? roles, purpose, minutes, uses, text, statements };
  const made = await engine.makeGrant(input);
  await call("grants", { method: "POST", body: made, signal });
  const sent = JSON.stringify(made.grant);
  const row = (await myGrants(place.file, signal)).find((one) => JSON.stringify(one.grant) === sent);
  return row?.state === "live" ? granted(row) : undefined;
}

const Parts = z.object({ parts: z.array(z.object({ part: z.string(), role: z.enum(schemas.PART_ROLES) })).max(16) });

/** The parts that a file has. */
export function rolesOfFile(file: FileRow): readonly PartRole[] {
  const read = Parts.safeParse(file.manifest?.manifest);
  return read.success ? read.data.parts.map(({ role }) => role) : [];
}

/** The ciphertext of one part; it says nothing to anybody who holds no key. */
export async function fetchPart(file: FileRow, role: PartRole, signal: AbortSignal): Promise<Blob> {
  const parts = Parts.parse(file.manifest?.manifest).parts;
  const part = parts.find((one) => one.role === role);
  if (!part) throw new TypeError(`The manifest has no part "${role}".`);
  const response = await send(urlOf("filePart", { file: file.file, part: part.part }), { method: "GET", signal });
  if (!response.ok) throw await readProblem(response);
  return response.blob();
}
