import { concat, fromBase64url, fromHex, utf8, DOMAIN } from "@breakwater/wire";
import { SealError } from "./error.ts";
import { owned, randomBytes } from "./webcrypto.ts";

export interface SigningKey {
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** RFC 8032's 32-byte secret key. */
  readonly seed: Uint8Array<ArrayBuffer>;
}

/** RFC 8410 section 7: the PKCS #8 wrapping of an Ed25519 seed, which is the one form WebCrypto imports a seed in. */
const PKCS8 = fromHex("302e020100300506032b657004220420");

export async function generateSigningKey(): Promise<SigningKey> {
  return signingKeyFromSeed(randomBytes(32));
}

export async function signingKeyFromSeed(seed: Uint8Array): Promise<SigningKey> {
  const key = await importSeed(seed, true);
  const jwk = await crypto.subtle.exportKey("jwk", key);
  return { publicKey: fromBase64url(jwk.x ?? ""), seed: new Uint8Array(seed) };
}

export async function ed25519Sign(key: SigningKey, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("Ed25519", await importSeed(key.seed, false), owned(message)));
}

/** False for a wrong signature and for bytes that are no key: a verifier's caller has one question only. */
export async function ed25519Verify(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    const key = await crypto.subtle.importKey("raw", owned(publicKey), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, owned(signature), owned(message));
  } catch {
    return false;
  }
}

/** What is signed: "breakwater/v1/<what>\0" ‖ the canonical text. */
export function signatureInput(what: string, canonical: string): Uint8Array<ArrayBuffer> {
  return concat(utf8(`${DOMAIN}${what}\0`), utf8(canonical));
}

async function importSeed(seed: Uint8Array, extractable: boolean) {
  if (seed.length !== 32)
    throw new SealError("key.invalid", `An Ed25519 secret key has 32 bytes; this one has ${seed.length}.`);
  return crypto.subtle.importKey("pkcs8", concat(PKCS8, seed), "Ed25519", extractable, ["sign"]);
}
