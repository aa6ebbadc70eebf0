import { flatten } from "../names.ts";
import { isProse } from "../runs.ts";
import { isPseudonym, looksRandom, looksToken } from "../shapes.ts";
import type { Walker } from "../walker.ts";
import { isBareHex, isMessageName, isSessionMessage, isStore, opens } from "./context.ts";
import { rewriteCookieValue, rewriteHeader } from "./headers.ts";
import { isPersonalName } from "./pii.ts";
import { isUrlName } from "./url.ts";

/** RFC 8259 allows any depth; a body deeper than this is not read but masked. */
const MAX_DEPTH = 256;

interface Level {
  readonly array: boolean;
  /** The name that the container stands under. */
  readonly name: string;
  /** Under a secret name, everything inside is suspicious. */
  readonly suspicious: boolean;
  /** Under a name that the policy orders to redact, everything inside goes. */
  readonly ordered: boolean;
  /** In what opens a session, or in a dump of what a browser keeps. */
  sensitive: boolean;
  /** A dump of a browser's cookies. */
  readonly cookies: boolean;
  /** Such a dump with the cookies' names as members. */
  readonly cookieMap: boolean;
  /** In an object: the name of the value that comes next. */
  key: string;
  /** In an object: words under this name are just words. In a list, the first may say what follows. */
  quiet: boolean;
  /** In an object: what its "name" member said, for {"name": "csrf", "value": "…"}. */
  label: string;
}

/**
 * Rewrites the strings of a JSON text in place: white space, number forms, duplicate names and order all stay.
 * Returns undefined where the text is not JSON (the caller then reads it as plain text).
 */
export function rewriteJson(text: string, w: Walker): string | undefined {
  const levels: Level[] = [];
  const out: string[] = [];
  let kept = 0;
  let i = 0;
  let values = 0;
  const replace = (from: number, to: number, by: string): void => {
    out.push(text.slice(kept, from), by);
    kept = to;
  };
  while (i < text.length) {
    const c = text.charCodeAt(i);
    const level = levels.at(-1);
    if (c === 0x22) {
      const end = stringEnd(text, i + 1);
      if (end < 0) return undefined;
      const isKey = level !== undefined && !level.array && followedByColon(text, end + 1);
      if (!isKey && level?.quiet === true && isProse(text, i + 1, end)) {
        values++;
        i = end + 1;
        continue;
      }
      const raw = text.slice(i + 1, end);
      const value = unquote(raw);
      if (value === undefined) return undefined;
      const next = isKey ? key(value, level, w) : stringValue(value, level, text, end + 1, w);
      if (next !== value) replace(i + 1, end, JSON.stringify(next).slice(1, -1));
      if (!isKey) values++;
      i = end + 1;
    } else if (c === 0x7b || c === 0x5b) {
      if (levels.length >= MAX_DEPTH) return w.refuse("JSON nested too deeply");
      const name = level === undefined ? "" : level.array ? level.name : level.key;
      const secret = w.nameClass(name) === "secret";
      levels.push({
        array: c === 0x5b,
        name,
        suspicious: (level?.suspicious ?? false) || secret,
        ordered: (level?.ordered ?? false) || w.ordered(name),
        sensitive: level === undefined ? w.atLogin : level.sensitive || isStore(name),
        cookieMap: c === 0x7b && level?.array === false && /^cookies$/i.test(name),
        cookies: (level?.cookies ?? false) || /^cookies$/i.test(name),
        key: "",
        label: "",
        quiet: false,
      });
      i++;
    } else if (c === 0x7d || c === 0x5d) {
      const closed = levels.pop();
      if (closed === undefined || closed.array !== (c === 0x5d)) return undefined;
      values++;
      i++;
    } else if (c === 0x2c || c === 0x3a || c <= 0x20) i++;
    else {
      const end = scalarEnd(text, i);
      if (end < 0) return undefined;
      const source = text.slice(i, end);
      const next = scalar(source, level, w);
      if (next !== source) replace(i, end, next);
      i = end;
    }
  }
  if (levels.length > 0 || values === 0) return undefined;
  return kept === 0 && out.length === 0 ? text : out.join("") + text.slice(kept);
}

