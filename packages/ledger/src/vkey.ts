import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equalBytes, fromBase64, fromHex, toBase64, toHex, utf8 } from "@breakwater/wire";
import { PUBLIC_KEY_BYTES } from "./ed25519.ts";
import { LedgerError } from "./error.ts";

/** Signature type bytes of c2sp.org/signed-note that we speak. */
export const NOTE_ED25519 = 0x01;
export const COSIGNATURE_V1 = 0x04;

export interface Vkey {
  readonly name: string;
  /** First four bytes of SHA-256(name ‖ "\n" ‖ type ‖ public key). Says which key, proves nothing. */
  readonly keyId: Uint8Array;
  readonly type: number;
  readonly publicKey: Uint8Array;
}

const NAME = /^[^\p{White_Space}\p{Cc}+]{1,255}$/u;

/** A key name: not empty, no spaces, no plus (c2sp.org/signed-note, "Format"); we also bound it. */
export function isKeyName(name: string): boolean {
  return name.isWellFormed() && NAME.test(name);
}

export function makeVkey(name: string, type: number, publicKey: Uint8Array): Vkey {
  if (!isKeyName(name))
    throw new LedgerError(
      "key.malformed",
      `${JSON.stringify(name.slice(0, 80))} is not a key name: spaces and + are not allowed.`,
    );
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new LedgerError(
      "key.malformed",
      `An Ed25519 public key has ${PUBLIC_KEY_BYTES} bytes, not ${publicKey.length}.`,
    );
  }
  const keyId = sha256(concat(utf8(name), new Uint8Array([0x0a, type]), publicKey)).slice(0, 4);
  return { name, keyId, type, publicKey: publicKey.slice() };
}

/** `<name>+<key id>+<base64 of type and key>` */
export function formatVkey(vkey: Vkey): string {
  return `${vkey.name}+${toHex(vkey.keyId)}+${toBase64(concat(new Uint8Array([vkey.type]), vkey.publicKey))}`;
}

/** Reads a verifier key text and checks that its key id belongs to its key. */
export function parseVkey(text: string): Vkey {
  if (text.length > 512) throw malformed("it is too long");
  // The key name has no plus, but base64 may.
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
  const [, name, id, encoded] = match ?? [];
  if (name === undefined || id === undefined || encoded === undefined)
    throw malformed("it is not <name>+<key id>+<key>");
  let material: Uint8Array;
  try {
    material = fromBase64(encoded);
  } catch (cause) {
    throw malformed("its key is not base64", cause);
  }
  const type = material[0];
  if (type !== NOTE_ED25519 && type !== COSIGNATURE_V1)
    throw malformed("it is neither an Ed25519 note key (1) nor a cosignature key (4)");
  const vkey = makeVkey(name, type, material.subarray(1));
  if (!equalBytes(vkey.keyId, fromHex(id))) throw malformed("its key id does not belong to its key");
  return vkey;
}

function malformed(why: string, cause?: unknown): LedgerError {
  return new LedgerError(
    "key.malformed",
    `This is not a verifier key: ${why}.`,
    cause === undefined ? undefined : { cause },
  );
}
