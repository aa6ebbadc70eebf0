import { Blocks } from "./blocks.ts";
import { Cleaner } from "./clean.ts";
import { Dictionary, MIN_LENGTH } from "./dictionary.ts";
import { Engine, type Faults } from "./engine.ts";
import { rewriteValue } from "./entry.ts";
import { Held } from "./held.ts";
import { isObject, setOwn, type JsonObject, type JsonValue } from "./json.ts";
import { HarError } from "./error.ts";
import { checkKeep, Keep } from "./keep.ts";
import { visitJoints } from "./frames.ts";
import { Pseudonyms } from "./key.ts";
import { Marks } from "./memo.ts";
import { Cutter, Places } from "./places.ts";
import type { Observer } from "./observer.ts";
import { NameJudge, type Mode, type Policy } from "./policy.ts";
import { ReportBuilder, type Report } from "./report.ts";
import { decodeText, decodeUtf8, readUtf8, type Sink, type Source } from "./source.ts";
import { Splitter, type Piece, type SplitLimits } from "./split.ts";
import { strictEntry, strictSkeleton } from "./strict.ts";
import { ENCODINGS, holdsKnown } from "./verify.ts";
import { findKnown } from "./views.ts";

export interface Limits extends SplitLimits {
  /** Bytes of the file after decompression. */
  readonly maxBytes: number;
  /** Distinct values that are searched for. */
  readonly maxValues: number;
  /** Findings that the report lists one by one. */
  readonly maxFindings: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxBytes: 16 * 1024 ** 3,
  maxStringBytes: 32 * 1024 ** 2,
  maxEntryBytes: 96 * 1024 ** 2,
  maxSkeletonBytes: 64 * 1024 ** 2,
  maxDepth: 500,
  maxEntries: 5_000_000,
  maxValues: 2_000_000,
  maxFindings: 50_000,
};

export interface Progress {
  readonly phase: "harvest" | "redact" | "verify";
  /** Bytes of the stored input read so far in this phase. */
  readonly bytes: number;
  readonly total?: number;
}

export interface SanitiseOptions {
  /** 32 random bytes. Fresh for every file, and dropped afterwards, unless files are to be linked. */
  readonly key: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly observer?: Observer | undefined;
  /** `support` unless the policy asks for more. */
  readonly mode?: Mode | undefined;
  readonly policy?: Policy | undefined;
  /**
   * Values to keep readable, each named by its stand-in under the same key: a loosening, which the report tells. Refused
   * in strict mode, and where the policy forbids it. Which values may be kept is the caller's to decide.
   */
  readonly keep?: readonly string[] | undefined;
}

/** Reads a HAR, replaces every secret in it, proves that none is left, and writes it. Rejects with a HarError instead of writing something unsafe. */
export function sanitise(source: Source, sink: Sink, options: SanitiseOptions): Promise<Report> {
  return sanitiseWith(source, sink, options, undefined);
}

/** For tests of the verification: `faults` leaves secrets in, which must be noticed. */
export async function sanitiseWith(
  source: Source,
  sink: Sink,
  options: SanitiseOptions,
  faults: Faults | undefined,
): Promise<Report> {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const run = new Run(source, sink, options, limits, faults);
  try {
    return await run.all();
  } finally {
    run.close();
  }
}

const encoder = new TextEncoder();
const FIRST = encoder.encode("\n");
const NEXT = encoder.encode(",\n");
const ENTRIES_MARK = "\u0000entries\u0000";

interface Redacted {
  readonly entry: JsonValue;
  readonly held: Held;
}

