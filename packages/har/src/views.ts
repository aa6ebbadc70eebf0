import type { Dictionary, Match } from "./dictionary.ts";

/**
 * A text with one level of escaping undone: percent-encoding, JSON and JavaScript escapes, HTML entities. All at once,
 * since they are told apart by their first character.
 */
export interface View {
  readonly text: string;
  /** For every character of `text`, and its end, the offset in the text it was made from. */
  readonly map: Int32Array;
}

/** What one level of escapes begins with. Quoted-printable (RFC 2045 section 6.7) is read only where its soft line breaks are. */
const ESCAPED = /[%\\&\0]/g;
const ESCAPED_QUOTED = /[%\\&\0=]/g;

export function isQuotedPrintable(text: string): boolean {
  return text.includes("=\n") || text.includes("=\r\n");
}
const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  sol: "/",
  equals: "=",
  plus: "+",
  colon: ":",
  lowbar: "_",
  hyphen: "-",
  period: ".",
};
const SIMPLE: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  '"': '"',
  "'": "'",
  "\\": "\\",
  "/": "/",
};

interface Escape {
  readonly end: number;
  readonly text: string;
}

function hexValue(text: string, from: number, count: number): number {
  if (from + count > text.length) return -1;
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const c = text.charCodeAt(i);
    const digit = c >= 48 && c <= 57 ? c - 48 : c >= 65 && c <= 70 ? c - 55 : c >= 97 && c <= 102 ? c - 87 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function percentRun(text: string, at: number): Escape | undefined {
  const bytes: number[] = [];
  let i = at;
  while (text.charCodeAt(i) === 0x25 && bytes.length < 4) {
    const value = hexValue(text, i + 1, 2);
    if (value < 0) break;
    bytes.push(value);
    i += 3;
    if (bytes.length === 1 && value < 0x80) break;
    const need = (bytes[0] ?? 0) >= 0xf0 ? 4 : (bytes[0] ?? 0) >= 0xe0 ? 3 : 2;
    if (bytes.length === need) break;
  }
  const first = bytes[0];
  if (first === undefined) return undefined;
  if (first < 0x80) return { end: at + 3, text: String.fromCharCode(first) };
  const decoded = new TextDecoder().decode(new Uint8Array(bytes));
  return decoded.includes("\ufffd") ? { end: at + 3, text: String.fromCharCode(first) } : { end: i, text: decoded };
}

function escapeAt(text: string, at: number): Escape | undefined {
  const c = text.charCodeAt(at);
  if (c === 0) return { end: at + 1, text: "" };
  if (c === 0x3d) return quotedAt(text, at);
  if (c === 0x25) return percentRun(text, at);
  if (c === 0x5c) {
    const next = text.charAt(at + 1);
    if (next === "u" && text.charCodeAt(at + 2) === 0x7b) return bracedAt(text, at);
    if (next >= "0" && next <= "7") return numberedAt(text, at);
    if (next === "u" || next === "x") {
      const digits = next === "u" ? 4 : 2;
      const value = hexValue(text, at + 2, digits);
      return value < 0 ? undefined : { end: at + 2 + digits, text: String.fromCharCode(value) };
    }
    const simple = SIMPLE[next];
    return simple === undefined ? undefined : { end: at + 2, text: simple };
  }
  const body = /^([^;&]{1,9});/.exec(text.slice(at + 1, at + 11))?.[1];
  if (body === undefined) return undefined;
  const semicolon = at + 1 + body.length;
  if (body.startsWith("#")) {
    const code = /^#[xX]/.test(body) ? Number.parseInt(body.slice(2), 16) : Number.parseInt(body.slice(1), 10);
    // A zero is what UTF-16 leaves beside each ASCII character; it goes, as a bare one does.
    return code >= 0 && code <= 0x10ffff
      ? { end: semicolon + 1, text: code === 0 ? "" : String.fromCodePoint(code) }
      : undefined;
  }
  const named = NAMED[body];
  return named === undefined ? undefined : { end: semicolon + 1, text: named };
}

/** ECMAScript 2015: `\u{41}`. */
function bracedAt(text: string, at: number): Escape | undefined {
  const digits = /^[0-9a-f]{1,6}(?=\})/i.exec(text.slice(at + 3, at + 10))?.[0];
  const value = digits === undefined ? -1 : Number.parseInt(digits, 16);
  return digits === undefined || value > 0x10ffff
    ? undefined
    : { end: at + 4 + digits.length, text: value === 0 ? "" : String.fromCodePoint(value) };
}

