import { createHash } from "node:crypto";
import type { schemas } from "@breakwater/contract";
import {
  keyId,
  manifestHash,
  readManifest,
  releaserKeyId,
  SealError,
  verifyManifest,
  type Manifest,
  type ManifestPart,
  type Receipt,
  type SignedManifest,
  type Trust,
} from "@breakwater/seal";
import { toBase64url, type Json } from "@breakwater/wire";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { caseFacts, refuse } from "../cases/index.ts";
import { ask, findFile, noSuchFile } from "./access.ts";
import type { VaultDeps } from "./face.ts";
import { receiptOf } from "./receipts.ts";
import { lockFile, partsOfFile, sealFile, type FileRecord, type PartRecord } from "./store.ts";

/** Cobblestone's header: salt(24) ‖ commitment(32) (docs/protocol.md section 6). */
const HEADER = 56;
const SALT = 24;

type FinishFile = z.output<typeof schemas.FinishFile>;

/**
 * Protocol 7, step 5. Everything is checked before anything is named; blobs come first and the leaves last, so a crash in
 * between leaves an upload that is not finished, whose blobs the next start deletes.
 */
export async function finish(deps: VaultDeps, session: Session, fileId: string, input: FinishFile): Promise<Receipt> {
  const { accounts, staging, sql, now } = deps;
  const found = await findFile(deps, session, fileId);
  const { file, record } = found;
  if (file.uploader !== session.user) throw noSuchFile();
  const signed = readSigned(input.manifest);
  const man = manifestHash(signed.manifest);
  if (file.state === "sealed") return sealedAlready(deps, session, file, man);
  if (file.until.getTime() <= now())
    throw new Problem("upload.incomplete", "This upload was not finished within 24 hours. Start it anew.");
  refuse(ask(deps, session, { action: "file.upload", case: caseFacts(record) }));
  const parts = await partsOfFile(sql.db, fileId);
  checkPlace(signed.manifest, file, parts, session);
  const trust = await accounts.trust(file.org, await accounts.caseStatements([file.case_id]));
  await checkSignature(signed, session, trust);
  checkKeys(signed.manifest, trust);
  const act = await accounts.checkAct(session, input.act, {
    t: "file.create",
    org: file.org,
    case: file.case_id,
    file: fileId,
  });
  if (act.man !== man) throw new Problem("act.invalid", "The act names another manifest than the one that was sent.");
  for (const part of signed.manifest.parts) await checkArrived(deps, part);

  try {
    for (const part of signed.manifest.parts) await store(deps, part);
    await seal(deps, session, { signed, man, act, fileId });
  } catch (error) {
    await discard(deps, fileId, signed.manifest);
    throw error;
  }
  await Promise.all(parts.map(({ part_id }) => staging.delete(part_id)));
  return receiptOf(deps, session, fileId);
}

interface Sealing {
  readonly signed: SignedManifest;
  readonly man: string;
  readonly act: Awaited<ReturnType<VaultDeps["accounts"]["checkAct"]>>;
  readonly fileId: string;
}

async function seal(
  { sql, ledger, cases, now }: VaultDeps,
  session: Session,
  { signed, man, act, fileId }: Sealing,
): Promise<void> {
  const { org, case: caseId } = signed.manifest;
  await sql.transaction(async (tx) => {
    const locked = await lockFile(tx, fileId);
    if (locked?.state !== "uploading")
      throw new Problem("request.conflict", "This file is sealed already, or its upload was given up.");
    await cases.news(tx, session, caseId, { files: 1 });
    const { index, entry } = await ledger.append(tx, act, session.context);
    await ledger.append(
      tx,
      { v: 1, t: "file.finish", org, case: caseId, file: fileId, man, actor: { id: "server", kind: "server" } },
      session.context,
    );
    await sealFile(tx, fileId, {
      manifest: JSON.stringify(signed),
      man,
      leaf: index,
      entry: toBase64url(entry),
      sealed: new Date(now()),
    });
  });
}

