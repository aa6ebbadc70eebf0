import { sha256 } from "@noble/hashes/sha2.js";
import { concat, utf8 } from "./bytes.ts";

/** Every hash and signature input of the product begins with this and its own name (reference: formats, "domain prefix"). */
export const DOMAIN = "breakwater/v1/";

/** SHA-256("breakwater/v1/<what>\0" ‖ parts…). Distinct `what` means the hashes of one thing can never pass for another's. */
export function domainHash(what: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sha256(concat(utf8(`${DOMAIN}${what}\0`), ...parts)));
}
