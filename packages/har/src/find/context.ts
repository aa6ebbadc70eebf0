import { flatten, wordsOf } from "../names.ts";
import { looksHexDigest, looksToken } from "../shapes.ts";

/**
 * Hexadecimal, UUIDs and the like say nothing about themselves: a file is full of request ids, digests and keys of rows.
 * What stands around them tells which of them open something.
 */

const SESSION_PATH =
  /\/(?:log-?[io]n|sign-?[io]n|auth(?:n|enticate|entication|orize|orization)?|oauth2?|oidc|sso|saml2?|tokens?|sessions?|session-?token|refresh(?:-?token)?|introspect|mfa|otp|credentials?|jwt|idp|webauthn|passkeys?|impersonate)(?:[/.;]|$)/i;

/** Does a request to this address open or renew a session? */
export function opensSession(url: string): boolean {
  const end = url.search(/[?#]/);
  const head = end < 0 ? url : url.slice(0, end);
  return head.length < 2000 && SESSION_PATH.test(head.replace(/^[a-z]+:\/\/[^/]*/i, ""));
}

/** First words of messages that carry what opens a session. */
const SESSION_MESSAGE =
  /^(?:(?:re-?)?auth(?:enticat(?:e|ion)|oriz(?:e|ation)|_init|_request|_response)?|log-?in|sign-?in|identify|connect|connection_init|handshake|session(?:[._-]?(?:start|created?|init|update|resume))?|resume|token|access_?token)$/i;
const MESSAGE_NAMES = new Set(["type", "op", "action", "event", "cmd", "command", "method", "msg", "t", "kind"]);

export function isMessageName(name: string): boolean {
  return MESSAGE_NAMES.has(name.toLowerCase());
}

export function isSessionMessage(text: string): boolean {
  return text.length <= 40 && SESSION_MESSAGE.test(text);
}

const STORES = new Set(["localstorage", "sessionstorage", "indexeddb", "webstorage", "storage"]);

/** A dump of what a browser keeps for a site: state of applications, and their tokens under any name. */
export function isStore(name: string): boolean {
  return STORES.has(flatten(name));
}

/** Last words of names that tell rows, versions, files and exchanges apart and open nothing. */
const TELLS_APART = new Set(
  (
    "id ids uid uuid uuids guid oid iid pid rid tid kid ref refs number no index sub tenant org organization organisation " +
    "team group groups role roles permission permissions scope scopes policy account customer client app application " +
    "user users member owner parent trace span request correlation transaction operation activity build version " +
    "commit revision rev etag tag digest checksum crc md5 integrity sha asset assets file files filename image img " +
    "icon avatar photo logo thumbnail picture src href url uri path slug locale theme color colour module chunk bundle " +
    "release deployment instance node pod host region env environment name title label description type status model variant " +
    "experiment flag segment cohort campaign sku product item order invoice cursor page hash fingerprint color"
  ).split(" "),
);

export function tellsApart(name: string): boolean {
  const words = wordsOf(name);
  return TELLS_APART.has(words.at(-1) ?? "") || /(?:id|uuid|guid|hash|sha\d*|md5|etag|checksum)$/.test(flatten(name));
}

/** In such a context: drawn by a machine, and under a name that does not say it is an identifier. */
export function opens(value: string, name: string): boolean {
  return value.length >= 20 && value.length <= 4096 && looksToken(value) && !tellsApart(name);
}

/** Names that say nothing at all. */
const EMPTY_NAMES = new Set(
  "a b d e k p q r s x y z aa data value val result results payload content text string body response object".split(
    " ",
  ),
);

/** Anywhere: 128 bits of hexadecimal under a name that says nothing. Digests have names that say so. */
export function isBareHex(value: string, name: string): boolean {
  return (
    (value.length === 32 ||
      value.length === 40 ||
      value.length === 48 ||
      value.length === 64 ||
      value.length === 96 ||
      value.length === 128) &&
    EMPTY_NAMES.has(name.toLowerCase()) &&
    looksHexDigest(value)
  );
}
