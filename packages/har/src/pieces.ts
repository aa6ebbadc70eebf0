import { DEFAULT_LIMITS } from "./sanitise.ts";
import { readUtf8, type Source } from "./source.ts";
import { Splitter, type Piece } from "./split.ts";

/** Streams a file's entries to `visit` and gives back how many there are, and the document around them. */
export async function readPieces(
  source: Source,
  visit: ((piece: Piece) => Promise<void>) | undefined,
  signal?: AbortSignal,
): Promise<{ entries: number; skeleton: Uint8Array }> {
  const splitter = new Splitter(DEFAULT_LIMITS);
  let entries = 0;
  for await (const chunk of readUtf8(source, { signal, maxBytes: DEFAULT_LIMITS.maxBytes })) {
    for (const piece of splitter.push(chunk)) {
      entries++;
      await visit?.(piece);
    }
  }
  return { entries, skeleton: splitter.end().bytes };
}
