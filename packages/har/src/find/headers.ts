import { asText, decodeBase64, encodeBase64 } from "../base64.ts";
import { nameClass } from "../names.ts";
import { isPseudonym, isTrivial, looksHexDigest, looksToken } from "../shapes.ts";
import type { Walker } from "../walker.ts";
import { rewriteJwts } from "./jwt.ts";
import { rewriteAddresses } from "./pii.ts";
import { rewriteQuery, rewriteUrl } from "./url.ts";

/** Headers that describe the exchange. Support needs them as they were: content, cache, CORS, CSP, network. */
const EVIDENCE = new Set([
  "accept",
  "accept-charset",
  "accept-ch",
  "accept-encoding",
  "accept-language",
  "accept-post",
  "accept-patch",
  "accept-ranges",
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-allow-origin",
  "access-control-expose-headers",
  "access-control-max-age",
  "access-control-request-headers",
  "access-control-request-method",
  "age",
  "allow",
  "alt-svc",
  "cache-control",
  "cf-cache-status",
  "cf-ray",
  "clear-site-data",
  "connection",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-range",
  "content-security-policy",
  "content-security-policy-report-only",
  "content-type",
  "cross-origin-embedder-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "date",
  "digest",
  "dnt",
  "etag",
  "expect",
  "expect-ct",
  "expires",
  "feature-policy",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "keep-alive",
  "last-modified",
  "max-forwards",
  "nel",
  "origin",
  "origin-trial",
  "p3p",
  "permissions-policy",
  "pragma",
  "priority",
  "public-key-pins",
  "range",
  "referrer-policy",
  "report-to",
  "reporting-endpoints",
  "retry-after",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-key",
  "sec-websocket-version",
  "server",
  "server-timing",
  "strict-transport-security",
  "te",
  "timing-allow-origin",
  "tk",
  "traceparent",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "upgrade-insecure-requests",
  "user-agent",
  "vary",
  "via",
  "warning",
  "x-amz-cf-id",
  "x-amz-cf-pop",
  "x-amz-id-2",
  "x-amz-request-id",
  "x-amzn-trace-id",
  "x-b3-spanid",
  "x-b3-traceid",
  "x-cache",
  "x-cache-hits",
  "x-cloud-trace-context",
  "x-content-type-options",
  "x-correlation-id",
  "x-dns-prefetch-control",
  "x-download-options",
  "x-envoy-upstream-service-time",
  "x-frame-options",
  "x-github-request-id",
  "x-goog-hash",
  "x-guploader-uploadid",
  "x-ms-request-id",
  "x-okta-request-id",
  "x-permitted-cross-domain-policies",
  "x-powered-by",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-rate-limit-limit",
  "x-rate-limit-remaining",
  "x-rate-limit-reset",
  "x-request-id",
  "x-requested-with",
  "x-robots-tag",
  "x-served-by",
  "x-timer",
  "x-trace-id",
  "x-ua-compatible",
  "x-varnish",
  "x-vercel-id",
  "x-xss-protection",
  ":method",
  ":authority",
  ":scheme",
  ":status",
  "x-fb-debug",
  "x-client-data",
  "surrogate-key",
  "x-cache-key",
  "edge-cache-tag",
  "cache-tag",
  "idempotency-key",
  "x-drupal-cache",
  "x-newrelic-id",
  "x-azure-ref",
  "www-authenticate",
  "proxy-authenticate",
]);

const URL_HEADERS = new Set([
  "location",
  "content-location",
  "referer",
  "referrer",
  ":path",
  "x-original-url",
  "x-rewrite-url",
  "x-forwarded-uri",
  "sourcemap",
  "x-sourcemap",
  "x-pingback",
  "x-final-url",
]);

const AUTHORIZATION = /^(?:x-)?(?:proxy-)?(?:[a-z]+-)?authori[sz]ation$/;

/** Ids of one exchange, digests and versions of what was served: `fly-request-id`, `x-object-meta-sha1base36`, `x-build-version`. */
const EVIDENCE_NAME =
  /(?:^|[-_])(?:(?:request|trace|span|correlation|transaction|flow|deployment|build|edge|cache|object|version|instance|served|activity)[-_]?id|rid|reqid|requestid|traceid|etag|checksum|md5|sha\d*\w*|crc32c?|digest|build|version|revision|release|commit|hash|cache|cache-status|pop|node|region|runtime|served-by|backend)$/;

export function isEvidenceHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    EVIDENCE.has(lower) ||
    lower.startsWith("sec-ch-") ||
    lower.startsWith("sec-fetch-") ||
    lower.startsWith("sec-gpc") ||
    (EVIDENCE_NAME.test(lower) && nameClass(lower) !== "secret")
  );
}

