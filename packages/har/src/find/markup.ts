import { isPseudonym, isTrivial, looksRandom } from "../shapes.ts";
import type { Walker } from "../walker.ts";
import { unescapeOnce } from "../views.ts";
import { isUrlName, rewriteUrl } from "./url.ts";

/** Elements of XML Signature, XML Encryption, WS-Security and SAML whose text is the proof. */
const PROOF = /(?:^|:)(?:SignatureValue|CipherValue|BinarySecurityToken|Password|Nonce|ArtifactResolve|Artifact)$/;
const PERSON = /(?:^|:)(?:NameID|EmailAddress|GivenName|Surname)$/;

interface Attribute {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

interface Tag {
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly end: number;
}

const URL_ATTRIBUTES = new Set([
  "href",
  "src",
  "action",
  "formaction",
  "data",
  "poster",
  "cite",
  "background",
  "srcset",
  "data-href",
  "data-src",
  "data-url",
  "xlink:href",
]);

/** Rewrites attribute values, element text and scripts of HTML or XML in place; the markup itself stays as it is. */
export function rewriteMarkup(text: string, w: Walker): string {
  const out: string[] = [];
  let kept = 0;
  const replace = (from: number, to: number, next: string): void => {
    if (text.slice(from, to) === next) return;
    out.push(text.slice(kept, from), next);
    kept = to;
  };
  let element = "";
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("<", at);
    const stop = open < 0 ? text.length : open;
    if (stop - at >= 4 || (stop > at && w.ordered(element)))
      replace(at, stop, content(text.slice(at, stop), element, w));
    if (open < 0) break;
    if (text.startsWith("<!--", open) || text.startsWith("<![CDATA[", open)) {
      const close = text.indexOf(text.charAt(open + 2) === "-" ? "-->" : "]]>", open + 4);
      const end = close < 0 ? text.length : close;
      const from = open + (text.charAt(open + 2) === "-" ? 4 : 9);
      if (end > from) replace(from, end, content(text.slice(from, end), element, w));
      at = close < 0 ? text.length : close + 3;
      continue;
    }
    const tag = readTag(text, open);
    if (tag === undefined) {
      at = open + 1;
      continue;
    }
    rewriteAttributes(text, tag, w, replace);
    element = tag.name;
    at = tag.end;
    const raw = /^(?:script|style)$/i.test(element) && text.charAt(tag.end - 2) !== "/";
    if (raw) at = rewriteRaw(text, tag, w, replace);
  }
  return out.length === 0 ? text : out.join("") + text.slice(kept);
}

type Replace = (from: number, to: number, next: string) => void;

function rewriteRaw(text: string, tag: Tag, w: Walker, replace: Replace): number {
  const close = text.toLowerCase().indexOf(`</${tag.name.toLowerCase()}`, tag.end);
  const end = close < 0 ? text.length : close;
  const body = text.slice(tag.end, end);
  if (body.length >= 8) replace(tag.end, end, w.text(body, "code"));
  return end;
}

/** Reads one tag by hand: a regular expression with quoted alternatives takes quadratic time on unclosed quotes. */
function readTag(text: string, open: number): Tag | undefined {
  const name = /[A-Za-z_!?/][^\s/>]{0,100}/y;
  name.lastIndex = open + 1;
  const found = name.exec(text);
  if (found === null) return undefined;
  const attributes: Attribute[] = [];
  let i = name.lastIndex;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === 0x3e) return { name: found[0], attributes, end: i + 1 };
    if (c <= 0x20 || c === 0x2f || c === 0x3f || c === 0x22 || c === 0x27) {
      i++;
      continue;
    }
    if (c === 0x3c) return { name: found[0], attributes, end: i };
    i = readAttribute(text, i, attributes);
  }
  return { name: found[0], attributes, end: text.length };
}

function readAttribute(text: string, start: number, into: Attribute[]): number {
  let i = start;
  while (i < text.length && !isBreak(text.charCodeAt(i)) && text.charCodeAt(i) !== 0x3d) i++;
  const name = text.slice(start, i);
  while (text.charCodeAt(i) <= 0x20) i++;
  if (text.charCodeAt(i) !== 0x3d) return Math.max(i, start + 1);
  i++;
  while (text.charCodeAt(i) <= 0x20) i++;
  const quote = text.charAt(i);
  if (quote === '"' || quote === "'") {
    const close = text.indexOf(quote, i + 1);
    const to = close < 0 ? text.length : close;
    into.push({ name, from: i + 1, to });
    return to + 1;
  }
  const from = i;
  while (i < text.length && text.charCodeAt(i) > 0x20 && text.charCodeAt(i) !== 0x3e) i++;
  into.push({ name, from, to: i });
  return i;
}

