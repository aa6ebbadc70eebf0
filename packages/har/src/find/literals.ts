import { percentDecode } from "../key.ts";
import { looksToken } from "../shapes.ts";
import { unescapeOnce } from "../views.ts";
import type { Place, Walker } from "../walker.ts";
import { rewriteBase64Run } from "./encoded.ts";
import { rewriteSetCookies } from "./headers.ts";

/** Data that other text carries: JSON in a string literal, a cookie that a script sets, what is percent-encoded or wrapped base64. */
export function rewriteLiterals(text: string, place: Place, w: Walker): string {
  const quoted =
    text.includes('\\"') || text.includes("\\x22") || text.includes("\\u0022") ? rewriteEscaped(text, place, w) : text;
  const cookies = quoted.includes("document.cookie") ? rewriteCookieLiterals(quoted, w) : quoted;
  const plain = ESCAPED_DATA.test(cookies) ? rewriteEscapedData(cookies, w) : cookies;
  return place !== "code" && plain.includes("\n") ? rewriteWrapped(plain, w) : plain;
}

/** An equals sign, quote, brace or angle bracket of something that was escaped, at any level. */
const ESCAPED_DATA = /%(?:25){0,3}(?:22|3[acd]|7b)/i;

function rewriteEscapedData(text: string, w: Walker): string {
  return text.replace(/[\w.~!*()+,:;/@-]*%[\w.~!*()+,:;/@%-]{11,}/g, (run) => {
    if (!ESCAPED_DATA.test(run)) return run;
    const plain = percentDecode(run);
    if (plain === run) return run;
    const next = w.text(plain, "text");
    return next === plain ? run : encodeURIComponent(next);
  });
}

/** RFC 2045 section 6.8 and RFC 7468 break base64 into lines of up to 76 characters. */
const WRAPPED = /(?:[A-Za-z0-9+/]{40,76}\r?\n)+[A-Za-z0-9+/]{1,76}={0,2}/g;

function rewriteWrapped(text: string, w: Walker): string {
  return text.replace(WRAPPED, (block) => {
    const end = block.includes("\r") ? "\r\n" : "\n";
    const width = block.indexOf(end);
    const run = block.replace(/\s+/g, "");
    const next = rewriteBase64Run(run, w) ?? run;
    return next === run ? block : next.replace(new RegExp(`.{${width}}(?=.)`, "g"), `$&${end}`);
  });
}

const COOKIE = /(document\.cookie\s{0,4}=\s{0,4})(["'`])([^"'`\r\n]{3,8192})\2/g;

function rewriteCookieLiterals(text: string, w: Walker): string {
  return text.replace(COOKIE, (whole, head: string, quote: string, cookie: string) => {
    const value = cookie.slice(cookie.indexOf("=") + 1).split(";")[0] ?? "";
    // A constant such as `debug=1` tells nothing; a script that composes the cookie does not hold it.
    if (value.length < 6 || !/\d/.test(value)) return whole;
    const next = rewriteSetCookies(cookie, w);
    return next === cookie ? whole : head + quote + next + quote;
  });
}

const ESCAPED_QUOTE = /\\(?:"|x22|u0022)/g;
/** A literal longer than this is not taken apart: most likely no literal at all, but two quotes of something else. */
const MAX_LITERAL = 1 << 22;

/**
 * `JSON.parse("{\\"token\\":…}")`, `push([1,"…\\"token\\"…"])`: names and values stand behind escapes, where no other reader
 * sees them. From the first escaped quote, the literal that it stands in is looked for on both sides.
 */
function rewriteEscaped(text: string, place: Place, w: Walker): string {
  const out: string[] = [];
  let kept = 0;
  ESCAPED_QUOTE.lastIndex = 0;
  for (let hit = ESCAPED_QUOTE.exec(text); hit !== null; hit = ESCAPED_QUOTE.exec(text)) {
    const start = literalStart(text, hit.index, kept);
    if (start === undefined) continue;
    const end = literalEnd(text, hit.index, text.charAt(start));
    if (end < 0 || end - start > MAX_LITERAL) continue;
    const raw = text.slice(start + 1, end);
    const next = rewriteLiteral(raw, text.charAt(start), place, w);
    if (next !== raw) {
      out.push(text.slice(kept, start + 1), next);
      kept = end;
    }
    ESCAPED_QUOTE.lastIndex = end;
  }
  return out.length === 0 ? text : out.join("") + text.slice(kept);
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
  return slashes % 2 === 1;
}

/** The quote before, if no line ends between. */
function literalStart(text: string, from: number, stop: number): number | undefined {
  for (let i = from - 1; i >= stop && from - i < 4096; i--) {
    const c = text.charCodeAt(i);
    if (c === 0x0a) return undefined;
    if ((c === 0x22 || c === 0x27) && !isEscaped(text, i)) return i;
  }
  return undefined;
}

function literalEnd(text: string, from: number, quote: string): number {
  for (let i = text.indexOf(quote, from); i >= 0; i = text.indexOf(quote, i + 1)) if (!isEscaped(text, i)) return i;
  return -1;
}

const MEMBER = /["']\s*:|\bcookie|token|=/i;

function rewriteLiteral(raw: string, quote: string, place: Place, w: Walker): string {
  const inner = unescapeLiteral(raw);
  if (inner === undefined || !MEMBER.test(inner)) return raw;
  const json = /^\s*(?:[\w$]{1,9}:)?\s*[[{]/.test(inner);
  const next = w.text(inner, json || looksToken(inner) ? "json" : place);
  if (next === inner) return raw;
  const written = JSON.stringify(next).slice(1, -1).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028");
  return quote === "'" ? written.replaceAll("'", "\\u0027") : written;
}

/** One level only of what JavaScript escapes: percent signs, ampersands and equals signs are the text's own. */
function unescapeLiteral(raw: string): string | undefined {
  if (raw.includes(String.fromCharCode(0))) return undefined;
  const own: Readonly<Record<string, string>> = { "%": "\ue000", "&": "\ue001", "=": "\ue002" };
  const back: Readonly<Record<string, string>> = { "\ue000": "%", "\ue001": "&", "\ue002": "=" };
  return unescapeOnce(raw.replace(/[%&=]/g, (c) => own[c] ?? c))?.replace(/[\ue000-\ue002]/g, (c) => back[c] ?? c);
}
