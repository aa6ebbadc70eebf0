import { isObject, setOwn, type JsonObject, type JsonValue } from "./json.ts";
import { isEvidenceHeader } from "./find/headers.ts";
import { isPseudonym, looksRandom, looksToken } from "./shapes.ts";

/**
 * The strict mode: a new entry is built from what is on these lists, out of an entry that was redacted already.
 * What is not listed does not exist in the result. Bodies, frames, comments and vendor fields are never listed.
 */

/** In the form of a stand-in, so that the rules find nothing in the result; always the same, so that it links nothing. */
const GONE = "redacted00000000";

type Rebuild = (value: JsonValue) => JsonValue | undefined;

const number: Rebuild = (value) => (typeof value === "number" ? value : undefined);
const flag: Rebuild = (value) => (typeof value === "boolean" ? value : undefined);
const pattern =
  (allowed: RegExp): Rebuild =>
  (value) =>
    typeof value === "string" ? (allowed.test(value) ? value : GONE) : undefined;

const time = pattern(/^[\dT:.+Z-]{0,40}$/);
const token = pattern(/^[\w.+/-]{0,60}$/);
const media = pattern(/^[\w.+-]{1,40}\/[\w.+-]{1,80}(?:;\s*charset=[\w-]{1,20})?$|^$/i);
const reason = pattern(/^[A-Za-z' -]{0,60}$/);

function object(members: Readonly<Record<string, Rebuild>>): Rebuild {
  return (value) => {
    if (!isObject(value)) return undefined;
    const out: JsonObject = {};
    for (const [name, rebuild] of Object.entries(members)) {
      const member = Object.hasOwn(value, name) ? value[name] : undefined;
      const kept = member === undefined ? undefined : member === null ? null : rebuild(member);
      if (kept !== undefined) setOwn(out, name, kept);
    }
    return out;
  };
}

function list(item: Rebuild): Rebuild {
  return (value) => (Array.isArray(value) ? value.map((member) => item(member) ?? null) : undefined);
}

/** A path segment that is a word of the application: letters, a version, a file of the site. */
function isWord(segment: string): boolean {
  if (segment.length > 40 || looksToken(segment) || looksRandom(segment)) return false;
  return /^(?:[A-Za-z][A-Za-z_-]*|v\d{1,2}|[A-Za-z][\w.-]*\.(?:js|mjs|css|html?|json|png|jpe?g|gif|svg|ico|woff2?|map|webp|php|aspx?))$/.test(
    segment,
  );
}

/** Scheme, host and words of the path stay; userinfo, query values and fragment go. */
function strictUrl(text: string): string {
  const match = /^((?:https?|wss?):\/\/)?(?:[^/?#@]*@)?([^/?#]*)([^?#]*)(\?[^#]*)?/i.exec(text);
  if (match === null || (match[1] === undefined && !text.startsWith("/"))) return text === "" ? "" : GONE;
  const path = match[1] === undefined ? `${match[2] ?? ""}${match[3] ?? ""}` : (match[3] ?? "");
  const host = match[1] === undefined ? "" : /^[\w.:[\]-]{1,260}$/.test(match[2] ?? "") ? (match[2] ?? "") : GONE;
  const words = path
    .split("/")
    .map((segment) => (segment === "" || isWord(segment) || isPseudonym(segment) ? segment : GONE));
  const names = (match[4] ?? "")
    .slice(1)
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => `${strictName(pair.split("=")[0] ?? "")}=`);
  return `${match[1] ?? ""}${host}${words.join("/")}${names.length === 0 ? "" : `?${names.join("&")}`}`;
}

const url: Rebuild = (value) => (typeof value === "string" ? strictUrl(value) : undefined);

function strictName(name: string): string {
  return /^[A-Za-z_:$.[\]-][\w:$.[\]-]{0,59}$/.test(name) && !looksToken(name) && !isPseudonym(name) ? name : GONE;
}

const name: Rebuild = (value) => (typeof value === "string" ? strictName(value) : undefined);
/** Evidence headers of which clients choose the text freely. */
const FREE_TEXT = new Set([
  "origin-trial",
  "surrogate-key",
  "edge-cache-tag",
  "cache-tag",
  "x-cache-key",
  "x-client-data",
  "warning",
  "content-disposition",
  "idempotency-key",
  "x-fb-debug",
  "sec-websocket-key",
  "if-none-match",
  "etag",
]);
const URL_NAMES = new Set(["location", "content-location", "referer", "origin", ":path"]);

const header: Rebuild = (value) => {
  if (!isObject(value) || typeof value["name"] !== "string" || typeof value["value"] !== "string") return {};
  const lower = value["name"].toLowerCase();
  const text = value["value"];
  const kept = URL_NAMES.has(lower)
    ? strictUrl(text)
    : isEvidenceHeader(lower) && !FREE_TEXT.has(lower) && !/@|eyJ/.test(text)
      ? text
      : text === ""
        ? ""
        : GONE;
  return { name: strictName(value["name"]), value: kept };
};

const hollow: Rebuild = (value) =>
  isObject(value) ? { name: name(value["name"] ?? "") ?? GONE, value: value["value"] === "" ? "" : GONE } : {};

const cookie: Rebuild = (value) => {
  if (!isObject(value)) return {};
  const attributes = object({
    path: url,
    domain: pattern(/^[\w.-]{0,253}$/),
    expires: time,
    httpOnly: flag,
    secure: flag,
    sameSite: token,
  })(value);
  return {
    name: name(value["name"] ?? "") ?? GONE,
    value: value["value"] === "" ? "" : GONE,
    ...(isObject(attributes) ? attributes : {}),
  };
};

const message = {
  httpVersion: token,
  headers: list(header),
  cookies: list(cookie),
  headersSize: number,
  bodySize: number,
};
const entry = object({
  pageref: token,
  startedDateTime: time,
  time: number,
  request: object({
    method: token,
    url,
    ...message,
    queryString: list(hollow),
    postData: object({ mimeType: media, params: list(hollow) }),
  }),
  response: object({
    status: number,
    statusText: reason,
    ...message,
    content: object({ size: number, compression: number, mimeType: media }),
    redirectURL: url,
    _transferSize: number,
  }),
  cache: () => ({}),
  timings: object({
    blocked: number,
    dns: number,
    connect: number,
    send: number,
    wait: number,
    receive: number,
    ssl: number,
    _blocked_queueing: number,
  }),
  connection: token,
  _resourceType: token,
  _priority: token,
  _fromCache: token,
});
const program = object({ name: pattern(/^[\w .()/+-]{0,60}$/), version: token });
const skeleton = object({
  log: object({
    version: token,
    creator: program,
    browser: program,
    pages: list(
      object({
        id: token,
        startedDateTime: time,
        title: () => GONE,
        pageTimings: object({ onContentLoad: number, onLoad: number }),
      }),
    ),
    entries: (value) => value,
  }),
});

/** The entry as the strict mode writes it. An entry that is no object becomes an empty one. */
export function strictEntry(value: JsonValue): JsonValue {
  return entry(value) ?? {};
}

/** The part outside the entries, likewise. */
export function strictSkeleton(value: JsonValue): JsonValue {
  return skeleton(value) ?? {};
}
