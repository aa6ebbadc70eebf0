import { open, type FileHandle } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import type { Source } from "@breakwater/har";
import { fileTrouble, Unusable, type Terminal } from "./terminal.ts";

/** Standard input can be read once but is needed twice; it is never put on a disk, so it has to fit in memory. */
export const MAX_STDIN_BYTES = 512 * 1024 * 1024;
const CHUNK_BYTES = 1 << 20;

export interface Input extends Source {
  /** Rejects when the file changed since it was opened: two readings of it would then disagree. */
  unchanged(): Promise<void>;
  close(): Promise<void>;
  /** Identity of the file, so that it is not overwritten by its own output. */
  readonly file?: { readonly dev: bigint; readonly ino: bigint };
}

export async function fileInput(path: string): Promise<Input> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    const before = await handle.stat({ bigint: true });
    if (before.isDirectory()) throw new Unusable(`${path}: this is a folder, not a file.`);
    if (!before.isFile())
      throw new Unusable(`${path}: this is not a regular file; pipe it in and write - instead of its name.`);
    const file = handle;
    return {
      size: Number(before.size),
      file: { dev: before.dev, ino: before.ino },
      open: () => streamOf(file, path),
      async unchanged() {
        const after = await file.stat({ bigint: true });
        if (after.size !== before.size || after.mtimeNs !== before.mtimeNs)
          throw new Unusable(`${path}: the file changed while it was being read; try again.`);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await handle?.close();
    throw error instanceof Unusable ? error : fileTrouble(path, error);
  }
}

/** Reads by position, so that the stream can be opened again from the start. */
function streamOf(handle: FileHandle, path: string): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const buffer = new Uint8Array(CHUNK_BYTES);
      let length: number;
      try {
        length = (await handle.read(buffer, 0, CHUNK_BYTES, at)).bytesRead;
      } catch (error) {
        throw fileTrouble(path, error);
      }
      at += length;
      if (length === 0) controller.close();
      else controller.enqueue(buffer.subarray(0, length));
    },
  });
}

export async function streamInput(
  terminal: Pick<Terminal, "stdin" | "signal">,
  limit: number = MAX_STDIN_BYTES,
): Promise<Input> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of addAbortSignal(terminal.signal, terminal.stdin)) {
      if (!(chunk instanceof Uint8Array)) throw new Unusable("Standard input does not give bytes.");
      size += chunk.length;
      if (size > limit)
        throw new Unusable(`Standard input has more than ${limit} bytes. Give the file's name instead of -.`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (terminal.signal.aborted) throw new Unusable("Cancelled.", { cause: error });
    throw error instanceof Unusable ? error : fileTrouble("standard input", error);
  }
  return {
    size,
    open() {
      const rest = chunks.values();
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          const next = rest.next();
          if (next.done === true) controller.close();
          else controller.enqueue(next.value);
        },
      });
    },
    unchanged: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** A whole small input. */
export async function readAll(input: Input, what: string, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input.open()) {
    size += chunk.length;
    if (size > limit) throw new Unusable(`${what}: this has more than ${limit} bytes, so it is no receipt.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
