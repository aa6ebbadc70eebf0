import { entropyToMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { domainHash, fromBase64url, toBase64url } from "@breakwater/wire";
import { SealError } from "./error.ts";

/** What people and links pin an organisation's signing root by (protocol 2.1), as base64url. */
export function fingerprint(rootKey: Uint8Array | string): string {
  const key = typeof rootKey === "string" ? fromBase64url(rootKey) : rootKey;
  if (key.length !== 32)
    throw new SealError("key.invalid", `An Ed25519 public key has 32 bytes; this one has ${key.length}.`);
  return toBase64url(domainHash("org-root", key));
}

export function isFingerprint(text: string): boolean {
  return /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text);
}

/** The first 128 bits as 12 BIP-39 words, for two people to compare by voice. */
export function fingerprintWords(print: string): readonly string[] {
  if (!isFingerprint(print))
    throw new SealError("fingerprint.invalid", "This is not a fingerprint: expected 43 characters of base64url.");
  return entropyToMnemonic(fromBase64url(print).subarray(0, 16), wordlist).split(" ");
}
