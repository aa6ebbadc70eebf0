import { sha256 } from "@noble/hashes/sha2.js";
import {
  ciphertextSize,
  encryptStream,
  manifestHash,
  preparePart,
  sealText,
  signManifest,
  type FilePlace,
  type Manifest,
  type ManifestPart,
  type Role,
  type Trust,
  type Wrap,
} from "@breakwater/seal";
import { newId, toBase64url } from "@breakwater/wire";
import type { SealedUpload, SealInput } from "./api.ts";
import { readAll, remove, write } from "./database.ts";
import { device } from "./device.ts";
import { EngineError } from "./error.ts";
import { deleteFolder, folder, openWriter, readFile } from "./files.ts";
import type { CallContext } from "./rpc.ts";
import { dropOther, otherOf } from "./others.ts";
import { dropSanitised, plainParts, type PlainPart } from "./sanitiser.ts";
import type { Session } from "./session.ts";
import { trustOf } from "./trusted.ts";

interface Keys {
  readonly caseKey: { readonly id: string; readonly publicKey: Uint8Array };
  readonly releaserKey: { readonly id: string; readonly publicKey: Uint8Array };
}
interface SealedPart {
  readonly part: ManifestPart;
  readonly wraps: readonly Wrap[];
  /** SHA-256 of the part before it was sealed, base64url. */
  readonly hash: string;
}

/**
 * Seals a sanitised file (docs/protocol.md 6): the ciphertext waits in private storage for the upload. It, and not the
 * plaintext, is what survives a reload, so a resumed upload sends the same bytes and the shares are forgotten at once.
 */
export async function sealFile(session: Session, input: SealInput, context: CallContext): Promise<SealedUpload> {
  const who = session.who();
  const place = { org: input.org, case: input.case, file: newId("file") };
  const keys = sealingKeys(await trustOf(session, input.statements), input);
  const source = await sourceOf(input.handle, context.signal);
  const total = source.parts.reduce((sum, part) => sum + part.blob.size, 0);
  const sealed: SealedPart[] = [];
  let before = 0;
  try {
    for (const { role, blob } of source.parts) {
      const base = before;
      sealed.push(
        await sealPart(place, role, blob, keys, context.signal, (done) =>
          context.progress({ done: base + done, total }),
        ),
      );
      before += blob.size;
    }
    const { dev, key } = await device();
    const manifest: Manifest = {
      v: 1,
      ...place,
      created: new Date().toISOString(),
      uploader: who.user,
      device: dev,
      san: await source.san(sealed, place, keys.caseKey),
      parts: sealed.map(({ part }) => part),
      wraps: sealed.flatMap(({ wraps }) => wraps),
      name: await sealText("name", source.fileName.slice(-200), place, keys.caseKey),
    };
    const upload = describe(source.fileName, manifest, await signManifest(manifest, key));
    await write("uploads", place.file, upload);
    await source.drop();
    return upload;
  } catch (error) {
    await deleteFolder("uploads", place.file);
    throw error;
  }
}

interface Source {
  readonly fileName: string;
  readonly parts: readonly PlainPart[];
  san(sealed: readonly SealedPart[], place: FilePlace, key: Keys["caseKey"]): Promise<Manifest["san"]>;
  drop(): Promise<void>;
}

/** A recording in its four parts, or any other file in one. */
async function sourceOf(handle: string, signal: AbortSignal): Promise<Source> {
  const other = otherOf(handle);
  if (other) {
    return {
      fileName: other.fileName,
      parts: [{ role: other.role, blob: await other.blob() }],
      san: () => Promise.resolve(other.san),
      drop: () => dropOther(handle),
    };
  }
  const { fileName, parts, san, document } = await plainParts(handle, signal);
  return {
    fileName,
    parts,
    async san(sealed, place, key) {
      const hashes = Object.fromEntries(sealed.map(({ part, hash }) => [part.role, hash]));
      return { ...san, doc: await sealText("san", JSON.stringify(document(hashes)), place, key) };
    },
    drop: () => dropSanitised(handle),
  };
}

/** From the trust and nowhere else: a server that names its own key gets nothing sealed to it. */
export function sealingKeys(trust: Trust, place: { readonly org: string; readonly case: string }): Keys {
  const caseKey = trust.caseKey(place);
  const releaserKey = trust.releaserKey(place);
  if (!caseKey)
    throw new EngineError(
      "engine.noKey",
      "The case's key is not signed by anybody you can trust, so nothing is sealed to it. Tell the support desk.",
    );
  if (!releaserKey)
    throw new EngineError(
      "engine.noKey",
      "The releaser's key for this case is not signed by the desk's releaser, so nothing is sealed to it. Tell the support desk.",
    );
  return { caseKey, releaserKey };
}

async function sealPart(
  place: { readonly org: string; readonly case: string; readonly file: string },
  role: Role,
  blob: Blob,
  keys: Keys,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<SealedPart> {
  const part = newId("part");
  const prepared = await preparePart({ ...place, part, role }, keys);
  const writer = await openWriter(await folder("uploads", place.file), part);
  const hash = sha256.create();
  const plain = sha256.create();
  try {
    for await (const bytes of encryptStream(chunksOf(blob, plain), prepared.secret)) {
      signal.throwIfAborted();
      hash.update(bytes);
      writer.write(bytes);
      progress(Math.min(writer.size, blob.size));
    }
  } finally {
    prepared.secret.key.fill(0);
    writer.close();
  }
  const facts = {
    part,
    role,
    size: blob.size,
    ctSize: ciphertextSize(blob.size),
    ctSha256: toBase64url(hash.digest()),
    commit: prepared.commit,
  };
  if (writer.size !== facts.ctSize)
    throw new EngineError("engine.failed", "The file changed while it was sealed. Choose it again.");
  return { part: facts, wraps: prepared.wraps, hash: toBase64url(plain.digest()) };
}

async function* chunksOf(blob: Blob, hash: ReturnType<typeof sha256.create>): AsyncGenerator<Uint8Array> {
  const reader = blob.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    hash.update(value);
    yield value;
  }
}

function describe(fileName: string, manifest: Manifest, signed: { readonly sig: string }): SealedUpload {
  const parts = manifest.parts.map(({ part, role, ctSize }) => ({ part, role, ctSize }));
  return {
    file: manifest.file,
    org: manifest.org,
    case: manifest.case,
    fileName,
    created: manifest.created,
    body: { case: manifest.case, file: manifest.file, parts },
    manifest: { manifest: { ...manifest }, sig: signed.sig },
    man: manifestHash(manifest),
    parts,
  };
}

export async function pendingUploads(caseId: string | undefined): Promise<SealedUpload[]> {
  const all = await readAll<SealedUpload>("uploads");
  return all
    .filter((upload) => caseId === undefined || upload.case === caseId)
    .sort((a, b) => (a.created < b.created ? -1 : 1));
}

export function sealedPart(file: string, part: string): Promise<File> {
  return readFile("uploads", file, part);
}

export async function forgetUpload(file: string): Promise<void> {
  await remove("uploads", file);
  await deleteFolder("uploads", file);
}
