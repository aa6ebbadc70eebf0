import { nextRun, BASE64_CHARACTERS } from "../runs.ts";
import { isPseudonym } from "../shapes.ts";
import type { Walker } from "../walker.ts";
import { rewriteBase64Run } from "./encoded.ts";
import { rewriteCookies, rewriteHeader, rewriteHeaderLine, rewriteSetCookies } from "./headers.ts";
import { rewriteJson } from "./json.ts";
import { rewriteAddresses } from "./pii.ts";
import { rewritePlain } from "./plain.ts";
import { rewriteUrl } from "./url.ts";

/** Receives each line with its number among the lines of the text, and gives what stands there from now on. `context` is all beside the line on which that depends. */
export type EachLine = (line: string, number: number, rewrite: (line: string) => string, context?: string) => string;

/** JSON that a log writer broke over lines is not looked for beyond this. */
const MAX_BLOCK = 1 << 20;

/** Logs, consoles, curl commands, prose: what goes over several lines first, then line by line. */
export function rewriteLog(text: string, w: Walker, each: EachLine): string {
  const whole = rewriteWrapped(rewriteCommands(rewriteKeyBlocks(text, w), w), w);
  return rewriteBlocks(whole, w, (piece, first) =>
    piece
      .split("\n")
      .map((line, i) => (line.length < 6 ? line : each(line, first + i, (one) => rewriteLogLine(one, w))))
      .join("\n"),
  );
}

/** Private keys, whatever stands before each of their lines. */
function rewriteKeyBlocks(text: string, w: Walker): string {
  if (!text.includes("-----BEGIN")) return text;
  return text.replace(
    /(-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|SECRET)[A-Z ]{0,20}-----)([\s\S]*?)(-----END [A-Z0-9 ]{1,60}-----|$)/g,
    (whole, head: string, body: string, tail: string) => {
      const inner = body.trim();
      if (inner === "" || isPseudonym(inner)) return whole;
      const next = w.secret(inner, "shape.prefix");
      return next === inner
        ? whole
        : `${head}${body.slice(0, body.indexOf(inner))}${next}${body.slice(body.indexOf(inner) + inner.length)}${tail}`;
    },
  );
}

/** Base64 in lines of equal length (RFC 2045 section 6.8, RFC 7468): one text, not many. */
function rewriteWrapped(text: string, w: Walker): string {
  if (nextRun(text, BASE64_CHARACTERS, 60, 0) === undefined) return text;
  return text.replace(
    /(?:^|(?<=\n))[ \t]{0,16}([A-Za-z0-9+/]{60,76})\r?\n(?:[ \t]{0,16}[A-Za-z0-9+/]{60,76}\r?\n){0,20000}[ \t]{0,16}[A-Za-z0-9+/]{1,76}={0,2}(?=\r?\n|$)/g,
    (block, first: string) => {
      const joined = block.replace(/\s+/g, "");
      const next = rewriteBase64Run(joined, w);
      if (next === undefined || next === joined) return block;
      const end = /\r?\n/.exec(block)?.[0] ?? "\n";
      const indent = /^[ \t]*/.exec(block)?.[0] ?? "";
      return (next.match(new RegExp(`.{1,${first.length}}`, "g")) ?? []).map((line) => indent + line).join(end);
    },
  );
}

