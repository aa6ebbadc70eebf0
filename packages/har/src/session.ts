import { asText, decodeBase64 } from "./base64.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";

/** What an entry says about sessions, read by place. Everything here is secret until it was fingerprinted. */

export interface SeenCredential {
  readonly value: string;
  readonly kind: CredentialKind;
  /** Name of the cookie, header or parameter. */
  readonly name: string;
  /** Milliseconds since 1970, or undefined where the file does not say. */
  readonly expires?: number | undefined;
  readonly httpOnly?: boolean | undefined;
}

export type CredentialKind = "cookie" | "bearer" | "basic" | "jwt" | "token" | "password" | "key";

/** Names under which identity providers write a session or token into their logs. */
export const LOG_FIELDS = [
  "externalSessionId",
  "rootSessionId",
  "dtHash",
  "jti",
  "sid",
  "uti",
  "session_state",
  "sub",
  "oid",
  "uid",
] as const;
export type LogField = (typeof LOG_FIELDS)[number];

export interface TokenFacts {
  readonly expires: number | undefined;
  readonly issuer: string | undefined;
  readonly ids: readonly { readonly field: LogField; readonly value: string }[];
  readonly person: string | undefined;
  readonly admin: boolean;
}

const JWT = /eyJ[A-Za-z0-9_-]{6,16384}\.[A-Za-z0-9_-]{0,65536}\.[A-Za-z0-9_-]{0,8192}/g;
const MAX_JWTS = 200;

/** Every JSON Web Token in a text (RFC 7515 section 7.1). */
export function jwtsIn(text: string): readonly string[] {
  if (!text.includes("eyJ")) return [];
  const out: string[] = [];
  JWT.lastIndex = 0;
  for (let match = JWT.exec(text); match !== null && out.length < MAX_JWTS; match = JWT.exec(text)) out.push(match[0]);
  return out;
}

const PERSON_CLAIMS = ["email", "preferred_username", "upn", "unique_name", "login"] as const;

/** Undefined where the token's payload cannot be read. */
export function tokenFacts(token: string): TokenFacts | undefined {
  const bytes = decodeBase64(token.split(".")[1] ?? "");
  const text = bytes === undefined ? undefined : asText(bytes);
  let claims: JsonValue;
  try {
    claims = text === undefined ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(claims)) return undefined;
  const ids: { field: LogField; value: string }[] = [];
  for (const field of LOG_FIELDS) {
    const value = claims[field];
    if (typeof value === "string" && value.length >= 4 && value.length <= 256) ids.push({ field, value });
  }
  const exp = claims["exp"];
  return {
    expires: typeof exp === "number" && Number.isFinite(exp) ? exp * 1000 : undefined,
    issuer: hostOf(claims["iss"]),
    ids,
    person: personIn(claims),
    admin: /"(?:[\w.:/-]*[._:/-])?admin(?:istrator)?s?(?:[._:/-][\w.:/-]*)?"|okta\.\w+\.manage/i.test(
      JSON.stringify([claims["scp"], claims["scope"], claims["roles"], claims["groups"], claims["role"]]),
    ),
  };
}

function personIn(claims: JsonObject): string | undefined {
  for (const name of PERSON_CLAIMS) {
    const value = claims[name];
    if (typeof value === "string" && value.length >= 3 && value.length <= 256) return value;
  }
  const subject = claims["sub"];
  return typeof subject === "string" && subject.includes("@") && subject.length <= 256 ? subject : undefined;
}

export function hostOf(url: JsonValue | undefined): string | undefined {
  if (typeof url !== "string") return undefined;
  const match = /^[a-z][a-z0-9+.-]{0,20}:\/\/(?:[^/?#@]{0,500}@)?([^/?#:]{1,253})/i.exec(url.slice(0, 1000));
  return match?.[1]?.toLowerCase();
}

function list(parent: JsonValue | undefined, name: string): readonly JsonObject[] {
  const value = isObject(parent) ? parent[name] : undefined;
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function word(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === "string" ? value : "";
}

export function headersOf(
  message: JsonValue | undefined,
): readonly { readonly name: string; readonly value: string }[] {
  return list(message, "headers").map((header) => ({
    name: word(header, "name").toLowerCase(),
    value: word(header, "value"),
  }));
}

/** The credentials that stand in cookies and authorisation headers of one request or response. */
export function credentialsOf(message: JsonValue | undefined, began: number): readonly SeenCredential[] {
  const out: SeenCredential[] = [];
  for (const cookie of list(message, "cookies")) {
    // Browsers write the year 1969 or 1970 for a cookie that ends with the browser's session.
    const expires = Date.parse(word(cookie, "expires"));
    out.push({
      value: word(cookie, "value"),
      kind: "cookie",
      name: word(cookie, "name"),
      expires: expires > 86_400_000 ? expires : undefined,
      httpOnly: cookie["httpOnly"] === true ? true : undefined,
    });
  }
  for (const { name, value } of headersOf(message)) {
    if (name === "cookie") out.push(...cookiePairs(value));
    else if (name === "set-cookie") for (const line of value.split("\n")) out.push(...setCookie(line, began));
    else if (name === "authorization" || name === "proxy-authorization") out.push(...authorization(name, value));
  }
  return out;
}

function cookiePairs(header: string): readonly SeenCredential[] {
  return header.split(";").map((pair) => ({
    value: pair.slice(pair.indexOf("=") + 1).trim(),
    kind: "cookie",
    name: pair.slice(0, Math.max(0, pair.indexOf("="))).trim(),
  }));
}

/** RFC 6265 section 5.2: Max-Age wins over Expires. */
function setCookie(line: string, began: number): readonly SeenCredential[] {
  const [pair = "", ...attributes] = line.split(";");
  const equals = pair.indexOf("=");
  if (equals < 0) return [];
  let expires: number | undefined;
  let httpOnly: boolean | undefined;
  let aged = false;
  for (const attribute of attributes) {
    const [name = "", ...rest] = attribute.trim().split("=");
    const value = rest.join("=");
    if (/^httponly$/i.test(name)) httpOnly = true;
    else if (/^max-age$/i.test(name) && /^-?\d{1,12}$/.test(value) && !Number.isNaN(began)) {
      expires = began + Number(value) * 1000;
      aged = true;
    } else if (/^expires$/i.test(name) && !aged) {
      const at = Date.parse(value);
      if (!Number.isNaN(at)) expires = at;
    }
  }
  return [
    { value: pair.slice(equals + 1).trim(), kind: "cookie", name: pair.slice(0, equals).trim(), expires, httpOnly },
  ];
}

function authorization(name: string, value: string): readonly SeenCredential[] {
  const match = /^([A-Za-z][\w-]{0,40})\s+(\S.*)$/s.exec(value.trim());
  const scheme = match?.[1]?.toLowerCase();
  return [{ value: match?.[2] ?? value.trim(), kind: scheme === "basic" ? "basic" : "bearer", name }];
}
