import { HarError } from "./error.ts";
import { readUtf8, type Source } from "./source.ts";
import { KIND_BYTES, kindOf, type FileKind } from "./text-kind.ts";

/** As `kindOf`, but looks into gzip and ZIP too: a packed log is the kind of log it is, a packed recording a recording. */
export async function kindOfSource(name: string, source: Source): Promise<FileKind> {
  const stored = await firstBytes(source.open());
  const gzip = stored[0] === 0x1f && stored[1] === 0x8b;
  const zip = stored[0] === 0x50 && stored[1] === 0x4b;
  if (!gzip && !zip) return kindOf(name, stored);
  const named = kindOf(name, stored);
  if (named !== "binary") return named;
  const inner = kindOf(name.replace(/\.(?:gz|zip)$/i, ""), await firstUnpacked(source));
  if (zip) return inner === "har" ? "har.zip" : "binary";
  return inner === "har" ? "har.gz" : inner;
}

async function firstBytes(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const reader = stream.getReader();
  const out = new Uint8Array(KIND_BYTES);
  let length = 0;
  while (length < KIND_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    out.set(value.subarray(0, KIND_BYTES - length), length);
    length = Math.min(KIND_BYTES, length + value.length);
  }
  await reader.cancel().catch(() => undefined);
  return out.subarray(0, length);
}

/** Nothing where it cannot be unpacked; who reads the file is told why. */
async function firstUnpacked(source: Source): Promise<Uint8Array> {
  try {
    for await (const chunk of readUtf8(source, { maxBytes: Number.POSITIVE_INFINITY }))
      return chunk.subarray(0, KIND_BYTES);
  } catch (error) {
    if (!(error instanceof HarError)) throw error;
    return Uint8Array.of(0, 0, 0, 0);
  }
  return new Uint8Array(0);
}