export function rewriteHeader(name: string, value: string, w: Walker): string {
  if (value === "") return value;
  const lower = name.toLowerCase().trim();
  if (lower === "cookie" || lower === "cookie2") return rewriteCookies(value, w);
  if (lower === "set-cookie" || lower === "set-cookie2") return rewriteSetCookies(value, w);
  if (AUTHORIZATION.test(lower)) return rewriteAuthorization(value, w);
  if (w.ordered(lower)) return w.secret(value, "header.name");
  if (ADDRESS_HEADER.test(lower)) return rewriteAddresses(value, w);
  // Even such a header may carry a token by mistake: those that prove themselves go.
  if (isEvidenceHeader(lower)) return rewriteEvident(value, lower, w);
  if (URL_HEADERS.has(lower)) return rewriteUrl(value, w);
  if (lower === "authentication-info" || lower === "dpop" || lower === "sec-websocket-protocol")
    return w.text(value, "header");
  // Capitals tell the words of a name apart.
  const cls = w.nameClass(name.trim());
  if (cls === "secret") return rewriteCredential(value, w, "header.name");
  if (cls === "likely" && looksToken(value)) return w.secretValue(value, "header.name");
  // What describes the exchange was let through above; hexadecimal in any other header is more often a token.
  if (cls === "plain" && looksHexDigest(value)) return w.secretValue(value, "header.name");
  return w.text(value, "header");
}

/**
 * Headers in which proxies tell the server the visitor's address. `x-client-ip` is what a server answers with, to the
 * visitor who knows it (Wikipedia does, with every file): as evidence of caches it stays.
 */
const ADDRESS_HEADER =
  /^(?:x-)?(?:forwarded(?:-for)?|real-ip|true-client-ip|cluster-client-ip|original-forwarded-for|remote-(?:ip|addr)|cf-connecting-ipv6|cf-connecting-ip|connecting-ip|fastly-client-ip|appengine-user-ip|envoy-external-address|azure-clientip|azure-socketip)$/;

function rewriteEvident(value: string, name: string, w: Walker): string {
  // Reports and origins are addresses, and addresses carry keys.
  const safe = EVIDENT_URL.test(value) ? value.replace(EVIDENT_URLS, (url) => rewriteUrl(url, w)) : value;
  if (!safe.includes("eyJ") || /^(?:content-security-policy|report-to|nel|user-agent|via|server)/.test(name))
    return safe;
  return rewriteJwts(safe, w);
}

const EVIDENT_URL = /:\/\/[^\s"',;]*[?@]/;
const EVIDENT_URLS = /\b(?:https?|wss?):\/\/[^\s"',;]*[?@][^\s"',;]*/g;

/** RFC 6265 section 4.2.1. Names stay, every value goes: a browser sends nothing in a cookie that support needs to read. */
export function rewriteCookies(header: string, w: Walker): string {
  return header
    .split(";")
    .map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 0)
        return pair.trim().length < 8 ? pair : pair.replace(/\S+/, (bare) => w.secretValue(bare, "cookie.request"));
      return pair.slice(0, equals + 1) + rewriteCookieValue(pair.slice(equals + 1), w, "cookie.request");
    })
    .join(";");
}

export function rewriteCookieValue(value: string, w: Walker, rule: "cookie.request" | "cookie.response"): string {
  const trimmed = value.trim();
  if (trimmed === "" || isTrivial(trimmed)) return value;
  const next = w.secretValue(trimmed, rule);
  return next === trimmed ? value : value.replace(trimmed, () => next);
}

