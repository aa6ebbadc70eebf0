import { CodedError } from "./error.ts";

const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export class EncodingError extends CodedError<"encoding.invalid"> {}

function encode(bytes: Uint8Array, alphabet: string, pad: boolean): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word =
      ((bytes[i] as number) << 16) |
      (left > 1 ? (bytes[i + 1] as number) << 8 : 0) |
      (left > 2 ? (bytes[i + 2] as number) : 0);
    out += alphabet[word >> 18];
    out += alphabet[(word >> 12) & 63];
    if (left > 1) out += alphabet[(word >> 6) & 63];
    else if (pad) out += "=";
    if (left > 2) out += alphabet[word & 63];
    else if (pad) out += "=";
  }
  return out;
}

function table(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i;
  return values;
}
const STANDARD_VALUES = table(STANDARD);
const URL_VALUES = table(URL_SAFE);

/** Strict decoder (RFC 4648 section 3.5): one text per value, so a changed character is never ignored. */
function decode(text: string, values: Int8Array, what: string): Uint8Array<ArrayBuffer> {
  const rest = text.length % 4;
  if (rest === 1) throw new EncodingError("encoding.invalid", `This is not ${what}: its length cannot occur.`);
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? (values[code] as number) : -1;
    if (value < 0)
      throw new EncodingError("encoding.invalid", `This is not ${what}: character ${i + 1} is not in its alphabet.`);
    word = (word << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (word >> bits) & 255;
      word &= (1 << bits) - 1;
    }
  }
  if (word !== 0) throw new EncodingError("encoding.invalid", `This is not ${what}: it ends in stray bits.`);
  return out;
}

/** base64url without padding: the encoding of all binary values in our JSON. */
export function toBase64url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE, false);
}

export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return decode(text, URL_VALUES, "base64url without padding");
}

/** Padded standard base64, as C2SP signed notes and tlog proofs use it. */
export function toBase64(bytes: Uint8Array): string {
  return encode(bytes, STANDARD, true);
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0)
    throw new EncodingError("encoding.invalid", "This is not padded base64: its length is not a multiple of 4.");
  const end = text.endsWith("==") ? text.length - 2 : text.endsWith("=") ? text.length - 1 : text.length;
  return decode(text.slice(0, end), STANDARD_VALUES, "base64");
}

export function toHex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += byte.toString(16).padStart(2, "0");
  return out;
}

export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new EncodingError(
      "encoding.invalid",
      "This is not hexadecimal: expected an even number of the digits 0-9 and a-f.",
    );
  }
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}
