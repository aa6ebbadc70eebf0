import { HarError } from "./error.ts";

/** Lines that are read together, as bytes, with the number of the first. */
export interface TextWindow {
  readonly bytes: Uint8Array;
  readonly line: number;
  /** Offset of the first byte. */
  readonly offset: number;
}

export interface WindowLimits {
  /** Lines are read together until they have this many bytes. */
  readonly windowBytes: number;
  /** A line, a quoted cell or a key may be as long as this. */
  readonly maxWindowBytes: number;
  /** Cut only outside quotation marks (CSV). */
  readonly quoted: boolean;
}

const NEWLINE = 0x0a;

/** Cuts a text into windows at line ends where no construct goes on: indented lines, closing brackets and keys in PEM stay with what is before. */
export class WindowCutter {
  readonly #limits: WindowLimits;
  #held: Uint8Array[] = [];
  #length = 0;
  #line = 1;
  #offset = 0;
  #wanted: number;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
    this.#wanted = limits.windowBytes;
  }

  *push(chunk: Uint8Array): Generator<TextWindow> {
    this.#held.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= this.#wanted) {
      const all = this.#joined();
      let cut = this.#cut(all);
      if (cut === 0 && all.length >= this.#limits.maxWindowBytes) {
        cut = all.lastIndexOf(NEWLINE) + 1;
        if (cut === 0)
          throw new HarError(
            "text.tooLarge",
            `A line has more than ${this.#limits.maxWindowBytes} bytes; raise limits.maxWindowBytes to accept it.`,
            { byte: this.#offset },
          );
      }
      if (cut === 0) {
        // Not to look again at every chunk.
        this.#wanted = Math.min(this.#limits.maxWindowBytes, all.length * 2);
        this.#hold(all);
        return;
      }
      this.#wanted = this.#limits.windowBytes;
      yield this.#window(all.subarray(0, cut));
      this.#hold(all.subarray(cut));
    }
  }

  *end(): Generator<TextWindow> {
    if (this.#length > 0) yield this.#window(this.#joined());
  }

  #hold(rest: Uint8Array): void {
    this.#held = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
  }

  #joined(): Uint8Array {
    const first = this.#held[0];
    if (this.#held.length === 1 && first !== undefined) return first;
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#held) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  #window(bytes: Uint8Array): TextWindow {
    const window = { bytes, line: this.#line, offset: this.#offset };
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) this.#line++;
    this.#offset += bytes.length;
    return window;
  }

  #cut(all: Uint8Array): number {
    const floor = Math.floor(all.length / 4);
    const key = openKey(all);
    const inside = this.#limits.quoted ? quotes(all) : undefined;
    // A negative start would mean the end.
    let at = key === 0 ? -1 : all.lastIndexOf(NEWLINE, key - 1);
    while (at >= floor && at > 0) {
      if (!goesOn(all, at) && inside?.[at] !== 1) return at + 1;
      at = all.lastIndexOf(NEWLINE, at - 1);
    }
    return 0;
  }
}

/** Does the line after this line end belong to the one before? */
function goesOn(all: Uint8Array, at: number): boolean {
  const next = all[at + 1];
  const before = all[at - 1] === 0x0d ? all[at - 2] : all[at - 1];
  if (next === undefined) return true;
  if (before === 0x5c || before === 0x5e || before === 0x60 || before === 0x3d) return true;
  return next <= 0x20 || next === 0x7d || next === 0x5d || next === 0x29 || next === 0x2c;
}

/** Whether each byte stands inside quotation marks. A quotation mark inside such a cell is doubled, which comes to the same. */
function quotes(all: Uint8Array): Uint8Array {
  const inside = new Uint8Array(all.length);
  let open = 0;
  for (let i = 0; i < all.length; i++) {
    if (all[i] === 0x22) open ^= 1;
    inside[i] = open;
  }
  return inside;
}

const BEGIN = new TextEncoder().encode("-----BEGIN ");
const END = new TextEncoder().encode("-----END ");

/** Where a key that is not yet complete begins, or the length. */
function openKey(all: Uint8Array): number {
  const begin = lastOf(all, BEGIN);
  return begin >= 0 && lastOf(all, END) < begin ? begin : all.length;
}

function lastOf(all: Uint8Array, pattern: Uint8Array): number {
  let at = all.lastIndexOf(0x2d);
  while (at > 0 && !pattern.every((byte, i) => all[at + i] === byte)) at = all.lastIndexOf(0x2d, at - 1);
  return at > 0 || (at === 0 && pattern.every((byte, i) => all[i] === byte)) ? at : -1;
}
