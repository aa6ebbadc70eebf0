import { decodeBase64, encodeBase64 } from "./base64.ts";
import { isObject, type JsonValue } from "./json.ts";
import { HarError } from "./error.ts";

/** A document and its Ed25519 signature (RFC 8032) over domain, zero byte, and canonical JSON (RFC 8785). */
export interface Signed<Document> {
  readonly document: Document;
  /** 32 bytes, base64url. Tells which key to ask for; trust comes from the key that the verifier holds already. */
  readonly publicKey: string;
  /** 64 bytes, base64url. */
  readonly signature: string;
}

/** A WebCrypto key as the host declares it. */
type WebKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export interface Signer {
  readonly privateKey: WebKey;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

const encoder = new TextEncoder();

/** RFC 8785: names in the order of UTF-16 code units, numbers as JSON.stringify writes them. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(",")}}`;
}

export function signedBytes(domain: string, document: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encoder.encode(`breakwater/v1/${domain}\0${canonicalJson(document)}`));
}

export function base64url(bytes: Uint8Array): string {
  return encodeBase64(bytes, "-").replace(/=+$/, "");
}

/** PKCS #8 (RFC 8410) or a bare 32-byte seed. */
export async function signerFrom(key: Uint8Array): Promise<Signer> {
  const head = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
  const pkcs8 = key.length === 32 ? new Uint8Array([...head, ...key]) : new Uint8Array(key);
  try {
    // The public key is shown only in the export of an extractable key, so the key is imported twice.
    const open = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
    const { x } = await crypto.subtle.exportKey("jwk", open);
    const publicKey = decodeBase64(x ?? "");
    if (publicKey?.length !== 32)
      throw new HarError("har.key", "The platform did not derive the public key of this Ed25519 key.");
    return { privateKey: await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]), publicKey };
  } catch (cause) {
    if (cause instanceof HarError) throw cause;
    throw new HarError("har.key", "The signing key is no Ed25519 key: give a seed of 32 bytes or PKCS #8.");
  } finally {
    pkcs8.fill(0);
  }
}

export async function signDocument<Document>(
  domain: string,
  document: Document,
  signer: Signer,
): Promise<Signed<Document>> {
  const signature = new Uint8Array(
    await crypto.subtle.sign("Ed25519", signer.privateKey, signedBytes(domain, document)),
  );
  return { document, publicKey: base64url(signer.publicKey), signature: base64url(signature) };
}

/** The document if `trusted` (32 bytes, known beforehand) signed it. Throws HarError "har.signature" otherwise. */
export async function openSigned(domain: string, signed: JsonValue, trusted: Uint8Array): Promise<JsonValue> {
  const document = isObject(signed) ? signed["document"] : undefined;
  const signature =
    isObject(signed) && typeof signed["signature"] === "string" ? decodeBase64(signed["signature"]) : undefined;
  if (document === undefined || signature?.length !== 64 || trusted.length !== 32)
    throw new HarError(
      "har.signature",
      "This is no signed document: it needs `document`, `publicKey` and a `signature` of 64 bytes.",
    );
  const key = await crypto.subtle
    .importKey("raw", new Uint8Array(trusted), "Ed25519", false, ["verify"])
    .catch(() => undefined);
  const good =
    key !== undefined &&
    (await crypto.subtle.verify("Ed25519", key, new Uint8Array(signature), signedBytes(domain, document)));
  if (!good) throw new HarError("har.signature", "The signature does not fit the document and the trusted key.");
  return document;
}