function isBreak(c: number): boolean {
  return c <= 0x20 || c === 0x3e || c === 0x2f;
}

function rewriteAttributes(text: string, tag: Tag, w: Walker, replace: Replace): void {
  const valueOf = (name: string): string => {
    const found = tag.attributes.find((attribute) => attribute.name.toLowerCase() === name);
    return found === undefined ? "" : text.slice(found.from, found.to);
  };
  const field = /^(?:input|meta|param|button|option|property|add|attribute)$/i.test(tag.name);
  const label = field
    ? valueOf("name") || valueOf("id") || valueOf("property") || valueOf("key") || valueOf("http-equiv")
    : "";
  const password = /^password$/i.test(valueOf("type"));
  for (const attribute of tag.attributes) {
    const raw = text.slice(attribute.from, attribute.to);
    if (raw.length < 2) continue;
    replace(attribute.from, attribute.to, rewriteAttribute(raw, attribute.name, label, password, w));
  }
}

const INERT_ATTRIBUTES = new Set([
  "class",
  "style",
  "id",
  "name",
  "type",
  "rel",
  "integrity",
  "xmlns",
  "d",
  "viewbox",
  "width",
  "height",
  "nonce",
  "for",
  "role",
  "lang",
  "charset",
  "media",
  "points",
  "path",
  "transform",
  "target",
  "method",
]);

function rewriteAttribute(raw: string, attributeName: string, label: string, password: boolean, w: Walker): string {
  const name = attributeName.toLowerCase();
  // The nonce of a script is evidence: it must agree with the Content-Security-Policy header, and is used up.
  if (name === "id" && looksRandom(raw)) return w.secret(raw, "shape.random");
  if (INERT_ATTRIBUTES.has(name) || name.startsWith("xmlns:")) return raw;
  const value = raw.includes("&") ? (unescapeEntities(raw) ?? raw) : raw;
  const holds = name === "value" || name === "content";
  let next: string;
  if (holds && password) next = isTrivial(value) || isPseudonym(value) ? value : w.secret(value, "markup.name");
  else if (holds && label !== "") next = w.named(value, label, "markup", "markup.name");
  else if (URL_ATTRIBUTES.has(name) || isUrlName(name)) next = rewriteUrl(value, w);
  else
    next =
      name.startsWith("aria-") || name.startsWith("on")
        ? w.text(value, "code")
        : w.named(value, attributeName, "markup", "markup.name");
  if (next === value) return raw;
  return next.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/'/g, "&#39;").replace(/</g, "&lt;");
}

function unescapeEntities(raw: string): string | undefined {
  // Percent signs and backslashes are the value's own.
  const marked = raw.replace(/[%\\]/g, (c) => (c === "%" ? "\ue000" : "\ue001"));
  return unescapeOnce(marked)?.replace(/[\ue000\ue001]/g, (c) => (c === "\ue000" ? "%" : "\\"));
}

function content(text: string, element: string, w: Walker): string {
  const trimmed = text.trim();
  if (trimmed !== "" && w.ordered(element)) return around(text, trimmed, w.secret(trimmed, "markup.name"));
  if (trimmed.length < 4) return text;
  if (element.startsWith("/") || element.startsWith("!")) return around(text, trimmed, w.text(trimmed, "markup"));
  if (PROOF.test(element))
    return around(text, trimmed, isPseudonym(trimmed) ? trimmed : w.secret(trimmed, "saml.signature"));
  if (PERSON.test(element))
    return around(
      text,
      trimmed,
      isPseudonym(trimmed)
        ? trimmed
        : trimmed.includes("@")
          ? w.text(trimmed, "markup")
          : w.personal(trimmed, "pii.name"),
    );
  // In HTML, prose stands in elements whose names say nothing; in XML the element is the name of a value.
  const cls = w.nameClass(element);
  const whole = !/\s/.test(trimmed) || (cls === "secret" && /^.{1,200}$/.test(trimmed));
  if (cls !== "plain" && whole && !/^(?:code|key|kbd|input|output)$/i.test(element))
    return around(text, trimmed, w.named(trimmed, element, "markup", "markup.name"));
  return around(text, trimmed, w.text(trimmed, "markup"));
}

function around(text: string, trimmed: string, next: string): string {
  return next === trimmed ? text : text.replace(trimmed, () => next);
}
