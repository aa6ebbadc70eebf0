import { Cleaner } from "./clean.ts";
import { Dictionary, MIN_LENGTH } from "./dictionary.ts";
import { Engine, type Faults } from "./engine.ts";
import { HarError } from "./error.ts";
import { kindOfSource } from "./file-kind.ts";
import { columnsOf, rewriteCsv, type Columns } from "./find/csv.ts";
import { rewriteJson } from "./find/json.ts";
import { rewriteLog, rewriteLogLine, type EachLine } from "./find/lines.ts";
import { rewriteMarkup } from "./find/markup.ts";
import { rewriteSettings } from "./find/settings.ts";
import type { JsonValue } from "./json.ts";
import { checkKeep, Keep } from "./keep.ts";
import { Pseudonyms } from "./key.ts";
import { Marks } from "./memo.ts";
import type { Observer } from "./observer.ts";
import { NameJudge, type Mode, type Policy } from "./policy.ts";
import { ReportBuilder, type Report } from "./report.ts";
import type { Progress } from "./sanitise.ts";
import { decodeText, readUtf8, type Sink, type Source } from "./source.ts";
import { strictText } from "./strict-text.ts";
import { headText, isText, KIND_BYTES, type TextKind } from "./text-kind.ts";
import { WindowCutter, type TextWindow } from "./text-windows.ts";
import { ENCODINGS, holdsKnown } from "./verify.ts";
import { findKnown } from "./views.ts";

export interface TextLimits {
  /** Bytes of the file after decompression. */
  readonly maxBytes: number;
  /** JSON, XML and HTML are read whole; larger ones are refused. */
  readonly maxDocumentBytes: number;
  /** Other text is read in pieces of about this many bytes. */
  readonly windowBytes: number;
  /** The longest line, quoted cell or key. */
  readonly maxWindowBytes: number;
  readonly maxValues: number;
  readonly maxFindings: number;
}

export const TEXT_LIMITS: TextLimits = {
  maxBytes: 16 * 1024 ** 3,
  maxDocumentBytes: 64 * 1024 ** 2,
  windowBytes: 256 * 1024,
  maxWindowBytes: 16 * 1024 ** 2,
  maxValues: 2_000_000,
  maxFindings: 50_000,
};

export interface TextOptions {
  /** 32 random bytes. Fresh for every file, and dropped afterwards, unless files are to be linked. */
  readonly key: Uint8Array;
  /** What `kindOf` said. Without it, the first bytes decide. */
  readonly kind?: TextKind | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly limits?: Partial<TextLimits> | undefined;
  readonly observer?: Observer | undefined;
  readonly mode?: Mode | undefined;
  readonly policy?: Policy | undefined;
  /** As for recordings: values to keep readable, named by their stand-ins under the same key. */
  readonly keep?: readonly string[] | undefined;
}

/** As the report of a recording. `entries` is 0; a finding's pointer is `/lines/<number of the line, from 1>`. */
export interface TextReport extends Report {
  readonly kind: TextKind;
  readonly lines: number;
}

/** Reads a text that is no recording, replaces every secret in it, proves that none is left, and writes it as UTF-8. Rejects with a HarError instead of writing something unsafe. */
export function sanitiseText(source: Source, sink: Sink, options: TextOptions): Promise<TextReport> {
  return sanitiseTextWith(source, sink, options, undefined);
}

/** For tests of the verification: `faults` leaves secrets in, which must be noticed. */
export async function sanitiseTextWith(
  source: Source,
  sink: Sink,
  options: TextOptions,
  faults: Faults | undefined,
): Promise<TextReport> {
  const run = new TextRun(source, sink, options, faults);
  try {
    return await run.all();
  } finally {
    run.close();
  }
}

/** Is the text free of what the rules find? */
export async function scanText(
  source: Source,
  options: TextOptions,
): Promise<{ readonly clean: boolean; readonly report: TextReport }> {
  const report = await sanitiseText(source, { write: () => undefined }, options);
  return { clean: report.counts.total === 0 && report.refused.length === 0, report };
}

const encoder = new TextEncoder();
/** How much of two neighbouring windows is searched together. */
const SEAM = 1 << 13;

