/**
 * What a name (of a header, parameter, JSON key, attribute, element) says about its value.
 * `secret`: any value is a secret. `likely`: a value that looks like a token is. `plain`: says nothing. `safe`: is known to be harmless.
 */
export type NameClass = "secret" | "likely" | "plain" | "safe";

/** Words that make a name secret wherever they stand in it. */
export const SECRET_WORDS: readonly string[] = [
  "password",
  "passwd",
  "passwort",
  "passphrase",
  "passcode",
  "pwd",
  "pass",
  "pw",
  "pin",
  "secret",
  "token",
  "tok",
  "jwt",
  "bearer",
  "apikey",
  "accesskey",
  "secretkey",
  "privatekey",
  "authkey",
  "authorization",
  "credential",
  "credentials",
  "session",
  "sessionid",
  "sess",
  "sid",
  "jsessionid",
  "phpsessid",
  "aspsessionid",
  "cookie",
  "csrf",
  "xsrf",
  "otp",
  "totp",
  "mfa",
  "passkey",
  "signature",
  "sig",
  "samlresponse",
  "samlrequest",
  "samlart",
  "relaystate",
  "assertion",
  "skiptoken",
  "viewstate",
  "requestverificationtoken",
  "wresult",
  "hmac",
  "accesstoken",
  "refreshtoken",
  "idtoken",
  "authtoken",
  "clientsecret",
  "sessiontoken",
  "sessionkey",
  "usertoken",
  "csrftoken",
  "xsrftoken",
  "connectsid",
  "cvv",
  "cvc",
  "oauthverifier",
  "verifier",
  "ssid",
  "authcode",
  "securitycode",
  "securityanswer",
  "answer",
  "sharedsecret",
  "devicesecret",
  "assertiontoken",
  "binarysecuritytoken",
  "signaturevalue",
  "ciphervalue",
  "ssotoken",
  "bearertoken",
  "masterkey",
  "encryptionkey",
  "signingkey",
  "privkey",
  "mnemonic",
  "seedphrase",
  "licensekey",
  "sas",
  "passwords",
  "secrets",
  "otps",
  "apikeys",
  "recoverycode",
  "recoverycodes",
  "backupcode",
  "backupcodes",
  "verificationcode",
  "onetimecode",
  "smscode",
  "emailcode",
  "resetcode",
  "logincode",
  "usercode",
  "devicecode",
  "scratchcode",
  "scratchcodes",
  "pincode",
  "statehandle",
  "interactionhandle",
];

/** Words that make a token-looking value suspicious. */
export const LIKELY_WORDS: readonly string[] = [
  "auth",
  "key",
  "code",
  "state",
  "nonce",
  "ticket",
  "invite",
  "magic",
  "challenge",
  "hash",
  "login",
  "sso",
  "access",
  "private",
  "cred",
  "device",
  "fingerprint",
  "salt",
  "seed",
  "proof",
  "attestation",
  "confirm",
  "verification",
  "activation",
  "reset",
  "tgt",
  "st",
  "guid",
  "jti",
  "saml",
  "oauth",
  "oidc",
  "xdt",
  "clientdata",
  "idx",
];

/** Last words that describe a secret rather than carry one: token_type, password_policy, session_timeout. */
export const DESCRIBING_WORDS: readonly string[] = [
  "type",
  "types",
  "endpoint",
  "endpoints",
  "url",
  "uri",
  "path",
  "expiry",
  "expires",
  "expiration",
  "in",
  "at",
  "ttl",
  "length",
  "len",
  "count",
  "name",
  "names",
  "status",
  "method",
  "methods",
  "supported",
  "enabled",
  "disabled",
  "required",
  "policy",
  "policies",
  "timeout",
  "age",
  "size",
  "version",
  "format",
  "label",
  "hint",
  "placeholder",
  "error",
  "errors",
  "message",
  "description",
  "algorithm",
  "alg",
  "strength",
  "field",
  "fields",
  "header",
  "headers",
  "param",
  "parameter",
  "valid",
  "visible",
  "changed",
  "created",
  "updated",
  "duration",
  "lifetime",
  "seconds",
  "minutes",
  "ms",
  "domain",
  "title",
  "text",
  "class",
  "id_hint",
  "storage",
  "location",
  "mode",
  "max",
  "min",
  "limit",
  "index",
  "provider",
  "scheme",
  "schemes",
  "scope",
  "scopes",
  "values",
  "options",
  "settings",
  "config",
  "rules",
  "exists",
  "present",
  "optional",
  "start",
  "end",
  "time",
  "date",
  "recovery",
  "link",
  "button",
  "input",
  "form",
  "page",
  "issuer",
  "audience",
  "alive",
  "active",
  "state_changed",
  "invalid",
  "expired",
  "missing",
  "mismatch",
  "incorrect",
  "failed",
  "failure",
  "success",
  "rotation",
  "channel",
  "consent",
  "manager",
  "protection",
  "replay",
  "question",
  "tooltip",
  "help",
  "info",
];

