import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { SqlError } from "./error.ts";

export interface Lock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** Distinguishes a process from a later one with the same number; empty where the system does not tell. */
  readonly born: string;
}

/**
 * A file that names the process which uses a directory: PGlite itself opens one directory twice without a word
 * and corrupts it. A holder that no longer lives is replaced, so that kill -9 needs no cleaning up.
 */
export function takeLock(path: string): Lock {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (create(path)) return { release: () => release(path) };
    const text = readOrNull(path);
    if (text === null) continue;
    const holder = parse(text);
    if (holder !== null && lives(holder)) {
      throw new SqlError(
        "sql.inUse",
        `Process ${holder.pid} already uses this data directory (${path}). Stop it first, or choose another directory.`,
      );
    }
    displace(path, text);
  }
  throw new SqlError(
    "sql.inUse",
    `Another process is taking this data directory (${path}) at this moment. Start again if it did not.`,
  );
}

function create(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, "wx", 0o600);
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw directoryError(path, cause);
  }
  try {
    writeSync(file, `${process.pid} ${bornOf(process.pid)}\n`);
    fsyncSync(file);
  } catch (cause) {
    rmSync(path, { force: true });
    throw directoryError(path, cause);
  } finally {
    closeSync(file);
  }
  return true;
}

/** Moves exactly the stale lock that was read: had somebody replaced it meanwhile, theirs is put back. */
function displace(path: string, text: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return;
    throw directoryError(path, cause);
  }
  if (readOrNull(aside) !== text) {
    try {
      linkSync(aside, path);
    } catch {
      // A third process has created its own: that one holds the directory now.
    }
  }
  rmSync(aside, { force: true });
}

function release(path: string): void {
  const holder = parse(readOrNull(path) ?? "");
  if (holder?.pid === process.pid) rmSync(path, { force: true });
}

function parse(text: string): Holder | null {
  const match = /^([1-9][0-9]{0,9}) ([0-9]*)\n$/.exec(text);
  return match ? { pid: Number(match[1]), born: match[2] ?? "" } : null;
}

function lives({ pid, born }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // EPERM: it lives, and belongs to somebody else.
    if (codeOf(cause) === "ESRCH") return false;
  }
  const now = bornOf(pid);
  return born === "" || now === "" || born === now;
}

/** proc(5): field 22 of /proc/<pid>/stat is the start time; the name in field 2 may hold spaces, so count from its end. */
function bornOf(pid: number): string {
  const stat = readOrNull(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

export function directoryError(path: string, cause: unknown): SqlError {
  const code = codeOf(cause);
  if (code === "ENOSPC" || code === "EDQUOT")
    return new SqlError("sql.full", `The disk is full: ${path} cannot be written.`, { cause });
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new SqlError(
      "sql.readOnly",
      `${path} cannot be written. Give this user the right to write there, or choose another directory.`,
      { cause },
    );
  }
  return new SqlError("sql.unavailable", `${path} cannot be used as a data directory (${code || "unknown"}).`, {
    cause,
  });
}
