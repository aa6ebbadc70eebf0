import { concat, utf8 } from "@breakwater/wire";
import { ed25519FromSeed, ed25519Sign, ed25519Verifier, SIGNATURE_BYTES, type Ed25519Key } from "./ed25519.ts";
import { LedgerError } from "./error.ts";
import { formatSignature, type Verifier } from "./note.ts";
import { COSIGNATURE_V1, formatVkey, makeVkey, parseVkey } from "./vkey.ts";

const TIME_BYTES = 8;

export interface Cosigner {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly vkey: string;
  /** The signature line for a checkpoint's text, at `time` (whole seconds since 1970, given by the caller). */
  cosign(text: string, time: number): Promise<string>;
}

export interface CosignatureVerifier extends Verifier {
  /** The time in a signature that `verify` accepted. */
  time(signature: Uint8Array): number;
}

/** An Ed25519 cosignature/v1 signer (type 4) from a key pair or a 32-byte seed. */
export async function makeCosigner(name: string, key: Ed25519Key | Uint8Array): Promise<Cosigner> {
  const pair = key instanceof Uint8Array ? await ed25519FromSeed(key) : key;
  const vkey = makeVkey(name, COSIGNATURE_V1, pair.publicKey);
  const { keyId } = vkey;
  return {
    name,
    keyId,
    vkey: formatVkey(vkey),
    async cosign(text, time) {
      if (!Number.isSafeInteger(time) || time < 1)
        throw new LedgerError("cosignature.time", `A cosignature needs whole seconds since 1970, not ${time}.`);
      const signature = await ed25519Sign(pair, message(utf8(text), time));
      return formatSignature({ name, keyId, signature: concat(encodeTime(time), signature) });
    },
  };
}

/** A cosignature/v1 verifier from a verifier key text, or from a name and a public key. Any time is accepted. */
export async function makeCosignatureVerifier(
  from: string | { readonly name: string; readonly publicKey: Uint8Array },
): Promise<CosignatureVerifier> {
  const vkey = typeof from === "string" ? parseVkey(from) : makeVkey(from.name, COSIGNATURE_V1, from.publicKey);
  if (vkey.type !== COSIGNATURE_V1)
    throw new LedgerError(
      "key.malformed",
      `The key of ${vkey.name} is of type ${vkey.type}; witnesses sign with type ${COSIGNATURE_V1}.`,
    );
  const verify = await ed25519Verifier(vkey.publicKey);
  return {
    name: vkey.name,
    keyId: vkey.keyId,
    publicKey: vkey.publicKey,
    async verify(text, signature) {
      if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return false;
      const time = readTime(signature);
      return time !== undefined && verify(message(text, time), signature.subarray(TIME_BYTES));
    },
    time(signature) {
      const time = readTime(signature);
      if (time === undefined) throw new LedgerError("cosignature.time", "The cosignature has no usable time.");
      return time;
    },
  };
}

/** c2sp.org/tlog-cosignature, "Ed25519 signed message". */
function message(text: Uint8Array, time: number): Uint8Array {
  return concat(utf8(`cosignature/v1\ntime ${time}\n`), text);
}

function encodeTime(time: number): Uint8Array {
  const bytes = new Uint8Array(TIME_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time));
  return bytes;
}

/** The format allows 2^63-1 seconds; beyond 2^53 a number would not be exact, and no clock shows that. */
function readTime(signature: Uint8Array): number | undefined {
  if (signature.length < TIME_BYTES) return undefined;
  const time = Number(new DataView(signature.buffer, signature.byteOffset, TIME_BYTES).getBigUint64(0));
  return Number.isSafeInteger(time) ? time : undefined;
}
