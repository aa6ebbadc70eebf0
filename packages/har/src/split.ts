import { HarError } from "./error.ts";
import { decodeText } from "./source.ts";

/**
 * Cuts a HAR into its skeleton and its entries while it streams by, holding one entry at a time.
 * It follows only brackets, strings and the keys of the two outermost objects; everything else is left to JSON.parse.
 */

export interface SplitLimits {
  /** One string value longer than this is replaced by a note; its bytes are not kept. */
  readonly maxStringBytes: number;
  /** One entry, after long strings were dropped. */
  readonly maxEntryBytes: number;
  /** Everything outside `log.entries`. */
  readonly maxSkeletonBytes: number;
  readonly maxDepth: number;
  readonly maxEntries: number;
}

export interface Piece {
  /** Entry number, or -1 for the skeleton, which comes last. */
  readonly index: number;
  /** Offset in the UTF-8 input at which the value begins. */
  readonly offset: number;
  readonly length: number;
  readonly bytes: Uint8Array;
  /** Strings that were too long to keep: how many bytes each had. */
  readonly dropped: readonly number[];
  /** Where in `bytes` the long texts under the name `text` stand: first byte, byte after the last one, and so on. */
  readonly texts: readonly number[];
}

/** Shorter texts are not worth a place in the list. */
const MIN_TEXT = 512;
const NO_TEXTS: readonly number[] = [];

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

export const DROPPED_PREFIX = "redacted: value too long, bytes: ";

class Collector {
  bytes = new Uint8Array(1 << 12);
  length = 0;
  push(source: Uint8Array, from: number, to: number): void {
    const count = to - from;
    if (this.length + count > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    // For a few bytes the view costs more than the copy.
    if (count < 48) for (let i = 0; i < count; i++) this.bytes[this.length + i] = source[from + i] ?? 0;
    else this.bytes.set(source.subarray(from, to), this.length);
    this.length += count;
  }
  take(): Uint8Array {
    const out = this.bytes.slice(0, this.length);
    this.length = 0;
    // A rare huge entry must not pin its buffer for the rest of the file.
    if (this.bytes.length > 1 << 22) this.bytes = new Uint8Array(1 << 16);
    return out;
  }
}

export class Splitter {
  readonly #limits: SplitLimits;
  readonly #skeleton = new Collector();
  readonly #entry = new Collector();
  #state: "prefix" | "body" | "suffix" = "prefix";
  #prefix = "";
  /** Bytes of all chunks before the current one. */
  #offset = 0;
  /** First byte of the current chunk that is in no collector yet. */
  #mark = 0;
  #brackets: number[] = [];
  #inString = false;
  #escaped = false;
  /** Length of the collector when the current string began. */
  #stringStart = 0;
  #stringBytes = 0;
  #stringTooLong = false;
  #dropped: number[] = [];
  #texts: number[] = [];
  /** The last string at depth 1 or 2, and the key that the value at that depth belongs to. */
  #lastString = "";
  #keys: string[] = ["", "", ""];
  #entriesDepth = 0;
  #entriesSeen = false;
  #inEntry = false;
  #entryOffset = 0;
  #count = 0;

  constructor(limits: SplitLimits) {
    this.#limits = limits;
  }

