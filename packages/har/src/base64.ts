import { deflateSync, Gunzip, gzipSync, Inflate, Unzlib, zlibSync } from "fflate";

const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const REVERSE = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) REVERSE[STANDARD.charCodeAt(i)] = i;
REVERSE[0x2d] = 62;
REVERSE[0x5f] = 63;

/** Decodes both alphabets, with or without padding, ignoring line breaks. Returns undefined where it is not base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 0x3d || text.charCodeAt(end - 1) <= 0x20)) end--;
  const out = new Uint8Array(Math.floor((end * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x0a || code === 0x0d) continue;
    const value = code < 128 ? (REVERSE[code] ?? -1) : -1;
    if (value < 0) return undefined;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (held >> bits) & 0xff;
    }
  }
  return bits === 6 ? undefined : out.subarray(0, at);
}

const run = new Uint8Array(64);

/** Decodes up to 84 characters of either alphabet without padding. What it gives is overwritten by the next call. */
export function decodeRun(text: Uint8Array, start: number, end: number): Uint8Array {
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = start; i < end; i++) {
    held = ((held << 6) | (REVERSE[text[i] ?? 0] ?? 0)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      run[at++] = (held >> bits) & 0xff;
    }
  }
  return run.subarray(0, at);
}

/** Encodes in the manner of `like`: its alphabet and its padding. */
export function encodeBase64(bytes: Uint8Array, like: string): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] ?? 0;
    const b = bytes[i + 1] ?? 0;
    const c = bytes[i + 2] ?? 0;
    const n = Math.min(3, bytes.length - i);
    text += STANDARD.charAt(a >> 2) + STANDARD.charAt(((a & 3) << 4) | (b >> 4));
    if (n > 1) text += STANDARD.charAt(((b & 15) << 2) | (c >> 6));
    if (n > 2) text += STANDARD.charAt(c & 63);
  }
  const url = /[-_]/.test(like) || (!/[+/]/.test(like) && like.length % 4 !== 0);
  if (url) text = text.replace(/\+/g, "-").replace(/\//g, "_");
  if (!url || like.endsWith("=")) while (text.length % 4 !== 0) text += "=";
  return text;
}

/** The longest compressed text that is opened inside a file, and the most it may grow to. */
const MAX_INFLATED = 64 * 1024 * 1024;
const MAX_RATIO = 1100;
const SLICE = 1 << 14;

export type Compression = "gzip" | "zlib" | "deflate";

