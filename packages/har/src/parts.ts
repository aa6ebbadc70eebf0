import { isObject, setOwn, type JsonObject, type JsonValue } from "./json.ts";
import { HarError } from "./error.ts";
import { readPieces } from "./pieces.ts";
import {
  indexLine,
  parseBodiesLine,
  parseHeadersLine,
  parsePartHeader,
  type LineRange,
  type PartHeader,
  type PartName,
} from "./part-lines.ts";
import { cutSkeleton, DEFAULT_LIMITS, parsePiece, parseSkeletonBytes } from "./sanitise.ts";
import { decodeText, readUtf8, type Sink, type Source } from "./source.ts";

const encoder = new TextEncoder();
const LINE_FEED = 0x0a;

export interface PartSizes {
  readonly entries: number;
  readonly bytes: Readonly<Record<PartName, number>>;
}

class LineWriter {
  readonly #sink: Sink;
  bytes = 0;
  constructor(sink: Sink) {
    this.#sink = sink;
  }
  async line(value: object): Promise<LineRange> {
    const bytes = encoder.encode(`${JSON.stringify(value)}\n`);
    const range: LineRange = [this.bytes, bytes.length - 1];
    this.bytes += bytes.length;
    await this.#sink.write(bytes);
    return range;
  }
}

/** Fields that hold what was said, beside the format's own `postData` and `content`. */
const BODY_FIELD = /body(?!Size)|content$|messages|payload|postdata|websocket|eventsource|frames|_chunks/i;

interface Taken {
  readonly at: string[];
  readonly value: JsonValue;
}

/** Takes the bodies out of an entry: those of the request, those of the response. */
function takeBodies(entry: JsonValue): { request: Taken[]; response: Taken[] } {
  const request: Taken[] = [];
  const response: Taken[] = [];
  if (!isObject(entry)) return { request, response };
  const take = (holder: JsonObject, prefix: string[], into: Taken[], own: string): void => {
    for (const [name, value] of Object.entries(holder)) {
      if (name !== own && !(name.startsWith("_") && BODY_FIELD.test(name) && typeof value !== "number")) continue;
      into.push({ at: [...prefix, name], value });
      delete holder[name];
    }
  };
  take(entry, [], response, "");
  if (isObject(entry["request"])) take(entry["request"], ["request"], request, "postData");
  if (isObject(entry["response"])) take(entry["response"], ["response"], response, "content");
  return { request, response };
}

/**
 * Cuts a sanitised HAR into index, headers, request bodies and response bodies, entry by entry.
 * The document around the entries must be known before the first line, so the source is read twice.
 */
export async function splitParts(
  source: Source,
  sinks: Readonly<Record<PartName, Sink>>,
  signal?: AbortSignal,
): Promise<PartSizes> {
  const { entries, skeleton } = await readPieces(source, undefined, signal);
  const out = {
    index: new LineWriter(sinks.index),
    headers: new LineWriter(sinks.headers),
    requestBodies: new LineWriter(sinks.requestBodies),
    responseBodies: new LineWriter(sinks.responseBodies),
  };
  const header = (part: PartName): PartHeader => ({ format: "breakwater-har-parts/1", part, entries });
  await out.index.line({ ...header("index"), document: parseSkeletonBytes(skeleton) });
  for (const part of ["headers", "requestBodies", "responseBodies"] as const) await out[part].line(header(part));
  await readPieces(
    source,
    async (piece) => {
      const entry = parsePiece(piece);
      const summary = indexLine(piece.index, entry, { headers: [0, 0], requestBodies: [0, 0], responseBodies: [0, 0] });
      const { request, response } = takeBodies(entry);
      const i = piece.index;
      const lines = {
        headers: await out.headers.line({ i, entry }),
        requestBodies: await out.requestBodies.line({ i, bodies: request }),
        responseBodies: await out.responseBodies.line({ i, bodies: response }),
      };
      await out.index.line({ ...summary, lines });
    },
    signal,
  );
  return {
    entries,
    bytes: {
      index: out.index.bytes,
      headers: out.headers.bytes,
      requestBodies: out.requestBodies.bytes,
      responseBodies: out.responseBodies.bytes,
    },
  };
}

export interface PartSources {
  readonly index: Source;
  readonly headers: Source;
  /** Left out where the grant does not reach: the entries then have no request bodies. */
  readonly requestBodies?: Source | undefined;
  readonly responseBodies?: Source | undefined;
}

/** Puts the parts together again: the HAR that they were cut from, as JSON equal to it. */
export async function joinParts(parts: PartSources, sink: Sink, signal?: AbortSignal): Promise<{ entries: number }> {
  const open = async (
    source: Source,
    part: PartName,
  ): Promise<{ lines: AsyncGenerator<string>; header: PartHeader }> => {
    const lines = linesOf(source, signal);
    const first = await lines.next();
    const header = first.done ? undefined : parsePartHeader(first.value);
    if (header?.part !== part)
      throw new HarError("har.parts", `The part given as \`${part}\` is another one, or empty.`);
    return { lines, header };
  };
  const index = await open(parts.index, "index");
  const headers = await open(parts.headers, "headers");
  const bodies = await Promise.all(
    [
      parts.requestBodies && open(parts.requestBodies, "requestBodies"),
      parts.responseBodies && open(parts.responseBodies, "responseBodies"),
    ].filter((part) => part !== undefined),
  );
  if (index.header.document === undefined)
    throw new HarError("har.parts", "The index part does not hold the document around the entries.");
  const [before, after] = cutSkeleton(index.header.document);
  await sink.write(encoder.encode(before));
  let entries = 0;
  for await (const line of headers.lines) {
    const { i, entry } = parseHeadersLine(line);
    if (i !== entries)
      throw new HarError("har.parts", "The lines of the headers part are not in order.", { entry: entries });
    for (const part of bodies) await restore(entry, i, part.lines);
    await sink.write(encoder.encode(`${entries === 0 ? "\n" : ",\n"}${JSON.stringify(entry)}`));
    entries++;
  }
  if (index.header.entries !== entries)
    throw new HarError(
      "har.parts",
      `The index promises ${index.header.entries} entries; the headers part has ${entries}.`,
    );
  await sink.write(encoder.encode(`${after}\n`));
  return { entries };
}

async function restore(entry: JsonValue, i: number, lines: AsyncGenerator<string>): Promise<void> {
  const line = await lines.next();
  const found = line.done ? undefined : parseBodiesLine(line.value);
  if (found?.i !== i)
    throw new HarError("har.parts", "The lines of a bodies part do not agree with the headers part.", { entry: i });
  for (const { at, value } of found.bodies) {
    const holder = at.length === 1 ? entry : isObject(entry) ? entry[at[0] ?? ""] : undefined;
    if (!isObject(holder))
      throw new HarError("har.parts", "A body belongs to a place that the entry does not have.", { entry: i });
    setOwn(holder, at.at(-1) ?? "", value);
  }
}

/** Lines of a part as text; the last needs no line feed. */
export async function* linesOf(source: Source, signal: AbortSignal | undefined): AsyncGenerator<string> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readUtf8(source, { signal, maxBytes: DEFAULT_LIMITS.maxBytes })) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      held.push(chunk.subarray(from, at));
      yield decodeText(joined(held, length + at - from));
      held = [];
      length = 0;
      from = at + 1;
    }
    held.push(chunk.slice(from));
    length += chunk.length - from;
    if (length > DEFAULT_LIMITS.maxEntryBytes * 2) throw new HarError("har.parts", "A line of a part is too long.");
  }
  if (length > 0) yield decodeText(joined(held, length));
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
