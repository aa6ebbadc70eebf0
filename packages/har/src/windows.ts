export const WINDOW = 6;
/** Slots are filled to four fifths. */
const ROOM = 1.25;
const FILTER_BITS = 12;

/**
 * A hash table over six-byte windows of patterns, with a filter before it that answers "certainly not" from one load.
 * A slot takes five bytes, since a file may hold hundreds of thousands of values: the pattern's number and eight bits of
 * the hash. At which offset of its pattern a window stands is found out when it is met.
 */
export class Windows {
  readonly stride: number;
  readonly #slots: Int32Array;
  readonly #prints: Uint8Array;
  readonly #filter: Int32Array;
  readonly #filterMask: number;

  constructor(count: number, stride: number) {
    this.stride = stride;
    const size = Math.max(64, Math.ceil(count * ROOM));
    this.#slots = new Int32Array(size).fill(-1);
    this.#prints = new Uint8Array(size);
    let words = 64;
    while (words * 32 < count * FILTER_BITS && words < 1 << 24) words *= 2;
    this.#filter = new Int32Array(words);
    this.#filterMask = words - 1;
  }

  insert(pattern: Uint8Array, code: number, offset: number): void {
    const hash = hashAt(pattern, offset);
    const word = (hash >>> 10) & this.#filterMask;
    this.#filter[word] = (this.#filter[word] ?? 0) | (1 << hash) | (1 << (hash >>> 5));
    let slot = this.#slot(hash);
    while ((this.#slots[slot] ?? -1) >= 0) {
      // Values with a common beginning share windows; one slot for each pattern is enough.
      if (this.#slots[slot] === code && this.#prints[slot] === ((hash >>> 2) & 0xff)) return;
      slot = slot + 1 === this.#slots.length ? 0 : slot + 1;
    }
    this.#slots[slot] = code;
    this.#prints[slot] = (hash >>> 2) & 0xff;
  }

  /** How many windows like this one are registered, counted up to `max`. */
  count(pattern: Uint8Array, offset: number, max: number): number {
    const hash = hashAt(pattern, offset);
    const print = (hash >>> 2) & 0xff;
    let count = 0;
    for (let slot = this.#slot(hash); (this.#slots[slot] ?? -1) >= 0 && count < max;) {
      if (this.#prints[slot] === print) count++;
      slot = slot + 1 === this.#slots.length ? 0 : slot + 1;
    }
    return count;
  }

  #slot(hash: number): number {
    return Math.floor(((Math.imul(hash, 0x27d4eb2f) >>> 0) / 4_294_967_296) * this.#slots.length);
  }

  /** The first probed position from `from` on, in steps of the stride, whose window may be registered, or -1. */
  next(text: Uint8Array, from: number, to: number): number {
    const last = to - WINDOW;
    const filter = this.#filter;
    const mask = this.#filterMask;
    const stride = this.stride;
    for (let i = from; i <= last; i += stride) {
      const hash = hashAt(text, i);
      const bits = (1 << hash) | (1 << (hash >>> 5));
      if (((filter[(hash >>> 10) & mask] ?? 0) & bits) === bits) return i;
    }
    return -1;
  }

  /** Every pattern of which a window may stand here. */
  visit(text: Uint8Array, at: number, found: (code: number) => void): void {
    const hash = hashAt(text, at);
    const print = (hash >>> 2) & 0xff;
    for (let slot = this.#slot(hash); ; slot = slot + 1 === this.#slots.length ? 0 : slot + 1) {
      const code = this.#slots[slot] ?? -1;
      if (code < 0) return;
      if (this.#prints[slot] === print) found(code);
    }
  }
}

function hashAt(text: Uint8Array, i: number): number {
  const a = (text[i] ?? 0) | ((text[i + 1] ?? 0) << 8) | ((text[i + 2] ?? 0) << 16) | ((text[i + 3] ?? 0) << 24);
  const b = (text[i + 4] ?? 0) | ((text[i + 5] ?? 0) << 8);
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
