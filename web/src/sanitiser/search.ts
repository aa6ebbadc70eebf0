import type { Line } from "./lines.ts";

const BLOCK = 4 * 1024 * 1024;

/**
 * Entries whose text holds the query, read from the disk in blocks of a few megabytes: a file of any size is searched in
 * the same memory. What is searched is JSON text, in which quotes and line breaks are escaped: both spellings count.
 */
export async function searchLines(
  file: Blob,
  lines: readonly Line[],
  query: string,
  { signal, progress }: { readonly signal: AbortSignal; progress(progress: { done: number; total: number }): void },
): Promise<number[]> {
  const plain = query.toLowerCase();
  const escaped = JSON.stringify(query).slice(1, -1).toLowerCase();
  const decoder = new TextDecoder();
  const found: number[] = [];
  for (let from = 0; from < lines.length;) {
    signal.throwIfAborted();
    let to = from;
    const start = lines[from]?.offset ?? 0;
    let end = start;
    for (let line = lines[to]; line && (to === from || line.offset + line.length - start <= BLOCK); line = lines[++to])
      end = line.offset + line.length;
    const bytes = new Uint8Array(await file.slice(start, end).arrayBuffer());
    for (let at = from; at < to; at++) {
      const line = lines[at];
      if (!line) continue;
      const text = decoder.decode(bytes.subarray(line.offset - start, line.offset - start + line.length)).toLowerCase();
      if (text.includes(plain) || (escaped !== plain && text.includes(escaped))) found.push(at);
    }
    from = to;
    progress({ done: end, total: file.size });
  }
  return found;
}
