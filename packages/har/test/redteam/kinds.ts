import { deflateRawSync } from "node:zlib";
import { BASE32, BASE64URL, type Dice, HEX, LOWER36 } from "./dice.ts";

/** One planted thing: the text as an application would hold it, and the parts of it that nobody else may see. */
export interface Plant {
  readonly text: string;
  readonly secrets: readonly string[];
}

export interface Kind {
  readonly id: string;
  /** Names under which applications hold it. */
  readonly names: readonly string[];
  /** It can be told from other texts without its name. */
  readonly tells: boolean;
  /** A cookie, header or query of real software would hold it in this form. */
  readonly fits: "anywhere" | "bodies";
  make(d: Dice): Plant;
}

const b64u = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const whole = (text: string): Plant => ({ text, secrets: [text] });

function kind(
  id: string,
  names: string,
  tells: boolean,
  make: (d: Dice) => Plant | string,
  fits: Kind["fits"] = "anywhere",
): Kind {
  return {
    id,
    names: names.split(" "),
    tells,
    fits,
    make: (d) => {
      const made = make(d);
      return typeof made === "string" ? whole(made) : made;
    },
  };
}

export function jwt(d: Dice, claims: Readonly<Record<string, unknown>> = {}): Plant {
  const sub = `00u${d.text(17)}`;
  const signature = d.text(d.pick([43, 86, 342]), BASE64URL);
  const head = b64u({ alg: "RS256", kid: d.text(12), typ: "JWT" });
  const body = b64u({ iss: "https://idp.example", aud: "api", sub, exp: 1_790_000_000, ...claims });
  return { text: `${head}.${body}.${signature}`, secrets: [signature, sub] };
}

function jwe(d: Dice): Plant {
  const parts = [d.text(342, BASE64URL), d.text(16, BASE64URL), d.text(200, BASE64URL), d.text(22, BASE64URL)];
  return {
    text: [b64u({ zip: "DEF", alg: "RSA-OAEP", enc: "A256GCM" }), ...parts].join("."),
    secrets: parts,
  };
}

function saml(d: Dice, redirect: boolean): Plant {
  const signature = Buffer.from(d.bytes(128)).toString("base64");
  const person = `p${d.text(9, LOWER36)}@corp.example`;
  const xml = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${d.text(32, HEX)}"><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignatureValue>${signature}</ds:SignatureValue></ds:Signature><saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Subject><saml:NameID>${person}</saml:NameID></saml:Subject></saml:Assertion></samlp:Response>`;
  const bytes = redirect ? deflateRawSync(xml) : Buffer.from(xml);
  return { text: bytes.toString("base64"), secrets: [signature, person] };
}

function pem(d: Dice): Plant {
  const lines = Array.from({ length: 6 }, () => Buffer.from(d.bytes(48)).toString("base64"));
  return {
    text: `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`,
    secrets: lines,
  };
}

function jwk(d: Dice): Plant {
  const secrets = [d.text(43, BASE64URL), d.text(43, BASE64URL), d.text(43, BASE64URL)];
  const [exponent, p, q] = secrets;
  return {
    text: JSON.stringify({ kty: "RSA", n: d.text(86, BASE64URL), e: "AQAB", d: exponent, p, q }),
    secrets,
  };
}

function basic(d: Dice): Plant {
  const password = d.text(14);
  return { text: `Basic ${Buffer.from(`svc-report:${password}`).toString("base64")}`, secrets: [password] };
}

function digest(d: Dice): Plant {
  const response = d.text(32, HEX);
  const cnonce = d.text(24, HEX);
  return {
    text: `Digest username="op", realm="a", nonce="n1", uri="/x", cnonce="${cnonce}", nc=00000001, qop=auth, response="${response}"`,
    secrets: [response, cnonce],
  };
}