function stringEnd(text: string, from: number): number {
  for (let i = text.indexOf('"', from); i >= 0; i = text.indexOf('"', i + 1)) {
    let slashes = 0;
    while (i - 1 - slashes >= from && text.charCodeAt(i - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return i;
  }
  return -1;
}

/** RFC 8259 wants these escaped; what browsers recorded does not always. */
const CONTROL = new RegExp(`[${String.fromCharCode(0)}-${String.fromCharCode(0x1f)}]`, "g");

function unquote(raw: string): string | undefined {
  if (!raw.includes("\\")) return raw;
  try {
    const value: unknown = JSON.parse(`"${raw.replace(CONTROL, " ")}"`);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function followedByColon(text: string, from: number): boolean {
  let i = from;
  while (text.charCodeAt(i) <= 0x20) i++;
  return text.charCodeAt(i) === 0x3a;
}

const SCALAR = /true|false|null|-?[0-9][0-9.eE+-]*/y;

function scalarEnd(text: string, from: number): number {
  SCALAR.lastIndex = from;
  return SCALAR.test(text) ? SCALAR.lastIndex : -1;
}

function key(value: string, level: Level, w: Walker): string {
  level.key = value;
  level.quiet = !level.ordered && isQuiet(value, w);
  if (value.length < 12 || isPseudonym(value)) return value;
  if (looksRandom(value)) return w.secret(value, "json.key");
  return value.includes("@") || value.includes("eyJ") ? w.text(value, "json") : value;
}

const CREDENTIAL_HEADER = /^(?:set-)?cookie$|^(?:proxy-)?authorization$/i;
const LABELS = new Set(["name", "key", "id", "field", "type", "property"]);
const HELD = new Set(["value", "val", "content", "data", "v"]);

const silent = new Map<string, boolean>();
const SILENT_MAX = 20_000;

/** No rule looks at words under the name, and it says nothing about its neighbours. */
function isQuiet(name: string, w: Walker): boolean {
  const cls = w.nameClass(name);
  return (cls === "plain" || cls === "safe") && isSilent(name) && !w.ordered(name);
}

/** The part of it that no policy changes. */
function isSilent(name: string): boolean {
  const known = silent.get(name);
  if (known !== undefined) return known;
  const flat = flatten(name);
  const is =
    name.length <= 100 &&
    !LABELS.has(flat) &&
    !HELD.has(flat) &&
    !CREDENTIAL_HEADER.test(name) &&
    !isMessageName(name) &&
    !isPersonalName(name) &&
    !isUrlName(name);
  if (silent.size >= SILENT_MAX) silent.clear();
  if (name.length <= 100) silent.set(name, is);
  return is;
}

const LABEL_AHEAD = /\s*,\s*"(?:name|key|field)"\s*:\s*"([^"\\]{1,100})"/y;

function stringValue(value: string, level: Level | undefined, text: string, after: number, w: Walker): string {
  if (level === undefined) return w.text(value, "json");
  const name = level.array ? level.name : level.key;
  if (level.ordered) return w.secret(value, "json.name");
  if (level.cookieMap && looksToken(value)) return rewriteCookieValue(value, w, "cookie.response");
  // `{"type": "auth", …}`, `["auth", …]`: what follows opens a session.
  if ((level.array || isMessageName(name)) && isSessionMessage(value)) {
    level.sensitive = true;
    return value;
  }
  if (!level.array) {
    const flat = flatten(name);
    if (LABELS.has(flat)) level.label = value.length <= 100 ? value : "";
    else if (HELD.has(flat)) return held(value, level, text, after, w);
  }
  // A dump of a request: each cookie is a value of its own, and a scheme is none.
  if (CREDENTIAL_HEADER.test(name) && /[=\s]/.test(value)) return rewriteHeader(name, value, w);
  if (level.suspicious && w.nameClass(name) !== "safe" && looksToken(value)) return w.secretValue(value, "json.name");
  if ((level.sensitive && opens(value, name)) || isBareHex(value, name)) return secretUnless(value, name, w);
  return w.named(value, name, "json", "json.name");
}

function secretUnless(value: string, name: string, w: Walker): string {
  return w.nameClass(name) === "safe"
    ? w.named(value, name, "json", "json.name")
    : w.secretValue(value, "json.context");
}

/** {"name": "csrf", "value": "…"} in either order: the sibling names the value. */
function held(value: string, level: Level, text: string, after: number, w: Walker): string {
  LABEL_AHEAD.lastIndex = after;
  const label = level.label !== "" ? level.label : (LABEL_AHEAD.exec(text)?.[1] ?? "");
  const name = label !== "" && w.nameClass(label) !== "plain" ? label : level.name;
  if (level.cookies && label !== "" && !level.array) return rewriteCookieValue(value, w, "cookie.response");
  // The name of what is kept is the sibling's, whatever it says.
  if ((level.sensitive && opens(value, label)) || isBareHex(value, label === "" ? level.key : label))
    return secretUnless(value, label, w);
  return w.named(value, name, "json", "json.name");
}

function scalar(source: string, level: Level | undefined, w: Walker): string {
  const c = source.charCodeAt(0);
  if (level === undefined || c > 0x39) return source;
  const name = level.array ? level.name : level.key;
  if (level.ordered || w.ordered(name)) return w.number(source, "json.name");
  if (source.length < 4) return source;
  const cls = w.nameClass(name);
  if (cls === "secret") return w.number(source, "json.name");
  return source.length >= 9
    ? w.named(source, name, "json", "json.name") === source
      ? source
      : w.number(source, "pii.national")
    : source;
}
