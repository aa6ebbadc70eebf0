import {
  InventoryCollector,
  liveStandIns,
  Meter,
  sanitise,
  watchList,
  type IndexLine,
  type Manifest,
  type Report,
  type Source,
} from "@breakwater/har";
import type { Progress, SanitiserMode, SessionsView } from "../engine/api.ts";
import { EntryLines, type Line } from "./lines.ts";
import { ValueCollector } from "./values.ts";

/** Where results are kept: the browser's private storage, or memory that the browser may move to its disk. */
export interface Scratch {
  writer(name: string): Promise<ScratchWriter>;
  read(name: string): Promise<Blob>;
  remove(name: string): Promise<void>;
}
export interface ScratchWriter {
  /** Bytes given to it so far. */
  readonly size: number;
  write(bytes: Uint8Array): void;
  close(): void;
}
export interface WorkContext {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}
export interface WorkInput {
  readonly handle: string;
  readonly file: File;
  /** How the file is read: a page that works in its own thread has to make pauses. */
  readonly source: Source;
  readonly mode: SanitiserMode;
  readonly scratch: Scratch;
}
/** Fresh for every file, and forgotten with it. */
export interface Keys {
  readonly pseudonyms: Uint8Array;
  readonly watch: Uint8Array;
}

/** What one run over the file gave. Nothing of it holds a secret. */
export interface Outcome {
  readonly output: string;
  readonly report: Report;
  readonly manifest: Manifest;
  readonly values: ValueCollector;
  /** Stand-ins of what may still open a session. */
  readonly live: ReadonlySet<string>;
  readonly index: readonly IndexLine[];
  /** Where each entry stands in the result. */
  readonly lines: readonly Line[];
  readonly sessions: SessionsView;
  readonly watch: string;
}

export async function run(
  { file, source, mode, scratch }: WorkInput,
  keys: Keys,
  keep: readonly string[],
  output: string,
  { signal, progress }: WorkContext,
): Promise<Outcome> {
  const inventory = new InventoryCollector();
  const values = new ValueCollector(inventory);
  const entries = new EntryLines();
  const writer = await scratch.writer(output);
  const write = (chunk: Uint8Array): void => {
    entries.push(chunk);
    writer.write(chunk);
  };
  try {
    const meter = new Meter(source, { write }, keys.pseudonyms);
    const report = await sanitise(meter.source, meter.sink, {
      key: keys.pseudonyms,
      mode,
      keep,
      signal,
      observer: values,
      // The file is read twice: once to find, once to replace.
      onProgress: ({ phase, bytes }) =>
        progress({ done: phase === "harvest" ? bytes / 2 : file.size / 2 + bytes / 2, total: file.size }),
    });
    if (entries.lines.length !== report.entries)
      throw new Error("The sanitised file does not have the entries of its report.");
    const now = new Date();
    const watched = watchList(inventory, keys.watch, now);
    return {
      output,
      report,
      manifest: meter.manifest(report, { at: now, mode }),
      values,
      live: liveStandIns(inventory, keys.pseudonyms, now),
      index: entries.index,
      lines: entries.lines,
      sessions: {
        ...inventory.inventory(now),
        at: now.toISOString(),
        persons: watched.people.map(({ person }) => person),
      },
      watch: JSON.stringify(watched, null, 1),
    };
  } finally {
    inventory.close();
    writer.close();
  }
}
