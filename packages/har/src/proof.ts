import type { Dictionary } from "./dictionary.ts";
import { BASE64_CHARACTERS, nextByteRun, SEPARATED_CHARACTERS } from "./runs.ts";
import {
  holdsKnown,
  MAX_DEPTH,
  MAX_RAW_DEFLATE,
  MAX_SEPARATED,
  mayHold,
  MIN_READ_RUN,
  runHolds,
  SEPARATED,
} from "./verify.ts";

/** Texts with escapes that were searched before. When full, all are forgotten. */
const MAX_SEEN = 20_000;
const MAX_SEEN_LENGTH = 400;
/** A buffer for the plain text that grew beyond this is dropped again. */
const KEPT_BUFFER = 1 << 20;

/** Eight bytes and what stands between them. */
const MIN_SEPARATED = 24;

const PERCENT = 1;
const ENTITY = 2;
const BACKSLASH = 8;
const QUOTED_PRINTABLE = 16;
const NUL = 32;
const QUOTE = 64;
const EQUALS = 128;

const KINDS = new Uint8Array(256);
KINDS[0] = NUL;
KINDS[0x22] = QUOTE;
KINDS[0x25] = PERCENT;
KINDS[0x26] = ENTITY;
KINDS[0x3d] = EQUALS;
KINDS[0x5c] = BACKSLASH;

/** RFC 8259 section 7: what follows a backslash, beside u. */
const ESCAPES = new Uint8Array(128);
for (const [letter, code] of Object.entries({ b: 8, f: 12, n: 10, r: 13, t: 9, '"': 34, "/": 47, "\\": 92 }))
  ESCAPES[letter.charCodeAt(0)] = code;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Searches JSON as the bytes that are about to be written for everything that is known. It undoes the escapes of JSON and
 * searches the whole as one text; a string in which there is more to undo is searched by itself as well (verify.ts). So
 * it finds whatever a search of the strings one by one would find, without making strings of them.
 */