class Run {
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #options: SanitiseOptions;
  readonly #limits: Limits;
  readonly #faults: Faults | undefined;
  readonly #dictionary: Dictionary;
  readonly #pseudonyms: Pseudonyms;
  readonly #report: ReportBuilder;
  readonly #names: NameJudge;
  readonly #keep: Keep;
  readonly #mode: Mode;
  readonly #marks = new Marks();
  readonly #places = new Places();
  /** A text was too long to keep: only the splitter knows how to leave it out again. */
  #dropped = false;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(source: Source, sink: Sink, options: SanitiseOptions, limits: Limits, faults: Faults | undefined) {
    this.#source = source;
    this.#sink = sink;
    this.#options = options;
    this.#limits = limits;
    this.#faults = faults;
    this.#dictionary = new Dictionary(limits.maxValues);
    this.#pseudonyms = new Pseudonyms(options.key);
    this.#report = new ReportBuilder(limits.maxFindings);
    this.#names = new NameJudge(options.policy);
    this.#mode = options.mode === "strict" || options.policy?.mode === "strict" ? "strict" : "support";
    checkKeep(options.keep ?? [], this.#mode, options.policy);
    this.#keep = new Keep(options.keep ?? [], this.#pseudonyms);
  }

  close(): void {
    this.#pseudonyms.close();
  }

  async all(): Promise<Report> {
    const { skeleton, entries } = await this.#harvest();
    await this.#redact(skeleton);
    this.#progress("verify", this.#bytesIn);
    return this.#report.build({
      entries,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      verified: { values: this.#dictionary.size, minLength: MIN_LENGTH, encodings: ENCODINGS },
      mode: this.#mode,
      loosened: this.#names.loosened(),
      kept: this.#keep.kept(),
    });
  }

  async #harvest(): Promise<{ skeleton: Uint8Array; entries: number }> {
    const engine = this.#engine("harvest");
    let entries = 0;
    const last = await this.#pieces("harvest", async (piece) => {
      entries++;
      const text = decodeUtf8(piece.bytes);
      // What is not UTF-8 cannot be copied into the output as it is.
      this.#places.add(piece.offset, piece.length, text === undefined ? [] : piece.texts);
      this.#dropped ||= piece.dropped.length > 0;
      engine.begin(piece.index, false);
      const entry = text === undefined ? parsePiece(piece) : parsed(piece, () => JSON.parse(text));
      this.#options.observer?.entry(piece.index, entry);
      rewriteValue(entry, "", engine);
      if (this.#dictionary.full) {
        throw new HarError(
          "har.tooLarge",
          `The file has more than ${this.#limits.maxValues} distinct secret values; raise limits.maxValues to accept it.`,
          { entry: piece.index },
        );
      }
    });
    const skeleton = parseSkeleton(last);
    engine.begin(-1, false);
    rewriteValue(skeleton, "", engine);
    const harmless = engine.harmless();
    this.#dictionary.freeze((value) => harmless(value) || this.#keep.holds(value));
    return { skeleton: last.bytes, entries };
  }

  async #redact(skeletonBytes: Uint8Array): Promise<void> {
    const engine = this.#engine("redact");
    const cleaner = new Cleaner(this.#dictionary, engine, () => leak(engine.entry), this.#faults !== undefined);
    const redacted = rewriteValue(parseSkeletonBytes(skeletonBytes), "", engine);
    const [before, after] = cutSkeleton(cleaner.clean(this.#mode === "strict" ? strictSkeleton(redacted) : redacted));
    const out = new Blocks(this.#sink);
    await out.write(encoder.encode(before));
    let first = true;
    await this.#again(async (piece) => {
      engine.entry = piece.index;
      if (piece.dropped.length > 0)
        this.#report.refused(
          piece.index,
          engine.pointer(),
          `text of ${Math.max(...piece.dropped)} bytes was dropped: longer than the limit`,
        );
      const { entry, held } = this.#redacted(piece, engine);
      const clean = cleaner.clean(entry, held);
      this.#joints(clean, engine);
      await out.write(first ? FIRST : NEXT);
      await out.write(held.written(clean));
      first = false;
    });
    await out.write(encoder.encode(`${after}\n`));
    await out.flush();
    this.#bytesOut = out.written;
  }

  #redacted(piece: Piece, engine: Engine): Redacted {
    const read = (marked: boolean): Redacted => {
      const texts = marked && this.#mode === "support" ? this.#places.texts(piece.index) : [];
      const { value, held } = parsed(piece, () => Held.parse(piece.bytes, texts));
      engine.whole = held.text;
      let same = marked;
      // Before the halves are read: one half alone may be too short to be known.
      visitJoints(value, held.text, (left, right) => {
        const mended = engine.mend(left, right);
        if (mended !== undefined) same = false;
        return mended;
      });
      engine.begin(piece.index, same);
      return { entry: rewriteValue(value, "", engine), held };
    };
    const redacted = read(true);
    const { entry, held } = engine.ended() ? redacted : read(false);
    return { entry: this.#mode === "strict" ? strictEntry(entry) : entry, held };
  }

  /** A value that is split over two messages would be in neither of them. */
  #joints(entry: JsonValue, engine: Engine): void {
    visitJoints(entry, engine.whole, (left, right) => {
      if (
        findKnown(this.#dictionary, left + right).length > 0 &&
        !holdsKnown(this.#dictionary, left) &&
        !holdsKnown(this.#dictionary, right)
      )
        throw leak(engine.entry);
      return undefined;
    });
  }

  #engine(mode: "harvest" | "redact"): Engine {
    return new Engine({
      mode,
      dictionary: this.#dictionary,
      pseudonyms: this.#pseudonyms,
      report: this.#report,
      faults: this.#faults,
      observer: this.#options.observer,
      names: this.#names,
      keep: this.#keep,
      marks: this.#marks,
    });
  }

  async #pieces(phase: Progress["phase"], visit: (piece: Piece) => Promise<void>): Promise<Piece> {
    const splitter = new Splitter(this.#limits);
    for await (const chunk of this.#read(phase)) for (const piece of splitter.push(chunk)) await visit(piece);
    return splitter.end();
  }

  /** The entries for the second time. */
  async #again(visit: (piece: Piece) => Promise<void>): Promise<void> {
    if (this.#dropped) {
      await this.#pieces("redact", visit);
      return;
    }
    const cutter = new Cutter(this.#places);
    for await (const chunk of this.#read("redact")) for (const piece of cutter.push(chunk)) await visit(piece);
    if (!cutter.complete)
      throw new HarError("har.truncated", "The file became shorter while it was read; choose it again.", {});
  }

  #read(phase: Progress["phase"]): AsyncGenerator<Uint8Array> {
    return readUtf8(this.#source, {
      signal: this.#options.signal,
      maxBytes: this.#limits.maxBytes,
      onBytes: (bytes) => {
        this.#bytesIn = bytes;
        this.#progress(phase, bytes);
      },
    });
  }

  #progress(phase: Progress["phase"], bytes: number): void {
    const total = this.#source.size;
    this.#options.onProgress?.(total === undefined ? { phase, bytes } : { phase, bytes, total });
  }
}