  /** Feeds bytes; returns the entries that were completed by them. */
  push(bytes: Uint8Array): Piece[] {
    // A view of Node's Buffer would make every slice of it a Buffer again, which costs more than copying it.
    const chunk = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const done: Piece[] = [];
    let i = this.#state === "prefix" ? this.#skipPrefix(chunk) : 0;
    this.#mark = i;
    while (i < chunk.length && this.#state === "body") {
      i = this.#inString ? this.#string(chunk, i) : this.#structure(chunk, i, done);
    }
    if (this.#state === "body" && !this.#inString) this.#flush(chunk, chunk.length);
    if (this.#state === "suffix") this.#checkSuffix(chunk, i);
    this.#offset += chunk.length;
    return done;
  }

  /** The skeleton: the whole document with `log.entries` empty. */
  end(): Piece {
    if (this.#state === "prefix")
      throw new HarError("har.notJson", "The file is empty or does not begin with a JSON object.", { byte: 0 });
    if (this.#state !== "suffix") {
      throw new HarError("har.truncated", "The file ends in the middle of its JSON; record or export it again.", {
        byte: this.#offset,
        ...(this.#inEntry ? { entry: this.#count } : {}),
      });
    }
    if (!this.#entriesSeen) {
      throw new HarError("har.notHar", "The file is JSON but has no `log.entries` list, so it is not a HAR.", {
        pointer: "/log/entries",
      });
    }
    return {
      index: -1,
      offset: 0,
      length: this.#offset,
      bytes: this.#skeleton.take(),
      dropped: this.#dropped,
      texts: NO_TEXTS,
    };
  }

  /** A JSONP wrapper (`onInputData({...})`) is a known way of serving HAR files; nothing else may precede the object. */
  #skipPrefix(chunk: Uint8Array): number {
    for (let i = 0; i < chunk.length; i++) {
      const c = chunk[i] ?? 0;
      if (c === OPEN_BRACE) {
        if (!/^\s*(?:[\w$.]{1,200}\s*\(\s*)?$/.test(this.#prefix)) break;
        this.#state = "body";
        return i;
      }
      this.#prefix += String.fromCharCode(c);
      if (this.#prefix.length > 1024) break;
      if (i === chunk.length - 1) return chunk.length;
    }
    throw new HarError("har.notJson", "The file does not begin with a JSON object.", { byte: 0 });
  }

  #checkSuffix(chunk: Uint8Array, from: number): void {
    for (let i = from; i < chunk.length; i++) {
      const c = chunk[i] ?? 0;
      if (c !== SPACE && c !== LF && c !== CR && c !== TAB && c !== 0x29 && c !== 0x3b) {
        throw new HarError(
          "har.trailing",
          "Something follows the end of the HAR object; only one document per file is accepted.",
          { byte: this.#offset + i },
        );
      }
    }
  }

  get #target(): Collector {
    return this.#inEntry ? this.#entry : this.#skeleton;
  }

  #flush(chunk: Uint8Array, to: number): void {
    const target = this.#target;
    if (to > this.#mark) target.push(chunk, this.#mark, to);
    this.#mark = to;
    const limit = this.#inEntry ? this.#limits.maxEntryBytes : this.#limits.maxSkeletonBytes;
    if (target.length <= limit) return;
    throw this.#inEntry
      ? new HarError(
          "har.tooLarge",
          `An entry has more than ${limit} bytes; raise limits.maxEntryBytes to accept it.`,
          { entry: this.#count },
        )
      : new HarError(
          "har.tooLarge",
          `The part outside the entries has more than ${limit} bytes; raise limits.maxSkeletonBytes to accept it.`,
          { byte: this.#offset },
        );
  }

  #string(chunk: Uint8Array, from: number): number {
    let i = from;
    if (this.#escaped) {
      this.#escaped = false;
      i++;
    }
    let closed = false;
    while (i < chunk.length) {
      const quote = chunk.indexOf(QUOTE, i);
      const end = quote < 0 ? chunk.length : quote;
      let slashes = 0;
      while (end - 1 - slashes >= i && chunk[end - 1 - slashes] === BACKSLASH) slashes++;
      i = quote < 0 ? chunk.length : quote + 1;
      if (quote < 0) this.#escaped = slashes % 2 === 1;
      else if (slashes % 2 === 0) {
        closed = true;
        break;
      }
    }
    this.#keepString(chunk, i);
    if (closed) this.#closeString();
    return i;
  }

  #keepString(chunk: Uint8Array, to: number): void {
    this.#stringBytes += to - this.#mark;
    if (!this.#stringTooLong && this.#stringBytes > this.#limits.maxStringBytes) {
      this.#stringTooLong = true;
      this.#target.length = this.#stringStart;
    }
    if (this.#stringTooLong) this.#mark = to;
    else this.#flush(chunk, to);
  }

  #closeString(): void {
    this.#inString = false;
    if (this.#stringTooLong) {
      const note = new TextEncoder().encode(`${DROPPED_PREFIX}${this.#stringBytes - 1}"`);
      this.#target.push(note, 0, note.length);
      this.#dropped.push(this.#stringBytes - 1);
      this.#stringTooLong = false;
    } else if (this.#inEntry && this.#stringBytes > MIN_TEXT && isNamedText(this.#entry.bytes, this.#stringStart - 2)) {
      this.#texts.push(this.#stringStart, this.#entry.length - 1);
    }
    if (!this.#inEntry && this.#brackets.length <= 2) {
      this.#lastString = keyText(this.#skeleton.bytes.subarray(this.#stringStart - 1, this.#skeleton.length));
    }
  }

  #structure(chunk: Uint8Array, from: number, done: Piece[]): number {
    for (let i = from; i < chunk.length; i++) {
      const c = chunk[i] ?? 0;
      if (c === SPACE || c === LF || c === CR || c === TAB) continue;
      const depth = this.#brackets.length;
      if (this.#entriesDepth > 0 && depth === this.#entriesDepth) this.#itemBoundary(chunk, i, c, done);
      if (c === QUOTE) {
        this.#flush(chunk, i + 1);
        this.#inString = true;
        this.#stringStart = this.#target.length;
        this.#stringBytes = 0;
        return i + 1;
      }
      if (c === OPEN_BRACE || c === OPEN_BRACKET) this.#open(c, i);
      else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
        this.#close(chunk, c, i, done);
        if (this.#state === "suffix") return i + 1;
      } else if (c === COLON && depth <= 2) this.#keys[depth] = this.#lastString;
    }
    return chunk.length;
  }

  /** Between two items of `log.entries`: a comma or bracket ends a scalar item, anything else begins an item. */
  #itemBoundary(chunk: Uint8Array, i: number, c: number, done: Piece[]): void {
    if (c === COMMA || c === CLOSE_BRACKET) {
      if (this.#inEntry) this.#finish(chunk, i, done);
      else this.#flush(chunk, i);
      if (c === COMMA) this.#mark = i + 1;
      return;
    }
    if (this.#inEntry) return;
    this.#flush(chunk, i);
    if (this.#count >= this.#limits.maxEntries) {
      throw new HarError("har.tooLarge", `The file has more than ${this.#limits.maxEntries} entries.`, {
        entry: this.#count,
      });
    }
    this.#inEntry = true;
    this.#entryOffset = this.#offset + i;
  }

  #open(c: number, i: number): void {
    const depth = this.#brackets.push(c);
    if (depth > this.#limits.maxDepth) {
      throw new HarError("har.tooDeep", `The JSON is nested deeper than ${this.#limits.maxDepth} levels.`, {
        byte: this.#offset + i,
      });
    }
    if (depth !== 3 || this.#keys[1] !== "log" || this.#keys[2] !== "entries" || c !== OPEN_BRACKET || this.#inEntry)
      return;
    if (this.#brackets[0] !== OPEN_BRACE || this.#brackets[1] !== OPEN_BRACE) return;
    if (this.#entriesSeen)
      throw new HarError("har.duplicate", "The file has `log.entries` twice; it cannot be told which one is meant.", {
        byte: this.#offset + i,
      });
    this.#entriesSeen = true;
    this.#entriesDepth = depth;
  }

  #close(chunk: Uint8Array, c: number, i: number, done: Piece[]): void {
    const opened = this.#brackets.pop();
    if (opened !== (c === CLOSE_BRACE ? OPEN_BRACE : OPEN_BRACKET)) {
      throw new HarError("har.notJson", "A bracket closes that was not opened.", { byte: this.#offset + i });
    }
    const depth = this.#brackets.length;
    if (this.#entriesDepth > 0 && depth === this.#entriesDepth && this.#inEntry) this.#finish(chunk, i + 1, done);
    else if (this.#entriesDepth > 0 && depth < this.#entriesDepth) this.#entriesDepth = 0;
    if (depth === 0) {
      this.#flush(chunk, i + 1);
      this.#state = "suffix";
    }
  }

  #finish(chunk: Uint8Array, to: number, done: Piece[]): void {
    this.#flush(chunk, to);
    this.#inEntry = false;
    const bytes = this.#entry.take();
    done.push({
      index: this.#count++,
      offset: this.#entryOffset,
      length: this.#offset + to - this.#entryOffset,
      bytes,
      dropped: this.#dropped,
      texts: this.#texts.length === 0 ? NO_TEXTS : this.#texts,
    });
    this.#dropped = [];
    if (this.#texts.length > 0) this.#texts = [];
  }
}

/** Do these bytes end in `"text":`? They are the structure before a string, so the quotes in them are no part of one. */
function isNamedText(bytes: Uint8Array, last: number): boolean {
  let i = last;
  while (i > 0 && (bytes[i] ?? 0) <= SPACE) i--;
  if (bytes[i] !== COLON) return false;
  i--;
  while (i > 0 && (bytes[i] ?? 0) <= SPACE) i--;
  return TEXT_NAME.every((c, k) => bytes[i - 5 + k] === c);
}

const TEXT_NAME = [QUOTE, 0x74, 0x65, 0x78, 0x74, QUOTE];

function keyText(quoted: Uint8Array): string {
  if (quoted.length > 256) return "";
  try {
    return String(JSON.parse(decodeText(quoted)));
  } catch {
    return "";
  }
}
