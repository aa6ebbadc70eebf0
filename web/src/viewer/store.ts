import {
  parseBodiesLine,
  parseHeadersLine,
  parseIndexLine,
  parsePartHeader,
  type BodiesLine,
  type HeadersLine,
  type IndexLine,
} from "@breakwater/har";
import type { PartRole } from "../engine/api.ts";
import { rowsOf } from "../engine/entryrow.ts";
import type { EntryItem } from "./entries.tsx";
import type { PartMessage, Watermark } from "./protocol.ts";
import { isWhole, WholeReader, type Whole } from "./whole.ts";

/** What was opened, in this realm only: dropped with the frame. */
export interface Row extends EntryItem {
  readonly line: IndexLine;
}
export type PartState = "closed" | "loading" | "open" | "broken";
export interface Snapshot {
  readonly parts: Readonly<Partial<Record<PartRole, PartState>>>;
  readonly rows: readonly Row[];
  /** A file that is no recording. */
  readonly whole: Whole | undefined;
  readonly watermark: Watermark | undefined;
  /** Milliseconds since 1970; undefined before the first part. */
  readonly until: number | undefined;
  readonly busy: boolean;
}

const EMPTY: Snapshot = {
  parts: { index: "closed", headers: "closed", requestBodies: "closed", responseBodies: "closed" },
  rows: [],
  whole: undefined,
  watermark: undefined,
  until: undefined,
  busy: false,
};
/** Rows are shown while the rest of a long index is still being decrypted. */
const SHOW_EVERY_MS = 250;

export class ViewerStore {
  #snapshot = EMPTY;
  readonly #lines = new Map<PartRole, string[]>();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): Snapshot => this.#snapshot;

  setBusy(busy: boolean): void {
    this.#set({ busy });
  }

  /** Takes one part from the engine's port. Resolves when it is whole; a part that breaks off is dropped again. */
  receive(role: PartRole, port: MessagePort, watermark: Watermark, until: number): Promise<boolean> {
    if (isWhole(role)) return this.#receiveWhole(role, port, watermark, until);
    const reader = new LineReader();
    let shown = performance.now();
    this.#lines.set(role, reader.lines);
    this.#part(role, "loading", { watermark, until });
    return new Promise((resolve) => {
      const end = (state: PartState): void => {
        port.close();
        if (state === "broken") this.#lines.delete(role);
        this.#part(role, state, role === "index" ? { rows: state === "open" ? this.#rows() : [] } : {});
        resolve(state === "open");
      };
      port.addEventListener("message", ({ data }: MessageEvent<PartMessage>) => {
        if (data.kind === "bytes") {
          reader.push(data.bytes);
          if (role === "index" && performance.now() - shown > SHOW_EVERY_MS) {
            shown = performance.now();
            this.#set({ rows: this.#rows() });
          }
        } else end(data.kind === "end" && reader.end(role) ? "open" : "broken");
      });
      port.start();
    });
  }

  #receiveWhole(role: Whole["role"], port: MessagePort, watermark: Watermark, until: number): Promise<boolean> {
    const reader = new WholeReader();
    this.#part(role, "loading", { watermark, until });
    return new Promise((resolve) => {
      port.addEventListener("message", ({ data }: MessageEvent<PartMessage>) => {
        if (data.kind === "bytes") return reader.push(data.bytes);
        port.close();
        const open = data.kind === "end";
        this.#part(role, open ? "open" : "broken", { whole: open ? reader.end(role) : undefined });
        resolve(open);
      });
      port.start();
    });
  }

  headers(row: Row): HeadersLine | undefined {
    return this.#line("headers", row, parseHeadersLine);
  }
  bodies(role: "requestBodies" | "responseBodies", row: Row): BodiesLine | undefined {
    return this.#line(role, row, parseBodiesLine);
  }

  /** The raw text of everything that is open of one entry, for searching. */
  *texts(row: Row, parts: Snapshot["parts"]): Generator<string> {
    yield `${row.method} ${row.line.scheme}://${row.host}${row.path} ${row.status} ${row.line.statusText} ${row.mime}`;
    for (const role of ["headers", "requestBodies", "responseBodies"] as const) {
      const line = parts[role] === "open" ? this.#lines.get(role)?.[row.index + 1] : undefined;
      if (line !== undefined) yield line;
    }
  }

  #line<T>(role: PartRole, row: Row, parse: (line: string) => T): T | undefined {
    if (this.#snapshot.parts[role] !== "open") return undefined;
    // Line 0 is the part's header.
    const line = this.#lines.get(role)?.[row.index + 1];
    return line === undefined ? undefined : parse(line);
  }

  #rows(): Row[] {
    const lines = (this.#lines.get("index") ?? []).slice(1).map((line) => parseIndexLine(line));
    return rowsOf(lines).map((row, at) => ({ ...row, line: lines[at] as IndexLine })); // rowsOf keeps order and number
  }

  #part(role: PartRole, state: PartState, more: Partial<Snapshot>): void {
    this.#set({ ...more, parts: { ...this.#snapshot.parts, [role]: state } });
  }
  #set(change: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** Cuts decrypted bytes into lines of text. */
class LineReader {
  readonly lines: string[] = [];
  #decoder = new TextDecoder("utf-8", { fatal: true });
  #rest = "";
  push(bytes: Uint8Array): void {
    const pieces = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = pieces.pop() ?? "";
    for (const piece of pieces) this.lines.push(piece);
  }
  /** Whether this was the whole part that it claims to be. */
  end(role: PartRole): boolean {
    try {
      const header = parsePartHeader(this.lines[0] ?? "");
      return (
        this.#rest === "" &&
        header.part === role &&
        (header.entries === undefined || header.entries === this.lines.length - 1)
      );
    } catch {
      return false;
    }
  }
}
