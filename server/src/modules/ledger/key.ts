import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";

/** The log key's seed, in a file of its own that only this user reads. Made at the first start, never changed: a log has one key. */
export function loadLogKey(path: string): Uint8Array {
  const known = read(path);
  if (known !== null) return known;
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, `${Buffer.from(seed).toString("base64url")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return seed;
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
