import {
  blobSource,
  isStandIn,
  openIndex,
  readEntry,
  type EntryIndex,
  type JsonValue,
  type Manifest,
  type Report,
} from "@breakwater/har";
import { toBase64url } from "@breakwater/wire";
import type { EntryPreview, KeepChange, KeptRow, Sanitised, SanitiserFile, ValueRow } from "../engine/api.ts";
import { rowsOf } from "../engine/entryrow.ts";
import { EngineError } from "../engine/error.ts";
import { run, type Keys, type Outcome, type WorkContext, type WorkInput } from "./run.ts";
import { searchLines } from "./search.ts";

const MAX_PREVIEW = 4 * 1024 * 1024;
const MAX_KEPT = 15;
const MAX_REASON = 150;

type Kept = ReadonlyMap<string, { readonly reason: string; readonly at: string }>;

/**
 * One recording in the hands of the person who made it: sanitised, looked at, perhaps with a value kept, until it is sealed
 * or dropped. The original is only ever read; nothing of it is copied.
 */
export class Work {
  readonly #input: WorkInput;
  /** Kept while the person looks, so that a stand-in names the same value when the work is done again. */
  readonly #keys: Keys;
  #kept: Kept = new Map();
  #outcome: Outcome;
  /** Where each entry stands in the original; looked for when the first is shown. */
  #original: Promise<EntryIndex> | undefined;
  #runs = 1;

  private constructor(input: WorkInput, keys: Keys, outcome: Outcome) {
    this.#input = input;
    this.#keys = keys;
    this.#outcome = outcome;
  }

  static async begin(input: WorkInput, context: WorkContext): Promise<Work> {
    const keys = {
      pseudonyms: crypto.getRandomValues(new Uint8Array(32)),
      watch: crypto.getRandomValues(new Uint8Array(32)),
    };
    return new Work(input, keys, await run(input, keys, [], "result-0", context));
  }

  get fileName(): string {
    return this.#input.file.name;
  }
  get report(): Report {
    return this.#outcome.report;
  }
  get manifest(): Manifest {
    return this.#outcome.manifest;
  }

  result(): Promise<Blob> {
    return this.#input.scratch.read(this.#outcome.output);
  }

  view(): Sanitised {
    const { report, index, values, live, sessions } = this.#outcome;
    return {
      handle: this.#input.handle,
      fileName: this.fileName,
      mode: report.mode,
      bytesIn: report.bytesIn,
      bytesOut: report.bytesOut,
      entries: rowsOf(index, (at) => values.inEntry(at)),
      values: values.rows(live, report.mode === "strict"),
      unlisted: values.unlisted,
      kept: this.kept(),
      sessions,
      counts: report.counts.byKind,
      total: report.counts.total,
      checkedValues: report.verified.values,
      checkedEncodings: report.verified.encodings.length,
      masked: report.refused.length,
    };
  }