function sigv4(d: Dice): Plant {
  const signature = d.text(64, HEX);
  const id = `AKIA${d.text(16, BASE32)}`;
  return {
    text: `AWS4-HMAC-SHA256 Credential=${id}/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    secrets: [signature, id],
  };
}

const PASSWORD_NAMES =
  "password passwd newPassword j_password user[password] userPassword passwordConfirm credentials.passcode pwd";
const TOKEN_NAMES = "access_token refreshToken id_token token authToken user[token] sessionToken auth.token";

/** What travels whole in an Authorization header. */
export const CREDENTIALS: readonly Kind[] = [
  kind("basic", "Authorization", true, basic),
  kind("digest", "Authorization", true, digest),
  kind("sigv4", "Authorization", true, sigv4),
  kind("negotiate", "Authorization", true, (d) => {
    const blob = Buffer.from(d.bytes(90)).toString("base64");
    return { text: `Negotiate YII${blob}`, secrets: [blob] };
  }),
  kind("hmac", "Authorization", true, (d) => {
    const mac = Buffer.from(d.bytes(32)).toString("base64");
    return { text: `HMAC-SHA256 keyId="k1", headers="date", signature="${mac}"`, secrets: [mac] };
  }),
  kind("hawk", "Authorization", true, (d) => {
    const mac = Buffer.from(d.bytes(32)).toString("base64");
    const id = d.text(20);
    return { text: `Hawk id="${id}", ts="1353832234", nonce="j4h3g2", mac="${mac}"`, secrets: [mac, id] };
  }),
  kind("ssws", "Authorization", true, (d) => {
    const key = `00${d.text(40, BASE64URL)}`;
    return { text: `SSWS ${key}`, secrets: [key] };
  }),
  kind("bearer", "Authorization", true, (d) => {
    const token = d.text(40);
    return { text: `Bearer ${token}`, secrets: [token] };
  }),
  kind("apikey", "Authorization", true, (d) => {
    const token = d.text(32, HEX);
    return { text: `ApiKey ${token}`, secrets: [token] };
  }),
];

export const KINDS: readonly Kind[] = [
  kind("session", "sid connect.sid session_id PHPSESSID sessionId _session", true, (d) => d.text(32)),
  kind("session lower", "PHPSESSID ASP.NET_SessionId sessionid", false, (d) => d.text(26, LOWER36)),
  kind("session hex", "JSESSIONID sid SESSION XSRF-TOKEN", false, (d) => d.text(32, HEX).toUpperCase()),
  kind("okta sid", "sid idx DT", true, (d) => `102${d.text(22, BASE64URL)}`),
  kind(
    "okta state",
    "stateToken stateHandle sessionToken interaction_handle interactionHandle",
    true,
    (d) => `02.id.${d.text(40, BASE64URL)}`,
  ),
  kind("entra", "ESTSAUTH ESTSAUTHPERSISTENT x-ms-gateway-sso", true, (d) => `1.AQ8A${d.text(80, BASE64URL)}`),
  kind("google", "SID LSID __Secure-1PSID SAPISID", true, (d) => `g.a000${d.text(60, BASE64URL)}`),
  kind(
    "csrf",
    "csrf_token X-CSRF-Token authenticity_token __RequestVerificationToken csrfmiddlewaretoken _csrf",
    false,
    (d) => d.text(32, HEX),
  ),
  kind("opaque token", TOKEN_NAMES, true, (d) => d.text(36)),
  kind(
    "uuid token",
    TOKEN_NAMES,
    false,
    (d) => `${d.text(8, HEX)}-${d.text(4, HEX)}-4${d.text(3, HEX)}-a${d.text(3, HEX)}-${d.text(12, HEX)}`,
  ),
  kind("jwt", TOKEN_NAMES, true, jwt),
  kind("jwt in jwt", "id_token access_token", true, (d) => {
    const inner = jwt(d);
    const outer = jwt(d, { act: inner.text, nested: { email: "x@y.example" } });
    return { text: outer.text, secrets: [...outer.secrets, ...inner.secrets] };
  }),
  kind("jwe", "id_token idx access_token", true, jwe),
  kind("paseto", TOKEN_NAMES, true, (d) => {
    const body = d.text(80, BASE64URL);
    return { text: `v4.local.${body}`, secrets: [body] };
  }),
  kind("macaroon", "macaroon token", true, (d) => {
    const signature = d.bytes(32);
    const text = Buffer.concat([Buffer.from("0018location a.example\n002fsignature "), signature, Buffer.from("\n")]);
    return { text: text.toString("base64url"), secrets: [Buffer.from(signature).toString("hex")] };
  }),
  kind("code", "code auth_code authorization_code", true, (d) => d.text(43, BASE64URL)),
  kind("google code", "code", true, (d) => `4/0A${d.text(68, BASE64URL)}`),
  kind("verifier", "code_verifier codeVerifier", true, (d) => d.text(64, `${BASE64URL}.~`)),
  kind("device code", "device_code deviceCode", true, (d) => d.text(40)),
  kind("saml post", "SAMLResponse", true, (d) => saml(d, false)),
  kind("saml redirect", "SAMLRequest SAMLResponse", true, (d) => saml(d, true)),
  kind("relay state", "RelayState", true, (d) => d.text(30)),
  kind("github", "githubToken token", true, (d) => `ghp_${d.text(36)}`),
  kind(
    "slack",
    "slackToken",
    true,
    (d) => `xoxb-${d.text(12, "0123456789")}-${d.text(12, "0123456789")}-${d.text(24)}`,
  ),
  kind("stripe", "stripeKey", true, (d) => `sk_live_${d.text(24)}`),
  kind("google key", "apiKey key", true, (d) => `AIza${d.text(35, BASE64URL)}`),
  kind(
    "aws secret",
    "secretAccessKey aws_secret_access_key SecretAccessKey",
    true,
    (d) => d.text(40, `${BASE64URL.slice(0, 62)}/+`),
    "bodies",
  ),
  kind("azure secret", "client_secret clientSecret", true, (d) => `${d.text(3)}8Q~${d.text(34, `${BASE64URL}.~`)}`),
  kind("api key hex", "api_key X-Api-Key apikey", false, (d) => d.text(40, HEX)),
  kind("totp seed", "totpSecret otpSecret sharedSecret mfa_secret", false, (d) => d.text(32, BASE32)),
  kind(
    "recovery",
    "recoveryCode recovery_code backupCode",
    false,
    (d) => `${d.text(5, LOWER36)}-${d.text(5, LOWER36)}`,
  ),
  kind("otp", "otp totp otpCode mfaCode passcode verificationCode", false, (d) => d.text(6, "0123456789")),
  kind("pin", "pin pinCode userPin", false, (d) => d.text(5, "123456789")),
  kind(
    "password",
    PASSWORD_NAMES,
    false,
    (d) =>
      `${d.pick(["Summer", "harbour", "Tr0ub4dor", "correcthorse"])}${d.text(4, "0123456789")}!${d.text(3, LOWER36)}`,
  ),
  kind("word password", PASSWORD_NAMES, false, (d) => d.text(9, "abcdefghijklmnopqrstuvwxyz")),
  kind(
    "phrase",
    "passphrase password seedPhrase",
    false,
    (d) => Array.from({ length: 4 }, () => d.text(6, "abdefgiklmnoprstu")).join(" "),
    "bodies",
  ),
  kind("pem", "privateKey private_key", true, pem, "bodies"),
  kind("jwk", "jwk key", true, jwk, "bodies"),
];

/** A value that proves nothing by itself: the base of the echo cases. */
export const OPAQUE: Kind = kind("opaque", "sid", true, (d) => d.text(24 + d.number(24)));