/** Complete names (letters and digits only, lower case) that hold no secret although a word in them suggests one. */
const SAFE_NAMES = new Set([
  "tokentype",
  "tokenendpoint",
  "authorizationendpoint",
  "expiresin",
  "accesscontrolallowcredentials",
  "xsrfcookiename",
  "xsrfheadername",
  "csrfheader",
  "csrfparam",
  "csrfparametername",
  "keycode",
  "keytype",
  "keyid",
  "kid",
  "keyops",
  "passive",
  "countrycode",
  "languagecode",
  "zipcode",
  "postcode",
  "postalcode",
  "statuscode",
  "errorcode",
  "regioncode",
  "currencycode",
  "codebase",
  "access",
  "pinned",
  "sessionstatus",
  "passthrough",
  "bypass",
  "compass",
  "codechallengemethod",
  "authtime",
  "authlevel",
  "authuser",
  "passed",
  "sessionstorage",
  "localstorage",
  "cookieenabled",
  "cookiesenabled",
  "keyword",
  "keywords",
  "cookiepolicy",
  "cookiesync",
  "samesite",
]);

const SECRET = new Set(SECRET_WORDS);
const LIKELY = new Set(LIKELY_WORDS);
const DESCRIBING = new Set(DESCRIBING_WORDS);

const cache = new Map<string, NameClass>();
const CACHE_MAX = 20_000;

export function nameClass(name: string): NameClass {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const result = classify(name);
  if (cache.size >= CACHE_MAX) cache.clear();
  if (name.length <= 200) cache.set(name, result);
  return result;
}

function classify(name: string): NameClass {
  if (name.length === 0 || name.length > 200) return "plain";
  const flat = flatten(name);
  if (SAFE_NAMES.has(flat)) return "safe";
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  const secret =
    SECRET.has(flat) ||
    RUN_TOGETHER.test(flat) ||
    words.some((word) => SECRET.has(word)) ||
    pairs(words).some((pair) => SECRET.has(pair));
  if (secret) return words.length > 1 && DESCRIBING.has(last) ? "likely" : "secret";
  return LIKELY.has(flat) ||
    words.some((word) => LIKELY.has(word)) ||
    /token|secret|passw|session|credential|apikey|signature/.test(flat)
    ? "likely"
    : "plain";
}

/** Headers and attributes write names in small letters only, so that no words can be told apart. */
const RUN_TOGETHER =
  /^(?:csrf|xsrf)|(?:password|passwd|passcode|passphrase|apikey|accesstoken|authtoken|sessionid|sessiontoken|clientsecret|secretkey)$/;

export function flatten(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "");
}

/** Splits at case changes, digits and punctuation: `X-Amz-SecurityToken2` gives x, amz, security, token. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "");
}

function pairs(words: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i + 1 < words.length; i++) out.push(`${words[i]}${words[i + 1]}`);
  return out;
}

/** What a server's own log names one exchange by, and which application asked: without it, support finds nothing there. */
export function isExchangeId(name: string): boolean {
  return /(?:^|[a-z_.-])(?:request|trace|span|correlation|error|incident|build|deployment|operation|activity|invocation|client|tenant)[-_. ]?id$/i.test(
    name,
  );
}

/** Parameters that tell versions of a file apart. */
export function isDigestName(name: string): boolean {
  return /(?:^|[_.-])(?:v|ver|version|rev|revision|h|hash|md5|sha\d*|etag|digest|checksum|integrity|build|commit|cb|bust\w*|cachebust\w*|fingerprint|t|ts)$/i.test(
    name,
  );
}
