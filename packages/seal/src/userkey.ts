import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { argon2id } from "hash-wasm";
import { domainHash, fromBase64url, toBase64url, utf8, DOMAIN } from "@breakwater/wire";
import { SealError } from "./error.ts";
import { openSmall, randomBytes, sealSmall } from "./webcrypto.ts";

/** The user key (UK) seals a person's identity; each way to unlock wraps it (protocol 3). */
export type UnlockMethod = "prf" | "passphrase" | "recovery";
export interface UnlockPlace {
  readonly user: string;
  readonly method: UnlockMethod;
  /** The credential's or the passphrase's id. */
  readonly id: string;
}

export interface Argon2Params {
  /** KiB. */
  readonly m: number;
  readonly t: number;
  readonly p: number;
}
export const ARGON2_PARAMS: Argon2Params = { m: 65_536, t: 3, p: 4 };
/** The server names the parameters; it must not be able to weaken them, nor to exhaust a browser with them. */
const ARGON2_MIN: Argon2Params = ARGON2_PARAMS;
const ARGON2_MAX: Argon2Params = { m: 262_144, t: 10, p: 8 };
export const PASSPHRASE_SALT_BYTES = 16;

export interface PassphraseKeys {
  /** Wraps the user key. */
  readonly wrapKey: Uint8Array<ArrayBuffer>;
  /** Signs in; base64url. The server stores its hash. It says nothing about wrapKey. */
  readonly authToken: string;
}

export function newUserKey(): Uint8Array<ArrayBuffer> {
  return randomBytes(32);
}

export function newPassphraseSalt(): Uint8Array<ArrayBuffer> {
  return randomBytes(PASSPHRASE_SALT_BYTES);
}

/** The PRF extension's eval.first: fixed, since the authenticator separates by credential. */
export function prfInput(): Uint8Array<ArrayBuffer> {
  return domainHash("prf-eval");
}

/** The wrapping key of a passkey: its PRF output, bound to its credential id. */
export function prfWrapKey(prfOutput: Uint8Array, credentialId: Uint8Array): Uint8Array<ArrayBuffer> {
  if (prfOutput.length < 32)
    throw new SealError("userkey.limits", "The passkey gave too short a secret. Use another passkey or a passphrase.");
  return new Uint8Array(hkdf(sha256, prfOutput, credentialId, utf8(`${DOMAIN}uk-prf`), 32));
}

/** Argon2id, then one key to unwrap with and one token to sign in with. Takes about half a second. */
export async function passphraseKeys(
  passphrase: string,
  salt: Uint8Array,
  params: Argon2Params = ARGON2_PARAMS,
): Promise<PassphraseKeys> {
  checkParams(params);
  if (salt.length !== PASSPHRASE_SALT_BYTES) {
    throw new SealError(
      "userkey.limits",
      `A passphrase's salt has ${PASSPHRASE_SALT_BYTES} bytes; this one has ${salt.length}.`,
    );
  }
  // NFKC: the same passphrase typed on another system's keyboard may arrive composed differently (NIST SP 800-63B, 5.1.1.2).
  const password = utf8(passphrase.normalize("NFKC"));
  if (password.length === 0 || password.length > 1024)
    throw new SealError("userkey.limits", "A passphrase has 1 to 1024 bytes.");
  const root = await argon2id({
    password,
    salt,
    memorySize: params.m,
    iterations: params.t,
    parallelism: params.p,
    hashLength: 32,
    outputType: "binary",
  });
  const derive = (what: string): Uint8Array<ArrayBuffer> =>
    new Uint8Array(hkdf(sha256, root, undefined, utf8(`${DOMAIN}${what}`), 32));
  return { wrapKey: derive("uk-pw"), authToken: toBase64url(derive("auth-pw")) };
}

/** What the server stores to know the sign-in token again. */
export function authTokenHash(token: string): string {
  return toBase64url(domainHash("auth-pw", fromBase64url(token)));
}

export async function wrapUserKey(
  userKey: Uint8Array,
  place: UnlockPlace,
  wrapKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  return sealSmall(wrapKey, userKeyAad(place), userKey);
}

/** Throws userkey.open for a wrong passphrase or passkey, and for a wrap that is another's or was changed. */
export async function unwrapUserKey(
  wrapped: Uint8Array,
  place: UnlockPlace,
  wrapKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const opened = await openSmall(wrapKey, userKeyAad(place), wrapped);
  if (opened?.length !== 32)
    throw new SealError("userkey.open", `This ${NAMES[place.method]} does not unlock your keys.`);
  return opened;
}

const NAMES: Readonly<Record<UnlockMethod, string>> = {
  prf: "passkey",
  passphrase: "passphrase",
  recovery: "set of recovery words",
};

function userKeyAad(place: UnlockPlace): Uint8Array {
  return utf8(`${DOMAIN}uk\0${place.user}\0${place.method}\0${place.id}`);
}

function checkParams({ m, t, p }: Argon2Params): void {
  const inside = (value: number, min: number, max: number): boolean =>
    Number.isSafeInteger(value) && value >= min && value <= max;
  if (
    !inside(m, ARGON2_MIN.m, ARGON2_MAX.m) ||
    !inside(t, ARGON2_MIN.t, ARGON2_MAX.t) ||
    !inside(p, ARGON2_MIN.p, ARGON2_MAX.p)
  ) {
    throw new SealError(
      "userkey.limits",
      "The passphrase's Argon2id parameters are weaker or heavier than this program accepts.",
    );
  }
}
