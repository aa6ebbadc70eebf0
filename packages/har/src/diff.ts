import { isObject, type JsonValue } from "./json.ts";
import { pointerStep } from "./pointer.ts";
import { DEFAULT_LIMITS, parsePiece, parseSkeletonBytes, type Limits } from "./sanitise.ts";
import { readUtf8, type Source } from "./source.ts";
import { Splitter, type Piece } from "./split.ts";

export type ChangeKind = "value" | "type" | "length" | "added" | "removed" | "renamed";

/** One place that differs between two files. Holds no value; names that look like tokens are masked in the pointer. */
export interface Change {
  readonly entry: number;
  readonly pointer: string;
  readonly change: ChangeKind;
}

export interface Difference {
  readonly entries: { readonly before: number; readonly after: number };
  readonly total: number;
  readonly byChange: Readonly<Record<string, number>>;
  /** Strings, numbers and other values compared: `total` of these differ. */
  readonly compared: number;
  readonly changes: readonly Change[];
  readonly unlisted: number;
}

export interface DiffOptions {
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Changes that are listed one by one. */
  readonly maxChanges?: number;
}

/** What differs between a file and its sanitised form, entry by entry. Reads both once, at the same pace. */
export async function diff(before: Source, after: Source, options: DiffOptions = {}): Promise<Difference> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const comparison = new Comparison(options.maxChanges ?? 50_000);
  const left = pieces(before, limits, options.signal);
  const right = pieces(after, limits, options.signal);
  const count = { before: 0, after: 0 };
  for (;;) {
    const [a, b] = await Promise.all([left.next(), right.next()]);
    if (a.done === true && b.done === true) {
      comparison.entry = -1;
      comparison.compare(parseSkeletonBytes(a.value.bytes), parseSkeletonBytes(b.value.bytes), "");
      return { entries: count, ...comparison.result() };
    }
    comparison.entry = Math.max(count.before, count.after);
    if (a.done !== true) count.before++;
    if (b.done !== true) count.after++;
    if (a.done !== true && b.done !== true)
      comparison.compare(parsePiece(a.value), parsePiece(b.value), `/log/entries/${comparison.entry}`);
    else {
      comparison.note(`/log/entries/${comparison.entry}`, a.done === true ? "added" : "removed");
      // The longer file's rest is only counted.
      const rest = a.done === true ? right : left;
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
        if (a.done === true) count.after++;
        else count.before++;
        comparison.note(
          `/log/entries/${Math.max(count.before, count.after) - 1}`,
          a.done === true ? "added" : "removed",
        );
      }
      return { entries: count, ...comparison.result() };
    }
  }
}

async function* pieces(source: Source, limits: Limits, signal: AbortSignal | undefined): AsyncGenerator<Piece, Piece> {
  const splitter = new Splitter(limits);
  for await (const chunk of readUtf8(source, { signal, maxBytes: limits.maxBytes })) yield* splitter.push(chunk);
  return splitter.end();
}

class Comparison {
  entry = 0;
  #compared = 0;
  #total = 0;
  readonly #byChange: Record<string, number> = {};
  readonly #changes: Change[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  note(pointer: string, change: ChangeKind): void {
    this.#total++;
    this.#byChange[change] = (this.#byChange[change] ?? 0) + 1;
    if (this.#changes.length < this.#max) this.#changes.push({ entry: this.entry, pointer, change });
  }

  compare(a: JsonValue, b: JsonValue, pointer: string): void {
    if (Array.isArray(a) && Array.isArray(b)) {
      if (a.length !== b.length) this.note(pointer, "length");
      for (let i = 0; i < Math.min(a.length, b.length); i++)
        this.compare(a[i] ?? null, b[i] ?? null, `${pointer}/${i}`);
    } else if (isObject(a) && isObject(b)) this.#members(a, b, pointer);
    else {
      this.#compared++;
      if (kindOf(a) !== kindOf(b)) this.note(pointer, "type");
      else if (a !== b) this.note(pointer, "value");
    }
  }

  /** Members keep their order, so a name that changed is told from one that is missing by its place. */
  #members(a: { [name: string]: JsonValue }, b: { [name: string]: JsonValue }, pointer: string): void {
    const names = Object.keys(a);
    const others = Object.keys(b);
    const paired = names.length === others.length;
    for (const [i, name] of names.entries()) {
      const other = Object.hasOwn(b, name) ? name : paired ? others[i] : undefined;
      const at = `${pointer}/${pointerStep(name)}`;
      if (other === undefined || (other !== name && Object.hasOwn(a, other))) {
        this.note(at, "removed");
        continue;
      }
      if (other !== name) this.note(at, "renamed");
      this.compare(a[name] ?? null, b[other] ?? null, at);
    }
    if (!paired)
      for (const name of others) if (!Object.hasOwn(a, name)) this.note(`${pointer}/${pointerStep(name)}`, "added");
  }

  result(): Omit<Difference, "entries"> {
    return {
      total: this.#total,
      byChange: this.#byChange,
      compared: this.#compared,
      changes: this.#changes,
      unlisted: this.#total - this.#changes.length,
    };
  }
}

function kindOf(value: JsonValue): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}
