import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export { entry } from "./entry.ts";

/** The published vectors live outside the repository; BREAKWATER_SHARED says where. */
const vectors = join(
  resolve(import.meta.dirname, "../../..", process.env["BREAKWATER_SHARED"] ?? "../shared"),
  "data/vectors",
);

/** The folder of one set of vectors, or undefined (said aloud) where it is not there. */
export function vectorFolder(name: string): string | undefined {
  const folder = join(vectors, name);
  if (existsSync(folder)) return folder;
  console.warn(`SKIPPED: there are no ${name} vectors at ${folder}; set BREAKWATER_SHARED.`);
  return undefined;
}

/** Every JSON file below a folder, by its path. */
export function jsonFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(folder, name))
    .toSorted();
}

export function readJson<Value>(path: string): Value {
  return JSON.parse(readFileSync(path, "utf8")) as Value;
}

export function base64(text: string | null | undefined): Uint8Array {
  return Uint8Array.from(Buffer.from(text ?? "", "base64"));
}

export function flipped(bytes: Uint8Array, at: number, bit = 1): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ bit;
  return copy;
}

/** RFC 6962 section 2.1, word for word: the reference that the fast code is held against. */
export function referenceRoot(
  hashes: readonly Uint8Array[],
  node: (left: Uint8Array, right: Uint8Array) => Uint8Array,
  empty: Uint8Array,
): Uint8Array {
  const [first] = hashes;
  if (first === undefined) return empty;
  if (hashes.length === 1) return first;
  let k = 1;
  while (k * 2 < hashes.length) k *= 2;
  return node(referenceRoot(hashes.slice(0, k), node, empty), referenceRoot(hashes.slice(k), node, empty));
}
