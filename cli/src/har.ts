import { HarError, type FileKind, type Source } from "@breakwater/har";
import { fileInput, streamInput, type Input } from "./input.ts";
import { progressBar, type ProgressBar } from "./progress.ts";
import { oneLine, Unusable, type Terminal } from "./terminal.ts";

/** Opens a recording, runs `work` on it, and turns what the engine refuses into one line about this file. */
export async function onRecording<Result>(
  from: string,
  terminal: Terminal,
  work: (source: Source, bar: ProgressBar, input: Input) => Promise<Result>,
): Promise<Result> {
  const input = from === "-" ? await streamInput(terminal) : await fileInput(from);
  const bar = progressBar(terminal, oneLine(from));
  try {
    const result = await work(input, bar, input);
    await input.unchanged();
    return result;
  } catch (error) {
    if (!(error instanceof HarError)) throw error;
    throw new Unusable(`${from === "-" ? "standard input" : from}: ${error.message}${placeOf(error)}`, {
      cause: error,
    });
  } finally {
    bar.clear();
    await input.close();
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

/** Several files, one after the other: one that cannot be used does not keep the rest from being done. */
export async function eachRecording(
  files: readonly string[],
  { stderr, signal }: Terminal,
  work: (file: string) => Promise<void>,
): Promise<boolean> {
  let good = true;
  for (const file of files) {
    if (signal.aborted) throw new Unusable("Stopped.");
    try {
      await work(file);
    } catch (error) {
      if (!(error instanceof Unusable) || files.length === 1) throw error;
      good = false;
      stderr.write(`breakwater: ${oneLine(error.message)}\n`);
    }
  }
  return good;
}

/** A fresh key: nothing in two files can be linked. */
export function freshKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}

export function isRecording(kind: FileKind): kind is "har" | "har.gz" | "har.zip" {
  return kind === "har" || kind === "har.gz" || kind === "har.zip";
}
