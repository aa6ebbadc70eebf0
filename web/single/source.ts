import type { Source } from "@breakwater/har";
import type { Sanitised, SanitiserMode } from "../src/engine/api.ts";
import type { PreviewSource } from "../src/preview/source.ts";
import type { Scratch, ScratchWriter, WorkContext } from "../src/sanitiser/run.ts";
import { Work } from "../src/sanitiser/work.ts";

/** A worker is a script of another URL, which the page's policy has none of; so the page works in turns this long. */
const TURN_MS = 12;
const CHUNK_BYTES = 1 << 16;
/** Blobs may leave memory for the disk; so what is written is handed over in pieces of a few megabytes. */
const PIECE_BYTES = 1 << 22;

export interface Opened {
  readonly work: Work;
  readonly sanitised: Sanitised;
}

export async function openFile(file: File, mode: SanitiserMode, context: WorkContext): Promise<Opened> {
  const input = { handle: "file", file, source: inTurns(file), mode, scratch: new BlobScratch() };
  const work = await Work.begin(input, context);
  return { work, sanitised: work.view() };
}

/** The page itself is what a preview asks. */
export function sourceOf(work: Work, explain: PreviewSource["explain"]): PreviewSource {
  const quiet = { progress: () => undefined };
  return {
    entry: (index, signal) => work.entry(index, signal),
    search: (query, signal) => work.search(query, { signal, ...quiet }),
    keep: async (change, { signal, onProgress }) => {
      await work.keep(change, {
        signal: signal ?? new AbortController().signal,
        progress: (progress) => onProgress?.(progress),
      });
      return work.view();
    },
    file: (what) => work.file(what),
    explain,
  };
}

class BlobScratch implements Scratch {
  readonly #files = new Map<string, Blob[]>();

  async writer(name: string): Promise<ScratchWriter> {
    const pieces: Blob[] = [];
    this.#files.set(name, pieces);
    let held: Uint8Array<ArrayBuffer>[] = [];
    let heldBytes = 0;
    let size = 0;
    const flush = (): void => {
      if (heldBytes > 0) pieces.push(new Blob(held));
      held = [];
      heldBytes = 0;
    };
    return {
      get size() {
        return size;
      },
      write(bytes) {
        held.push(new Uint8Array(bytes));
        heldBytes += bytes.length;
        size += bytes.length;
        if (heldBytes >= PIECE_BYTES) flush();
      },
      close: flush,
    };
  }

  async read(name: string): Promise<Blob> {
    return new Blob(this.#files.get(name) ?? [], { type: "application/json" });
  }

  async remove(name: string): Promise<void> {
    this.#files.delete(name);
  }
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
