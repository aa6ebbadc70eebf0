import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 as BUILT_IN, type Key } from "hpke";
import { KEM_MLKEM768_X25519 as NOBLE } from "@panva/hpke-noble";
import { SealError } from "./error.ts";
import { randomBytes } from "./webcrypto.ts";

/** RFC 9180 base mode with MLKEM768-X25519 (0x647a), HKDF-SHA256 (1) and AES-256-GCM (2). */
export const HPKE_SUITE = "647a-0001-0002";
export const PUBLIC_KEY_BYTES = 1216;
export const SECRET_KEY_BYTES = 32;
export const ENC_BYTES = 1120;

export interface Recipient {
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** The 32-byte seed that both key pairs come from. */
  readonly secretKey: Uint8Array<ArrayBuffer>;
}
export interface Sealed {
  readonly enc: Uint8Array<ArrayBuffer>;
  readonly ct: Uint8Array<ArrayBuffer>;
}
type Suite = CipherSuite<Key>;

export type HpkeEngine = "built-in" | "noble";
const suites: Record<HpkeEngine, () => Suite> = {
  "built-in": () => new CipherSuite<Key>(BUILT_IN, KDF_HKDF_SHA256, AEAD_AES_256_GCM),
  noble: () => new CipherSuite<Key>(NOBLE, KDF_HKDF_SHA256, AEAD_AES_256_GCM),
};
let chosen: Promise<{ readonly engine: HpkeEngine; readonly suite: Suite }> | undefined;

/** The host's own ML-KEM and SHA-3 where both are there (Node 24), which is several times faster; else the noble one. */
function engine(): Promise<{ readonly engine: HpkeEngine; readonly suite: Suite }> {
  chosen ??= choose();
  return chosen;
}

async function choose(): Promise<{ readonly engine: HpkeEngine; readonly suite: Suite }> {
  try {
    const suite = suites["built-in"]();
    const pair = await suite.GenerateKeyPair();
    const probe = await suite.Seal(pair.publicKey, new Uint8Array(1));
    await suite.Open(pair, probe.encapsulatedSecret, probe.ciphertext);
    return { engine: "built-in", suite };
  } catch {
    // Some hosts have ML-KEM but not the SHA-3 that the combiner needs, and say so only when it is used.
    return { engine: "noble", suite: suites.noble() };
  }
}

export async function hpkeEngine(): Promise<HpkeEngine> {
  return (await engine()).engine;
}

export async function generateRecipient(): Promise<Recipient> {
  const { suite } = await engine();
  const pair = await suite.GenerateKeyPair(true);
  return {
    publicKey: new Uint8Array(await suite.SerializePublicKey(pair.publicKey)),
    secretKey: new Uint8Array(await suite.SerializePrivateKey(pair.privateKey)),
  };
}

export async function sealTo(
  publicKey: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Promise<Sealed> {
  const { suite } = await engine();
  let key: Key;
  try {
    key = await suite.DeserializePublicKey(publicKey);
  } catch (cause) {
    throw new SealError("hpke.key", `This is not an MLKEM768-X25519 public key of ${PUBLIC_KEY_BYTES} bytes.`, {
      cause,
    });
  }
  const sealed = await suite.Seal(key, plaintext, { info, aad });
  return { enc: new Uint8Array(sealed.encapsulatedSecret), ct: new Uint8Array(sealed.ciphertext) };
}

/** Throws hpke.open when the key, `info`, `aad` or any byte is not what was sealed: which of them is not told apart. */
export async function openWith(
  secretKey: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  sealed: { readonly enc: Uint8Array; readonly ct: Uint8Array },
): Promise<Uint8Array<ArrayBuffer>> {
  const { suite } = await engine();
  if (secretKey.length !== SECRET_KEY_BYTES) {
    throw new SealError(
      "hpke.key",
      `An MLKEM768-X25519 secret key has ${SECRET_KEY_BYTES} bytes; this one has ${secretKey.length}.`,
    );
  }
  try {
    // hpke 1.1.7 derives the public half from an extractable key; the seed is in memory anyway.
    const key = await suite.DeserializePrivateKey(secretKey, true);
    return new Uint8Array(await suite.Open(key, sealed.enc, sealed.ct, { info, aad }));
  } catch (cause) {
    throw new SealError("hpke.open", "This was not sealed to this key for this purpose, or it was changed.", { cause });
  }
}

/** Whether two halves are of one pair. Asked of a secret key that somebody else handed over, before anything is sealed to it. */
export async function isPair(publicKey: Uint8Array, secretKey: Uint8Array): Promise<boolean> {
  const none = new Uint8Array();
  try {
    await openWith(secretKey, none, none, await sealTo(publicKey, none, none, none));
    return true;
  } catch (cause) {
    if (cause instanceof SealError) return false;
    throw cause;
  }
}

/** A secret share or symmetric key: 32 random bytes. */
export function newSecret(): Uint8Array<ArrayBuffer> {
  return randomBytes(32);
}
