import {
  makeCosignatureVerifier,
  makeVerifier,
  openCheckpoint,
  verifyInclusion,
  LedgerError,
  type TreeHead,
} from "@breakwater/ledger";
import { fromBase64url, toBase64url, utf8, DOMAIN, type Json } from "@breakwater/wire";
import {
  anyJson,
  binary,
  constant,
  id,
  integer,
  isObject,
  list,
  readText,
  shape,
  text,
  time,
  type Check,
} from "./check.ts";
import { SealError } from "./error.ts";
import { canonical } from "./json.ts";
import { readLeaf, type ReadLeaf } from "./leaf.ts";
import { readManifest, type Manifest, type SignedManifest } from "./manifest.ts";
import { partOf } from "./manifest.ts";
import type { MessageSecret } from "./cobblestone.ts";
import type { Role } from "./place.ts";
import { makeReceipt, verifyReceipt, type VerifiedReceipt } from "./receipt.ts";
import { partContext } from "./shares.ts";
import { openTrust, type Trust } from "./trust.ts";
import { newPassphraseSalt, passphraseKeys } from "./userkey.ts";
import { openSmall, sealSmall } from "./webcrypto.ts";

/** A case that somebody takes away (protocol 14): `export.json` in a tar, beside the ciphertext of each part under `parts/`. */
export interface CaseExport {
  readonly v: 1;
  readonly t: "case-export";
  readonly desk: string;
  readonly org: string;
  readonly case: string;
  readonly created: string;
  readonly statements: readonly Json[];
  readonly files: readonly ExportedFile[];
  /** The log may have grown while they were read: each page of lines has the checkpoint that it was proven under. */
  readonly lines: readonly ExportedLines[];
  readonly keys: SealedExportKeys;
}
/** A receipt without its statements, which stand once for all. */
export interface ExportedFile {
  readonly manifest: SignedManifest;
  readonly leaf: string;
  readonly proof: string;
}
export interface ExportedLines {
  readonly checkpoint: string;
  readonly entries: readonly ExportedLine[];
}
export interface ExportedLine {
  readonly index: number;
  readonly leaf: string;
  readonly inclusion: readonly string[];
}
export interface SealedExportKeys {
  readonly salt: string;
  readonly sealed: string;
}
/** What opens an export: content keys by part, and the files' names. */
export interface ExportKeys {
  readonly v: 1;
  readonly parts: Readonly<Record<string, string>>;
  readonly names: Readonly<Record<string, string>>;
}
export interface VerifiedExport {
  readonly trust: Trust;
  readonly files: readonly VerifiedReceipt[];
  /** Size of the log under the checkpoint that every line was checked against. */
  readonly size: number;
  readonly lines: readonly (ReadLeaf & { readonly index: number })[];
}

export const MAX_EXPORT_BYTES = 128 * 1024 * 1024;
const MAX_FILES = 500;
const MAX_LINES_OF_PAGE = 1000;
const MAX_PAGES = 500;
const leaf = text(87_380);

function map<T>(check: Check<T>, most: number): Check<Readonly<Record<string, T>>> {
  return (value, at) => {
    const names = isObject(value) ? Object.keys(value).slice(0, most + 1) : [];
    if (names.length > most) throw new SealError("export.invalid", `${at} has more than ${most} members.`);
    return shape(Object.fromEntries(names.map((name) => [name, check])))(value, at);
  };
}

const exportCheck: Check<CaseExport> = shape({
  v: constant(1),
  t: constant("case-export"),
  desk: text(43, /^[A-Za-z0-9_-]{43}$/),
  org: id("org"),
  case: id("case"),
  created: time,
  statements: list(anyJson, 20_000),
  files: list(shape({ manifest: readManifest, leaf, proof: text(400_000) }), MAX_FILES),
  lines: list(
    shape({
      checkpoint: text(300_000),
      entries: list(
        shape({ index: integer(0, Number.MAX_SAFE_INTEGER), leaf, inclusion: list(binary(32), 63) }),
        MAX_LINES_OF_PAGE,
      ),
    }),
    MAX_PAGES,
  ),
  keys: shape({ salt: binary(16), sealed: binary(28, 8 * 1024 * 1024) }),
});
const keysCheck: Check<ExportKeys> = shape({
  v: constant(1),
  parts: map(binary(32), MAX_FILES * 8),
  names: map(text(1024), MAX_FILES),
});

