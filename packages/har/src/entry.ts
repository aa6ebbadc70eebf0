import { asText, decodeBase64, encodeBase64, isMedia } from "./base64.ts";
import type { Engine } from "./engine.ts";
import { rewriteBytes } from "./find/encoded.ts";
import { rewriteCookieValue, rewriteForm, rewriteHeader } from "./find/headers.ts";
import { rewriteParam } from "./find/url.ts";
import { opensSession } from "./find/context.ts";
import { isObject, setOwn, type JsonObject, type JsonValue } from "./json.ts";
import { looksRandom } from "./shapes.ts";
import { DROPPED_PREFIX } from "./split.ts";

/** Strings of the HAR format itself (HAR 1.2 section "Entries", and the fields Chrome adds) that say nothing secret. */
const FORMAT = new Set([
  "startedDateTime",
  "method",
  "httpVersion",
  "mimeType",
  "pageref",
  "_priority",
  "_resourceType",
  "_initialPriority",
  "serverIPAddress",
  "_serverIPAddress",
  "version",
  "expires",
  "encoding",
  "_fetchType",
  "type",
  "opcode",
  "lastAccess",
  "sameSite",
  "priority",
  "_protocol",
  "_initiator_type",
  "_fromCache",
  "_transferSize",
  "functionName",
  "scriptId",
  "statusText",
  "_connectionId",
  "_requestId",
  "_request_id",
  "_frameId",
  "_loaderId",
  "_monotonicTime",
  "_frameref",
  "_pageref",
  "charset",
  "protocol",
  "cipher",
  "keyExchange",
  "_sha1",
  "_contentType",
  "_cdn_provider",
]);

/** Walks a value of the file and rewrites every string in it, in place where it can. */
export function rewriteValue(value: JsonValue, key: string, engine: Engine): JsonValue {
  if (typeof value === "string") return rewriteString(value, key, engine);
  if (typeof value === "number") return rewriteNumber(value, key, engine);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      engine.path.push(i);
      value[i] = rewriteItem(value[i] ?? null, key, engine);
      engine.path.pop();
    }
    return value;
  }
  return isObject(value) ? rewriteObject(value, key, engine) : value;
}

function rewriteNumber(value: number, key: string, engine: Engine): number {
  if (!engine.ordered(key) && (engine.nameClass(key) !== "secret" || Math.abs(value) < 1e6)) return value;
  return Number(engine.number(String(value), "json.name"));
}

type Pair = "headers" | "cookies" | "queryString" | "params";

function isPairList(key: string): key is Pair {
  return key === "headers" || key === "cookies" || key === "queryString" || key === "params";
}

function rewriteItem(item: JsonValue, key: string, engine: Engine): JsonValue {
  if (isPairList(key) && isObject(item) && typeof item["name"] === "string" && typeof item["value"] === "string")
    return rewritePair(item, key, item["name"], item["value"], engine);
  return rewriteValue(item, key, engine);
}

function rewritePair(item: JsonObject, list: Pair, name: string, value: string, engine: Engine): JsonValue {
  for (const member of Object.keys(item)) {
    const other = item[member] ?? null;
    engine.path.push(member);
    if (member === "value") setOwn(item, member, pairLeaf(list, name, value, engine));
    else if (member === "name") setOwn(item, member, pairName(list, name, engine));
    else setOwn(item, member, rewriteValue(other, list === "cookies" && member === "path" ? "url" : member, engine));
    engine.path.pop();
  }
  return item;
}

function pairName(list: Pair, name: string, engine: Engine): string {
  if (list === "headers" || list === "cookies") {
    engine.evidence(name);
    return name;
  }
  return name.length < 16
    ? name
    : engine.leaf("name of pair", list, name, () =>
        looksRandom(name, 16)
          ? engine.secret(name, "url.keyless")
          : name.length >= 20
            ? engine.text(name, "text")
            : name,
      );
}

/** Headers whose text must stay as it was even where a cookie happens to hold the same word. */
const PROTECTED =
  /^(?:access-control-|content-|cache-control|vary|accept|host$|origin$|:authority|strict-transport|etag$|expires$|last-modified|date$|pragma|user-agent$|sec-ch-|server$)/i;

function pairLeaf(list: Pair, name: string, value: string, engine: Engine): string {
  if (value === "") return value;
  const place = list === "cookies" && engine.path.includes("response") ? "cookies set" : list;
  return engine.leaf(place, name, value, (text) => pairValue(list, name, text, engine));
}

function pairValue(list: Pair, name: string, value: string, engine: Engine): string {
  if (list === "cookies")
    return rewriteCookieValue(value, engine, engine.path.includes("response") ? "cookie.response" : "cookie.request");
  if (list === "headers") {
    if (PROTECTED.test(name)) engine.evidence(value);
    return rewriteHeader(name, value, engine);
  }
  return rewriteParam(name, value, engine);
}

