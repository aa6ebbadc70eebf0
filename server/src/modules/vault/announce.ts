import { path, schemas } from "@breakwater/contract";
import { isDuplicate } from "@breakwater/sql";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { caseFacts, refuse, type CaseRecord } from "../cases/index.ts";
import { ask } from "./access.ts";
import type { VaultDeps } from "./face.ts";
import {
  bytesOfOrg,
  countUploads,
  insertFile,
  MAX_FILES_OF_CASE,
  partsOfFile,
  readFile,
  type FileRecord,
  type NewFileRecord,
  type PartRecord,
} from "./store.ts";
import { UPLOAD_MS } from "./uploads.ts";

/** Uploads of one organisation that are under way: each may hold gigabytes. */
const MOST_UPLOADING = 100;
/** One person's: nobody takes the places of all others. */
const MOST_UPLOADING_OF_PERSON = 40;

type NewFile = z.output<typeof schemas.NewFile>;
type FileStarted = z.output<typeof schemas.FileStarted>;

/** Protocol 7, step 3. Announcing the same file again continues it. */
export async function announce(deps: VaultDeps, session: Session, input: NewFile): Promise<FileStarted> {
  const { sql, cases, now } = deps;
  const record = await cases.visible(session, input.case);
  refuse(ask(deps, session, { action: "file.upload", case: caseFacts(record) }));
  const known = await readFile(sql.db, input.file);
  if (known !== undefined) return continued(known, await partsOfFile(sql.db, input.file), session, input);
  checkParts(input);
  await checkRoom(deps, session, record);
  await checkQuota(deps, record.org, input);
  const created = new Date(now());
  const file: NewFileRecord = {
    file_id: input.file,
    case_id: input.case,
    org: record.org,
    uploader: session.user,
    state: "uploading",
    manifest: null,
    man: null,
    leaf: null,
    entry: null,
    created,
    until: new Date(created.getTime() + UPLOAD_MS),
    sealed: null,
  };
  const parts = input.parts.map(({ part, role, ctSize }) => ({
    part_id: part,
    file_id: input.file,
    role,
    ct_size: ctSize,
  }));
  try {
    await sql.transaction((tx) => insertFile(tx, file, parts));
  } catch (error) {
    if (isDuplicate(error)) throw conflict();
    throw error;
  }
  return started(file, parts);
}

async function checkRoom({ sql }: VaultDeps, { user }: Session, { org, case_id }: CaseRecord): Promise<void> {
  const { uploading, own, ofCase } = await countUploads(sql.db, { org, uploader: user, caseId: case_id });
  if (ofCase >= MAX_FILES_OF_CASE)
    throw new Problem("request.conflict", `This case has ${MAX_FILES_OF_CASE} files, which is all that one shows.`, {
      help: "Open another case.",
    });
  if (own >= MOST_UPLOADING_OF_PERSON)
    throw new Problem("request.rateLimited", `You have ${own} uploads under way. Finish some of them first.`);
  if (uploading >= MOST_UPLOADING) {
    throw new Problem(
      "request.rateLimited",
      `Your organisation has ${MOST_UPLOADING} uploads under way. Finish some of them first.`,
    );
  }
}

async function checkQuota({ sql, quotaBytes }: VaultDeps, org: string, { parts }: NewFile): Promise<void> {
  const used = await bytesOfOrg(sql.db, org);
  const wanted = parts.reduce((sum, { ctSize }) => sum + ctSize, 0);
  if (used + wanted <= quotaBytes) return;
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  throw new Problem(
    "storage.quota",
    `Your organisation keeps ${gigabytes(used)} of ${gigabytes(quotaBytes)} GB here; this file needs ${gigabytes(wanted)} GB more.`,
    { help: "Delete files or shred cases that nobody needs, or ask the support desk for more room." },
  );
}

function continued(known: FileRecord, parts: readonly PartRecord[], session: Session, input: NewFile): FileStarted {
  const same =
    known.uploader === session.user &&
    known.case_id === input.case &&
    known.state === "uploading" &&
    parts.length === input.parts.length &&
    input.parts.every(({ part, role, ctSize }) =>
      parts.some((one) => one.part_id === part && one.role === role && Number(one.ct_size) === ctSize),
    );
  if (!same) throw conflict();
  return started(known, parts);
}

function started(file: NewFileRecord, parts: readonly { readonly part_id: string }[]): FileStarted {
  return {
    uploads: parts.map(({ part_id }) => ({ part: part_id, url: path("upload", { part: part_id }) })),
    until: file.until.toISOString(),
  };
}

function checkParts({ parts }: NewFile): void {
  if (
    new Set(parts.map(({ role }) => role)).size !== parts.length ||
    new Set(parts.map(({ part }) => part)).size !== parts.length
  ) {
    throw new Problem("request.invalid", "A file has each part and each role once.");
  }
  const whole = parts.some(({ role }) => role === "text" || role === "raw");
  if (parts.length !== (whole ? 1 : schemas.HAR_ROLES.length))
    throw new Problem("request.invalid", "A recording has four parts; any other file has one.");
}

function conflict(): Problem {
  return new Problem("request.conflict", "There is a file with this id already.");
}
