import { nameClass, wordsOf } from "../names.ts";
import { percentDecode } from "../key.ts";
import { isPseudonym, isUuid, looksHexDigest, looksRandom, looksToken } from "../shapes.ts";
import type { Walker } from "../walker.ts";

const SETTINGS = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#;@\s]+\/?(?=;[A-Za-z]+=)/;
const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+.-]*:)?(\/\/)([^/?#\s]*)/;

/** File names of fixed content carry digests that browsers and caches need to tell versions apart. */
const STATIC_FILE =
  /\.(?:m?js|css|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|otf|eot|mp4|webm|mp3|wasm|json|html?|php|aspx?|jsp|xml|txt|swf|pdf)(?:\.[0-9a-f]{6,64})?$/i;

/** Segments after which the next one is an invitation, a reset link, a magic link. */
const LEADS_TO_TOKEN = new Set([
  "reset",
  "token",
  "tokens",
  "invite",
  "invitation",
  "invitations",
  "magic",
  "verify",
  "verification",
  "confirm",
  "activate",
  "activation",
  "unsubscribe",
  "session",
  "sessions",
  "auth",
  "login",
  "sso",
  "share",
  "shared",
  "passwordreset",
  "resetpassword",
  "hooks",
  "services",
  "webhook",
  "webhooks",
  "bot",
  "secret",
  "secrets",
  "key",
  "keys",
  "t",
]);

/** Absolute, scheme-relative, path-only or query-only. Scheme, host, port, path shape and parameter names stay. */
export function rewriteUrl(url: string, w: Walker): string {
  if (/^data:/i.test(url)) return rewriteDataUrl(url, w);
  const nested = /^(blob:|view-source:|javascript:|about:|mailto:|tel:|urn:|chrome-extension:)/i
    .exec(url)?.[1]
    ?.toLowerCase();
  if (nested === "blob:" || nested === "view-source:")
    return url.slice(0, nested.length) + rewriteUrl(url.slice(nested.length), w);
  if (nested !== undefined)
    return w.text(url.replace(/^[a-z-]+:/i, ""), "text") === url.slice(nested.length)
      ? url
      : nested + w.text(url.slice(nested.length), "text");
  // `Endpoint=https://host;Id=…;Secret=…`: settings follow the host, not a path.
  const settings = SETTINGS.exec(url)?.[0];
  if (settings !== undefined) return rewriteUrl(settings, w) + ";" + rewriteQuery(url.slice(settings.length + 1), w);
  const head = ABSOLUTE.exec(url);
  const origin = head === null ? "" : rewriteAuthority(head, w);
  const rest = url.slice(head?.[0].length ?? 0);
  const hash = rest.indexOf("#");
  const beforeHash = hash < 0 ? rest : rest.slice(0, hash);
  const question = beforeHash.indexOf("?");
  const path = question < 0 ? beforeHash : beforeHash.slice(0, question);
  let out = origin + rewritePath(path, w);
  if (question >= 0) out += `?${rewriteQuery(beforeHash.slice(question + 1), w)}`;
  if (hash >= 0) out += `#${rewriteFragment(rest.slice(hash + 1), w)}`;
  return out;
}

function rewriteAuthority(head: RegExpExecArray, w: Walker): string {
  const [whole, scheme = "", slashes = "", authority = ""] = head;
  const at = authority.lastIndexOf("@");
  w.evidence(authority.slice(at + 1));
  if (at < 0) return whole;
  const userinfo = authority.slice(0, at);
  const colon = userinfo.indexOf(":");
  const user = colon < 0 ? userinfo : userinfo.slice(0, colon);
  const safeUser = colon < 0 || looksToken(user) ? w.secret(user, "url.userinfo") : user;
  const password = colon < 0 ? "" : `:${w.secret(userinfo.slice(colon + 1), "url.userinfo")}`;
  return `${scheme}${slashes}${safeUser}${password}${authority.slice(at)}`;
}

function rewritePath(path: string, w: Walker): string {
  if (path.length < 12) return path;
  const segments = path.split("/");
  let before = "";
  let changed = false;
  for (const [i, segment] of segments.entries()) {
    const next = rewriteSegment(segment, before, w);
    if (next !== segment) {
      segments[i] = next;
      changed = true;
    }
    before = segment;
  }
  return changed ? segments.join("/") : path;
}

function rewriteSegment(segment: string, before: string, w: Walker): string {
  if (segment.length < 8) return segment;
  const semicolon = segment.indexOf(";");
  if (semicolon >= 0) {
    return rewriteSegment(segment.slice(0, semicolon), before, w) + ";" + rewriteQuery(segment.slice(semicolon + 1), w);
  }
  const plain = percentDecode(segment);
  if (isPseudonym(plain)) return segment;
  if (plain.includes("@") || plain.includes("eyJ") || plain.includes("://")) {
    const inner = plain.includes("://") ? rewriteUrl(plain, w) : w.text(plain, "text");
    return inner === plain ? segment : plain === segment ? inner : encodeURIComponent(inner);
  }
  if (STATIC_FILE.test(plain)) return segment;
  const lead = LEADS_TO_TOKEN.has(wordsOf(before).join(""));
  if (
    looksRandom(plain) ||
    (lead && looksToken(plain)) ||
    (plain.length >= 40 && looksRandom(plain.replace(/[.~:=-]/g, ""), 30))
  ) {
    return w.secret(segment, "url.path");
  }
  const equals = segment.indexOf("=");
  if (equals > 0) return rewritePair(segment, w);
  return segment;
}

/** name=value pairs joined by `&` (or `;` where there is no `&`). Names stay; values keep their encoding. */
export function rewriteQuery(query: string, w: Walker): string {
  if (query.length < 4) return query;
  const separator = query.includes("&") ? "&" : query.includes(";") ? ";" : "&";
  const pairs = query.split(separator);
  let changed = false;
  for (const [i, pair] of pairs.entries()) {
    const next = rewritePair(pair, w);
    if (next !== pair) {
      pairs[i] = next;
      changed = true;
    }
  }
  return changed ? pairs.join(separator) : query;
}

function rewritePair(pair: string, w: Walker): string {
  const equals = pair.indexOf("=");
  if (equals < 0 || equals === pair.length - 1 || /^[A-Za-z0-9+/_-]{24,}={1,2}$/.test(pair))
    return rewriteKeyless(pair, w);
  const name = pair.slice(0, equals);
  const value = pair.slice(equals + 1);
  const next = rewriteParam(percentDecode(name), value, w);
  const safeName = name.length >= 20 && looksRandom(name) ? w.secret(name, "url.keyless") : name;
  return next === value && safeName === name ? pair : `${safeName}=${next}`;
}

function rewriteKeyless(text: string, w: Walker): string {
  if (text.length < 12) return text;
  const bare = text.replace(/=+$/, "");
  if (isPseudonym(bare)) return text;
  if (looksRandom(bare, 16) || (looksHexDigest(bare) && !isUuid(bare)))
    return w.secret(bare, "url.keyless") + text.slice(bare.length);
  // Without its padding it is no form any more, so this cannot come back here.
  const next = w.text(bare, "text");
  return next === bare ? text : next + text.slice(bare.length);
}

/** The value of a query or form parameter, still percent-encoded. */
export function rewriteParam(name: string, value: string, w: Walker): string {
  if (value.length === 0) return value;
  const encoded = value.includes("%") || value.includes("+");
  const plain = value.includes("%") ? percentDecode(value) : value;
  const next = w.named(plain, name, "param", "url.query");
  if (next === plain) return value;
  return encoded || /[^A-Za-z0-9_.~@:/?,;!*'()=-]/.test(next) ? encodeURIComponent(next) : next;
}

function rewriteFragment(fragment: string, w: Walker): string {
  if (fragment.length < 8) return fragment;
  if (fragment.startsWith(":~:text=")) return fragment;
  const question = fragment.indexOf("?");
  if (/^[!/]/.test(fragment)) return rewriteUrl(fragment, w);
  if (question >= 0)
    return rewritePath(fragment.slice(0, question), w) + "?" + rewriteQuery(fragment.slice(question + 1), w);
  return fragment.includes("=") ? rewriteQuery(fragment, w) : rewriteKeyless(fragment, w);
}

function rewriteDataUrl(url: string, w: Walker): string {
  const comma = url.indexOf(",");
  if (comma < 0) return w.text(url.slice(5), "text") === url.slice(5) ? url : "data:,";
  const head = url.slice(0, comma + 1);
  if (/^data:(?:image|font|audio|video)\//i.test(head) && !/svg/i.test(head)) return url;
  const body = url.slice(comma + 1);
  if (/;base64,$/i.test(head)) {
    const plain = percentDecode(body);
    const next = w.text(plain, "text");
    return next === plain ? url : head + next;
  }
  const plain = percentDecode(body);
  const next = w.text(plain, "text");
  return next === plain ? url : head + encodeURIComponent(next);
}

/** A name that says its value is a place: also relative ones must be read as URLs. */
export function isUrlName(name: string): boolean {
  return (
    nameClass(name) !== "secret" && /(?:url|uri|href|location|referr?er|redirect|callback|_documentURL)$/i.test(name)
  );
}
