import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { HarError } from "./error.ts";
import { parseLine } from "./locate.ts";

/** The four parts of a sanitised HAR, each sealed and granted by itself. Each is NDJSON: a header line, then one line per entry. */
export const PART_NAMES = ["index", "headers", "requestBodies", "responseBodies"] as const;
export type PartName = (typeof PART_NAMES)[number];

/** `[offset, length]` of an entry's line in another part, in bytes, without the line feed. */
export type LineRange = readonly [offset: number, length: number];

/** First line of every part. That of the index also holds the document around the entries. */
export interface PartHeader {
  readonly format: "breakwater-har-parts/1";
  readonly part: PartName;
  readonly entries?: number;
  readonly document?: JsonObject;
}

/** What an engineer sees first: enough for the waterfall, nothing that needs a second grant. */
export interface IndexLine {
  readonly i: number;
  readonly method: string;
  /** `host:port` as written in the URL. */
  readonly host: string;
  /** Path without query and fragment. */
  readonly path: string;
  readonly scheme: string;
  readonly httpVersion: string;
  readonly status: number;
  readonly statusText: string;
  readonly startedDateTime: string;
  readonly time: number;
  readonly timings: Readonly<Record<string, number>>;
  readonly sizes: {
    readonly request: number;
    readonly requestHeaders: number;
    readonly response: number;
    readonly responseHeaders: number;
    readonly content: number;
    readonly transfer: number;
  };
  readonly requestMimeType: string;
  readonly responseMimeType: string;
  readonly pageref: string;
  readonly resourceType: string;
  readonly error: string;
  readonly lines: {
    readonly headers: LineRange;
    readonly requestBodies: LineRange;
    readonly responseBodies: LineRange;
  };
}

/** Everything of the entry that is not a body. */
export interface HeadersLine {
  readonly i: number;
  readonly entry: JsonValue;
}

/** Bodies, each with the place in the entry that it was taken from. */
export interface BodiesLine {
  readonly i: number;
  readonly bodies: readonly { readonly at: readonly string[]; readonly value: JsonValue }[];
}

const text = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");
const number = (value: JsonValue | undefined): number =>
  typeof value === "number" && Number.isFinite(value) ? value : -1;
const object = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});

const URL_PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)/;

/** The index line of a (sanitised) entry; `lines` says where the rest of it is. */
export function indexLine(i: number, entry: JsonValue, lines: IndexLine["lines"]): IndexLine {
  const all = object(entry);
  const request = object(all["request"]);
  const response = object(all["response"]);
  const content = object(response["content"]);
  const url = URL_PARTS.exec(text(request["url"]));
  const authority = url?.[2] ?? "";
  return {
    i,
    method: text(request["method"]),
    scheme: url?.[1] ?? /^([a-z]+):/i.exec(text(request["url"]))?.[1] ?? "",
    host: authority.slice(authority.lastIndexOf("@") + 1),
    path: url?.[3] ?? (/^[a-z]+:/i.test(text(request["url"])) ? "" : (text(request["url"]).split(/[?#]/)[0] ?? "")),
    httpVersion: text(response["httpVersion"]) || text(request["httpVersion"]),
    status: number(response["status"]),
    statusText: text(response["statusText"]),
    startedDateTime: text(all["startedDateTime"]),
    time: number(all["time"]),
    timings: Object.fromEntries(
      Object.entries(object(all["timings"])).filter((pair): pair is [string, number] => typeof pair[1] === "number"),
    ),
    sizes: {
      request: number(request["bodySize"]),
      requestHeaders: number(request["headersSize"]),
      response: number(response["bodySize"]),
      responseHeaders: number(response["headersSize"]),
      content: number(content["size"]),
      transfer: number(response["_transferSize"]),
    },
    requestMimeType: text(object(request["postData"])["mimeType"]),
    responseMimeType: text(content["mimeType"]),
    pageref: text(all["pageref"]),
    resourceType: text(all["_resourceType"]),
    error: text(response["_error"]) || text(all["_error"]),
    lines,
  };
}

function record(line: string | Uint8Array, what: string): JsonObject {
  const value = parseLine(line);
  if (!isObject(value) || (typeof value["i"] !== "number" && what !== "header"))
    throw new HarError("har.parts", `A ${what} line does not have the expected form.`);
  return value;
}

/** Reads the first line of a part. */
export function parsePartHeader(line: string | Uint8Array): PartHeader {
  const value = record(line, "header");
  const part = PART_NAMES.find((name) => name === value["part"]);
  if (value["format"] !== "breakwater-har-parts/1" || part === undefined)
    throw new HarError("har.parts", "The first line is not the header of a HAR part of version 1.");
  const entries = value["entries"];
  const document = value["document"];
  return {
    format: "breakwater-har-parts/1",
    part,
    ...(typeof entries === "number" ? { entries } : {}),
    ...(isObject(document) ? { document } : {}),
  };
}

function range(value: JsonValue | undefined): LineRange {
  if (!Array.isArray(value) || value.length !== 2)
    throw new HarError("har.parts", "An index line does not say where the entry's other lines are.");
  return [number(value[0]), number(value[1])];
}

export function parseIndexLine(line: string | Uint8Array): IndexLine {
  const value = record(line, "index");
  const lines = object(value["lines"]);
  const sizes = object(value["sizes"]);
  return {
    i: number(value["i"]),
    method: text(value["method"]),
    scheme: text(value["scheme"]),
    host: text(value["host"]),
    path: text(value["path"]),
    httpVersion: text(value["httpVersion"]),
    status: number(value["status"]),
    statusText: text(value["statusText"]),
    startedDateTime: text(value["startedDateTime"]),
    time: number(value["time"]),
    timings: Object.fromEntries(Object.entries(object(value["timings"])).map(([name, item]) => [name, number(item)])),
    sizes: {
      request: number(sizes["request"]),
      requestHeaders: number(sizes["requestHeaders"]),
      response: number(sizes["response"]),
      responseHeaders: number(sizes["responseHeaders"]),
      content: number(sizes["content"]),
      transfer: number(sizes["transfer"]),
    },
    requestMimeType: text(value["requestMimeType"]),
    responseMimeType: text(value["responseMimeType"]),
    pageref: text(value["pageref"]),
    resourceType: text(value["resourceType"]),
    error: text(value["error"]),
    lines: {
      headers: range(lines["headers"]),
      requestBodies: range(lines["requestBodies"]),
      responseBodies: range(lines["responseBodies"]),
    },
  };
}

export function parseHeadersLine(line: string | Uint8Array): HeadersLine {
  const value = record(line, "headers");
  return { i: number(value["i"]), entry: value["entry"] ?? null };
}

export function parseBodiesLine(line: string | Uint8Array): BodiesLine {
  const value = record(line, "bodies");
  const bodies = Array.isArray(value["bodies"]) ? value["bodies"] : [];
  return {
    i: number(value["i"]),
    bodies: bodies.map((body) => {
      const at = isObject(body) ? body["at"] : undefined;
      if (!isObject(body) || !Array.isArray(at) || at.length === 0 || at.length > 2)
        throw new HarError("har.parts", "A body does not say where it belongs.");
      return { at: at.map((step) => text(step)), value: body["value"] ?? null };
    }),
  };
}
