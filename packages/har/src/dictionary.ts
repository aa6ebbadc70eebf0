import { WINDOW, Windows } from "./windows.ts";

/**
 * All values found to be secret, indexed so that a text is searched for every one of them, in every encoding that is a
 * substring of it, in one run whose cost does not depend on how many there are.
 *
 * Method: a pattern of eight or more bytes that occurs in a text covers three neighbouring six-byte windows, one of which
 * begins at a multiple of three. So three neighbouring windows of each pattern are registered, the text is probed at
 * every third position, and a hit is compared in full. Random values are registered at more offsets, so that a piece of
 * 16 characters of them is found too.
 *
 * It works on UTF-8: reading a typed array costs a fraction of reading a string character by character.
 */

export const MIN_LENGTH = 8;
/** A piece of a random value this long is treated as the value. */
export const MIN_INFIX = 16;
const STRIDE = 3;
/** Probed windows that lie in any piece of the least length: 16 characters have 11 windows. */
const PROBES = 3;
/** Shorter values are not looked for in their encoded forms. */
const MIN_ENCODED = 12;

/** How a value may stand in a text: as it is, in base64 at three alignments (two alphabets), in hexadecimal. */
const VARIANTS = ["raw", "b64-0", "b64-1", "b64-2", "b64url-0", "b64url-1", "b64url-2", "hex", "HEX"] as const;
export type Variant = (typeof VARIANTS)[number];

export interface Match {
  readonly start: number;
  readonly end: number;
  readonly value: string;
  readonly variant: Variant;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Texts longer than this are encoded into a buffer of their own, which is dropped again. */
const KEPT_BUFFER = 1 << 20;
const MAX_PATTERNS = 8192;
const MAX_PATTERN = 512;
/** Values that may share a window before it counts as common to all. */
const CROWDED = 32;
/** Places in a value that are tried for windows of its own. */
const PLACES = 8;

export class Dictionary {
  /** Each value, and whether it is random. */
  readonly #known = new Map<string, boolean>();
  #values: string[] = [];
  #random = new Uint8Array(0);
  #windows: Windows | undefined;
  /** Patterns that were compared of late, as bytes. */
  readonly #patterns = new Map<number, Uint8Array>();
  #frozen = false;
  #numeric = false;
  #buffer = new Uint8Array(1 << 12);
  readonly #max: number;

  constructor(max = 2_000_000) {
    this.#max = max;
  }

  get size(): number {
    return this.#known.size;
  }

  get full(): boolean {
    return this.#known.size >= this.#max;
  }

  /** Is there a value of digits alone, which a number in the file could repeat? */
  get numeric(): boolean {
    return this.#numeric;
  }

