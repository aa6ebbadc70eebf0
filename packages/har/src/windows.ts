const WINDOW = 6;

/**
 * A hash table over six-byte windows of patterns, with a filter before it that answers "certainly not" from one load.
 * Two bits of one word per window: at sixteen bits a window, about one probe in sixty passes by chance.
 */
export class Windows {
  readonly stride: number;
  readonly #table: Int32Array;
  readonly #hashes: Int32Array;
  readonly #mask: number;
  readonly #filter: Int32Array;
  readonly #filterMask: number;

  constructor(count: number, stride: number) {
    this.stride = stride;
    let size = 256;
    while (size < count * 2) size *= 2;
    this.#table = new Int32Array(size * 2).fill(-1);
    this.#hashes = new Int32Array(size);
    this.#mask = size - 1;
    const words = Math.min(1 << 22, size / 4);
    this.#filter = new Int32Array(words);
    this.#filterMask = words - 1;
  }

  insert(pattern: Uint8Array, code: number, offset: number): void {
    const hash = hashAt(pattern, offset);
    const word = (hash >>> 10) & this.#filterMask;
    this.#filter[word] = (this.#filter[word] ?? 0) | (1 << hash) | (1 << (hash >>> 5));
    let slot = hash & this.#mask;
    while ((this.#table[slot * 2] ?? -1) >= 0) slot = (slot + 1) & this.#mask;
    this.#table[slot * 2] = code;
    this.#table[slot * 2 + 1] = offset;
    this.#hashes[slot] = hash;
  }

  /** The first probed position at or after `from` (a multiple of the stride) whose window may be registered, or -1. */
  next(text: Uint8Array, from: number): number {
    const last = text.length - WINDOW;
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

  /** Every registered window with the hash of this one. */
  visit(text: Uint8Array, at: number, found: (code: number, offset: number) => void): void {
    const hash = hashAt(text, at);
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const code = this.#table[slot * 2] ?? -1;
      if (code < 0) return;
      if (this.#hashes[slot] === hash) found(code, this.#table[slot * 2 + 1] ?? 0);
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
