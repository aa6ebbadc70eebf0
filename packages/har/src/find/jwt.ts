import { asText, decodeBase64, encodeBase64 } from "../base64.ts";
import { isPseudonym } from "../shapes.ts";
import type { Walker } from "../walker.ts";

/** RFC 7519 claims that say which issuer, for whom, until when, under which key: what a support engineer debugs with. */
const KEPT_CLAIMS = new Set([
  "iss",
  "aud",
  "exp",
  "iat",
  "nbf",
  "alg",
  "kid",
  "scp",
  "scope",
  "typ",
  "ver",
  "azp",
  "cid",
  "amr",
  "acr",
  "auth_time",
  "token_use",
]);

/** Compact serialisation, RFC 7515 section 7.1 (three parts) and RFC 7516 section 7.1 (five parts). */
const COMPACT = /eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)?/g;

export function rewriteJwts(text: string, w: Walker): string {
  if (!text.includes("eyJ")) return text;
  return text.replace(COMPACT, (token) => rewriteJwt(token, w));
}

export function isJwt(text: string): boolean {
  if (!text.startsWith("eyJ") || text.length < 20) return false;
  COMPACT.lastIndex = 0;
  return COMPACT.exec(text)?.[0].length === text.length;
}

/** A token that ends in a JWT (`sid.eyJ…`, `Bearer eyJ…`): the JWT is read, what stands before it goes. */
export function jwtInside(value: string): string | undefined {
  const at = value.indexOf("eyJ");
  if (at <= 0) return undefined;
  const tail = value.slice(at);
  return isJwt(tail) ? tail : undefined;
}

function rewriteJwt(token: string, w: Walker): string {
  // What a claim holds is judged more sharply when it is replaced than when it is searched for.
  w.touch();
  const parts = token.split(".");
  const [header = "", payload = "", signature = ""] = parts;
  const safeHeader = rewriteHeader(header, w);
  if (parts.length === 5)
    return [
      safeHeader,
      ...parts.slice(1).map((part) => (part === "" || isPseudonym(part) ? part : w.secret(part, "jwe.part"))),
    ].join(".");
  const safeSignature = signature === "" || isPseudonym(signature) ? signature : w.secret(signature, "jwt.signature");
  return `${safeHeader}.${rewritePayload(payload, w)}.${safeSignature}`;
}

function decodeJson(part: string): unknown {
  const bytes = decodeBase64(part);
  const text = bytes === undefined ? undefined : asText(bytes);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function encodeJson(value: unknown): string {
  return encodeBase64(new TextEncoder().encode(JSON.stringify(value)), "-");
}

const KEPT_HEADER = new Set([
  "alg",
  "kid",
  "typ",
  "cty",
  "enc",
  "zip",
  "crit",
  "p2c",
  "jku",
  "x5u",
  "x5t",
  "x5t#S256",
  "b64",
  "apv",
]);

function rewriteHeader(part: string, w: Walker): string {
  const header = decodeJson(part);
  if (typeof header !== "object" || header === null) return w.secret(part, "jwt.claim");
  let changed = false;
  const next = Object.fromEntries(
    Object.entries(header).map(([name, value]: [string, unknown]) => {
      if (KEPT_HEADER.has(name)) return [name, value];
      const safe = claim(value, w);
      changed ||= safe !== value;
      return [name, safe];
    }),
  );
  return changed ? encodeJson(next) : part;
}

function rewritePayload(part: string, w: Walker): string {
  if (part === "") return part;
  const payload = decodeJson(part);
  if (typeof payload !== "object" || payload === null) return isPseudonym(part) ? part : w.secret(part, "jwt.claim");
  const next = Object.fromEntries(
    Object.entries(payload).map(([name, value]: [string, unknown]) => [
      name,
      KEPT_CLAIMS.has(name) ? keptClaim(value, w) : claim(value, w),
    ]),
  );
  return JSON.stringify(next) === JSON.stringify(payload) ? part : encodeJson(next);
}

/** Even a kept claim may hold a token (a nested JWT as `aud` has been seen) or an address. */
function keptClaim(value: unknown, w: Walker): unknown {
  return typeof value === "string" ? w.text(value, "text") : value;
}

function claim(value: unknown, w: Walker): unknown {
  if (typeof value === "string") return unknownText(value, w);
  // Small numbers and times of this century are neither a person nor a secret.
  if (typeof value === "number")
    return Math.abs(value) < 1000 || (value > 946_684_800 && value < 4_102_444_800)
      ? value
      : Number(w.number(String(value), "jwt.claim"));
  if (Array.isArray(value)) return value.map((item: unknown) => claim(item, w));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]: [string, unknown]) => [name, claim(item, w)]));
  return value;
}

function unknownText(value: string, w: Walker): string {
  if (value === "" || isPseudonym(value)) return value;
  if (isJwt(value) || value.includes("@") || value.startsWith("{")) {
    const next = w.text(value, "text");
    if (next !== value || w.harvesting || value.includes("redacted")) return next;
  }
  return w.secret(value, "jwt.claim");
}
