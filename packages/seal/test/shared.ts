import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fromHex } from "@breakwater/wire";

/** The published vectors are kept beside the repository; where they are absent the tests that need them say so and skip. */
const VECTORS = resolve(
  process.env["BREAKWATER_SHARED"] ?? resolve(import.meta.dirname, "../../../../shared"),
  "data/vectors",
);

export function vectorsMissing(path: string): boolean {
  const missing = !existsSync(resolve(VECTORS, path));
  if (missing) console.warn(`SKIPPED: the vectors ${path} are not in ${VECTORS}. Set BREAKWATER_SHARED to run them.`);
  return missing;
}

export function readVectors(path: string): string {
  return readFileSync(resolve(VECTORS, path), "utf8");
}

export function hex(text: string): Uint8Array<ArrayBuffer> {
  return fromHex(text);
}
