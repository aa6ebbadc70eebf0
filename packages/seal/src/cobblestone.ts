import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, equalBytes, utf8 } from "@breakwater/wire";
import { SealError } from "./error.ts";
import { owned, randomBytes, type WebKey } from "./webcrypto.ts";

/**
 * Cobblestone-256: c2sp.org/chunked-encryption with HKDF-Expand-SHA-512 and AES-256-GCM.
 * `salt(24) ‖ commitment(32) ‖ chunks of at most 16 KiB + tag`, the last chunk always shorter, so that an end is an end.
 */
export const CHUNK = 16_384;
const TAG = 16;
const SEALED_CHUNK = CHUNK + TAG;
const KEY = 32;
const SALT = 24;
const NONCE = 12;
const COMMITMENT = 32;
export const HEADER = SALT + COMMITMENT;
const MAX_CHUNKS = 2 ** 38;
/** Chunks given to WebCrypto together: enough to hide its per-call cost, and 1 MiB of memory. */
const BATCH = 64;
const INFO = concat(utf8("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM"), new Uint8Array(1));

/** The input key (32 uniformly random bytes) and what the message is bound to. */
export interface MessageSecret {
  readonly key: Uint8Array;
  readonly context: Uint8Array;
}
/**
 * For encryption. The same key and salt give the same bytes, which is what lets an upload resume;
 * INVARIANT: never two different plaintexts under one key and salt (GCM nonces would repeat).
 */
export interface SaltedSecret extends MessageSecret {
  readonly salt: Uint8Array;
}
/** Bytes that can be read anywhere: a Blob, a file, HTTP ranges. `read` gives exactly `length` bytes. */
export interface ByteSource {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}
export type ByteStream = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

interface MessageKeys {
  readonly key: WebKey;
  readonly nonce: Uint8Array;
  readonly header: Uint8Array<ArrayBuffer>;
}

export function newSalt(): Uint8Array<ArrayBuffer> {
  return randomBytes(SALT);
}

export function ciphertextSize(plaintextSize: number): number {
  return HEADER + plaintextSize + TAG * (Math.floor(plaintextSize / CHUNK) + 1);
}

/** The plaintext's size; throws cipher.truncated for a size that no message has. */
export function plaintextSize(size: number): number {
  const body = size - HEADER;
  const last = body % SEALED_CHUNK;
  if (body < TAG || last < TAG) throw truncated();
  return Math.floor(body / SEALED_CHUNK) * CHUNK + last - TAG;
}

/** Where chunk `k` begins in the ciphertext. */
export function chunkOffset(k: number): number {
  return HEADER + k * SEALED_CHUNK;
}

/** The commitment that the header of this message holds (protocol 6: a part's `commit`). */
export function commitment(secret: SaltedSecret): Uint8Array<ArrayBuffer> {
  return derive(secret).subarray(KEY + NONCE);
}

export async function encrypt(plaintext: Uint8Array, secret: SaltedSecret): Promise<Uint8Array<ArrayBuffer>> {
  return collect(encryptStream([plaintext], secret), ciphertextSize(plaintext.length));
}

/** Nothing comes out unless everything verified. */
export async function decrypt(ciphertext: Uint8Array, secret: MessageSecret): Promise<Uint8Array<ArrayBuffer>> {
  return collect(decryptStream([ciphertext], secret), plaintextSize(ciphertext.length));
}

export async function* encryptStream(
  source: ByteStream,
  secret: SaltedSecret,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  yield concat(secret.salt, commitment(secret));
  yield* encryptFrom(source, secret, 0);
}

/** `source` is the plaintext from chunk `first` on; out comes the ciphertext from `chunkOffset(first)` on. */
export async function* encryptFrom(
  source: ByteStream,
  secret: SaltedSecret,
  first: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const keys = await messageKeys(secret, "encrypt");
  let chunk = first;
  yield* ahead(regroup(source, BATCH * CHUNK), (batch) => {
    const at = chunk;
    chunk += BATCH;
    // A full batch holds full chunks only; the rest ends in the one short chunk, which may be empty.
    return encryptChunks(keys, batch.bytes, at, batch.last ? Math.floor(batch.bytes.length / CHUNK) + 1 : BATCH);
  });
}

/** Plaintext comes out only after its chunk's tag verified; a cut or extended message ends in cipher.truncated. */
export async function* decryptStream(
  source: ByteStream,
  secret: MessageSecret,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const parts = splitHeader(source);
  const head = await parts.next();
  const keys = await openHeader(head.value ?? new Uint8Array(), secret);
  let chunk = 0;
  yield* ahead(regroup(parts, BATCH * SEALED_CHUNK), (batch) => {
    const at = chunk;
    chunk += BATCH;
    return decryptChunks(keys, batch.bytes, at, batch.last);
  });
}

