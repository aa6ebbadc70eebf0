import { HarError } from "./error.ts";
import { decodeText, readUtf8, type Source } from "./source.ts";
import { Splitter } from "./split.ts";
import { DEFAULT_LIMITS, parsePiece, parseSkeletonBytes, type Limits } from "./sanitise.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** Where each entry stands in the UTF-8 form of a file, so that one can be shown without reading the rest into memory. */
export interface EntryIndex {
  /** Byte offset and length of each entry, counted after decompression and recoding. */
  readonly entries: readonly { readonly offset: number; readonly length: number }[];
  /** The document with an empty `log.entries`: creator, browser, pages. */
  readonly skeleton: JsonObject;
}

export interface ReadSettings {
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<Limits> | undefined;
}

/** Reads a file once and notes where its entries are. Rejects with a HarError as `sanitise` does. */
export async function openIndex(source: Source, settings: ReadSettings = {}): Promise<EntryIndex> {
  const limits = { ...DEFAULT_LIMITS, ...settings.limits };
  const splitter = new Splitter(limits);
  const entries: { offset: number; length: number }[] = [];
  for await (const chunk of readUtf8(source, { signal: settings.signal, maxBytes: limits.maxBytes })) {
    for (const piece of splitter.push(chunk)) entries.push({ offset: piece.offset, length: piece.length });
  }
  return { entries, skeleton: parseSkeletonBytes(splitter.end().bytes) };
}

/** Entry `number` of the file that `index` was made from, parsed. Reads up to the end of that entry. */
export async function readEntry(source: Source, index: EntryIndex, number: number): Promise<JsonValue> {
  const place = index.entries[number];
  if (place === undefined)
    throw new HarError("har.notHar", `The file has ${index.entries.length} entries; there is no entry ${number}.`, {
      entry: number,
    });
  if (place.length > DEFAULT_LIMITS.maxEntryBytes)
    throw new HarError("har.tooLarge", `Entry ${number} has ${place.length} bytes, which is too much to show.`, {
      entry: number,
    });
  const bytes = new Uint8Array(place.length);
  let at = 0;
  let filled = 0;
  for await (const chunk of readUtf8(source, { maxBytes: DEFAULT_LIMITS.maxBytes })) {
    const from = Math.max(0, place.offset - at);
    const to = Math.min(chunk.length, place.offset + place.length - at);
    if (to > from) {
      bytes.set(chunk.subarray(from, to), filled);
      filled += to - from;
    }
    at += chunk.length;
    if (filled === place.length) break;
  }
  return parsePiece({ index: number, offset: place.offset, length: place.length, bytes, dropped: [], texts: [] });
}

/** Parses one line of NDJSON that this package wrote. */
export function parseLine(line: string | Uint8Array): JsonValue {
  try {
    const value: JsonValue = JSON.parse(typeof line === "string" ? line : decodeText(line));
    return value;
  } catch {
    throw new HarError("har.parts", "A line of a part is not valid JSON.");
  }
}
