import { fromBase64url, toBase64url, type Json } from "@breakwater/wire";
import { read } from "./check.ts";
import { signatureInput } from "./ed25519.ts";
import { SealError } from "./error.ts";
import { publicJwkCheck, type PublicJwk } from "./jwk.ts";
import { owned, type WebKey } from "./webcrypto.ts";

/** ES256. In a browser the private half never leaves the key store; it signs requests and acts. */
export interface DeviceKey {
  readonly publicKey: WebKey;
  readonly privateKey: WebKey;
}

const P256 = { name: "ECDSA", namedCurve: "P-256" };
const ES256 = { name: "ECDSA", hash: "SHA-256" };

/** A key whose private half cannot be exported. */
export async function generateDeviceKey(): Promise<DeviceKey> {
  return crypto.subtle.generateKey(P256, false, ["sign", "verify"]);
}

/** For programs that have no key store of their own and keep the private key in a file (the command line, tests). */
export async function generatePortableDeviceKey(): Promise<DeviceKey> {
  return crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
}

/** `d` of a portable key: a secret. */
export async function exportDeviceSecret(key: DeviceKey): Promise<string> {
  const { d } = await crypto.subtle.exportKey("jwk", key.privateKey);
  if (d === undefined) throw new SealError("key.invalid", "This device key cannot be exported.");
  return d;
}

export async function importDeviceKey(jwk: PublicJwk, secret: string): Promise<DeviceKey> {
  try {
    return {
      publicKey: await importPublicJwk(jwk),
      privateKey: await crypto.subtle.importKey("jwk", { ...jwk, d: secret }, P256, false, ["sign"]),
    };
  } catch (cause) {
    throw new SealError("key.invalid", "This is not an ES256 key pair.", { cause });
  }
}

export async function publicJwk(key: DeviceKey): Promise<PublicJwk> {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key.publicKey);
  return parsePublicJwk({ kty, crv, x, y });
}

export function parsePublicJwk(value: Json | undefined): PublicJwk {
  return read(publicJwkCheck, value, { name: "the device's public key", code: "key.invalid" });
}

/** Raw r‖s over "breakwater/v1/<what>\0" ‖ the canonical text, as base64url. */
export async function deviceSign(key: DeviceKey, what: string, canonical: string): Promise<string> {
  return toBase64url(await es256Sign(key, signatureInput(what, canonical)));
}

export async function deviceVerify(
  jwk: PublicJwk,
  what: string,
  canonical: string,
  signature: string,
): Promise<boolean> {
  return es256Verify(jwk, signatureInput(what, canonical), fromBase64url(signature));
}

export async function es256Sign(key: DeviceKey, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign(ES256, key.privateKey, owned(message)));
}

/** False for a wrong signature and for a point that is not on the curve. */
export async function es256Verify(jwk: PublicJwk, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (signature.length !== 64) return false;
  try {
    return await crypto.subtle.verify(ES256, await importPublicJwk(jwk), owned(signature), owned(message));
  } catch {
    return false;
  }
}

async function importPublicJwk(jwk: PublicJwk): Promise<WebKey> {
  // Only the four checked members: a stray `alg`, `use` or `d` must not change what is imported.
  const { kty, crv, x, y } = jwk;
  return crypto.subtle.importKey("jwk", { kty, crv, x, y }, P256, true, ["verify"]);
}
