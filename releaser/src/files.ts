import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { ReleaserError } from "./error.ts";

/** After this returns the file is there with these bytes, whatever stops next; before, the old one is. */
export function writeDurably(path: string, bytes: Uint8Array | string): void {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeAll(file, typeof bytes === "string" ? Buffer.from(bytes) : bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

/** A rename is durable only when the directory is. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/**
 * Overwrites a file in place, then removes it: where the disk writes in place nothing of it is left, and where it does
 * not (flash, copy-on-write), what is left is sealed under the master key.
 */
export function wipe(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, "r+");
  } catch (cause) {
    if (errnoOf(cause) === "ENOENT") return false;
    throw new ReleaserError("store.failed", `${path} cannot be overwritten.`, { cause });
  }
  try {
    writeAll(file, randomBytes(fstatSync(file).size), 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  rmSync(path);
  syncDirectory(dirname(path));
  return true;
}

export function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (errnoOf(cause) === "ENOENT") return null;
    throw new ReleaserError("store.failed", `${path} cannot be read.`, { cause });
  }
}

/**
 * One process per directory: two would each count the uses of a grant. The file names its holder; one that no longer
 * lives is replaced, so that a killed releaser needs no cleaning up.
 */
export function takeLock(path: string): () => void {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, holderOf(process.pid));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (cause) {
      if (errnoOf(cause) !== "EEXIST")
        throw new ReleaserError("store.failed", `The lock ${path} cannot be made.`, { cause });
    }
    const holder = readOrNull(path)?.toString() ?? "";
    const pid = Number.parseInt(holder, 10);
    if (pid > 0 && pid !== process.pid && holder === holderOf(pid)) break;
    rmSync(path, { force: true });
  }
  throw new ReleaserError("store.inUse", `Another releaser uses this directory (${path}). Stop it first.`);
}

/** The start time in /proc distinguishes a process from a later one with the same number. */
function holderOf(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return fields[0] === "Z" ? "" : `${pid} ${fields[19] ?? ""}`;
  } catch {
    return alive(pid) ? `${pid} ` : "";
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return errnoOf(cause) === "EPERM";
  }
}

function writeAll(file: number, bytes: Uint8Array, position: number | null = null): void {
  for (let at = 0; at < bytes.length;)
    at += writeSync(file, bytes, at, bytes.length - at, position === null ? null : position + at);
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