/** Streams the staged bytes into the blobs while hashing them; a part that is not what the manifest says gets no name. */
async function store({ blobs, staging }: VaultDeps, part: ManifestPart): Promise<void> {
  // A finish that died half way may have left this name; the file is not sealed, so nobody relies on what is under it.
  await blobs.delete(part.part);
  const hash = createHash("sha256");
  const header = Buffer.alloc(HEADER);
  let size = 0;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of staging.read(part.part)) {
      hash.update(chunk);
      if (size < HEADER) header.set(chunk.subarray(0, HEADER - size), size);
      size += chunk.length;
      yield chunk;
    }
  };
  await blobs.put(part.part, watched(), () => {
    if (size !== part.ctSize) throw mismatch(part, `has ${size} bytes instead of ${part.ctSize}`);
    if (hash.digest("base64url") !== part.ctSha256)
      throw mismatch(part, "does not have the hash that the manifest names");
    if (toBase64url(header.subarray(SALT)) !== part.commit)
      throw mismatch(part, "does not begin with the commitment that the manifest names");
  });
}

/** Nothing stays of a finish that failed, unless it had succeeded in truth. */
async function discard({ sql, blobs }: VaultDeps, fileId: string, manifest: Manifest): Promise<void> {
  const sealed = await sql.transaction((tx) => lockFile(tx, fileId)).catch(() => undefined);
  if (sealed?.state !== "uploading") return;
  await Promise.all(manifest.parts.map(({ part }) => blobs.delete(part)));
}

async function checkArrived({ staging }: VaultDeps, { part, role, ctSize }: ManifestPart): Promise<void> {
  const size = (await staging.size(part)) ?? 0;
  if (size < ctSize)
    throw new Problem(
      "upload.incomplete",
      `The part "${role}" has ${size} of ${ctSize} bytes. Continue the upload, then finish.`,
    );
}

function checkPlace(manifest: Manifest, file: FileRecord, parts: readonly PartRecord[], session: Session): void {
  const fits =
    manifest.org === file.org &&
    manifest.case === file.case_id &&
    manifest.file === file.file_id &&
    manifest.uploader === session.user &&
    manifest.device === session.device?.dev &&
    manifest.parts.length === parts.length &&
    manifest.parts.every(({ part, role, ctSize }) =>
      parts.some((one) => one.part_id === part && one.role === role && Number(one.ct_size) === ctSize),
    );
  if (!fits)
    throw new Problem(
      "manifest.invalid",
      "The manifest is not about this upload: another place, person, device, or other parts.",
    );
}

async function checkSignature(signed: SignedManifest, session: Session, trust: Trust): Promise<void> {
  const device = trust.device(signed.manifest.device);
  if (device?.person.user !== session.user)
    throw new Problem("manifest.invalid", "The manifest's device is not one that you enrolled.");
  try {
    await verifyManifest(signed, device.jwk);
  } catch (cause) {
    if (cause instanceof SealError) throw new Problem("manifest.invalid", cause.message, { cause });
    throw cause;
  }
}

/** The shares went to the newest keys of this case that chain, and to no others: what is sealed to another key nobody can open. */
function checkKeys(manifest: Manifest, trust: Trust): void {
  const caseKey = trust.caseKey(manifest);
  const releaserKey = trust.releaserKey(manifest);
  if (!caseKey || !releaserKey)
    throw new Problem("statement.untrusted", "The case's keys do not chain to the desk's root.");
  const expected = { v: keyId(manifest.case, caseKey.epoch), r: releaserKeyId(manifest.case, releaserKey.epoch) };
  if (manifest.wraps.some(({ kind, to }) => to !== expected[kind]) || manifest.name.to !== expected.v) {
    throw new Problem("manifest.invalid", "The manifest's shares are sealed to another key than the case's newest.");
  }
}

/** The answer to a finish may be lost; the same finish again is answered like the first. */
function sealedAlready(deps: VaultDeps, session: Session, file: FileRecord, man: string): Promise<Receipt> {
  if (file.man !== man) throw new Problem("request.conflict", "This file is sealed already, with another manifest.");
  return receiptOf(deps, session, file.file_id);
}

function readSigned(value: unknown): SignedManifest {
  try {
    // The body was parsed from JSON; readManifest looks at every member of it.
    return readManifest(value as Json);
  } catch (cause) {
    if (cause instanceof SealError) throw new Problem("manifest.invalid", cause.message, { cause });
    throw cause;
  }
}

function mismatch({ role }: ManifestPart, what: string): Problem {
  return new Problem("upload.mismatch", `The part "${role}" ${what}. Upload the file again.`);
}