  /** What stays readable because the person said so. */
  kept(): readonly KeptRow[] {
    const { kept } = this.#outcome.report;
    return [...this.#kept].map(([standIn, { reason, at }]) => {
      const met = kept.filter((one) => one.standIn === standIn);
      return {
        standIn,
        kind: met[0]?.kind ?? "echo",
        rule: met[0]?.rule ?? "echo",
        rules: [...new Set(met.map(({ rule }) => rule))],
        places: met.reduce((sum, { places }) => sum + places, 0),
        reason,
        at,
      };
    });
  }

  /** Does the work again with one value more, or less, kept readable. If that fails, what was there stays. */
  async keep(change: KeepChange, context: WorkContext): Promise<void> {
    const kept = new Map(this.#kept);
    if (!change.keep) kept.delete(change.standIn);
    else {
      this.#checkKeep(change, kept.size);
      kept.set(change.standIn, { reason: change.reason.trim(), at: new Date().toISOString() });
    }
    const name = `result-${this.#runs++}`;
    const { scratch } = this.#input;
    try {
      const outcome = await run(this.#input, this.#keys, [...kept.keys()], name, context);
      const old = this.#outcome.output;
      this.#outcome = outcome;
      this.#kept = kept;
      await scratch.remove(old);
    } catch (error) {
      await scratch.remove(name);
      throw error;
    }
  }

  /** The page asks only for what may be kept; that it may is decided here. */
  #checkKeep({ standIn, reason }: KeepChange, already: number): void {
    const { values, live, report } = this.#outcome;
    const row = isStandIn(standIn) ? values.rowsIn(standIn, live, report.mode === "strict")[0] : undefined;
    if (row === undefined || row.keep === "never")
      throw new EngineError("engine.keep", "This value cannot be kept readable.");
    if (row.keep === "live")
      throw new EngineError("engine.keep", "This value may still open a session, so it cannot be kept readable.");
    if (row.keep === "reason" && reason.trim().length < 3)
      throw new EngineError("engine.keep", "Say why this value has to stay readable.");
    if (reason.length > MAX_REASON)
      throw new EngineError("engine.keep", `The reason is longer than ${MAX_REASON} characters.`);
    if (already >= MAX_KEPT)
      throw new EngineError("engine.keep", `At most ${MAX_KEPT} values of a file can be kept readable.`);
  }

  /** One entry as it was and as it is now, both laid out by the same rules, so that lines can be compared. */
  async entry(index: number, signal: AbortSignal): Promise<EntryPreview> {
    const { lines, values, live, report } = this.#outcome;
    const line = lines[index];
    if (!line) throw new EngineError("engine.unknownHandle", `The file has no entry ${index + 1}.`);
    const output = await this.result();
    const text = await output.slice(line.offset, line.offset + line.length).text();
    const rows: readonly ValueRow[] = values.rowsIn(text, live, report.mode === "strict");
    if (line.length > MAX_PREVIEW) return { before: undefined, after: undefined, bytes: line.length, values: rows };
    const after: JsonValue = JSON.parse(text);
    const before = await this.#originalEntry(index, signal);
    return {
      before: JSON.stringify(before, null, 2),
      after: JSON.stringify(after, null, 2),
      bytes: line.length,
      values: rows,
    };
  }

  async search(query: string, context: WorkContext): Promise<number[]> {
    return searchLines(await this.result(), this.#outcome.lines, query, context);
  }

  async file(what: SanitiserFile): Promise<Blob> {
    switch (what) {
      case "result":
        return this.result();
      case "report":
        return json(JSON.stringify({ ...this.#outcome.report, manifest: this.#outcome.manifest }, null, 1));
      case "watch":
        return json(this.#outcome.watch);
      case "watchKey":
        return new Blob([`${toBase64url(this.#keys.watch)}\n`], { type: "text/plain" });
    }
  }

  close(): void {
    this.#keys.pseudonyms.fill(0);
    this.#keys.watch.fill(0);
  }

  async #originalEntry(index: number, signal: AbortSignal): Promise<JsonValue> {
    const { file, source } = this.#input;
    this.#original ??= openIndex(source, { signal }).catch((error: unknown) => {
      this.#original = undefined;
      throw error;
    });
    const original = await this.#original;
    const place = original.entries[index];
    // Offsets are those of plain UTF-8: a file that is stored so can be cut directly, others are read up to the entry.
    if (place && place.length <= MAX_PREVIEW * 4 && (await isPlain(file))) {
      const value: JsonValue = JSON.parse(await file.slice(place.offset, place.offset + place.length).text());
      return value;
    }
    return readEntry(blobSource(file), original, index);
  }
}

async function isPlain(file: File): Promise<boolean> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first !== undefined && first < 0x80 && first !== 0 && first !== 0x1f && second !== 0;
}

function json(text: string): Blob {
  return new Blob([text], { type: "application/json" });
}
