import { Windows } from "./windows.ts";

/**
 * All values found to be secret, indexed so that a text is searched for every one of them, in every encoding that is a
 * substring of it, in one run whose cost does not depend on how many there are.
 *
 * Method: a pattern of 10 or more bytes that occurs in a text covers five neighbouring six-byte windows, one of which
 * begins at a multiple of five. So the windows at offsets 0 to 4 of each pattern are registered, the text is probed at
 * every fifth position, and a hit is compared in full. Random values are registered at more offsets, so that a piece of
 * 16 characters of them is found too. The few patterns of 8 or 9 bytes have an index of their own, probed at every third.
 *
 * It works on UTF-8: reading a typed array costs a fraction of reading a string character by character.
 */

export const MIN_LENGTH = 8;
/** A piece of a random value this long is treated as the value. */
export const MIN_INFIX = 16;
const WINDOW = 6;
const STRIDE = 5;
const SHORT_STRIDE = 3;
/** Patterns shorter than this do not cover enough windows for the longer stride. */
const SHORT = WINDOW + STRIDE - 1;

/** How a value may stand in a text: as it is, in base64 at three alignments (two alphabets), in hexadecimal. */
const VARIANTS = ["raw", "b64-0", "b64-1", "b64-2", "b64url-0", "b64url-1", "b64url-2", "hex", "HEX"] as const;
export type Variant = (typeof VARIANTS)[number];

export interface Match {
  readonly start: number;
  readonly end: number;
  readonly value: string;
  readonly variant: Variant;
}

interface Known {
  readonly value: string;
  readonly random: boolean;
}

const encoder = new TextEncoder();
/** Texts longer than this are encoded into a buffer of their own, which is dropped again. */
const KEPT_BUFFER = 1 << 20;

export class Dictionary {
  readonly #known = new Map<string, Known>();
  #values: Known[] = [];
  #long: Windows | undefined;
  #short: Windows | undefined;
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
    if (known !== undefined && (known.random || !random)) return;
    // A substring keeps the text it was cut from in memory, which may be a whole body; a copy does not.
    const copy = known?.value ?? ` ${value}`.slice(1);
    this.#known.set(copy, { value: copy, random });
  }

  has(value: string): boolean {
    return this.#known.has(value);
  }

  /** Takes out what `harmless` says must stay readable, then builds the index. */
  freeze(harmless: (value: string) => boolean): void {
    for (const value of this.#known.keys()) if (harmless(value)) this.#known.delete(value);
    this.#frozen = true;
    this.#values = [...this.#known.values()];
    this.#numeric = this.#values.some(({ value }) => /^\d+$/.test(value));
    this.#index();
  }

  #index(): void {
    let long = 0;
    let short = 0;
    for (const { value, random } of this.#values) {
      const { length } = encoder.encode(value);
      if (length < SHORT) short += SHORT_STRIDE;
      else long += (random ? length : STRIDE) + (VARIANTS.length - 1) * STRIDE;
    }
    if (long > 0) this.#long = new Windows(long, STRIDE);
    if (short > 0) this.#short = new Windows(short, SHORT_STRIDE);
    for (const [id, { value, random }] of this.#values.entries()) {
      const bytes = encoder.encode(value);
      for (let variant = 0; variant < VARIANTS.length; variant++) {
        const pattern = variantOf(bytes, variant);
        const windows = pattern === undefined || pattern.length >= SHORT ? this.#long : this.#short;
        if (pattern === undefined || windows === undefined) continue;
        const infix = random && variant === 0;
        const last = infix && windows === this.#long ? pattern.length - WINDOW : windows.stride - 1;
        for (let offset = 0; offset <= last; offset++) {
          // 16 characters cover eleven windows, of which two probed ones are a stride apart: of such two, one is registered.
          if (!infix || Math.floor(offset / windows.stride) % 2 === 0)
            windows.insert(pattern, id * VARIANTS.length + variant, offset);
        }
      }
    }
  }

  /** Does any known value stand in the text? */
  occursIn(text: string): boolean {
    if (text.length < MIN_LENGTH || this.#values.length === 0) return false;
    const bytes = this.#encode(text);
    return this.#search(bytes, this.#long, undefined) || this.#search(bytes, this.#short, undefined);
  }

  /** Every place where one stands, as offsets in characters. */
  all(text: string): Match[] {
    const out: Match[] = [];
    if (text.length < MIN_LENGTH || this.#values.length === 0) return out;
    const bytes = this.#encode(text);
    this.#search(bytes, this.#long, out);
    this.#search(bytes, this.#short, out);
    if (out.length < 1 || bytes.length === text.length) return out;
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
  #search(bytes: Uint8Array, windows: Windows | undefined, into: Match[] | undefined): boolean {
    if (windows === undefined) return false;
    let from = 0;
    for (let at = windows.next(bytes, 0); at >= 0; at = windows.next(bytes, at + windows.stride)) {
      const match = this.#check(bytes, at, from, windows);
      if (match === undefined) continue;
      if (into === undefined) return true;
      into.push(match);
      from = match.end;
      at = Math.max(at, Math.ceil(from / windows.stride) * windows.stride - windows.stride);
    }
    return into !== undefined && into.length > 0;
  }

  #check(bytes: Uint8Array, at: number, from: number, windows: Windows): Match | undefined {
    let best: Match | undefined;
    windows.visit(bytes, at, (code, offset) => {
      const known = this.#values[Math.floor(code / VARIANTS.length)];
      const variant = code % VARIANTS.length;
      const pattern = known && variantOf(encoder.encode(known.value), variant);
      if (known === undefined || pattern === undefined) return;
      const match = compare(bytes, at, offset, pattern, known, VARIANTS[variant] ?? "raw", from);
      if (match !== undefined && (best === undefined || match.end - match.start > best.end - best.start)) best = match;
    });
    return best;
  }
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
  known: Known,
  variant: Variant,
  from: number,
): Match | undefined {
  let start = at;
  let left = offset;
  while (left > 0 && start > from && text[start - 1] === pattern[left - 1]) {
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
  if (!whole && !(known.random && variant === "raw" && length >= MIN_INFIX)) return undefined;
  // A short value inside a longer word is chance, not an echo.
  if (variant === "raw" && pattern.length < 12 && (isWordAt(text, start - 1) || isWordAt(text, end))) return undefined;
  return { start, end, value: known.value, variant };
}

function isWordAt(text: Uint8Array, index: number): boolean {
  const c = text[index] ?? 0;
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
}

/** The part of the encoded value that does not depend on what stands around it; undefined if that is too short to search. */
function variantOf(bytes: Uint8Array, variant: number): Uint8Array | undefined {
  if (variant === 0) return bytes;
  if (bytes.length < 12) return undefined;
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