export class Proof {
  readonly #dictionary: Dictionary;
  readonly #seen = new Set<string>();
  #plain = new Uint8Array(1 << 16);

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** Certainly nothing known in it? If not, the strings have to be looked at one by one. */
  clears(json: Uint8Array): boolean {
    if (json.length > this.#plain.length) this.#plain = new Uint8Array(json.length * 2);
    const length = this.#decode(json);
    const clean = length >= 0 && this.#clean(this.#plain.subarray(0, length));
    if (this.#plain.length > KEPT_BUFFER) this.#plain = new Uint8Array(1 << 16);
    return clean;
  }

  #clean(plain: Uint8Array): boolean {
    return !this.#dictionary.occursInBytes(plain) && this.#runsClean(plain) && this.#separatedClean(plain);
  }

  /** Undoes the escapes of JSON: never longer than what it was made from. Gives the length, or -1 if something is known. */
  #decode(json: Uint8Array): number {
    const plain = this.#plain;
    let length = 0;
    let start = -1;
    let met = 0;
    for (let i = 0; i < json.length; i++) {
      const c = json[i] ?? 0;
      const kind = KINDS[c] ?? 0;
      if (kind === 0) {
        plain[length++] = c;
        continue;
      }
      if (kind === BACKSLASH) {
        const next = json[i + 1] ?? 0;
        if (next === 0x75) {
          const code = hexAt(json, i + 2);
          const low = code >= 0xd800 && code < 0xdc00 ? lowHalf(json, i + 6) : -1;
          length = putCharacter(plain, length, code, low);
          met |= meaning(code);
          i += low < 0 ? 5 : 11;
        } else {
          const code = ESCAPES[next] ?? 0;
          if (code === 0x5c) met |= BACKSLASH;
          else if ((code === 10 || code === 13) && plain[length - 1] === 0x3d) met |= QUOTED_PRINTABLE;
          plain[length++] = code;
          i++;
        }
        continue;
      }
      plain[length++] = c;
      if (kind === EQUALS) {
        if (json[i + 1] === 0x33 || json[i + 1] === 0x5c) met |= maybeQuoted(json, i);
      } else if (kind === QUOTE) {
        if (start < 0) start = length;
        else {
          if (needsReading(met) && !this.#textClean(plain, start, length - 1)) return -1;
          start = -1;
        }
        met = 0;
      } else if (kind === PERCENT ? isPercentCode(json, i) : isEntity(json, i)) met |= kind;
    }
    return length;
  }

  #textClean(plain: Uint8Array, start: number, end: number): boolean {
    const text = decoder.decode(plain.subarray(start, end));
    if (text.length <= MAX_SEEN_LENGTH && this.#seen.has(text)) return true;
    if (holdsKnown(this.#dictionary, text)) return false;
    if (text.length <= MAX_SEEN_LENGTH) {
      if (this.#seen.size >= MAX_SEEN) this.#seen.clear();
      this.#seen.add(text);
    }
    return true;
  }

  /** The runs of base64 and hexadecimal that verify.ts would open. */
  #runsClean(plain: Uint8Array): boolean {
    const tries = { left: MAX_RAW_DEFLATE };
    let run = nextByteRun(plain, BASE64_CHARACTERS, MIN_READ_RUN, 0);
    for (; run !== undefined; run = nextByteRun(plain, BASE64_CHARACTERS, MIN_READ_RUN, run.end)) {
      if (!mayHold(plain, run.start, run.end)) continue;
      if (runHolds(this.#dictionary, decoder.decode(plain.subarray(run.start, run.end)), MAX_DEPTH, tries))
        return false;
    }
    return true;
  }

  /** Bytes written one by one stand in long runs of few characters. */
  #separatedClean(plain: Uint8Array): boolean {
    if (plain.length > MAX_SEPARATED * 3) return true;
    let run = nextByteRun(plain, SEPARATED_CHARACTERS, MIN_SEPARATED, 0);
    for (; run !== undefined; run = nextByteRun(plain, SEPARATED_CHARACTERS, MIN_SEPARATED, run.end))
      if (SEPARATED.test(decoder.decode(plain.subarray(run.start, run.end))))
        return !holdsKnown(this.#dictionary, decoder.decode(plain));
    return true;
  }
}

function needsReading(met: number): boolean {
  return (met & (PERCENT | ENTITY | BACKSLASH | QUOTED_PRINTABLE | NUL)) !== 0;
}

function hexDigit(c: number): number {
  return c >= 48 && c <= 57 ? c - 48 : c >= 65 && c <= 70 ? c - 55 : c >= 97 && c <= 102 ? c - 87 : -1;
}

function hexAt(bytes: Uint8Array, at: number): number {
  let code = 0;
  for (let i = at; i < at + 4; i++) code = code * 16 + Math.max(0, hexDigit(bytes[i] ?? 0));
  return code;
}

/** A percent sign that means itself, as in a style sheet, is no escape. Digits may be escaped themselves. */
function isPercentCode(json: Uint8Array, at: number): boolean {
  const first = json[at + 1] ?? 0;
  const second = json[at + 2] ?? 0;
  return (hexDigit(first) >= 0 || first === 0x5c) && (hexDigit(second) >= 0 || second === 0x5c);
}

/** Entities have names of at most nine characters (views.ts). Other ampersands join parameters or conditions. */
function isEntity(json: Uint8Array, at: number): boolean {
  for (let i = at + 1; i <= at + 10; i++) {
    const c = json[i] ?? 0;
    if (c === 0x3b) return i > at + 1;
    if (c === 0x5c) return true;
    if (c === 0x26 || c === 0x22) return false;
  }
  return false;
}

function maybeQuoted(json: Uint8Array, at: number): number {
  const next = json[at + 2] ?? 0;
  const quoted =
    json[at + 1] === 0x5c ? next === 0x6e || next === 0x72 || next === 0x75 : next === 0x44 || next === 0x5c;
  return quoted ? QUOTED_PRINTABLE : 0;
}

/** What a character that was written as an escape may mean: the conservative answer, since few are. */
function meaning(code: number): number {
  if (code >= 128) return 0;
  const kind = KINDS[code] ?? 0;
  return kind === EQUALS || code === 10 || code === 13 ? QUOTED_PRINTABLE : kind === QUOTE ? 0 : kind;
}

/** The second half of a pair, written as an escape, or -1. */
function lowHalf(json: Uint8Array, at: number): number {
  if (json[at] !== 0x5c || json[at + 1] !== 0x75) return -1;
  const code = hexAt(json, at + 2);
  return code >= 0xdc00 && code < 0xe000 ? code : -1;
}

/** UTF-8 of a UTF-16 unit, or of a pair. A half alone becomes U+FFFD, as TextEncoder makes it. */
function putCharacter(out: Uint8Array, at: number, code: number, low: number): number {
  if (code < 0x80) {
    out[at] = code;
    return at + 1;
  }
  if (code < 0x800) {
    out[at] = 0xc0 | (code >> 6);
    out[at + 1] = 0x80 | (code & 63);
    return at + 2;
  }
  if (low >= 0) {
    const point = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
    out[at] = 0xf0 | (point >> 18);
    out[at + 1] = 0x80 | ((point >> 12) & 63);
    out[at + 2] = 0x80 | ((point >> 6) & 63);
    out[at + 3] = 0x80 | (point & 63);
    return at + 4;
  }
  const unit = code >= 0xd800 && code < 0xe000 ? 0xfffd : code;
  out[at] = 0xe0 | (unit >> 12);
  out[at + 1] = 0x80 | ((unit >> 6) & 63);
  out[at + 2] = 0x80 | (unit & 63);
  return at + 3;
}