function rewriteObject(value: JsonObject, key: string, engine: Engine): JsonValue {
  if (key === "postData" || key === "content") return rewriteBody(value, engine);
  if (engine.path.length === 0) engine.atLogin = isLogin(value);
  // Some producers write lists of pairs as one object.
  const pairs = isPairList(key);
  let renamed: Map<string, string> | undefined;
  for (const name of Object.keys(value)) {
    const member = value[name] ?? null;
    engine.path.push(name);
    if (pairs && typeof member === "string") setOwn(value, name, pairLeaf(key, name, member, engine));
    else {
      const label = labelOf(value, name, engine);
      const labelled = label !== undefined && typeof member === "string";
      setOwn(
        value,
        name,
        labelled
          ? engine.leaf("value", label, member, (text) => engine.named(text, label, "json", "json.name"))
          : rewriteValue(member, name, engine),
      );
    }
    engine.path.pop();
    if (name.length < 12) continue;
    const safe = engine.leaf("name", "", name, () =>
      looksRandom(name)
        ? engine.secret(name, "json.key")
        : name.includes("@") || name.includes("eyJ")
          ? engine.text(name, "text")
          : name,
    );
    if (safe !== name) (renamed ??= new Map()).set(name, safe);
  }
  if (renamed === undefined) return value;
  const out: JsonObject = {};
  for (const [name, member] of Object.entries(value)) setOwn(out, renamed.get(name) ?? name, member);
  return out;
}

/** {"name": "csrf", "value": "…"} outside the known lists: what the name beside a `value` says, where it says something. */
function labelOf(object: JsonObject, name: string, engine: Engine): string | undefined {
  const label = name === "value" ? object["name"] : undefined;
  return typeof label === "string" && engine.nameClass(label) !== "plain" ? label : undefined;
}

/** The names of the program that recorded and of the browser look like a person's. */
function isProducer(engine: Engine, key: string): boolean {
  return key === "name" && engine.entry < 0 && /^(?:creator|browser)$/.test(String(engine.path.at(-2)));
}

function rewriteString(value: string, key: string, engine: Engine): string {
  if (value.length < 2) return value;
  if (engine.ordered(key)) return engine.leaf("value", key, value, () => engine.secret(value, "json.name"));
  if (value.length < 6 && engine.nameClass(key) !== "secret") return value;
  if (FORMAT.has(key) || isProducer(engine, key)) {
    // Times are many, and nobody's secret.
    if (key !== "startedDateTime") engine.evidence(value);
    // Nothing that the format defines is this long and random, but for the boundary of a body, a time and a browser's own numbers.
    return value.length < 20 || key.endsWith("Id") || /^\d{4}-|boundary=/.test(value)
      ? value
      : engine.leaf("value", key, value, () => engine.text(value, "text"));
  }
  return engine.leaf("value", key, value, (text) => {
    if (text.length < 6) return engine.secretValue(text, "json.name");
    return text.startsWith(DROPPED_PREFIX) ? text : engine.named(text, key, "json", "json.name");
  });
}

function isLogin(entry: JsonObject): boolean {
  const request = entry["request"];
  return isObject(request) && typeof request["url"] === "string" && opensSession(request["url"]);
}

/** `postData` and `content`: a text with a media type, perhaps in base64. */
function rewriteBody(body: JsonObject, engine: Engine): JsonValue {
  for (const name of Object.keys(body)) {
    const member = body[name] ?? null;
    engine.path.push(name);
    setOwn(
      body,
      name,
      name === "text" && typeof member === "string"
        ? bodyLeaf(member, body, engine)
        : rewriteValue(member, name, engine),
    );
    engine.path.pop();
  }
  return body;
}

function bodyLeaf(value: string, body: JsonObject, engine: Engine): string {
  const type = (typeof body["mimeType"] === "string" ? body["mimeType"] : "").toLowerCase();
  const encoding = typeof body["encoding"] === "string" ? body["encoding"].toLowerCase() : "";
  return engine.leaf(engine.atLogin ? "body of login" : "body", `${type}:${encoding}`, value, (text) =>
    rewriteBodyText(text, type, encoding, engine),
  );
}

function rewriteBodyText(text: string, type: string, encoding: string, engine: Engine): string {
  if (text.length < 4 || text.startsWith(DROPPED_PREFIX)) return text;
  if (encoding === "base64") return rewriteEncodedBody(text, type, engine);
  if (type.includes("x-www-form-urlencoded") && !/^\s*[{[<]/.test(text)) return rewriteForm(text, engine);
  return engine.text(text, isCode(type) ? "code" : "text");
}

function isCode(type: string): boolean {
  return /javascript|ecmascript|css|wasm|typescript/.test(type);
}

/** Padding that does not fit the length: characters are missing, and what follows the gap decodes to something else. */
function lacksCharacters(text: string): boolean {
  if (text.length % 4 === 0 || !text.trimEnd().endsWith("=")) return false;
  return text.replace(/\s+/g, "").length % 4 !== 0;
}

function rewriteEncodedBody(text: string, type: string, engine: Engine): string {
  // Pictures are told by their first bytes; known values inside them are still found by their base64 forms.
  const head = decodeBase64(text.slice(0, 32));
  if (head !== undefined && isMedia(head)) return text;
  const bytes = lacksCharacters(text) ? undefined : decodeBase64(text);
  // Some recorders put a note in place of the bytes. What is neither words nor base64 cannot be read.
  if (bytes === undefined)
    return /^[\w.,:;()' -]+$/.test(text) && text.includes(" ")
      ? engine.text(text, "text")
      : engine.refuse("body that says it is base64 and is not");
  if (isCode(type)) {
    const code = asText(bytes);
    if (code !== undefined) {
      const next = engine.echoes(engine.text(code, "code"));
      return next === code ? text : encodeBase64(new TextEncoder().encode(next), "A===");
    }
  }
  const next = rewriteBytes(bytes, engine, true);
  return next === undefined || next === bytes ? text : encodeBase64(next, "A===");
}