/** RFC 6265 section 5.2. Several headers may be joined by line feeds (chrome-har) or by commas (fetch). */
export function rewriteSetCookies(header: string, w: Walker): string {
  return header
    .split(/(\r?\n|,(?=\s*[!#$%&'*+.^_`|~0-9A-Za-z-]+=))/)
    .map((part, i) => (i % 2 === 1 ? part : rewriteSetCookie(part, w)))
    .join("");
}

function rewriteSetCookie(cookie: string, w: Walker): string {
  const end = cookie.indexOf(";");
  const pair = end < 0 ? cookie : cookie.slice(0, end);
  const equals = pair.indexOf("=");
  if (equals < 0) return cookie.trim().length < 8 ? cookie : w.text(cookie, "text");
  return (
    pair.slice(0, equals + 1) +
    rewriteCookieValue(pair.slice(equals + 1), w, "cookie.response") +
    (end < 0 ? "" : cookie.slice(end))
  );
}

/** RFC 9110 section 11.4: scheme, then one token or a list of parameters. The scheme stays. */
export function rewriteAuthorization(value: string, w: Walker): string {
  const match = /^([A-Za-z][A-Za-z0-9-]{1,40})(\s+)(.+)$/s.exec(value);
  if (match === null) return isPseudonym(value) ? value : w.secretValue(value, "header.authorization");
  const [, scheme = "", space = "", rest = ""] = match;
  if (/^basic$/i.test(scheme)) return scheme + space + rewriteBasic(rest, w);
  if (/^[A-Za-z0-9-]+\s*=/.test(rest) && /[=,"]/.test(rest) && !/^\S+={1,2}$/.test(rest))
    return scheme + space + rewriteParameters(rest, w);
  return scheme + space + (isPseudonym(rest) ? rest : w.secretValue(rest, "header.authorization"));
}

/** RFC 7617: base64 of user and password. It stays base64. */
function rewriteBasic(encoded: string, w: Walker): string {
  const bytes = decodeBase64(encoded.trim());
  const text = bytes === undefined ? undefined : asText(bytes);
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 0)
    return isPseudonym(encoded) ? encoded : w.secretValue(encoded, "header.authorization");
  const user = text.slice(0, colon);
  const password = text.slice(colon + 1);
  const safeUser = user.includes("@") || looksToken(user) ? w.secretValue(user, "header.authorization") : user;
  const safePassword = password === "" || isPseudonym(password) ? password : w.secret(password, "header.authorization");
  const next = `${safeUser}:${safePassword}`;
  if (w.harvesting && password !== "" && !isPseudonym(password)) w.secret(encoded.trim(), "header.authorization");
  return next === text ? encoded : encodeBase64(new TextEncoder().encode(next), "A===");
}

/** Parameters that name algorithm, realm or what was signed; all others carry the proof. */
const OPEN_PARAMETERS =
  /^(?:realm|qop|algorithm|uri|nc|signedheaders|headers|oauth_signature_method|oauth_version|oauth_timestamp|version|charset|created|expires|keyid)$/i;

function rewriteParameters(list: string, w: Walker): string {
  return list.replace(
    /([A-Za-z0-9_-]+)(\s*=\s*)("(?:[^"\\]|\\.)*"|[^,\s]+)/g,
    (whole, name: string, equals: string, raw: string) => {
      if (OPEN_PARAMETERS.test(name)) return whole;
      const quoted = raw.startsWith('"');
      const value = quoted ? raw.slice(1, -1) : raw;
      if (value === "" || isPseudonym(value)) return whole;
      // SigV4: the key id goes, the scope (date, region, service) is evidence.
      const slash = /^credential$/i.test(name) ? value.indexOf("/") : -1;
      if (isPseudonym(value.slice(0, slash < 0 ? undefined : slash))) return whole;
      const next =
        slash > 0
          ? w.secret(value.slice(0, slash), "header.authorization") + value.slice(slash)
          : w.secretValue(value, "header.authorization");
      return name + equals + (quoted ? `"${next}"` : next);
    },
  );
}

/** A value under a secret header name; `Bearer …` inside it keeps its scheme. */
function rewriteCredential(value: string, w: Walker, rule: "header.name"): string {
  if (/^(?:bearer|basic|token|negotiate|digest|dpop|apikey|ntlm)\s/i.test(value)) return rewriteAuthorization(value, w);
  if (/^[^=;\s]+=[^;]*(?:;\s*[^=;\s]+=[^;]*)+$/.test(value)) return rewriteCookies(value, w);
  return w.secretValue(value, rule);
}

const HEADER_LINE = /^([A-Za-z][A-Za-z0-9-]{1,60}|:[a-z]+):[ \t]*(\S.*)$/;

/** One raw header line as WebPageTest and HTTP dumps hold it; undefined if it is none. */
export function rewriteHeaderLine(line: string, w: Walker): string | undefined {
  const match = HEADER_LINE.exec(line);
  if (match === null) {
    const request = /^([A-Z]{3,10} )(\S+)( HTTP\/[\d.]+)$/.exec(line);
    return request === null ? undefined : `${request[1] ?? ""}${rewriteUrl(request[2] ?? "", w)}${request[3] ?? ""}`;
  }
  const [, name = "", value = ""] = match;
  if (value.startsWith("//")) return undefined;
  return line.slice(0, line.length - value.length) + rewriteHeader(name, value, w);
}

/** Form bodies are queries whose spaces may be `+` (WHATWG URL section 5). */
export function rewriteForm(body: string, w: Walker): string {
  return rewriteQuery(body, w);
}
