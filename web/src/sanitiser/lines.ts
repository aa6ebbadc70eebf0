import { indexLine, type IndexLine, type JsonValue } from "@breakwater/har";

/** One entry's place in the sanitised file. */
export interface Line {
  readonly offset: number;
  readonly length: number;
}

const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);
const NO_LINES = { headers: [0, 0], requestBodies: [0, 0], responseBodies: [0, 0] } as const;

/**
 * Follows a sanitised file as it is written. packages/har writes one entry a line: what stands before the entries is the
 * first line, and what stands after them follows the last entry in its line. Memory holds one line.
 */
export class EntryLines {
  readonly index: IndexLine[] = [];
  readonly lines: Line[] = [];
  readonly #decoder = new TextDecoder();
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #offset = 0;
  #first = true;

  push(chunk: Uint8Array): void {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      this.#hold(chunk.subarray(from, at));
      this.#line();
      from = at + 1;
    }
    if (from < chunk.length) this.#hold(chunk.slice(from));
  }

  #hold(bytes: Uint8Array): void {
    if (!this.#first) this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #line(): void {
    const bytes = joined(this.#held, this.#first ? 0 : this.#heldBytes);
    const offset = this.#offset;
    this.#offset += this.#heldBytes + 1;
    this.#held = [];
    this.#heldBytes = 0;
    if (this.#first) {
      this.#first = false;
      return;
    }
    const length = bytes.at(-1) === COMMA ? bytes.length - 1 : endOfValue(bytes);
    const entry: JsonValue = JSON.parse(this.#decoder.decode(bytes.subarray(0, length)));
    this.index.push(indexLine(this.lines.length, entry, NO_LINES));
    this.lines.push({ offset, length });
  }
}

/** Where the JSON value that the line begins with ends: at the bracket that closes it, or before one that it did not open. */
function endOfValue(bytes: Uint8Array): number {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (OPENING.has(byte)) depth++;
    else if (CLOSING.has(byte)) {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return bytes.length;
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const out = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