/** Random access to a sealed message: the header and the length are verified here, each chunk when it is read. */
export interface RandomAccess {
  /** Of the plaintext. */
  readonly size: number;
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

export async function randomAccess(source: ByteSource, secret: MessageSecret): Promise<RandomAccess> {
  const size = plaintextSize(source.size);
  const keys = await openHeader(await readExactly(source, 0, HEADER), secret);
  const lastChunk = Math.floor(size / CHUNK);
  // Only the true last chunk is short, so decrypting it authenticates the length.
  await decryptChunks(
    keys,
    await readExactly(source, chunkOffset(lastChunk), source.size - chunkOffset(lastChunk)),
    lastChunk,
    true,
  );
  return {
    size,
    async read(start, end) {
      checkRange(start, end, size);
      const out = new Uint8Array(end - start);
      for (let chunk = Math.floor(start / CHUNK); chunk * CHUNK < end; chunk += BATCH) {
        const from = chunkOffset(chunk);
        const until = Math.min(chunkOffset(Math.min(chunk + BATCH, Math.floor((end - 1) / CHUNK) + 1)), source.size);
        const plain = await decryptChunks(
          keys,
          await readExactly(source, from, until - from),
          chunk,
          until === source.size,
        );
        copyOverlap(plain, chunk * CHUNK, out, start);
      }
      return out;
    },
  };
}

/** One range of the plaintext, `start` to `end` (exclusive). */
export async function openRange(
  source: ByteSource,
  secret: MessageSecret,
  range: { readonly start: number; readonly end: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const access = await randomAccess(source, secret);
  return access.read(range.start, range.end);
}

/** The ciphertext's bytes `start` to `end`, without making the rest: what an upload that resumes sends. */
export async function encryptRange(
  source: ByteSource,
  secret: SaltedSecret,
  range: { readonly start: number; readonly end: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const size = ciphertextSize(source.size);
  checkRange(range.start, range.end, size);
  const keys = await messageKeys(secret, "encrypt");
  const out = new Uint8Array(range.end - range.start);
  copyOverlap(keys.header, 0, out, range.start);
  const firstChunk = Math.max(0, Math.floor((range.start - HEADER) / SEALED_CHUNK));
  for (let chunk = firstChunk; chunkOffset(chunk) < range.end; chunk += BATCH) {
    const count = Math.min(BATCH, Math.ceil((range.end - HEADER) / SEALED_CHUNK) - chunk);
    const plain = await readExactly(source, chunk * CHUNK, Math.min(count * CHUNK, source.size - chunk * CHUNK));
    copyOverlap(await encryptChunks(keys, plain, chunk, count), chunkOffset(chunk), out, range.start);
  }
  return out;
}

function derive(secret: SaltedSecret): Uint8Array<ArrayBuffer> {
  if (secret.key.length !== KEY)
    throw new SealError("cipher.key", `A content key has ${KEY} bytes; this one has ${secret.key.length}.`);
  if (secret.salt.length !== SALT)
    throw new SealError("cipher.key", `A salt has ${SALT} bytes; this one has ${secret.salt.length}.`);
  // HKDF-Expand (RFC 5869 section 2.3) of 76 bytes, which are two blocks. Written out because the library's refuses an
  // input key shorter than the hash, and this format's has 32 bytes by definition.
  const info = concat(INFO, secret.salt, secret.context);
  const first = hmac(sha512, secret.key, concat(info, new Uint8Array([1])));
  const second = hmac(sha512, secret.key, concat(first, info, new Uint8Array([2])));
  return concat(first, second).slice(0, KEY + NONCE + COMMITMENT);
}

async function messageKeys(secret: SaltedSecret, usage: "encrypt" | "decrypt"): Promise<MessageKeys> {
  const okm = derive(secret);
  const key = await crypto.subtle.importKey("raw", okm.subarray(0, KEY), "AES-GCM", false, [usage]);
  return { key, nonce: okm.slice(KEY, KEY + NONCE), header: concat(secret.salt, okm.subarray(KEY + NONCE)) };
}

/** The commitment is checked before any chunk is: it is what refuses a message made to open under two keys. */
async function openHeader(header: Uint8Array, secret: MessageSecret): Promise<MessageKeys> {
  if (header.length < HEADER) throw truncated();
  const keys = await messageKeys({ ...secret, salt: header.slice(0, SALT) }, "decrypt");
  if (!equalBytes(keys.header, header)) {
    throw new SealError(
      "cipher.commitment",
      "This content was not sealed with this key for this place, or its beginning was changed.",
    );
  }
  return keys;
}

/** The base nonce XOR the chunk's number, big-endian, in its last five bytes. */
function chunkNonce(base: Uint8Array, chunk: number): Uint8Array<ArrayBuffer> {
  if (chunk >= MAX_CHUNKS) throw new SealError("cipher.range", "A message has at most 2^38 chunks.");
  const nonce = new Uint8Array(base);
  const view = new DataView(nonce.buffer);
  view.setUint32(8, (view.getUint32(8) ^ chunk) >>> 0);
  view.setUint8(7, view.getUint8(7) ^ Math.floor(chunk / 2 ** 32));
  return nonce;
}

async function encryptChunks(
  keys: MessageKeys,
  plaintext: Uint8Array,
  first: number,
  count: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = owned(plaintext);
  const sealed = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      crypto.subtle.encrypt(
        { name: "AES-GCM", iv: chunkNonce(keys.nonce, first + i) },
        keys.key,
        bytes.subarray(i * CHUNK, (i + 1) * CHUNK),
      ),
    ),
  );
  return concat(...sealed.map((chunk) => new Uint8Array(chunk)));
}

async function decryptChunks(
  keys: MessageKeys,
  ciphertext: Uint8Array,
  first: number,
  last: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  if (last && ciphertext.length % SEALED_CHUNK < TAG) throw truncated();
  const bytes = owned(ciphertext);
  try {
    const opened = await Promise.all(
      Array.from({ length: Math.ceil(bytes.length / SEALED_CHUNK) }, (_, i) =>
        crypto.subtle.decrypt(
          { name: "AES-GCM", iv: chunkNonce(keys.nonce, first + i) },
          keys.key,
          bytes.subarray(i * SEALED_CHUNK, (i + 1) * SEALED_CHUNK),
        ),
      ),
    );
    return concat(...opened.map((chunk) => new Uint8Array(chunk)));
  } catch (cause) {
    if (cause instanceof SealError) throw cause;
    throw new SealError(
      "cipher.authentication",
      "This content was changed after it was sealed; nothing of it is shown.",
      { cause },
    );
  }
}

interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly last: boolean;
}

