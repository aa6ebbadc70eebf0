import type { IndexLine } from "@breakwater/har";
import type { EntryRow } from "./api.ts";

/** In the order in which a browser goes through them (HAR 1.2, timings). */
const PHASES = ["blocked", "dns", "connect", "ssl", "send", "wait", "receive"] as const;

/**
 * Rows of a table with a waterfall. Starts become relative to the earliest entry; one without a readable time stands at the
 * beginning.
 */
export function rowsOf(lines: readonly IndexLine[], findingsOf: (index: number) => number = () => 0): EntryRow[] {
  let origin = Number.POSITIVE_INFINITY;
  const began = lines.map(({ startedDateTime }) => Date.parse(startedDateTime));
  for (const time of began) if (time < origin) origin = time;
  return lines.map((line, at) => {
    const start = (began[at] ?? Number.NaN) - origin;
    return {
      index: line.i,
      method: line.method || "?",
      host: line.host,
      path: line.path || "/",
      status: Math.max(0, line.status),
      mime: line.responseMimeType.split(";")[0]?.trim() ?? "",
      size: Math.max(0, line.sizes.content, line.sizes.response),
      start: Number.isNaN(start) ? 0 : start,
      time: Math.max(0, line.time),
      timings: PHASES.map((phase) => line.timings[phase] ?? -1),
      findings: findingsOf(line.i),
    };
  });
}
