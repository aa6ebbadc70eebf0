import {
  parsePolicy,
  openPolicy,
  signerFrom,
  HarError,
  type JsonValue,
  type Policy,
  type Signer,
} from "@breakwater/har";
import { fileInput, readAll } from "./input.ts";
import { Unusable } from "./terminal.ts";

const MAX_SMALL_FILE = 1 << 20;

/** A small file, whole. */
export async function readSmall(path: string): Promise<Uint8Array> {
  const input = await fileInput(path);
  try {
    return await readAll(input, path, MAX_SMALL_FILE);
  } finally {
    await input.close();
  }
}

/** 32 bytes: as they are, or written as 64 hexadecimal digits or 43 characters of base64url. */
export async function readKey(path: string): Promise<Uint8Array> {
  const key = decodeKey(await readSmall(path));
  if (key === undefined)
    throw new Unusable(
      `${path}: this is no key; it must hold 32 bytes, 64 hexadecimal digits, or 43 characters of base64url.`,
    );
  return key;
}

function decodeKey(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length === 32) return bytes;
  return decodeKeyText(Buffer.from(bytes).toString("latin1").trim());
}

/** The same from an option's text. */
export function decodeKeyText(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  if (/^[\w-]{43}=?$/.test(text)) return Buffer.from(text, "base64url");
  return undefined;
}

/** An Ed25519 key: 32 bytes in any of the forms above, or PKCS #8 as PEM or DER. */
export async function readSigner(path: string): Promise<Signer> {
  const bytes = await readSmall(path);
  const pem = /-----BEGIN PRIVATE KEY-----([\s\S]+?)-----END PRIVATE KEY-----/.exec(
    Buffer.from(bytes).toString("latin1"),
  );
  try {
    return await signerFrom(decodeKey(bytes) ?? (pem === null ? bytes : Buffer.from(pem[1] ?? "", "base64")));
  } catch (error) {
    if (error instanceof HarError) throw new Unusable(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** A policy file: plain, or signed by the key that `signer` names. */
export async function readPolicy(path: string, signer: string | undefined): Promise<Policy> {
  const text = Buffer.from(await readSmall(path)).toString("utf8");
  const value = json(text, path);
  const isSigned = typeof value === "object" && value !== null && "signature" in value;
  if (isSigned && signer === undefined)
    throw new Unusable(`${path}: this policy is signed; name the administrator's public key with --policy-signer.`);
  if (!isSigned && signer !== undefined)
    throw new Unusable(`${path}: this policy is not signed, but --policy-signer asks for a signature.`);
  const trusted = signer === undefined ? undefined : decodeKeyText(signer);
  if (signer !== undefined && trusted === undefined)
    throw new Unusable("--policy-signer is no public key: give 43 characters of base64url or 64 hexadecimal digits.");
  try {
    return trusted === undefined ? parsePolicy(text) : await openPolicy(value, trusted);
  } catch (error) {
    if (error instanceof HarError) throw new Unusable(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

export function json(text: string, path: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    throw new Unusable(`${path}: this is not valid JSON.`);
  }
}