function leak(entry: number): HarError {
  return new HarError(
    "har.verify",
    "A value that was found to be secret is still in the output, so nothing was released. Please report this as a fault of the sanitiser.",
    { entry },
  );
}

export function parsePiece(piece: Piece): JsonValue {
  return parsed(piece, () => JSON.parse(decodeText(piece.bytes)));
}

function parsed<T>(piece: Piece, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    // The cause of a JSON error quotes the input, so it is not passed on.
    void cause;
    throw new HarError("har.notJson", "An entry is not valid JSON.", { entry: piece.index, byte: piece.offset });
  }
}

function parseSkeleton(piece: Piece): JsonValue {
  return parseSkeletonBytes(piece.bytes);
}

/** The document with an empty `log.entries`. */
export function parseSkeletonBytes(bytes: Uint8Array): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(decodeText(bytes));
  } catch {
    throw new HarError("har.notJson", "The part outside the entries is not valid JSON.", {});
  }
  const log = isObject(value) ? value["log"] : undefined;
  if (!isObject(value) || !isObject(log) || !Array.isArray(log["entries"]) || log["entries"].length > 0) {
    throw new HarError(
      "har.duplicate",
      "The file has `log` or `entries` twice; it cannot be told which one is meant.",
      { pointer: "/log/entries" },
    );
  }
  return value;
}

/** The skeleton's text before and after the place of the entries. */
export function cutSkeleton(skeleton: JsonValue): [string, string] {
  if (isObject(skeleton) && isObject(skeleton["log"])) setOwn(skeleton["log"], "entries", [ENTRIES_MARK]);
  const text = JSON.stringify(skeleton);
  const mark = JSON.stringify(ENTRIES_MARK);
  const at = text.indexOf(mark);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
