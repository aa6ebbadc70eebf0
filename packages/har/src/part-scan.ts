import { isObject, setOwn, type JsonObject, type JsonValue } from "./json.ts";
import { scan } from "./inspect.ts";
import { parseBodiesLine, parseHeadersLine, parseIndexLine, parsePartHeader, type PartName } from "./part-lines.ts";
import { linesOf } from "./parts.ts";
import type { Report } from "./report.ts";
import type { SanitiseOptions } from "./sanitise.ts";
import type { Source } from "./source.ts";

const encoder = new TextEncoder();

/**
 * Is one part of a sanitised file free of what today's rules find? A reader asks this of each part that was opened: the
 * rules may have learned something since the file was made, and its maker may have used another program.
 */
export function scanPart(
  part: PartName,
  source: Source,
  options: SanitiseOptions,
): Promise<{ readonly clean: boolean; readonly report: Report }> {
  const open = (): ReadableStream<Uint8Array> => {
    const pieces = asHar(part, source, options.signal);
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel: async () => {
        await pieces.return(undefined);
      },
    });
  };
  return scan({ open }, options);
}

/** The part as a HAR of its own, in which everything stands where it stood in the whole. */
async function* asHar(part: PartName, source: Source, signal: AbortSignal | undefined): AsyncGenerator<string> {
  const lines = linesOf(source, signal);
  const first = await lines.next();
  const document = first.done ? undefined : parsePartHeader(first.value).document;
  const log = isObject(document) && isObject(document["log"]) ? document["log"] : {};
  const { entries: _, ...around } = log;
  yield `{"log":${JSON.stringify(around).slice(0, -1)}${Object.keys(around).length > 0 ? "," : ""}"entries":[`;
  let separator = "\n";
  for await (const line of lines) {
    yield separator + JSON.stringify(entryOf(part, line));
    separator = ",\n";
  }
  yield "\n]}}";
}

function entryOf(part: PartName, line: string): JsonValue {
  if (part === "headers") return parseHeadersLine(line).entry;
  if (part === "index") {
    const { method, scheme, host, path, status, statusText, startedDateTime, error } = parseIndexLine(line);
    return {
      startedDateTime,
      request: { method, url: `${scheme === "" ? "" : `${scheme}://`}${host}${path}` },
      response: { status, statusText, _error: error },
    };
  }
  const entry: JsonObject = { request: {}, response: {} };
  for (const { at, value } of parseBodiesLine(line).bodies) {
    const [first = "", second] = at;
    const holder = entry[first];
    if (second === undefined) setOwn(entry, first, value);
    else if (isObject(holder)) setOwn(holder, second, value);
    else setOwn(entry, first, { [second]: value });
  }
  return entry;
}