/** Undefined where the bytes are not of that format, are cut short, or grow beyond all reason. */
export function inflate(bytes: Uint8Array, kind: Compression): Uint8Array | undefined {
  const room = Math.min(MAX_INFLATED, Math.max(1 << 20, bytes.length * MAX_RATIO));
  const chunks: Uint8Array[] = [];
  let length = 0;
  const keep = (chunk: Uint8Array): void => {
    length += chunk.length;
    if (length > room) throw new RangeError("too large");
    chunks.push(chunk);
  };
  let members = 0;
  const gunzip = new Gunzip(keep);
  gunzip.onmember = () => members++;
  const stream = kind === "gzip" ? gunzip : kind === "zlib" ? new Unzlib(keep) : new Inflate(keep);
  try {
    for (let at = 0; at < bytes.length; at += SLICE)
      stream.push(bytes.subarray(at, at + SLICE), at + SLICE >= bytes.length);
  } catch {
    return undefined;
  }
  // RFC 1952 section 2.3.1: ISIZE. What is cut short inflates in part.
  if (kind === "gzip" && members <= 1 && sizeAtEnd(bytes) !== length % 0x1_0000_0000) return undefined;
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

function sizeAtEnd(bytes: Uint8Array): number {
  return bytes.length < 18 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
}

/** Order in which code length codes are stored, RFC 1951 section 3.2.7. */
const CODE_ORDER = 19;

/**
 * Could this be headerless deflate of text (RFC 1951)? Decoding random bytes to find out that they are not costs more
 * than everything else, and these checks of the first block let about one random text in fifty through.
 */
export function maybeRawDeflate(bytes: Uint8Array): boolean {
  const bit = (at: number): number => ((bytes[at >> 3] ?? 0) >> (at & 7)) & 1;
  const bits = (at: number, count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value |= bit(at + i) << i;
    return value;
  };
  if (bytes.length < 8) return false;
  const type = bits(1, 2);
  if (type === 0) return ((bytes[1] ?? 0) ^ (bytes[3] ?? 0)) === 0xff && ((bytes[2] ?? 0) ^ (bytes[4] ?? 0)) === 0xff;
  if (type === 3) return false;
  if (type === 2) {
    if (bits(3, 5) > 29 || bits(8, 5) > 29) return false;
    const count = bits(13, 4) + 4;
    let kraft = 0;
    for (let i = 0; i < Math.min(count, CODE_ORDER); i++) {
      const length = bits(17 + i * 3, 3);
      if (length > 0) kraft += 128 >> length;
    }
    return kraft === 128;
  }
  // Fixed codes: text begins with literals, and 0x30 + value in eight bits is the code of a literal below 144.
  for (let symbol = 0, at = 3; symbol < 5; symbol++, at += 8) {
    let code = 0;
    for (let i = 0; i < 8; i++) code = (code << 1) | bit(at + i);
    const value = code - 0x30;
    // A zero is every second byte of UTF-16.
    if (!((value >= 0x20 && value < 0x7f) || value === 0 || value === 10 || value === 13 || value === 9))
      return symbol >= 2 && code < 0x30;
  }
  return true;
}

/** UTF-16 of text in Latin letters: every second byte is zero. */
export function utf16Order(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes.length < 16) return undefined;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < 16; i += 2) {
    if (bytes[i] === 0) even++;
    if (bytes[i + 1] === 0) odd++;
  }
  return odd >= 7 && even === 0 ? "utf-16le" : even >= 7 && odd === 0 ? "utf-16be" : undefined;
}

export function encodeUtf16(text: string, order: "utf-16le" | "utf-16be"): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), order === "utf-16le");
  return new Uint8Array(view.buffer);
}

/** A cheap first look: no control characters and mostly ASCII. */
export function mayBeText(head: Uint8Array): boolean {
  let high = 0;
  for (const byte of head) {
    if (byte >= 0x7f) high++;
    else if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return false;
  }
  return high * 3 <= head.length;
}

export function deflate(bytes: Uint8Array, kind: Compression): Uint8Array {
  // A fixed time stamp: the same input and key give the same output (RFC 1952 section 2.3.1, MTIME 0 means none).
  if (kind === "gzip") return gzipSync(bytes, { mtime: 0 });
  return kind === "zlib" ? zlibSync(bytes) : deflateSync(bytes);
}

export function sniffCompression(bytes: Uint8Array): Compression | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8) return "gzip";
  // RFC 1950: method 8, and the first two bytes are a multiple of 31.
  if (((bytes[0] ?? 0) & 0x8f) === 0x08 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0 && bytes.length > 8)
    return "zlib";
  return undefined;
}

/** Formats whose bytes are pixels, sound, fonts or code: no text of a person is searched in them. */
export function isMedia(b: Uint8Array): boolean {
  const four = (((b[0] ?? 0) << 24) | ((b[1] ?? 0) << 16) | ((b[2] ?? 0) << 8) | (b[3] ?? 0)) >>> 0;
  if (four === 0x89504e47 || four >>> 8 === 0xffd8ff || four === 0x47494638 || four === 0x52494646) return true;
  if (four === 0x774f4632 || four === 0x774f4646 || four === 0x00010000 || four === 0x4f54544f) return true;
  if (four === 0x00000100 || four === 0x0061736d || four === 0x49443303 || four === 0x4f676753) return true;
  return (b[4] === 0x66 && b[5] === 0x74 && b[6] === 0x79 && b[7] === 0x70) || four === 0x1a45dfa3;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that these bytes are, if they are text: UTF-8 with few control characters. */
export function asText(bytes: Uint8Array): string | undefined {
  const probe = Math.min(bytes.length, 512);
  let odd = 0;
  for (let i = 0; i < probe; i++) {
    const c = bytes[i] ?? 0;
    if (c < 0x20 && c !== 9 && c !== 10 && c !== 13) odd++;
  }
  if (odd * 50 > probe) return undefined;
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}
