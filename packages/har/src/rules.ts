import { sha256 } from "@noble/hashes/sha2.js";
import { DESCRIBING_WORDS, LIKELY_WORDS, SECRET_WORDS } from "./names.ts";
import { VENDOR_DATA } from "./vendor-data.ts";
import { MIN_RANDOM, PREFIXED } from "./shapes.ts";

export type Kind =
  | "cookie"
  | "authorization"
  | "token"
  | "password"
  | "key"
  | "csrf"
  | "signature"
  | "saml"
  | "jwt"
  | "random"
  | "personal"
  | "echo"
  | "opaque";
export type Confidence = "certain" | "high" | "medium";

interface Rule {
  readonly kind: Kind;
  readonly confidence: Confidence;
  readonly says: string;
}

/** Every reason for which something is replaced. A report names the rule; the text is for people. */
export const RULES = {
  "cookie.request": { kind: "cookie", confidence: "certain", says: "value of a cookie that the browser sent" },
  "cookie.response": { kind: "cookie", confidence: "certain", says: "value of a cookie that the server set" },
  "header.authorization": {
    kind: "authorization",
    confidence: "certain",
    says: "credential in an authorisation header",
  },
  "header.name": { kind: "key", confidence: "high", says: "value of a header whose name tells of a credential" },
  "url.userinfo": { kind: "password", confidence: "certain", says: "password before the host of a URL" },
  "url.query": { kind: "token", confidence: "high", says: "query parameter whose name tells of a secret" },
  "url.keyless": { kind: "token", confidence: "medium", says: "query that is one token without a name" },
  "url.path": { kind: "token", confidence: "medium", says: "token in the path of a URL" },
  "form.field": { kind: "password", confidence: "high", says: "form field whose name tells of a secret" },
  "multipart.file": { kind: "opaque", confidence: "medium", says: "token in an uploaded file" },
  "json.name": { kind: "token", confidence: "high", says: "JSON value whose name tells of a secret" },
  "json.context": {
    kind: "token",
    confidence: "medium",
    says: "drawn value in what opens a session, or under a name that says nothing",
  },
  "json.key": { kind: "token", confidence: "medium", says: "token used as a JSON name" },
  "markup.name": {
    kind: "csrf",
    confidence: "high",
    says: "element, attribute or form field whose name tells of a secret",
  },
  "text.name": { kind: "token", confidence: "medium", says: "assignment in text or code whose name tells of a secret" },
  "jwt.signature": { kind: "jwt", confidence: "certain", says: "signature of a JSON Web Token" },
  "jwt.claim": { kind: "personal", confidence: "high", says: "claim of a JSON Web Token about a person or session" },
  "jwe.part": { kind: "jwt", confidence: "certain", says: "encrypted JSON Web Token" },
  "saml.signature": { kind: "saml", confidence: "certain", says: "signature or ciphertext in a SAML message" },
  "shape.prefix": { kind: "key", confidence: "certain", says: "credential that names its vendor by its prefix" },
  "shape.random": { kind: "random", confidence: "medium", says: "long random text" },
  "binary.name": { kind: "token", confidence: "medium", says: "binary field whose name tells of a secret" },
  "binary.random": { kind: "random", confidence: "medium", says: "long random text in binary data" },
  "pii.email": { kind: "personal", confidence: "high", says: "e-mail address" },
  "pii.phone": { kind: "personal", confidence: "medium", says: "telephone number" },
  "pii.card": { kind: "personal", confidence: "high", says: "payment card number" },
  "pii.iban": { kind: "personal", confidence: "high", says: "bank account number" },
  "pii.national": { kind: "personal", confidence: "high", says: "national identification number" },
  "pii.ip": { kind: "personal", confidence: "medium", says: "network address of a visitor" },
  "pii.name": { kind: "personal", confidence: "medium", says: "name or address of a person" },
  echo: { kind: "echo", confidence: "certain", says: "a value found elsewhere in the file, repeated here" },
  "part.masked": { kind: "opaque", confidence: "certain", says: "a part that could not be read and was masked whole" },
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof RULES;

/** Changes when what is found changes; a manifest carries it. */
export function ruleSetHash(): string {
  const text = JSON.stringify([
    RULES,
    SECRET_WORDS,
    LIKELY_WORDS,
    DESCRIBING_WORDS,
    MIN_RANDOM,
    PREFIXED.map((rule) => [rule.id, rule.pattern.source]),
    VENDOR_DATA,
  ]);
  let hex = "";
  for (const byte of sha256(new TextEncoder().encode(text))) hex += byte.toString(16).padStart(2, "0");
  return `sha256:${hex}`;
}