  add(value: string, random: boolean): void {
    if (value.length < MIN_LENGTH || this.#frozen) return;
    const known = this.#known.get(value);
    if (known === true || known === random) return;
    // A substring keeps the text it was cut from in memory, which may be a whole body; a copy does not.
    this.#known.set(known === undefined ? decoder.decode(encoder.encode(value)) : value, random);
  }

  has(value: string): boolean {
    return this.#known.has(value);
  }

  /** Takes out what `harmless` says must stay readable, then builds the index. */
  freeze(harmless: (value: string) => boolean): void {
    for (const value of this.#known.keys()) if (harmless(value)) this.#known.delete(value);
    this.#frozen = true;
    this.#values = [...this.#known.keys()];
    this.#random = Uint8Array.from(this.#known.values(), Number);
    this.#numeric = this.#values.some((value) => /^\d+$/.test(value));
    this.#index();
  }

  #index(): void {
    let count = 0;
    for (const [id, value] of this.#values.entries()) {
      const { length } = encoder.encode(value);
      count += this.#random[id] === 1 ? Math.ceil(length / PROBES) + STRIDE : STRIDE;
      if (length >= MIN_ENCODED) count += (VARIANTS.length - 1) * STRIDE;
    }
    if (count === 0) return;
    const windows = new Windows(count, STRIDE);
    this.#windows = windows;
    for (const [id, value] of this.#values.entries()) {
      const bytes = encoder.encode(value);
      for (let variant = 0; variant < VARIANTS.length; variant++) {
        const pattern = variantOf(bytes, variant);
        if (pattern === undefined) continue;
        const code = id * VARIANTS.length + variant;
        if (variant === 0 && this.#random[id] === 1 && bytes.length >= MIN_INFIX) insertPieces(windows, pattern, code);
        else insertWhole(windows, pattern, code);
      }
    }
  }

  /** Does any known value stand in the text? */
  occursIn(text: string): boolean {
    if (text.length < MIN_LENGTH || this.#values.length === 0) return false;
    return this.occursInBytes(this.#encode(text));
  }

  /** The same for UTF-8. */
  occursInBytes(bytes: Uint8Array): boolean {
    return this.#search(bytes, undefined);
  }

  /** Every place where one stands, as offsets in characters. */
  all(text: string): Match[] {
    const out: Match[] = [];
    if (text.length < MIN_LENGTH || this.#values.length === 0) return out;
    const bytes = this.#encode(text);
    if (!this.#search(bytes, out) || bytes.length === text.length) return out;
    const characters = characterOffsets(bytes);
    return out.map((match) => ({
      ...match,
      start: characters[match.start] ?? match.start,
      end: characters[match.end] ?? match.end,
    }));
  }

  #encode(text: string): Uint8Array {
    const room = text.length * 3;
    if (room > KEPT_BUFFER) return encoder.encode(text);
    if (room > this.#buffer.length) this.#buffer = new Uint8Array(Math.min(KEPT_BUFFER, room * 2));
    return this.#buffer.subarray(0, encoder.encodeInto(text, this.#buffer).written);
  }

  /** Collects matches, or without a list stops at the first. */
  #search(bytes: Uint8Array, into: Match[] | undefined): boolean {
    const windows = this.#windows;
    if (windows === undefined) return false;
    let found = false;
    for (let at = windows.next(bytes, 0, bytes.length); at >= 0; at = windows.next(bytes, at + STRIDE, bytes.length)) {
      const match = this.#check(bytes, at, windows);
      if (match === undefined) continue;
      if (into === undefined) return true;
      found = true;
      into.push(match);
      while (at + STRIDE < match.end) at += STRIDE;
    }
    return found;
  }

  #pattern(code: number): Uint8Array | undefined {
    let pattern = this.#patterns.get(code);
    if (pattern !== undefined) return pattern;
    const value = this.#values[Math.floor(code / VARIANTS.length)];
    pattern = value === undefined ? undefined : variantOf(encoder.encode(value), code % VARIANTS.length);
    if (pattern === undefined || pattern.length > MAX_PATTERN) return pattern;
    if (this.#patterns.size >= MAX_PATTERNS) this.#patterns.clear();
    this.#patterns.set(code, pattern);
    return pattern;
  }

  #check(bytes: Uint8Array, at: number, windows: Windows): Match | undefined {
    let best: Match | undefined;
    windows.visit(bytes, at, (code) => {
      const id = Math.floor(code / VARIANTS.length);
      const value = this.#values[id];
      const variant = code % VARIANTS.length;
      const pattern = this.#pattern(code);
      if (value === undefined || pattern === undefined) return;
      const pieces = variant === 0 && this.#random[id] === 1;
      for (let offset = 0; offset <= pattern.length - WINDOW; offset++) {
        if (pattern[offset] !== bytes[at] || pattern[offset + 1] !== bytes[at + 1]) continue;
        const match = compare(bytes, at, offset, pattern, { pieces, word: variant === 0 && pattern.length < 12 });
        if (match !== undefined && (best === undefined || match.end - match.start > best.end - best.start))
          best = { ...match, value, variant: VARIANTS[variant] ?? "raw" };
      }
    });
    return best;
  }
}

/**
 * Any 16 characters cover three probed windows, each a stride after the one before: of such three, one is registered.
 * What stands in very many values is found as a piece of the first of them.
 */
function insertPieces(windows: Windows, pattern: Uint8Array, code: number): void {
  for (let offset = 0; offset <= pattern.length - WINDOW; offset++) {
    if (Math.floor(offset / STRIDE) % PROBES === 0 && windows.count(pattern, offset, CROWDED) < CROWDED)
      windows.insert(pattern, code, offset);
  }
}

/** As many neighbouring windows as the stride is long, from where the value has least in common with others: most begin or end alike. */
function insertWhole(windows: Windows, pattern: Uint8Array, code: number): void {
  const last = pattern.length - WINDOW - STRIDE + 1;
  let best = last;
  let least = Number.POSITIVE_INFINITY;
  for (let step = 0; step <= PLACES && least > 0; step++) {
    const start = last - Math.floor((last * step) / PLACES);
    let common = 0;
    for (let i = 0; i < STRIDE; i++) common += windows.count(pattern, start + i, CROWDED);
    if (common < least) {
      least = common;
      best = start;
    }
  }
  for (let i = 0; i < STRIDE; i++) windows.insert(pattern, code, best + i);
}

/** Offset in characters (UTF-16 units) for every offset in bytes. */
function characterOffsets(bytes: Uint8Array): Uint32Array {
  const out = new Uint32Array(bytes.length + 1);
  let characters = 0;
  for (let i = 0; i < bytes.length; i++) {
    out[i] = characters;
    const c = bytes[i] ?? 0;
    // The last byte of a sequence counts; a sequence of four bytes is two units.
    if (((bytes[i + 1] ?? 0) & 0xc0) !== 0x80) characters++;
    if (c >= 0xf0) characters++;
  }
  out[bytes.length] = characters;
  return out;
}

function compare(
  text: Uint8Array,
  at: number,
  offset: number,
  pattern: Uint8Array,
  rule: { readonly pieces: boolean; readonly word: boolean },
): { readonly start: number; readonly end: number } | undefined {
  let start = at;
  let left = offset;
  while (left > 0 && start > 0 && text[start - 1] === pattern[left - 1]) {
    start--;
    left--;
  }
  let end = at;
  let right = offset;
  while (right < pattern.length && end < text.length && text[end] === pattern[right]) {
    end++;
    right++;
  }
  const length = end - start;
  const whole = length === pattern.length;
  if (!whole && !(rule.pieces && length >= MIN_INFIX)) return undefined;
  // A short value inside a longer word is chance, not an echo.
  if (rule.word && (isWordAt(text, start - 1) || isWordAt(text, end))) return undefined;
  return { start, end };
}

function isWordAt(text: Uint8Array, index: number): boolean {
  const c = text[index] ?? 0;
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
}

/** The part of the encoded value that does not depend on what stands around it; undefined if that is too short to search. */
function variantOf(bytes: Uint8Array, variant: number): Uint8Array | undefined {
  if (variant === 0) return bytes;
  if (bytes.length < MIN_ENCODED) return undefined;
  if (variant < 4) return base64Core(bytes, variant - 1, STANDARD);
  if (variant < 7) {
    // Without the two characters in which the alphabets differ it would be the same pattern again.
    const core = base64Core(bytes, variant - 4, URL_SAFE);
    return core.includes(0x2d) || core.includes(0x5f) ? core : undefined;
  }
  const digits = variant === 7 ? LOWER_DIGITS : UPPER_DIGITS;
  const out = new Uint8Array(bytes.length * 2);
  let letters = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    out[i * 2] = digits[byte >> 4] ?? 0;
    out[i * 2 + 1] = digits[byte & 15] ?? 0;
    letters ||= byte >> 4 > 9 || (byte & 15) > 9;
  }
  return variant === 7 || letters ? out : undefined;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const STANDARD = encoder.encode(`${LETTERS}+/`);
const URL_SAFE = encoder.encode(`${LETTERS}-_`);
const LOWER_DIGITS = encoder.encode("0123456789abcdef");
const UPPER_DIGITS = encoder.encode("0123456789ABCDEF");

/** With `phase` unknown bytes before it, a value's characters in base64 that depend on the value alone. */
function base64Core(bytes: Uint8Array, phase: number, alphabet: Uint8Array): Uint8Array {
  const firstBit = phase === 0 ? 0 : phase === 1 ? 4 : 2;
  const out = new Uint8Array(Math.floor((bytes.length * 8 - firstBit) / 6));
  for (let i = 0; i < out.length; i++) {
    const bit = firstBit + i * 6;
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    out[i] = alphabet[(pair >> (10 - (bit & 7))) & 63] ?? 0;
  }
  return out;
}