export function parseCaseExport(input: Uint8Array | string): CaseExport {
  return readText(exportCheck, input, { name: "the export", code: "export.invalid", maxBytes: MAX_EXPORT_BYTES });
}

/** Locks the keys of an export with a passphrase of its own. Takes about half a second. */
export async function sealExportKeys(keys: ExportKeys, passphrase: string, caseId: string): Promise<SealedExportKeys> {
  const salt = newPassphraseSalt();
  const { wrapKey } = await passphraseKeys(passphrase, salt);
  return {
    salt: toBase64url(salt),
    sealed: toBase64url(await sealSmall(wrapKey, aadOf(caseId), utf8(canonical(keys)))),
  };
}

/** Throws export.open for another passphrase. */
export async function openExportKeys(
  sealed: SealedExportKeys,
  passphrase: string,
  caseId: string,
): Promise<ExportKeys> {
  const { wrapKey } = await passphraseKeys(passphrase, fromBase64url(sealed.salt));
  const opened = await openSmall(wrapKey, aadOf(caseId), fromBase64url(sealed.sealed));
  if (!opened) throw new SealError("export.open", "This passphrase does not open the export, or it was changed.");
  return readText(keysCheck, opened, {
    name: "the export's keys",
    code: "export.invalid",
    maxBytes: 8 * 1024 * 1024,
  });
}

/** For decryptStream: the secret of one part. Undefined when the export does not hold its key. */
export function exportedSecret(manifest: Manifest, role: Role, keys: ExportKeys): MessageSecret | undefined {
  const { part } = partOf(manifest, role);
  const key = keys.parts[part];
  const { org, file } = manifest;
  return key === undefined
    ? undefined
    : { key: fromBase64url(key), context: partContext({ org, case: manifest.case, file, part, role }) };
}

/**
 * Every file is the one that was logged, and every line is in the log under one checkpoint that the log signed and the
 * witness cosigned. That no line is left out, an export of one case cannot show.
 */
export async function verifyCaseExport(taken: CaseExport, pins: readonly string[]): Promise<VerifiedExport> {
  const { statements, desk, org } = taken;
  const files: VerifiedReceipt[] = [];
  for (const file of taken.files) {
    const verified = await verifyReceipt(makeReceipt({ desk, statements, ...file }), pins);
    if (verified.org !== org || verified.case !== taken.case)
      throw new SealError("export.invalid", `The file ${verified.file} is of another case.`);
    files.push(verified);
  }
  const trust = await openTrust(statements, pins, Date.parse(taken.created));
  return { trust, files, ...(await verifyLines(taken, trust)) };
}

async function verifyLines(
  { lines, org, case: caseId }: CaseExport,
  trust: Trust,
): Promise<Pick<VerifiedExport, "size" | "lines">> {
  const vkey = trust.logVerifier(trust.origin(org) ?? "");
  if (vkey === undefined || trust.witness === undefined)
    throw new SealError("proof.log", "The desk's signed keys name no log for this organisation.");
  const [log, witness] = [await makeVerifier(vkey), await makeCosignatureVerifier(trust.witness)];
  const read: (ReadLeaf & { readonly index: number })[] = [];
  let size = 0;
  try {
    for (const page of lines) {
      const checkpoint = await openCheckpoint(page.checkpoint, log, [witness]);
      if (checkpoint.cosignatures.length === 0)
        throw new SealError("proof.witness", "The witness has not cosigned the export's checkpoint.");
      for (const line of page.entries) read.push(readLine(line, checkpoint, caseId));
      size = Math.max(size, checkpoint.size);
    }
  } catch (cause) {
    if (cause instanceof LedgerError) throw new SealError("proof.inclusion", cause.message, { cause });
    throw cause;
  }
  return { size, lines: read };
}

function readLine({ index, leaf: entry, inclusion }: ExportedLine, { size, root }: TreeHead, caseId: string) {
  const line = readLeaf(entry);
  if (line.leaf.case !== caseId)
    throw new SealError("export.invalid", `Line ${index} of the export is about another case.`);
  verifyInclusion({ index, size, leafHash: line.hash, root, proof: inclusion.map(fromBase64url) });
  return { ...line, index };
}

function aadOf(caseId: string): Uint8Array {
  return utf8(`${DOMAIN}export\0${caseId}`);
}
