import {
  asText,
  decodeBase64,
  deflate,
  encodeBase64,
  encodeUtf16,
  inflate,
  isMedia,
  maybeRawDeflate,
  mayBeText,
  sniffCompression,
  utf16Order,
  type Compression,
} from "../base64.ts";
import { brotli, unbrotli } from "../brotli.ts";
import { looksRandom } from "../shapes.ts";
import type { Walker } from "../walker.ts";
import { lengthPrefix, rewriteConnect, rewriteFields } from "./fields.ts";

/** Compressed text inside compressed text deeper than this is masked. */
const MAX_NESTED = 3;
const MAX_UNMARKED = 1 << 20;

/** Text that begins with an x and a circumflex is no zlib. */
function isPlain(bytes: Uint8Array): boolean {
  return asText(bytes) !== undefined;
}

/** One character per byte, and back; TextDecoder's "latin1" is Windows-1252, which is not that. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) {
    // Spreading a typed array goes through its iterator, which costs ten times as much.
    const piece: string = Reflect.apply(String.fromCharCode, undefined, bytes.subarray(i, i + 8192));
    text += piece;
  }
  return text;
}

/** A run of base64 that decodes to text or to compressed text: read inside, encoded again. Undefined if it is neither. */
export function rewriteBase64Run(run: string, w: Walker): string | undefined {
  const body = run.replace(/=+$/, "");
  if (body.length < 16 || !/^[A-Za-z0-9+/]+$|^[A-Za-z0-9_-]+$/.test(body)) return undefined;
  // The first bytes tell; decoding a picture to learn that it is one would be waste.
  const head = decodeBase64(body.slice(0, 64));
  if (head === undefined) return undefined;
  // A picture whose encoding nobody declared stays whole.
  if (body.length >= 100 && isMedia(head)) return run;
  const marked = sniffCompression(head) !== undefined || mayBeText(head) || utf16Order(head) !== undefined;
  if (!marked && (body.length > MAX_UNMARKED || !isUnmarked(head))) return undefined;
  const bytes = decodeBase64(body);
  if (bytes === undefined || isMedia(bytes)) return undefined;
  const next = rewriteBytes(bytes, w, false);
  return next === undefined ? undefined : next === bytes ? run : encodeBase64(next, run);
}

/** Formats without a magic number: Brotli, and deflate without a header. */
function isUnmarked(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & 1) === 1 || maybeRawDeflate(bytes);
}

/** Only what they hold proves that it is one of them. */
function rewriteUnmarked(bytes: Uint8Array, w: Walker, level: number): Uint8Array | undefined {
  if (bytes.length < 16 || bytes.length > MAX_UNMARKED || level >= MAX_NESTED || !isUnmarked(bytes)) return undefined;
  const plain = unbrotli(bytes);
  const inner = plain ?? (maybeRawDeflate(bytes) ? inflate(bytes, "deflate") : undefined);
  if (inner === undefined || inner.length < 8 || (asText(inner) === undefined && sniffCompression(inner) !== "gzip"))
    return undefined;
  const next = rewriteBytes(inner, w, true, level + 1);
  if (next === undefined || next === inner) return bytes;
  return plain === undefined ? deflate(next, "deflate") : brotli(next);
}

/** Reads bytes as compressed text or text. With `binary`, other bytes are searched for printable tokens too. */
export function rewriteBytes(bytes: Uint8Array, w: Walker, binary: boolean, level = 0): Uint8Array | undefined {
  const compression = sniffCompression(bytes);
  if (compression !== undefined) {
    const next = rewriteCompressed(bytes, compression, w, level);
    if (next !== undefined) return next;
  }
  const text = asText(bytes);
  if (text !== undefined) {
    const next = w.echoes(w.text(text, "text"));
    return next === text ? bytes : new TextEncoder().encode(next);
  }
  const order = utf16Order(bytes);
  if (order !== undefined && bytes.length % 2 === 0) {
    const wide = new TextDecoder(order, { ignoreBOM: true }).decode(bytes);
    const next = w.echoes(w.text(wide, "text"));
    return next === wide ? bytes : encodeUtf16(next, order);
  }
  const unmarked = rewriteUnmarked(bytes, w, level);
  if (unmarked !== undefined || !binary) return unmarked;
  return rewriteBinary(bytes, w);
}

function rewriteCompressed(
  bytes: Uint8Array,
  compression: Compression,
  w: Walker,
  level: number,
): Uint8Array | undefined {
  const inner = level < MAX_NESTED ? inflate(bytes, compression) : undefined;
  if (inner === undefined) {
    // Two bytes of zlib may be chance; the usual ones, and the three of gzip, are not.
    const certain = compression === "gzip" || (bytes.length >= 64 && bytes[0] === 0x78 && !isPlain(bytes));
    return certain ? new TextEncoder().encode(w.refuse("compressed text that cannot be unpacked")) : undefined;
  }
  const next = rewriteBytes(inner, w, true, level + 1);
  return next === undefined || next === inner ? bytes : deflate(next, compression);
}

/** The SAML redirect binding and some beacons deflate without any header (RFC 1951); only tried where a parameter may hold it. */
export function rewriteRawDeflate(value: string, w: Walker): string | undefined {
  const bytes = decodeBase64(value);
  if (bytes === undefined || bytes.length > 1 << 18 || !maybeRawDeflate(bytes)) return undefined;
  const inner = inflate(bytes, "deflate");
  const text = inner === undefined || inner.length < 8 ? undefined : asText(inner);
  if (text === undefined) return undefined;
  const next = w.echoes(w.text(text, "text"));
  return next === text ? value : encodeBase64(deflate(new TextEncoder().encode(next), "deflate"), value);
}

/** Tokens in protobuf, MessagePack, CBOR or any other binary: replaced at the same length, so that length prefixes stay true. */
export function rewriteBinary(bytes: Uint8Array, w: Walker): Uint8Array {
  if (isMedia(bytes)) return bytes;
  const text = latin1(bytes);
  let out: Uint8Array | undefined;
  const replace = (index: number, next: string): void => {
    out ??= bytes.slice();
    for (let i = 0; i < next.length; i++) out[index + i] = next.charCodeAt(i);
  };
  rewriteConnect(text, w, replace);
  rewriteFields(text, w, replace);
  for (const match of text.matchAll(/[A-Za-z0-9_.~+/=-]{16,4096}/g)) {
    const skip = lengthPrefix(match[0]);
    const run = match[0].slice(skip);
    if (run.includes("redacted")) continue;
    const random = looksRandom(run.replace(/[.=/+~]/g, ""), 18) || /eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/.test(run);
    if (!random) continue;
    const next = w.sized(run, "binary.random", "text");
    if (next !== run) replace(match.index + skip, next);
  }
  const redacted = out === undefined ? text : latin1(out);
  const clean = w.echoesSized(redacted);
  if (clean !== redacted) {
    out ??= bytes.slice();
    for (let i = 0; i < clean.length; i++) out[i] = clean.charCodeAt(i) & 0xff;
  }
  return out ?? bytes;
}
