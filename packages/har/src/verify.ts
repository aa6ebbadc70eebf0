import {
  asText,
  decodeBase64,
  decodeRun,
  inflate,
  isMedia,
  maybeRawDeflate,
  sniffCompression,
  utf16Order,
  type Compression,
} from "./base64.ts";
import { unbrotli } from "./brotli.ts";
import { MIN_LENGTH, type Dictionary } from "./dictionary.ts";
import { BASE64_CHARACTERS, nextRun } from "./runs.ts";
import { isQuotedPrintable, MAX_LEVELS, unescapeOnce } from "./views.ts";

/**
 * Looks for known values in finished output. It knows nothing of places, names or formats: it undoes every encoding it
 * can, whatever stands where, and searches each result.
 */

export const ENCODINGS = [
  "raw",
  "percent-encoding (5 levels)",
  "JSON and JavaScript escapes",
  "HTML entities",
  "base64 and base64url at any alignment",
  "hexadecimal",
  "UTF-16",
  "quoted-printable",
  "single bytes in hexadecimal or decimal",
  "gzip, zlib, deflate and Brotli inside base64",
  "pieces of 16 characters of random values",
] as const;

export const MAX_DEPTH = 4;
/** Shorter runs of base64 or hexadecimal hold no value. */
export const MIN_READ_RUN = 20;
/** So many characters of a run tell what it is. */
const HEAD = 44;
/** Headerless deflate has no magic number, so only this many candidates per text are tried. */
export const MAX_RAW_DEFLATE = 32;

export function holdsKnown(dictionary: Dictionary, text: string, depth = MAX_DEPTH): boolean {
  if (text.length < MIN_LENGTH) return false;
  const seen = new Set<string>();
  let plain: string | undefined = text;
  for (let level = 0; level <= MAX_LEVELS && plain !== undefined; level++) {
    if (dictionary.occursIn(plain)) return true;
    if (quotedPrintable(dictionary, plain)) return true;
    if (depth > 0 && plain.length <= MAX_SEPARATED && SEPARATED.test(plain)) {
      const joined = joinBytes(plain);
      if (joined !== plain && holdsKnown(dictionary, joined, depth - 1)) return true;
    }
    const next: string | undefined = unescapeOnce(plain);
    // Encoded runs are read once, where no escape interrupts them any more; and where their padding before a line break
    // will be taken for a soft one.
    const complete = next === undefined || level === 0 || isQuotedPrintable(plain);
    if (depth > 0 && complete && inRuns(dictionary, plain, depth, seen)) return true;
    plain = next;
  }
  return false;
}

/** Bytes written one by one, as dumps (`73 69 64`, `73:69:64`) and serialised buffers (`115,105,100`) do. */
export const SEPARATED = /(?:[2-7][0-9a-f][ :]){8}|(?:\d{2,3}, ?){8}/i;
/** Longer texts are not asked: it would cost more than it finds. */
export const MAX_SEPARATED = 1 << 13;

function joinBytes(text: string): string {
  const character = (byte: string, base: number): string => String.fromCharCode(Number.parseInt(byte, base) & 0xff);
  return text
    .replace(/(?:[2-7][0-9a-f][ :]){8,}[2-7][0-9a-f]/gi, (run) =>
      run.replace(/([0-9a-f]{2})[ :]?/gi, (_, byte: string) => character(byte, 16)),
    )
    .replace(/(?:\d{2,3}, ?){8,}\d{2,3}/g, (run) =>
      run.replace(/(\d{2,3})(?:, ?)?/g, (_, byte: string) => character(byte, 10)),
    );
}