class TextRun {
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #options: TextOptions;
  readonly #limits: TextLimits;
  readonly #faults: Faults | undefined;
  readonly #dictionary: Dictionary;
  readonly #pseudonyms: Pseudonyms;
  readonly #report: ReportBuilder;
  readonly #names: NameJudge;
  readonly #mode: Mode;
  readonly #keep: Keep;
  #kind: TextKind = "plain";
  #columns: Columns | undefined;
  #lines = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  /** Cleaned and not yet written: what follows may complete a value that begins in it. */
  #held: string | undefined;

  constructor(source: Source, sink: Sink, options: TextOptions, faults: Faults | undefined) {
    this.#source = source;
    this.#sink = sink;
    this.#options = options;
    this.#limits = { ...TEXT_LIMITS, ...options.limits };
    this.#faults = faults;
    this.#dictionary = new Dictionary(this.#limits.maxValues);
    this.#pseudonyms = new Pseudonyms(options.key);
    this.#report = new ReportBuilder(this.#limits.maxFindings);
    this.#names = new NameJudge(options.policy);
    this.#mode = options.mode === "strict" || options.policy?.mode === "strict" ? "strict" : "support";
    checkKeep(options.keep ?? [], this.#mode, options.policy);
    this.#keep = new Keep(options.keep ?? [], this.#pseudonyms);
  }

  close(): void {
    this.#pseudonyms.close();
  }

  async all(): Promise<TextReport> {
    this.#kind = await this.#told();
    const harvest = this.#engine("harvest");
    for await (const window of this.#windows("harvest")) {
      const text = decodeText(window.bytes);
      if (window.offset === 0 && this.#kind === "csv") this.#columns = columnsOf(text);
      this.#options.observer?.text?.(text);
      this.#read(text, window, harvest);
      this.#lines = window.line + newlines(text) - (text.endsWith("\n") ? 1 : 0);
      if (this.#dictionary.full)
        throw tooLarge(
          `The file has more than ${this.#limits.maxValues} distinct secret values; raise limits.maxValues to accept it.`,
        );
    }
    const harmless = harvest.harmless();
    this.#dictionary.freeze((value) => harmless(value) || this.#keep.holds(value));
    const redact = this.#engine("redact");
    for await (const window of this.#windows("redact")) await this.#redact(window, redact);
    await this.#write(this.#held ?? "");
    this.#progress("verify", this.#bytesIn);
    return {
      ...this.#report.build({
        entries: 0,
        bytesIn: this.#bytesIn,
        bytesOut: this.#bytesOut,
        verified: { values: this.#dictionary.size, minLength: MIN_LENGTH, encodings: ENCODINGS },
        mode: this.#mode,
        loosened: this.#names.loosened(),
        kept: this.#keep.kept(),
      }),
      kind: this.#kind,
      lines: this.#lines,
    };
  }

  /** Refuses at once what is no text, before anything is read through. */
  async #told(): Promise<TextKind> {
    const seen = await kindOfSource("", this.#source);
    if (seen === "binary") throw binary(0);
    if (seen === "har" || seen === "har.gz" || seen === "har.zip")
      throw new HarError("text.recording", "This is a browser recording (HAR); sanitise it as one.", { byte: 0 });
    return this.#options.kind ?? seen;
  }

  async *#windows(phase: Progress["phase"]): AsyncGenerator<TextWindow> {
    const whole = this.#kind === "json" || this.#kind === "xml" || this.#kind === "html";
    const cutter = new WindowCutter({
      windowBytes: whole ? Number.POSITIVE_INFINITY : this.#limits.windowBytes,
      maxWindowBytes: Math.max(this.#limits.windowBytes, this.#limits.maxWindowBytes),
      quoted: this.#kind === "csv",
    });
    let bytes = 0;
    for await (const chunk of this.#utf8(phase)) {
      if (bytes === 0 && headText(chunk.subarray(0, KIND_BYTES)) === undefined) throw binary(0);
      if (!isText(chunk, false)) throw binary(bytes);
      bytes += chunk.length;
      if (whole && bytes > this.#limits.maxDocumentBytes)
        throw tooLarge(
          `A ${this.#kind.toUpperCase()} document is read whole and may have ${this.#limits.maxDocumentBytes} bytes; raise limits.maxDocumentBytes to accept it.`,
          bytes,
        );
      yield* cutter.push(chunk);
    }
    yield* cutter.end();
  }

  #utf8(phase: Progress["phase"]): AsyncGenerator<Uint8Array> {
    return readUtf8(this.#source, {
      signal: this.#options.signal,
      maxBytes: this.#limits.maxBytes,
      onBytes: (bytes) => {
        this.#bytesIn = bytes;
        this.#progress(phase, bytes);
      },
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
      marks: new Marks(),
    });
  }

  #read(text: string, window: TextWindow, engine: Engine): string {
    const at = (line: number): void => {
      engine.path.splice(0, engine.path.length, "lines", line);
    };
    at(window.line);
    const each: EachLine = (line, number, rewrite, context = "") => {
      at(window.line + number);
      const next = engine.leaf(`line of ${this.#kind}`, context, line, () => rewrite(line));
      at(window.line);
      return next;
    };
    switch (this.#kind) {
      case "json":
        return rewriteJson(text, engine) ?? rewriteLog(text, engine, each);
      case "xml":
      case "html":
        return rewriteMarkup(text, engine);
      case "csv":
        return this.#columns === undefined
          ? rewriteLog(text, engine, each)
          : rewriteCsv(text, this.#columns, window.offset === 0, engine, each);
      case "yaml":
      case "env":
      case "ini":
        return rewriteSettings(text, engine, each, (line) => rewriteLogLine(line, engine));
      case "code":
        return engine.text(text, "code");
      case "plain":
      case "log":
      case "ndjson":
      case "curl":
        return rewriteLog(text, engine, each);
    }
  }

  async #redact(window: TextWindow, engine: Engine): Promise<void> {
    const text = decodeText(window.bytes);
    const redacted = this.#read(text, window, engine);
    const clean = this.#clean(this.#mode === "strict" ? strictText(redacted) : redacted, engine, text);
    const [before, after] = this.#joined(this.#held ?? "", clean, engine);
    await this.#write(before);
    this.#held = after;
  }

  #clean(text: string, engine: Engine, original: string): string {
    let clean = text;
    if (holdsKnown(this.#dictionary, text)) {
      if (this.#faults !== undefined) throw leak();
      clean = engine.echoes(text);
      if (holdsKnown(this.#dictionary, clean)) clean = this.#masked(clean, engine);
    }
    if (this.#kind !== "json" || isJson(clean) || !isJson(original)) return clean;
    // An echo went over a name or a bracket: what the text says is cleaned, and written anew.
    const value: JsonValue = JSON.parse(text);
    const anew = JSON.stringify(new Cleaner(this.#dictionary, engine, leak, false).clean(value), null, 2);
    if (holdsKnown(this.#dictionary, anew)) throw leak();
    return `${anew}\n`;
  }

  /** Lines that still hold something go whole; if that does not help, all does. */
  #masked(text: string, engine: Engine): string {
    const lines = text
      .split("\n")
      .map((line) =>
        holdsKnown(this.#dictionary, line) ? engine.refuse("a secret could not be taken out of this line") : line,
      )
      .join("\n");
    return holdsKnown(this.#dictionary, lines)
      ? `${engine.refuse("a secret could not be taken out of these lines")}\n`
      : lines;
  }

  #joined(before: string, after: string, engine: Engine): readonly [string, string] {
    const left = before.slice(-SEAM);
    const right = after.slice(0, SEAM);
    if (
      left === "" ||
      findKnown(this.#dictionary, left + right).every(({ start, end }) => end <= left.length || start >= left.length)
    )
      return [before, after];
    const mended = engine.mend(left, right);
    if (mended === undefined) throw leak();
    return [before.slice(0, before.length - left.length) + mended[0], mended[1] + after.slice(right.length)];
  }

  #progress(phase: Progress["phase"], bytes: number): void {
    const total = this.#source.size;
    this.#options.onProgress?.(total === undefined ? { phase, bytes } : { phase, bytes, total });
  }

  async #write(text: string): Promise<void> {
    if (text === "") return;
    const bytes = encoder.encode(text);
    this.#bytesOut += bytes.length;
    await this.#sink.write(bytes);
  }
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function binary(byte: number): HarError {
  return new HarError(
    "text.binary",
    "This file is not text (a picture, archive, document or program), so no secret in it can be found. Send it only if you know what it holds.",
    { byte },
  );
}

function tooLarge(message: string, byte?: number): HarError {
  return new HarError("text.tooLarge", message, byte === undefined ? {} : { byte });
}

function leak(): HarError {
  return new HarError(
    "har.verify",
    "A value that was found to be secret is still in the output, so nothing was released. Please report this as a fault of the sanitiser.",
  );
}
