import {
  blobSource,
  InventoryCollector,
  isObject,
  sanitise,
  type Inventory,
  type JsonObject,
  type JsonValue,
  type Mode,
  type Observer,
  type Progress,
  type Report,
  type RuleId,
  type Source,
} from "@breakwater/har";

/** One row of the list of requests. */
export interface EntryRow {
  readonly index: number;
  readonly label: string;
}

export interface Result {
  readonly before: Source;
  readonly after: Source;
  readonly file: Blob;
  readonly report: Report;
  readonly inventory: Inventory;
  readonly rows: readonly EntryRow[];
}

export interface RunOptions {
  readonly mode: Mode;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** The list shows as many requests as a person will scroll through. */
const MAX_ROWS = 20_000;
/** A worker is a script of another URL, which the page's policy has none of; so the page works in turns this long. */
const TURN_MS = 12;
const CHUNK_BYTES = 1 << 16;

export async function run(file: File, options: RunOptions): Promise<Result> {
  const source = inTurns(file);
  const parts: Blob[] = [];
  let held: Uint8Array<ArrayBuffer>[] = [];
  let heldBytes = 0;
  // Blobs may leave memory for the disk; so what is written is handed over in pieces of a few megabytes.
  const flush = (): void => {
    if (heldBytes > 0) parts.push(new Blob(held));
    held = [];
    heldBytes = 0;
  };
  const sink = {
    write(chunk: Uint8Array): void {
      held.push(new Uint8Array(chunk));
      heldBytes += chunk.length;
      if (heldBytes >= 1 << 22) flush();
    },
  };
  const collector = new InventoryCollector();
  const rows = new Rows(collector);
  try {
    // A fresh key, forgotten with the run: what stands in for a value cannot be linked to another file.
    const report = await sanitise(source, sink, {
      key: crypto.getRandomValues(new Uint8Array(32)),
      observer: rows,
      ...options,
    });
    flush();
    const result = new Blob(parts, { type: "application/json" });
    return {
      before: source,
      after: blobSource(result),
      file: result,
      report,
      inventory: collector.inventory(new Date()),
      rows: rows.list,
    };
  } finally {
    collector.close();
  }
}

class Rows implements Observer {
  readonly list: EntryRow[] = [];
  readonly #next: Observer;
  constructor(next: Observer) {
    this.#next = next;
  }
  entry(index: number, entry: JsonValue): void {
    this.#next.entry(index, entry);
    if (this.list.length >= MAX_ROWS) return;
    const request: JsonObject = isObject(entry) && isObject(entry["request"]) ? entry["request"] : {};
    const response: JsonObject = isObject(entry) && isObject(entry["response"]) ? entry["response"] : {};
    const url = word(request["url"]).replace(/[?#].*$/s, "");
    this.list.push({
      index,
      label: `${index} ${word(request["method"])} ${word(response["status"])} ${url.slice(0, 160)}`,
    });
  }
  secret(value: string, rule: RuleId, entry: number): void {
    this.#next.secret(value, rule, entry);
  }
}

function word(value: JsonValue | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** A source that gives the page a turn between its chunks, so that it stays alive and can be told to stop. */
function inTurns(file: File): Source {
  return {
    size: file.size,
    open() {
      let at = 0;
      let began = performance.now();
      return new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (performance.now() - began > TURN_MS) {
            await new Promise((resolve) => setTimeout(resolve));
            began = performance.now();
          }
          if (at >= file.size) {
            controller.close();
            return;
          }
          const chunk = await file.slice(at, at + CHUNK_BYTES).arrayBuffer();
          at += chunk.byteLength;
          controller.enqueue(new Uint8Array(chunk));
        },
      });
    },
  };
}
