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

/** Sanitises a made recording in a process of its own, with the flags of V8 that the command sets for itself. */
export function memoryOf(kind: "body" | "file", megabytes: number): Used {
  const child = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "memory-child.ts"), kind, String(megabytes)],
    { encoding: "utf8" },
  );
  if (child.status !== 0) throw new Error(`The process ended with ${child.status}: ${child.stderr}`);
  const used: Used = JSON.parse(child.stdout);
  return used;
}
