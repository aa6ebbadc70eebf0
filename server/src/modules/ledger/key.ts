import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** The log key's seed, in a file of its own that only this user reads. Made at the first start, never changed: a log has one key. */
export function loadLogKey(path: string): Uint8Array {
  const known = read(path);
  if (known !== null) return known;
  const seed = crypto.getRandomValues(new Uint8Array(32));
  // Under another name until it is whole: a start that is killed here must not leave half a key, which no later start may replace.
  const unfinished = `${path}.new`;
  const file = openSync(unfinished, "w", 0o600);
  try {
    writeSync(file, `${Buffer.from(seed).toString("base64url")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  flushDirectory(dirname(path));
  return seed;
}

/** A rename is durable once its directory is. Windows has no such call and needs none. */
function flushDirectory(path: string): void {
  if (process.platform === "win32") return;
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function read(path: string): Uint8Array | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw cause;
  }
  const seed = new Uint8Array(Buffer.from(text.trim(), "base64url"));
  if (seed.length !== 32)
    throw new Error(
      `The log key in ${path} is damaged. Restore it from a backup: without it this desk's logs end here.`,
    );
  return seed;
}