/** Objects that were printed over several lines are read as JSON; `lines` gets what is between them. */
function rewriteBlocks(text: string, w: Walker, lines: (piece: string, first: number) => string): string {
  const out: string[] = [];
  let kept = 0;
  let line = 0;
  // Looking for the end of what never ends may not cost more than reading the text a few times.
  let budget = text.length * 4;
  const flush = (to: number): void => {
    if (to <= kept) return;
    const piece = text.slice(kept, to);
    out.push(lines(piece, line));
    for (let at = piece.indexOf("\n"); at >= 0; at = piece.indexOf("\n", at + 1)) line++;
    kept = to;
  };
  const open = /[{[][ \t]*\r?\n/g;
  for (let hit = open.exec(text); hit !== null && budget > 0; hit = open.exec(text)) {
    const end = closing(text, hit.index, MAX_BLOCK);
    budget -= (end < 0 ? Math.min(MAX_BLOCK, text.length - hit.index) : end - hit.index) + 1;
    if (end < 0) continue;
    const block = text.slice(hit.index, end);
    const next = rewriteJson(block, w);
    if (next === undefined) continue;
    flush(hit.index);
    out.push(next);
    for (let at = block.indexOf("\n"); at >= 0; at = block.indexOf("\n", at + 1)) line++;
    kept = end;
    open.lastIndex = end;
  }
  flush(text.length);
  return out.join("");
}

/** The end of the object or list that begins here, by its brackets and strings; -1 if it does not end within `max`. */
function closing(text: string, from: number, max: number): number {
  let depth = 0;
  const stop = Math.min(text.length, from + max);
  for (let i = from; i < stop; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      i++;
      while (i < stop && text.charCodeAt(i) !== 0x22) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
    } else if (c === 0x7b || c === 0x5b) depth++;
    else if ((c === 0x7d || c === 0x5d) && --depth === 0) return i + 1;
  }
  return -1;
}

/** Marks of a terminal, a debugger or `curl -v` before a header line. */
const HEADER_MARK = /^(?:[ \t]*(?:[<>*|#]|\d+[:.)])[ \t]+)?/;
const HEADER_WORD = /cookie|authorization/i;
const REQUEST = /\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT|TRACE)( +)(\/[^\s"'<>]*)/;
const RELATIVE = /(?<![\w:/.%~-])\/[\w./~%+-]{0,500}\?[^\s"'<>]{3,}/g;
const ADDRESS_HINT = /ip|addr|forwarded/i;
const ADDRESS_NAMED =
  /\b((?:(?:client|remote|user|source|visitor|real|login)[_-]?)?ip(?:[_-]?addr(?:ess)?)?["']?\s?[:=]\s?["']?|remote[_-]?addr(?:ess)?["']?\s?[:=]\s?["']?|x-forwarded-for["']?\s?[:=]\s?["']?|\bfor=["[]{0,2})([0-9a-f.:]{7,45})/gi;
const ACCESS = /^(\S+ \S+ )([^\s[]{2,80})( \[[^\]]{10,40}\] ")/;

export function rewriteLogLine(line: string, w: Walker): string {
  const end = line.endsWith("\r") ? "\r" : "";
  const text = end === "" ? line : line.slice(0, -1);
  return rewriteBody(text, w) + end;
}

function rewriteBody(line: string, w: Walker): string {
  if (/^\s*[{[]/.test(line)) {
    const json = rewriteJson(line, w);
    if (json !== undefined) return json;
  }
  const mark = HEADER_MARK.exec(line)?.[0] ?? "";
  if (/^(?:[A-Za-z][A-Za-z0-9-]{1,60}|:[a-z]+):[ \t]/.test(line.slice(mark.length))) {
    const header =
      HEADER_WORD.test(line.slice(0, 60)) || mark !== "" ? rewriteHeaderLine(line.slice(mark.length), w) : undefined;
    if (header !== undefined) return mark + header;
  }
  return HEADER_WORD.test(line) ? rewriteInlineHeaders(line, w) : rewriteRest(line, w);
}

function rewriteRest(line: string, w: Walker): string {
  if (line.length < 6) return line;
  let out = line.replace(
    ACCESS,
    (_, head: string, user: string, tail: string) =>
      rewriteAddresses(head, w) + (user === "-" || isPseudonym(user) ? user : w.personal(user, "pii.name")) + tail,
  );
  if (ADDRESS_HINT.test(out))
    out = out.replace(ADDRESS_NAMED, (_, name: string, address: string) => name + rewriteAddresses(address, w));
  if (out.includes("/")) {
    out = out.replace(
      REQUEST,
      (_, method: string, space: string, path: string) => method + space + rewriteUrl(path, w),
    );
    if (out.includes("?")) out = out.replace(RELATIVE, (url) => rewriteUrl(url, w));
  }
  return rewriteInlineJson(out, w);
}

const PAIRS = /[^\s=;,"'()[\]{}]{1,200}=[^\s;,"'()[\]{}]*(?:; ?[^\s=;,"'()[\]{}]{1,200}=[^\s;,"'()[\]{}]*)*/y;
const CREDENTIAL = /(?:(?:bearer|basic|token|negotiate|dpop|apikey|ntlm|ssws)\s+)?[^\s"',;(){}[\]]{4,}/iy;
const LISTED = /(?:digest|oauth|hawk|aws4-hmac-sha256)\s+[^\r\n]+/iy;
const INLINE_HEADER =
  /\b(set-cookie2?|cookies?|(?:proxy-)?authorization)(["']?\s{0,3}(?:[:=]|=>)\s{0,3}["'[({]{0,2})/gi;

/** `Cookie: a=b; c=d` and `Authorization: …` wherever in a line they stand. */
function rewriteInlineHeaders(line: string, w: Walker): string {
  const out: string[] = [];
  let kept = 0;
  INLINE_HEADER.lastIndex = 0;
  for (let hit = INLINE_HEADER.exec(line); hit !== null; hit = INLINE_HEADER.exec(line)) {
    const name = hit[1] ?? "";
    const from = hit.index + hit[0].length;
    const value = headerValue(line, from, name);
    if (value === "") continue;
    const next = /^set/i.test(name)
      ? rewriteSetCookies(value, w)
      : /^cookie/i.test(name)
        ? rewriteCookies(value, w)
        : rewriteHeader(name, value, w);
    out.push(rewriteRest(line.slice(kept, hit.index), w), hit[0], next);
    kept = from + value.length;
    INLINE_HEADER.lastIndex = kept;
  }
  return out.join("") + rewriteRest(line.slice(kept), w);
}

function headerValue(line: string, from: number, name: string): string {
  if (!/cookie/i.test(name)) {
    LISTED.lastIndex = from;
    const listed = LISTED.exec(line);
    if (listed !== null) return listed[0];
  }
  const one = /cookie/i.test(name) ? PAIRS : CREDENTIAL;
  one.lastIndex = from;
  return one.exec(line)?.[0] ?? "";
}

/** Objects inside a line are read as JSON, the rest as text. */
function rewriteInlineJson(line: string, w: Walker): string {
  const out: string[] = [];
  let kept = 0;
  let tries = 0;
  const open = /\{\s{0,4}["}]|\[\s{0,4}[{"]/g;
  for (let hit = open.exec(line); hit !== null && tries < 50; hit = open.exec(line)) {
    const end = closing(line, hit.index, MAX_BLOCK);
    tries++;
    if (end < 0) continue;
    const block = line.slice(hit.index, end);
    const next = rewriteJson(block, w);
    if (next === undefined) continue;
    if (hit.index > kept) out.push(w.text(line.slice(kept, hit.index), "text"));
    out.push(next);
    kept = end;
    open.lastIndex = end;
  }
  // A sentence after a colon is no header: only what is assigned in it goes.
  if (kept === 0)
    return /^\s*[A-Za-z][\w -]{0,60}: *\S+ \S/.test(line) ? rewritePlain(line, "text", w) : w.text(line, "text");
  out.push(w.text(line.slice(kept), "text"));
  return out.join("");
}

const OPTION =
  /((?:^|\s)\^?(?:-H|--header|--proxy-header|-b|--cookie|-u|--user|-U|--proxy-user|-d|--data|--data-raw|--data-binary|--data-ascii|--data-urlencode|--json|-F|--form|--form-string|--oauth2-bearer|--pass|--key-passwd)(?:\s{1,4}|=)\^?)(\$?'(?:[^'\\]|\\.|'\\'')*'|"(?:[^"\\]|\\.)*"|[^\s'"]+)/g;

/** Arguments of curl as browsers copy them: for POSIX shells, for cmd (with carets) and for PowerShell. */
function rewriteCommands(text: string, w: Walker): string {
  if (!text.includes("curl")) return text;
  return text.replace(OPTION, (whole, option: string, argument: string) => {
    const flag = option.replace(/[\s=^]+/g, "");
    const quote = /^\$?['"]/.exec(argument)?.[0] ?? "";
    const raw = quote === "" ? argument : argument.slice(quote.length, -1);
    const caret = raw.endsWith("^") ? "^" : "";
    const inner = raw.slice(0, raw.length - caret.length);
    const escaped = quote === '"' && inner.includes('\\"');
    const value = escaped ? inner.replace(/\\(["\\])/g, "$1") : inner;
    const next = rewriteArgument(flag, value, w);
    if (next === value) return whole;
    return (
      option +
      quote +
      (escaped ? next.replace(/["\\]/g, "\\$&") : next) +
      caret +
      (quote === "" ? "" : argument.slice(-1))
    );
  });
}

function rewriteArgument(flag: string, value: string, w: Walker): string {
  if (/^(?:-H|--(?:proxy-)?header)$/.test(flag)) return rewriteHeaderLine(value, w) ?? w.text(value, "text");
  if (/^(?:-b|--cookie)$/.test(flag)) return value.includes("=") ? rewriteCookies(value, w) : value;
  if (/^(?:-u|-U|--user|--proxy-user)$/.test(flag)) {
    const colon = value.indexOf(":");
    const password = value.slice(colon + 1);
    if (colon < 0 || password === "" || isPseudonym(password)) return value;
    return value.slice(0, colon + 1) + w.secret(password, "header.authorization");
  }
  if (/^--(?:oauth2-bearer|pass|key-passwd)$/.test(flag)) return w.secretValue(value, "header.authorization");
  if (/^(?:-F|--form|--form-string)$/.test(flag)) {
    const equals = value.indexOf("=");
    return equals < 0
      ? value
      : value.slice(0, equals + 1) + w.named(value.slice(equals + 1), value.slice(0, equals), "param", "form.field");
  }
  return w.text(value, "param");
}