/** CSS writes `\000041` or `\41 ` (CSS Syntax 3, section 4.3.7), other languages three octal digits. */
function numberedAt(text: string, at: number): Escape | undefined {
  const six = text.charCodeAt(at + 1) === 0x30 && text.charCodeAt(at + 2) === 0x30 ? hexValue(text, at + 1, 6) : -1;
  if (six >= 0) return { end: at + 7, text: six === 0 ? "" : String.fromCodePoint(six) };
  const two = text.charCodeAt(at + 3) === 0x20 ? hexValue(text, at + 1, 2) : -1;
  if (two > 0) return { end: at + 4, text: String.fromCharCode(two) };
  const octal = /^[0-3][0-7]{2}/.exec(text.slice(at + 1, at + 4))?.[0];
  return octal === undefined || octal === "000"
    ? undefined
    : { end: at + 4, text: String.fromCharCode(Number.parseInt(octal, 8)) };
}

function quotedAt(text: string, at: number): Escape | undefined {
  const next = text.charCodeAt(at + 1);
  if (next === 0x0a) return { end: at + 2, text: "" };
  if (next === 0x0d && text.charCodeAt(at + 2) === 0x0a) return { end: at + 3, text: "" };
  const value = hexValue(text, at + 1, 2);
  return value < 0x20 || value >= 0x7f ? undefined : { end: at + 3, text: String.fromCharCode(value) };
}

/** One level of escapes undone, or undefined if there are none. */
export function unescapeOnce(text: string): string | undefined {
  const next = isQuotedPrintable(text) ? ESCAPED_QUOTED : ESCAPED;
  next.lastIndex = 0;
  let at = next.exec(text)?.index ?? -1;
  if (at < 0) return undefined;
  let out = "";
  let from = 0;
  while (at >= 0) {
    const escape = escapeAt(text, at);
    if (escape !== undefined) {
      out += text.slice(from, at) + escape.text;
      from = escape.end;
    }
    next.lastIndex = escape?.end ?? at + 1;
    at = next.exec(text)?.index ?? -1;
  }
  return from === 0 ? undefined : out + text.slice(from);
}

/** The same, with the way back. */
export function unescapeMapped(source: View): View {
  const { text } = source;
  const quoted = isQuotedPrintable(text);
  const map = new Int32Array(text.length + 1);
  const out: string[] = [];
  let length = 0;
  for (let i = 0; i < text.length;) {
    const c = text.charCodeAt(i);
    const escape =
      c === 0x25 || c === 0x5c || c === 0x26 || c === 0 || (quoted && c === 0x3d) ? escapeAt(text, i) : undefined;
    const piece = escape?.text ?? text.charAt(i);
    for (let k = 0; k < piece.length; k++) map[length++] = source.map[i] ?? 0;
    out.push(piece);
    i = escape?.end ?? i + 1;
  }
  map[length] = source.map[text.length] ?? 0;
  return { text: out.join(""), map: map.subarray(0, length + 1) };
}

export function identityView(text: string): View {
  const map = new Int32Array(text.length + 1);
  for (let i = 0; i <= text.length; i++) map[i] = i;
  return { text, map };
}

/** Levels of escaping that are undone one after the other. */
export const MAX_LEVELS = 5;

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly match: Match;
}

/** Every place of `text` where a known value stands, under up to MAX_LEVELS of escaping, as disjoint spans of `text`. */
export function findKnown(dictionary: Dictionary, text: string): Span[] {
  const spans: Span[] = [];
  collect(dictionary, text, undefined, spans);
  let plain: string | undefined = text;
  for (let level = 1; level <= MAX_LEVELS; level++) {
    plain = unescapeOnce(plain);
    if (plain === undefined) break;
    if (!dictionary.occursIn(plain)) continue;
    let view = identityView(text);
    for (let k = 0; k < level; k++) view = unescapeMapped(view);
    collect(dictionary, view.text, view.map, spans);
  }
  return disjoint(spans);
}

function collect(dictionary: Dictionary, text: string, map: Int32Array | undefined, spans: Span[]): void {
  for (const match of dictionary.all(text))
    spans.push({ start: map?.[match.start] ?? match.start, end: map?.[match.end] ?? match.end, match });
}

/** Overlapping finds keep the longest and are widened to cover what they touched. */
function disjoint(spans: Span[]): Span[] {
  if (spans.length < 2) return spans;
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const out: Span[] = [];
  for (const span of spans) {
    const last = out.at(-1);
    if (last === undefined || span.start >= last.end) out.push(span);
    else if (span.end > last.end) out[out.length - 1] = { start: last.start, end: span.end, match: last.match };
  }
  return out;
}
