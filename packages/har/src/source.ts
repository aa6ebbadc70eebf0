import { HarError } from "./error.ts";
import { unzipped } from "./zip.ts";

/** Bytes that can be read more than once: a browser `File`, a file on disk, a buffer. */
export interface Source {
  /** Bytes as stored (before decompression), if known. Used for progress only. */
  readonly size?: number;
  open(): ReadableStream<Uint8Array>;
}

/**
 * Receives output in order. What was written is usable only once the operation resolved;
 * after a rejection the caller discards it.
 */
export interface Sink {
  write(chunk: Uint8Array): Promise<void> | void;
}

/** A source over bytes in memory. */
export function bytesSource(bytes: Uint8Array, chunkBytes = 1 << 16): Source {
  return {
    size: bytes.length,
    open() {
      let at = 0;
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          if (at >= bytes.length) {
            controller.close();
            return;
          }
          controller.enqueue(bytes.subarray(at, at + chunkBytes));
          at += chunkBytes;
        },
      });
    },
  };
}

/** A source over a browser `Blob` or `File`. */
export function blobSource(blob: { readonly size: number; stream(): ReadableStream<Uint8Array> }): Source {
  return { size: blob.size, open: () => blob.stream() };
}

/** A sink that keeps everything in memory, for small files and tests. */
export class BufferSink implements Sink {
  readonly #chunks: Uint8Array[] = [];
  length = 0;
  write(chunk: Uint8Array): void {
    this.#chunks.push(chunk.slice());
    this.length += chunk.length;
  }
  bytes(): Uint8Array {
    const out = new Uint8Array(this.length);
    let at = 0;
    for (const chunk of this.#chunks) {
      out.set(chunk, at);
      at += chunk.length;
    }
    return out;
  }
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Refuse more than this many bytes after decompression. */
  readonly maxBytes: number;
  /** Called with the number of stored bytes consumed so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.length > 0) yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Reads a source as UTF-8 bytes without byte order mark, whatever its wrapping (gzip) or encoding (UTF-16). */
export async function* readUtf8(source: Source, options: ReadOptions): AsyncGenerator<Uint8Array> {
  let stored = 0;
  let produced = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunksOf(source.open())) {
      if (options.signal?.aborted)
        throw new HarError("har.cancelled", "The operation was cancelled.", {}, { cause: options.signal.reason });
      stored += chunk.length;
      options.onBytes?.(stored);
      yield chunk;
    }
  };
  for await (const chunk of recode(await unwrap(counted()))) {
    produced += chunk.length;
    if (produced > options.maxBytes) {
      throw new HarError(
        "har.tooLarge",
        `The file has more than ${options.maxBytes} bytes; raise limits.maxBytes to accept it.`,
        { byte: produced },
      );
    }
    yield chunk;
  }
}

/** Returns at least `count` first bytes together, so that magic numbers are never split over chunks. */
async function* withHead(chunks: AsyncGenerator<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let head = new Uint8Array(0);
  let open = true;
  for await (const chunk of chunks) {
    if (!open) {
      yield chunk;
      continue;
    }
    const joined = new Uint8Array(head.length + chunk.length);
    joined.set(head);
    joined.set(chunk, head.length);
    head = joined;
    if (head.length >= count) {
      open = false;
      yield head;
    }
  }
  if (open && head.length > 0) yield head;
}

async function peek(
  chunks: AsyncGenerator<Uint8Array>,
): Promise<{ head: Uint8Array; all: AsyncGenerator<Uint8Array> }> {
  const first = await chunks.next();
  const head = first.done ? new Uint8Array(0) : first.value;
  return {
    head,
    all: (async function* () {
      if (!first.done) yield head;
      yield* chunks;
    })(),
  };
}

/** RFC 1952: 1f 8b 08. A gzip inside a gzip is not a HAR that any tool writes. */
async function unwrap(raw: AsyncGenerator<Uint8Array>): Promise<AsyncGenerator<Uint8Array>> {
  const { head, all } = await peek(withHead(raw, 4));
  if (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4) return unzipped(all);
  if (!(head[0] === 0x1f && head[1] === 0x8b)) return all;
  return (async function* () {
    const inflated = streamOf(all).pipeThrough(new DecompressionStream("gzip"));
    try {
      yield* chunksOf(inflated);
    } catch (cause) {
      if (cause instanceof HarError) throw cause;
      throw new HarError(
        "har.compression",
        "The file begins as gzip but cannot be decompressed; it is damaged or cut short.",
        {},
        { cause },
      );
    }
  })();
}

function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done) controller.close();
      else controller.enqueue(new Uint8Array(next.value));
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

async function* recode(raw: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { head, all } = await peek(withHead(raw, 4));
  const encoding = sniffEncoding(head);
  if (encoding === "utf-8") {
    let first = true;
    for await (const chunk of all) {
      const bom = first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
      first = false;
      yield bom ? chunk.subarray(3) : chunk;
    }
    return;
  }
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const chunk of all) yield encoder.encode(decoder.decode(chunk, { stream: true }));
  yield encoder.encode(decoder.decode());
}

/** JSON begins with an ASCII character, so a zero byte among the first two tells UTF-16 apart (RFC 4627 section 3). */
function sniffEncoding(head: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  if (head[0] === 0 && head[1] !== 0 && head.length > 1) return "utf-16be";
  if (head[0] !== 0 && head[1] === 0) return "utf-16le";
  return "utf-8";
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder("windows-1252");

/** Undefined if it is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** UTF-8 if it is, else Windows-1252: old proxies wrote raw Latin bytes into their JSON. */
export function decodeText(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? latin1.decode(bytes);
}
