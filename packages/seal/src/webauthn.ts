import { concat, fromBase64url, parseJson, utf8, type Json } from "@breakwater/wire";
import { binary, isObject, shape, type Check } from "./check.ts";
import { es256Verify } from "./device.ts";
import { ed25519Verify } from "./ed25519.ts";
import { SealError } from "./error.ts";
import type { PasskeyJwk } from "./jwk.ts";
import { owned } from "./webcrypto.ts";

/** An assertion as WebAuthn gives it, base64url, with nothing but what a verifier needs. */
export interface Assertion {
  /** The credential's id. */
  readonly cred: string;
  readonly clientData: string;
  readonly authData: string;
  readonly sig: string;
}
export interface AssertionExpectation {
  /** What was signed: the bytes of the challenge. */
  readonly challenge: Uint8Array;
  readonly jwk: PasskeyJwk;
  /** The relying party's id, a host name. */
  readonly rp: string;
}

export const assertionCheck: Check<Assertion> = shape({
  cred: binary(1, 1023),
  clientData: binary(1, 4096),
  authData: binary(37, 4096),
  sig: binary(8, 512),
});

const PRESENT = 0x01;
const VERIFIED = 0x04;

/**
 * WebAuthn level 3, section 7.2, as far as it can be done without having asked: type, challenge, origin, relying party, user
 * presence and verification, signature. Throws assertion.invalid. Counters are for whoever keeps state.
 */
export async function verifyAssertion(
  assertion: Assertion,
  { challenge, jwk, rp }: AssertionExpectation,
): Promise<void> {
  const clientData = fromBase64url(assertion.clientData);
  checkClientData(clientData, challenge, rp);
  const authData = fromBase64url(assertion.authData);
  const rpHash = await sha256(utf8(rp));
  if (rpHash.some((byte, i) => authData[i] !== byte)) throw invalid(`it is for another site than ${rp}`);
  const flags = authData[32] ?? 0;
  if ((flags & PRESENT) === 0) throw invalid("nobody was present");
  if ((flags & VERIFIED) === 0) throw invalid("the person was not verified");
  const message = concat(authData, await sha256(clientData));
  const sig = fromBase64url(assertion.sig);
  const holds =
    jwk.kty === "EC"
      ? await es256Verify(jwk, message, rawSignature(sig))
      : await ed25519Verify(fromBase64url(jwk.x), message, sig);
  if (!holds) throw invalid("its signature is not by the passkey that it names");
}

function checkClientData(bytes: Uint8Array, challenge: Uint8Array, rp: string): void {
  const data = readClientData(bytes);
  if (!isObject(data)) throw invalid("its client data cannot be read");
  if (data["type"] !== "webauthn.get") throw invalid("it is no assertion");
  if (typeof data["challenge"] !== "string" || !sameBytes(data["challenge"], challenge))
    throw invalid("it was made for something else");
  if (data["crossOrigin"] === true) throw invalid("it was made inside another site's page");
  if (typeof data["origin"] !== "string" || !isOriginOf(rp, data["origin"]))
    throw invalid(`it was made on another site than ${rp}`);
}

function readClientData(bytes: Uint8Array): Json {
  try {
    return parseJson(bytes, "the client data", { maxBytes: 4096, maxDepth: 4 });
  } catch (cause) {
    throw invalid("its client data is not JSON", cause);
  }
}

function sameBytes(text: string, expected: Uint8Array): boolean {
  try {
    const bytes = fromBase64url(text);
    return bytes.length === expected.length && bytes.every((byte, i) => byte === expected[i]);
  } catch {
    return false;
  }
}

/** The relying party's host or one below it, over TLS; plain only on this very machine. */
function isOriginOf(rp: string, origin: string): boolean {
  const found = /^(https?):\/\/([a-z0-9.-]+)(?::\d{1,5})?$/.exec(origin);
  if (found === null) return false;
  const [, scheme, host = ""] = found;
  return (host === rp || host.endsWith(`.${rp}`)) && (scheme === "https" || rp === "localhost");
}

/**
 * ECDSA-Sig-Value (RFC 3279 section 2.2.3) to r‖s. Strict DER: two positive integers of minimal length and nothing behind
 * them; anything else becomes a signature that verifies for nobody.
 */
function rawSignature(der: Uint8Array): Uint8Array<ArrayBuffer> {
  const nothing = new Uint8Array(0);
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return nothing;
  const r = readInteger(der, 2);
  const s = r && readInteger(der, r.end);
  if (!r || !s || s.end !== der.length) return nothing;
  return concat(r.value, s.value);
}

function readInteger(der: Uint8Array, at: number): { readonly value: Uint8Array; readonly end: number } | undefined {
  const length = der[at + 1] ?? 0;
  const end = at + 2 + length;
  if (der[at] !== 0x02 || length === 0 || length > 33 || end > der.length) return undefined;
  const bytes = der.subarray(at + 2, end);
  const [first = 0, second = 0] = bytes;
  if (first >= 0x80 || (first === 0 && length > 1 && second < 0x80)) return undefined;
  const digits = first === 0 ? bytes.subarray(1) : bytes;
  if (digits.length > 32) return undefined;
  const value = new Uint8Array(32);
  value.set(digits, 32 - digits.length);
  return { value, end };
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", owned(bytes)));
}

function invalid(why: string, cause?: unknown): SealError {
  return new SealError("assertion.invalid", `The passkey's signature does not hold: ${why}.`, { cause });
}
