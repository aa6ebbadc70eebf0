import { concat, fromBase64url, fromHex } from "@breakwater/wire";
import { LedgerError } from "./error.ts";

/** A WebCrypto key as the host declares it, so that neither Node's types nor a browser's are named. */
type WebKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export interface Ed25519Key {
  /** Not extractable; signs only. */
  readonly privateKey: WebKey;
  readonly publicKey: Uint8Array;
}

export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** RFC 8410 section 7: what stands before the 32-byte seed in a PKCS #8 Ed25519 key. */
const PKCS8_HEAD = fromHex("302e020100300506032b657004220420");

/** The key pair of a 32-byte seed (RFC 8032's private key). The seed is not kept. */
export async function ed25519FromSeed(seed: Uint8Array): Promise<Ed25519Key> {
  if (seed.length !== 32) throw new LedgerError("key.malformed", `An Ed25519 seed has 32 bytes, not ${seed.length}.`);
  const pkcs8 = concat(PKCS8_HEAD, seed);
  // WebCrypto derives the public key but shows it only in the export of an extractable key, so the key is imported twice.
  const open = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", open);
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  pkcs8.fill(0);
  if (x === undefined)
    throw new LedgerError("key.malformed", "The platform did not derive the public key of an Ed25519 seed.");
  return { privateKey, publicKey: fromBase64url(x) };
}

export async function ed25519Sign(key: Ed25519Key, message: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("Ed25519", key.privateKey, new Uint8Array(message)));
}

/** A verification function for one public key. False for whatever is not a valid signature, never an error. */
export async function ed25519Verifier(
  publicKey: Uint8Array,
): Promise<(message: Uint8Array, signature: Uint8Array) => Promise<boolean>> {
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new LedgerError(
      "key.malformed",
      `An Ed25519 public key has ${PUBLIC_KEY_BYTES} bytes, not ${publicKey.length}.`,
    );
  }
  const key = await importPublic(publicKey);
  return async (message, signature) => {
    if (signature.length !== SIGNATURE_BYTES) return false;
    return crypto.subtle.verify("Ed25519", key, new Uint8Array(signature), new Uint8Array(message));
  };
}

async function importPublic(publicKey: Uint8Array): Promise<WebKey> {
  try {
    return await crypto.subtle.importKey("raw", new Uint8Array(publicKey), "Ed25519", false, ["verify"]);
  } catch (cause) {
    throw new LedgerError("key.malformed", "These 32 bytes are not an Ed25519 public key.", { cause });
  }
}