/** Cuts any stream into pieces of exactly `size` bytes and one shorter, perhaps empty, last piece. */
async function* regroup(source: ByteStream, size: number): AsyncGenerator<Batch, void, void> {
  let buffer = new Uint8Array(size);
  let filled = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.length;) {
      const take = Math.min(piece.length - at, size - filled);
      buffer.set(piece.subarray(at, at + take), filled);
      filled += take;
      at += take;
      if (filled === size) {
        yield { bytes: buffer, last: false };
        buffer = new Uint8Array(size);
        filled = 0;
      }
    }
  }
  yield { bytes: buffer.slice(0, filled), last: true };
}

/** First the header's bytes as one piece, then the rest as it comes. */
async function* splitHeader(source: ByteStream): AsyncGenerator<Uint8Array, void, void> {
  const header = new Uint8Array(HEADER);
  let filled = 0;
  for await (const piece of source) {
    const take = Math.min(piece.length, HEADER - filled);
    if (take > 0) {
      header.set(piece.subarray(0, take), filled);
      filled += take;
      if (filled === HEADER) yield header;
    }
    if (take < piece.length) yield piece.subarray(take);
  }
  if (filled < HEADER) yield header.subarray(0, filled);
}

/** Works on one batch while the consumer has the one before. */
async function* ahead(
  batches: AsyncIterable<Batch>,
  work: (batch: Batch) => Promise<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let pending: Promise<Uint8Array<ArrayBuffer>> | undefined;
  for await (const batch of batches) {
    const next = work(batch);
    // If the consumer stops or the batch before fails, nobody awaits this one: its failure must not end the process.
    next.catch(() => {});
    if (pending) yield await pending;
    pending = next;
  }
  if (pending) yield await pending;
}

async function collect(stream: AsyncIterable<Uint8Array>, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(size);
  let at = 0;
  for await (const piece of stream) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

async function readExactly(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await source.read(offset, length);
  if (bytes.length !== length) throw truncated();
  return bytes;
}

/** Copies the part of `piece` (which lies at `pieceAt` of the whole) that falls into `out` (which begins at `outAt`). */
function copyOverlap(piece: Uint8Array, pieceAt: number, out: Uint8Array, outAt: number): void {
  const from = Math.max(pieceAt, outAt);
  const until = Math.min(pieceAt + piece.length, outAt + out.length);
  if (from < until) out.set(piece.subarray(from - pieceAt, until - pieceAt), from - outAt);
}

function checkRange(start: number, end: number, size: number): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end || end > size) {
    throw new SealError("cipher.range", `The range ${start} to ${end} is not inside the ${size} bytes that there are.`);
  }
}

function truncated(): SealError {
  return new SealError("cipher.truncated", "This content is cut off or extended: no sealed content has this length.");
}
