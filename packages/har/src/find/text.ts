import { percentDecode } from "../key.ts";
import { isProse } from "../runs.ts";
import type { Place, Walker } from "../walker.ts";
import { rewriteBase64Run, rewriteRawDeflate } from "./encoded.ts";
import { rewriteForm, rewriteHeaderLine } from "./headers.ts";
import { rewriteJson } from "./json.ts";
import { rewriteMarkup } from "./markup.ts";
import { rewriteMultipart } from "./multipart.ts";
import { rewritePlain } from "./plain.ts";
import { rewriteUrl } from "./url.ts";

/** Prefixes that servers put before JSON so that it cannot be run as a script. */
const XSSI = /^\s*(?:\)\]\}'?,?|while\s*\(1\);|for\s*\(;;\);|throw\s+1;|\/\*\*\/)\s*/;
const JSONP =
  /^(\s*(?:\/\*\*\/\s*)?(?:typeof [\w$.]+ === 'function' && )?[\w$.[\]"']{1,120}\s*\(\s*)([[{][\s\S]*[\]}])(\s*\)\s*;?\s*)$/;
/** Socket.IO packets, SignalR records and the like: digits or a channel before a JSON text. */
const FRAMED = /^(\d{1,6}(?:\/[\w-]{1,60},)?\d{0,6}|[\w./-]{1,60}[|:]|[acm](?=\[))\s*([[{][\s\S]*)$/;

/** SignalR ends each record with it. */
const RECORD_SEPARATOR = String.fromCharCode(0x1e);
const LINE_END = new RegExp(`(\\r?\\n|${RECORD_SEPARATOR})`);

/** Reads a text by its own form. What has none is read as plain text. */
export function rewriteText(text: string, place: Place, w: Walker): string {
  if (text.length < 6 || isProse(text)) return text;
  const first = firstCharacter(text);
  if (first === "{" || first === "[") {
    const json = rewriteJson(text, w) ?? rewriteLines(text, w);
    if (json !== undefined) return json;
  } else if (first === "<") return rewriteMarkup(text, w);
  else if (first === '"' && text.trimEnd().endsWith('"')) {
    const json = rewriteJson(text, w);
    if (json !== undefined) return json;
  } else if (place !== "code" && MARKUP_INSIDE.test(text)) return rewriteMarkup(text, w);
  return (
    rewritePrefixed(text, w) ??
    (text.includes("\n") ? rewriteLines(text, w) : rewriteToken(text, place, w)) ??
    rewritePlain(text, place, w)
  );
}

/** Markup after some words, or after what a template put before it. */
const MARKUP_INSIDE = /<(?:input|meta|param|form|html|body|div|script|a|samlp?:|saml2p?:|ds:|soap)[\s>:A-Z]/;

function firstCharacter(text: string): string {
  for (let i = 0; i < text.length && i < 1000; i++)
    if (text.charCodeAt(i) > 0x20 && text.charCodeAt(i) !== 0xfeff) return text.charAt(i);
  return "";
}

function rewritePrefixed(text: string, w: Walker): string | undefined {
  const xssi = XSSI.exec(text);
  if (xssi !== null && xssi[0].length < text.length) {
    const rest = text.slice(xssi[0].length);
    const next = rewriteJson(rest, w);
    if (next !== undefined) return xssi[0] + next;
  }
  if (text.startsWith("--") && /\ncontent-(?:disposition|type|id):/i.test(text.slice(0, 2000))) {
    const parts = rewriteMultipart(text, w);
    if (parts !== undefined) return parts;
  }
  const brace = text.search(/[[{]/);
  if (brace < 0 || brace > 200) return undefined;
  const jsonp = JSONP.exec(text);
  if (jsonp !== null) {
    const next = rewriteJson(jsonp[2] ?? "", w);
    if (next !== undefined) return (jsonp[1] ?? "") + next + (jsonp[3] ?? "");
  }
  const framed = FRAMED.exec(text);
  if (framed === null) return undefined;
  const body = framed[2] ?? "";
  const next = rewriteJson(body.endsWith(RECORD_SEPARATOR) ? body.slice(0, -1) : body, w);
  return next === undefined
    ? undefined
    : text.slice(0, text.length - body.length) + next + (body.endsWith(RECORD_SEPARATOR) ? RECORD_SEPARATOR : "");
}

const SSE_LINE = /^(data|event|id|retry)(:[ ]?)(.*)$/;
const LINE_FORMAT =
  /^(?:data|event|id|retry|:|[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]|[A-Z]{3,10} \S+ HTTP\/|HTTP\/[\d.]+ \d|[A-Z]{3,12}\r?\n[a-z-]+:)/;

/** NDJSON, server-sent events, header blocks: each line by itself. Undefined if the lines are none of these. */
function rewriteLines(text: string, w: Walker): string | undefined {
  if (!text.includes("\n") && !text.includes(RECORD_SEPARATOR)) return undefined;
  const start = text.trimStart().slice(0, 400);
  const json = start.startsWith("{") || start.startsWith("[");
  if (!json && !LINE_FORMAT.test(start)) return undefined;
  return text
    .split(LINE_END)
    .map((line, i) => (i % 2 === 1 || line.length < 8 ? line : rewriteLine(line, w)))
    .join("");
}

function rewriteLine(line: string, w: Walker): string {
  const event = SSE_LINE.exec(line);
  if (event !== null) return (event[1] ?? "") + (event[2] ?? "") + w.text(event[3] ?? "", "text");
  return rewriteHeaderLine(line, w) ?? w.text(line, "text");
}

const FORM = /^[^\s=&?#/<>"{}]{1,200}=[^\s&<>"{}]*(?:&[^\s=&<>"{}]{1,200}(?:=[^\s&<>"{}]*)?)*$/;
const URL_START = /^(?:[a-z][a-z0-9+.-]{1,20}:\/\/|data:|blob:|\/\/[\w-]+\.|\/[^\s/][^\s]*(?:\?|\/))/i;

/** One word without white space: a URL, a form, something percent-encoded, base64. */
function rewriteToken(text: string, place: Place, w: Walker): string | undefined {
  if (place === "code") return undefined;
  const header =
    /^[A-Za-z][A-Za-z0-9-]{2,60}:\s/.test(text) || / HTTP\/\d/.test(text) ? rewriteHeaderLine(text, w) : undefined;
  if (header !== undefined) return header;
  if (/\s/.test(text)) return undefined;
  if (URL_START.test(text)) return rewriteUrl(text, w);
  if (FORM.test(text) && !/^[A-Za-z0-9+/_-]+={1,2}$/.test(text)) return rewriteForm(text, w);
  if (/%[0-9A-Fa-f]{2}/.test(text)) {
    const plain = percentDecode(text);
    if (plain !== text) {
      const next = w.text(plain, place);
      return next === plain ? text : encodeURIComponent(next);
    }
  }
  const prefix = /^(?:base64[-:,]|b64[-:])/i.exec(text)?.[0] ?? "";
  const decoded = rewriteBase64Run(text.slice(prefix.length), w);
  if (decoded !== undefined) return prefix + decoded;
  return place === "param" && text.length >= 24 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text)
    ? rewriteRawDeflate(text, w)
    : undefined;
}
