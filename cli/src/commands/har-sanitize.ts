import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { HarError, sanitise, type Progress, type Report, type Sink } from "@breakwater/har";
import { fileInput, streamInput, type Input } from "../input.ts";
import { PendingFile, publishAll } from "../output.ts";
import { EXIT, Unusable, write, type Exit, type Terminal } from "../terminal.ts";

const OPTIONS = {
  output: { type: "string", short: "o" },
  report: { type: "string" },
  force: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export const HAR_HELP =
  "Usage: breakwater har sanitize IN [-o OUT] [--report REPORT.json] [--force]\nMore: breakwater --help\n";

export async function harSanitize(args: readonly string[], terminal: Terminal): Promise<Exit> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    await write(terminal.stdout, HAR_HELP);
    return EXIT.ok;
  }
  const [from] = positionals;
  if (from === undefined || positionals.length > 1)
    throw new Unusable(`Name one recording to sanitise, not ${positionals.length}. ${HAR_HELP.split("\n")[0]}`);
  const to = values.output ?? defaultOutput(from);
  if (values.report === "-") throw new Unusable("--report needs a file's name; standard output is for the recording.");
  if (values.report !== undefined && resolve(values.report) === resolve(to))
    throw new Unusable("--report and --output name the same file.");
  const force = values.force === true;
  const input = from === "-" ? await streamInput(terminal) : await fileInput(from);
  const pending: PendingFile[] = [];
  try {
    const output = to === "-" ? undefined : await PendingFile.create(to, force, input.file);
    if (output !== undefined) pending.push(output);
    const report = values.report === undefined ? undefined : await PendingFile.create(values.report, force, input.file);
    if (report !== undefined) pending.push(report);
    const sink: Sink = {
      write: (chunk) => (output === undefined ? write(terminal.stdout, chunk) : output.write(chunk)),
    };
    const result = await clean(input, from, sink, terminal);
    await report?.write(Buffer.from(`${JSON.stringify(result, null, 2)}\n`));
    await publishAll(pending);
    await write(output === undefined ? terminal.stderr : terminal.stdout, summary(result, to, values.report));
    return EXIT.ok;
  } finally {
    // After publish() there is nothing left to discard.
    for (const file of pending) await file.discard();
    await input.close();
  }
}

async function clean(input: Input, from: string, sink: Sink, terminal: Terminal): Promise<Report> {
  const progress = progressLine(terminal);
  try {
    // A fresh key for every run: what replaces a value in one file cannot be linked to another file.
    const key = crypto.getRandomValues(new Uint8Array(32));
    const report = await sanitise(input, sink, {
      key,
      signal: terminal.signal,
      onProgress: (now) => progress.show(now),
    });
    await input.unchanged();
    return report;
  } catch (error) {
    if (!(error instanceof HarError)) throw error;
    throw new Unusable(`${from === "-" ? "standard input" : from}: ${error.message}${placeOf(error)}`, {
      cause: error,
    });
  } finally {
    progress.clear();
  }
}

function placeOf({ where }: HarError): string {
  const place = [
    ...(where.entry === undefined || where.entry < 0 ? [] : [`entry ${where.entry}`]),
    ...(where.pointer === undefined ? [] : [`at ${where.pointer}`]),
    ...(where.byte === undefined ? [] : [`byte ${where.byte}`]),
  ];
  return place.length === 0 ? "" : ` (${place.join(", ")})`;
}

/** session.har → session.sanitized.har */
export function defaultOutput(from: string): string {
  return from === "-" ? "-" : `${from.replace(/(?:\.har)?(?:\.gz)?$/i, "")}.sanitized.har`;
}

function summary(report: Report, to: string, reportPath: string | undefined): string {
  const kinds = Object.entries(report.counts.byKind).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = [
    `Replaced ${report.counts.total} secrets in ${report.entries} ${report.entries === 1 ? "request" : "requests"}${kinds.length === 0 ? "" : `: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(", ")}`}.`,
    `Searched the output for ${report.verified.values} distinct values: none is left.`,
    ...(report.refused.length === 0
      ? []
      : [`Masked ${report.refused.length} parts whole because they could not be read; the report says which.`]),
    ...(to === "-" ? [] : [`Wrote ${to}.`]),
    ...(reportPath === undefined ? [] : [`Wrote ${reportPath}.`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** One line that is rewritten in place, on a terminal only. */
function progressLine({ stderr }: Terminal): { show(progress: Progress): void; clear(): void } {
  let shown = "";
  return {
    show({ phase, bytes, total }) {
      if (stderr.isTTY !== true) return;
      const percent =
        total === undefined || total === 0 ? "" : ` ${Math.min(100, Math.floor((100 * bytes) / total))} %`;
      const next = `\r\u001b[K${phase}${percent}`;
      if (next === shown) return;
      shown = next;
      stderr.write(next);
    },
    clear() {
      if (shown !== "") stderr.write("\r\u001b[K");
    },
  };
}
