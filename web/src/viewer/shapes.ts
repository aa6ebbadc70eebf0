import type { BodiesLine, JsonObject, JsonValue } from "@breakwater/har";

/** Reading what a recorder wrote, of which nothing is certain but that it is JSON. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
export function arrayOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
export function stringOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
}

export interface ShownBody {
  /** Where in the entry it stood, e.g. "response/content". */
  readonly place: string;
  readonly mime: string;
  readonly text: string;
  /** Bytes where the recorder kept them as base64. */
  readonly bytes: Uint8Array | undefined;
  /** Form fields of `postData.params`. */
  readonly params: readonly JsonValue[];
}

export function bodiesOf(line: BodiesLine): ShownBody[] {
  return line.bodies
    .map(({ at, value }) => bodyOf(at.join("/"), value))
    .filter((body) => body.text !== "" || body.bytes !== undefined || body.params.length > 0);
}

function bodyOf(place: string, value: JsonValue): ShownBody {
  const content = objectOf(value);
  const own = place.endsWith("postData") || place.endsWith("content");
  if (!own)
    return {
      place,
      mime: "application/json",
      text: typeof value === "string" ? value : JSON.stringify(value),
      bytes: undefined,
      params: [],
    };
  const text = stringOf(content["text"]);
  const bytes = content["encoding"] === "base64" ? decodeBase64(text) : undefined;
  return {
    place,
    mime: stringOf(content["mimeType"]),
    text: bytes ? decodeText(bytes) : text,
    bytes,
    params: arrayOf(content["params"]),
  };
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Empty when the bytes are not text: then they are shown as hexadecimal. */
function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "";
  }
}

/** Indented when it is JSON; undefined when it is not. */
export function prettyJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

const PER_LINE = 16;

/** `00000010  48 65 6c …  Hel…`, one line per 16 bytes. */
export function hexLine(bytes: Uint8Array, line: number): string {
  const part = bytes.subarray(line * PER_LINE, (line + 1) * PER_LINE);
  const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = Array.from(part, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
  return `${(line * PER_LINE).toString(16).padStart(8, "0")}  ${hex.padEnd(PER_LINE * 3 - 1)}  ${text}`;
}

export function hexLines(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / PER_LINE);
}
