import { canonicalize, concat, DOMAIN, equalBytes, parseJson, utf8, type Json } from "@breakwater/wire";
import { MAX_ENTRY_BYTES } from "./bundle.ts";
import { LedgerError } from "./error.ts";
import { checkLeaf } from "./leaf-check.ts";
import type { Act, Leaf } from "./leaf.ts";

const SIGNED = [
  "v",
  "t",
  "at",
  "org",
  "case",
  "file",
  "parts",
  "actor",
  "grant",
  "rpk",
  "man",
  "n",
  "why",
  "x",
  "what",
] as const satisfies readonly (keyof Act)[];

/** The members that the actor's device signs, out of an act or a whole leaf. */
export function signedPart(leaf: Act | Leaf): Act {
  const { v, t, org, actor } = leaf;
  const optional = SIGNED.filter((name) => leaf[name] !== undefined).map((name) => [name, leaf[name]]);
  return { ...(Object.fromEntries(optional) as Partial<Act>), v, t, org, actor };
}

/** The bytes under `asig`. */
export function actMessage(leaf: Act | Leaf): Uint8Array<ArrayBuffer> {
  return concat(utf8(`${DOMAIN}act\0`), utf8(canonicalize(toJson(signedPart(leaf)))));
}

/** The log entry: canonical JSON, checked as strictly as parseLeaf does, so that nothing unreadable is ever logged. */
export function encodeLeaf(leaf: Leaf): Uint8Array<ArrayBuffer> {
  const checked = checkLeaf(toJson(leaf));
  const bytes = utf8(canonicalize(toJson(checked)));
  if (bytes.length > MAX_ENTRY_BYTES)
    throw new LedgerError(
      "leaf.tooLarge",
      `The leaf has ${bytes.length} bytes; a log entry has at most ${MAX_ENTRY_BYTES}.`,
    );
  return bytes;
}

/** Reads a log entry. Only the canonical spelling is a leaf: one leaf, one hash. */
export function parseLeaf(entry: Uint8Array): Leaf {
  if (entry.length > MAX_ENTRY_BYTES)
    throw new LedgerError(
      "leaf.tooLarge",
      `The leaf has ${entry.length} bytes; a log entry has at most ${MAX_ENTRY_BYTES}.`,
    );
  let json: Json;
  try {
    json = parseJson(entry, "The leaf", { maxBytes: MAX_ENTRY_BYTES, maxDepth: 4 });
  } catch (cause) {
    throw new LedgerError("leaf.malformed", "The leaf is not JSON text.", { cause });
  }
  const leaf = checkLeaf(json);
  if (!equalBytes(utf8(canonicalize(json)), entry))
    throw new LedgerError("leaf.malformed", "The leaf is not in canonical form (RFC 8785).");
  return leaf;
}

/** Interfaces have no index signature, so the compiler does not see that these are JSON; checkLeaf does look. */
function toJson(value: Act | Leaf): Json {
  return value as unknown as Json;
}