function quotedPrintable(dictionary: Dictionary, text: string): boolean {
  if (!text.includes("=\n") && !text.includes("=\r\n") && !text.includes("=3D")) return false;
  return dictionary.occursIn(
    text
      .replace(/=\r?\n/g, "")
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
}

function inRuns(dictionary: Dictionary, text: string, depth: number, seen: Set<string>): boolean {
  const tries = { left: MAX_RAW_DEFLATE };
  for (
    let at = nextRun(text, BASE64_CHARACTERS, MIN_READ_RUN, 0);
    at !== undefined;
    at = nextRun(text, BASE64_CHARACTERS, MIN_READ_RUN, at.end)
  ) {
    // The same run is met again after an escape elsewhere in the text was undone.
    const run = text.slice(at.start, at.end);
    if (run.length < 200) {
      if (seen.has(run)) continue;
      seen.add(run);
    }
    if (runHolds(dictionary, run, depth, tries)) return true;
  }
  return false;
}

/** How many more runs of a text may be opened of which nothing but trying tells whether they are compressed. */
export interface Tries {
  left: number;
}

/** Does a run of base64 or hexadecimal hold something known once it is decoded and decompressed? */
export function runHolds(dictionary: Dictionary, run: string, depth: number, tries: Tries): boolean {
  const plain = hexText(run);
  if (plain !== undefined) return holdsKnown(dictionary, plain, depth - 1);
  const head = decodeBase64(run.slice(0, HEAD));
  if (head === undefined) return false;
  const { kind, textual, raw, odd } = guess(head, run.length);
  if (kind === undefined && !textual && ((!raw && !odd) || tries.left <= 0)) return false;
  const bytes = decodeBase64(run.length % 4 === 1 ? run.slice(0, -1) : run);
  if (bytes === undefined) return false;
  const unpacked = odd ? unbrotli(bytes) : undefined;
  if (raw || unpacked !== undefined) tries.left--;
  const inner =
    unpacked ?? (textual ? bytes : raw || kind !== undefined ? inflate(bytes, kind ?? "deflate") : undefined);
  return inner !== undefined && inner.length >= 8 && inBytes(dictionary, inner, depth - 1);
}

interface Guess {
  readonly kind: Compression | undefined;
  readonly textual: boolean;
  /** Perhaps deflate without a header. */
  readonly raw: boolean;
  /** Perhaps Brotli. */
  readonly odd: boolean;
}

function guess(head: Uint8Array, length: number): Guess {
  const kind = sniffCompression(head);
  const textual = kind === undefined && (printable(head) || utf16Order(head) !== undefined);
  const unknown = kind === undefined && !textual;
  const raw = unknown && length <= 1 << 17 && maybeRawDeflate(head);
  const odd = unknown && length <= 1 << 20 && ((head[0] ?? 0) & 1) === 1 && !isMedia(head);
  return { kind, textual, raw, odd };
}

/** For a run as bytes: may be opened, so that it has to be looked at by `runHolds`. */
export function mayHold(bytes: Uint8Array, start: number, end: number): boolean {
  if (maybeHexText(bytes, start, end)) return true;
  const { kind, textual, raw, odd } = guess(decodeRun(bytes, start, Math.min(end, start + HEAD)), end - start);
  return kind !== undefined || textual || raw || odd;
}

function maybeHexText(bytes: Uint8Array, start: number, end: number): boolean {
  if ((end - start) % 2 !== 0) return false;
  // What follows 0x, too, is left to the expression.
  for (let i = start + 2; i < start + 16; i++) {
    const c = (bytes[i] ?? 0) | 0x20;
    if (!((c >= 0x30 && c <= 0x39) || (c >= 0x61 && c <= 0x66))) return false;
  }
  return true;
}

/** Hexadecimal of printable text; digests are not printable. */
function hexText(digits: string): string | undefined {
  const run = digits.startsWith("0x") ? digits.slice(2) : digits;
  if (run.length % 2 !== 0 || !/^[2-7][0-9a-f][0-9a-f]{14}/i.test(run) || !/^[0-9a-f]+$/i.test(run)) return undefined;
  let text = "";
  for (let i = 0; i < run.length; i += 2) text += String.fromCharCode(Number.parseInt(run.slice(i, i + 2), 16));
  return /^[\s -~]{8}/.test(text) ? text : undefined;
}

function printable(bytes: Uint8Array): boolean {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte >= 0x20 && byte < 0x7f) count++;
  }
  return count * 10 >= bytes.length * 8;
}

const lenient = new TextDecoder("latin1");

function inBytes(dictionary: Dictionary, bytes: Uint8Array, depth: number): boolean {
  const kind = sniffCompression(bytes);
  if (kind !== undefined && depth > 0) {
    const inner = inflate(bytes, kind);
    if (inner !== undefined && inBytes(dictionary, inner, depth - 1)) return true;
  }
  return holdsKnown(dictionary, asText(bytes) ?? lenient.decode(bytes), depth);
}
