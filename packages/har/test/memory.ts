import { spawnSync } from "node:child_process";
import { join } from "node:path";

export interface Used {
  /** Megabytes before the recording was read, and at most. */
  readonly before: number;
  readonly peak: number;
  readonly entries: number;
  readonly refused: number;
  /** Blocks of output in which a note stands for a text that was dropped, and in which a planted value is left. */
  readonly notes: number;
  readonly leaked: number;
}

/** As cli/bin/breakwater.mjs starts the command: V8 reads these flags only when it starts. */
const FLAGS = ["--max-semi-space-size=4", "--heap-growing-percent=25"];

/** Sanitises a made recording in a process of its own, with the flags of the command. */
export function memoryOf(kind: "body" | "file", megabytes: number): Used {
  const child = spawnSync(
    process.execPath,
    [
      ...FLAGS,
      "--disable-warning=ExperimentalWarning",
      join(import.meta.dirname, "memory-child.ts"),
      kind,
      String(megabytes),
    ],
    { encoding: "utf8" },
  );
  if (child.status !== 0) throw new Error(`The process ended with ${child.status}: ${child.stderr}`);
  const used: Used = JSON.parse(child.stdout);
  return used;
}
