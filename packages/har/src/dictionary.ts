/**
 * All values found to be secret, indexed so that a text is searched for every one of them, in every encoding that is a
 * substring of it, in one run whose cost does not depend on how many there are.
 *
 * Method: a pattern of 8 or more characters that occurs in a text covers three neighbouring six-character windows, one
 * of which begins at a multiple of three. So the windows at offsets 0, 1, 2 of each pattern are registered, the text is
 * probed at every third position, and a hit is compared in full. Random values are registered at more offsets, so that
 * a piece of 16 characters of them is found too.
 */

export const MIN_LENGTH = 8;
/** A piece of a random value this long is treated as the value. */
export const MIN_INFIX = 16;
const WINDOW = 6;
const STRIDE = 3;

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

export class Dictionary {
  readonly #known = new Map<string, Known>();
  #values: Known[] = [];
  #table = new Int32Array(0);
  #hashes = new Int32Array(0);
  #mask = 0;
  #bits = new Uint32Array(0);
  #bitMask = 0;
  #frozen = false;
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
    // Longest first: where two values begin at the same place, the longer one is the match.
    this.#values = [...this.#known.values()];
    let count = 0;
    const every = (visit: (text: string, code: number, infix: boolean) => void): void => {
      for (const [id, known] of this.#values.entries()) {
        for (let variant = 0; variant < VARIANTS.length; variant++) {
          const text = variantText(known.value, variant);
          if (text !== undefined) visit(text, id * VARIANTS.length + variant, known.random && variant === 0);
        }
      }
    };
    every((text, _, infix) => {
      count += infix ? Math.ceil(text.length / 3) + 3 : STRIDE;
    });
    let size = 1024;
    while (size < count * 2) size *= 2;
    this.#table = new Int32Array(size * 2).fill(-1);
    this.#hashes = new Int32Array(size);
    this.#mask = size - 1;
    const bits = Math.min(1 << 27, size * 16);
    this.#bits = new Uint32Array(bits / 32);
    this.#bitMask = bits - 1;
    every((text, code, infix) => {
      const last = infix ? text.length - WINDOW : STRIDE - 1;
      for (let offset = 0; offset <= last; offset++) {
        // Blocks of three offsets, every third block: any 9 neighbouring offsets then hold one of each residue.
        if (infix && Math.floor(offset / 3) % 3 !== 0) continue;
        this.#insert(hashAt(text, offset), code, offset);
      }
    });
  }

  #insert(hash: number, code: number, offset: number): void {
    const bit = hash & this.#bitMask;
    this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    let slot = hash & this.#mask;
    while ((this.#table[slot * 2] ?? -1) >= 0) slot = (slot + 1) & this.#mask;
    this.#table[slot * 2] = code;
    this.#table[slot * 2 + 1] = offset;
    this.#hashes[slot] = hash;
  }

  /** The first match that begins at or after `from`, or undefined. */
  find(text: string, from = 0): Match | undefined {
    if (this.#values.length === 0) return undefined;
    const last = text.length - WINDOW;
    const bits = this.#bits;
    const bitMask = this.#bitMask;
    for (let i = Math.ceil(from / STRIDE) * STRIDE; i <= last; i += STRIDE) {
      const hash = hashAt(text, i);
      const bit = hash & bitMask;
      if (((bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) continue;
      const match = this.#check(text, i, hash, from);
      if (match !== undefined) return match;
    }
    return undefined;
  }

  #check(text: string, at: number, hash: number, from: number): Match | undefined {
    let best: Match | undefined;
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const code = this.#table[slot * 2] ?? -1;
      if (code < 0) return best;
      if (this.#hashes[slot] !== hash) continue;
      const known = this.#values[Math.floor(code / VARIANTS.length)];
      const variant = code % VARIANTS.length;
      const pattern = known && variantText(known.value, variant);
      if (known === undefined || pattern === undefined) continue;
      const match = compare(text, at, this.#table[slot * 2 + 1] ?? 0, pattern, known, VARIANTS[variant] ?? "raw", from);
      if (match !== undefined && (best === undefined || match.end - match.start > best.end - best.start)) best = match;
    }
  }
}

function compare(
  text: string,
  at: number,
  offset: number,
  pattern: string,
  known: Known,
  variant: Variant,
  from: number,
): Match | undefined {
  let start = at;
  let left = offset;
  while (left > 0 && start > from && text.charCodeAt(start - 1) === pattern.charCodeAt(left - 1)) {
    start--;
    left--;
  }
  let end = at;
  let right = offset;
  while (right < pattern.length && end < text.length && text.charCodeAt(end) === pattern.charCodeAt(right)) {
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

function isWordAt(text: string, index: number): boolean {
  const c = text.charCodeAt(index);
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
}

function hashAt(text: string, i: number): number {
  const a =
    text.charCodeAt(i) |
    (text.charCodeAt(i + 1) << 8) |
    (text.charCodeAt(i + 2) << 16) |
    (text.charCodeAt(i + 3) << 24);
  const b = text.charCodeAt(i + 4) | (text.charCodeAt(i + 5) << 8);
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  h ^= h >>> 15;
  return Math.imul(h, 0x2c1b3c6d) ^ (h >>> 13);
}

/** The part of the encoded value that does not depend on what stands around it; undefined if that is too short to search. */
function variantText(value: string, variant: number): string | undefined {
  if (variant === 0) return value;
  if (value.length < 12 && variant !== 0) return undefined;
  const bytes = encoder.encode(value);
  if (variant >= 7) {
    let hex = "";
    for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
    return variant === 8 ? (/[a-f]/.test(hex) ? hex.toUpperCase() : undefined) : hex;
  }
  const phase = (variant - 1) % 3;
  const url = variant >= 4;
  const core = base64Core(bytes, phase);
  if (url && !/[+/]/.test(core)) return undefined;
  return url ? core.replace(/\+/g, "-").replace(/\//g, "_") : core;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** With `phase` unknown bytes before it, a value's characters in base64 that depend on the value alone. */
function base64Core(bytes: Uint8Array, phase: number): string {
  let out = "";
  const firstBit = phase === 0 ? 0 : phase === 1 ? 4 : 2;
  for (let bit = firstBit; bit + 6 <= bytes.length * 8; bit += 6) {
    const byte = bit >> 3;
    const pair = ((bytes[byte] ?? 0) << 8) | (bytes[byte + 1] ?? 0);
    out += ALPHABET.charAt((pair >> (10 - (bit & 7))) & 63);
  }
  return out;
}
