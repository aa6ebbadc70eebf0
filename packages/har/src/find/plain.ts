import { nextRun, TOKEN_CHARACTERS } from "../runs.ts";
import { isPseudonym, isTrivial, looksRandom, looksToken, looksUnlikeWord, PREFIXED, PSEUDONYM } from "../shapes.ts";
import { rewriteVendorTokens } from "../vendor.ts";
import type { Place, Walker } from "../walker.ts";
import { rewriteBase64Run } from "./encoded.ts";
import { rewriteJwts } from "./jwt.ts";
import { rewriteLiterals } from "./literals.ts";
import { rewriteEmails, rewriteNumbers } from "./pii.ts";
import { rewriteUrl } from "./url.ts";

/** Texts without a structure of their own: prose, code, logs. Secrets are known by assignment, prefix or shape. */
export function rewritePlain(text: string, place: Place, w: Walker): string {
  if (text.length < 6) return text;
  const safe = text.includes("-----BEGIN") ? rewriteKeys(text, w) : text;
  if (!safe.includes("://") && !safe.includes("eyJ")) return rewriteProse(safe, place, w);
  // URLs and JWTs have readers of their own; what they left is theirs to leave.
  let out = "";
  let kept = 0;
  for (const match of safe.matchAll(STRUCTURED)) {
    out += rewriteProse(safe.slice(kept, match.index), place, w);
    out += match[0].startsWith("eyJ") ? rewriteJwts(match[0], w) : rewriteUrl(match[0], w);
    kept = match.index + match[0].length;
  }
  return out + rewriteProse(safe.slice(kept), place, w);
}

function rewriteProse(text: string, place: Place, w: Walker): string {
  if (text.length < 6) return text;
  let out = text;
  if (out.length >= 12) out = rewriteRuns(rewriteAssignments(rewriteLiterals(out, place, w), place, w), place, w);
  if (w.orderedNames !== undefined) out = rewriteOrdered(out, w.orderedNames, w);
  if (place === "code") return out;
  out = rewriteEmails(out, w);
  return out.length >= 9 && out.length < 1 << 18 ? rewriteNumbers(out, w) : out;
}

const STRUCTURED =
  /\b(?:https?|wss?|ftp|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqps?):\/\/[^\s"'<>\\^`{|}]+|eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)?/g;

function rewriteKeys(text: string, w: Walker): string {
  return text.replace(
    /(-----BEGIN [A-Z ]*(?:PRIVATE KEY|OPENSSH)[A-Z ]*-----)([\s\S]*?)(-----END [A-Z ]*-----|$)/g,
    (whole, head: string, body: string, tail: string) => {
      const inner = body.trim();
      if (inner === "" || isPseudonym(inner)) return whole;
      const next = w.secret(inner, "shape.prefix");
      return next === inner ? whole : `${head}\n${next}\n${tail}`;
    },
  );
}

/** Literals of which one stands in every name that tells of a secret; found first, since most text has none. */
const HINT =
  /pass|pwd|secret|tok|jwt|bearer|api_?-?key|access_?-?key|private_?-?key|auth|cred|sess|\bsid|csrf|xsrf|otp|sig|cookie|pin(?:code)?\b|assertion|skey|mfa|verifier|phrase|mnemonic|relaystate|saml|statehandle|interaction_?handle|codes?(?=["'\]]{0,2}\s?[:=,])|keys?(?=["'\]]{0,2}\s{0,2}[:=])/gi;
const NAME = /[A-Za-z0-9_.$[\]-]/;
const ASSIGNED =
  /["'\]]?\s{0,4}(?:[:=]|=>|:=)\s{0,4}(?:(["'`])((?:[^"'`\\\r\n]|\\.){4,4000})\1|((?:bearer|basic|token)\s+[^\s"'`;,&<>(){}]{6,}|[^\s"'`;,&<>(){}[\]]{4,4000}))|["']?\s*,\s*(["'])([^"'\\\r\n]{4,2000})\4/iy;
const ASSIGNED_ANY =
  /["'\]]?\s{0,4}(?:[:=]|=>|:=)\s{0,4}(?:(["'`])((?:[^"'`\\\r\n]|\\.){1,4000})\1|([^\s"'`;,&<>(){}[\]]{1,4000}))/y;
/** A list of two words is no assignment; `setItem("pin", "4821")` is. */
const SETTER = /(?:setItem|\.set|append|setCookie|Header|Cookie)\(\s*["']$/;
const SPACED = /\s{1,3}([A-Za-z0-9_\-./+=~]{16,4000})/y;

function rewriteAssignments(text: string, place: Place, w: Walker): string {
  const out: string[] = [];
  let kept = 0;
  HINT.lastIndex = 0;
  for (let hit = HINT.exec(text); hit !== null; hit = HINT.exec(text)) {
    let start = hit.index;
    while (start > kept && hit.index - start < 64 && NAME.test(text.charAt(start - 1))) start--;
    let end = hit.index + hit[0].length;
    while (end < text.length && end - start < 100 && NAME.test(text.charAt(end))) end++;
    const at = HINT.lastIndex;
    const name = text.slice(start, end);
    const found = assigned(text, start, end, name, place, w);
    HINT.lastIndex = Math.max(at, end);
    if (found === undefined) continue;
    const next = w.secretValue(found.value, "text.name");
    if (next !== found.value) {
      out.push(text.slice(kept, found.from), next);
      kept = found.from + found.value.length;
    }
    HINT.lastIndex = Math.max(end, found.from + found.value.length);
  }
  return out.length === 0 ? text : out.join("") + text.slice(kept);
}

/** What a policy names goes in any text, whatever it looks like. */
function rewriteOrdered(text: string, names: RegExp, w: Walker): string {
  const out: string[] = [];
  let kept = 0;
  names.lastIndex = 0;
  for (let hit = names.exec(text); hit !== null; hit = names.exec(text)) {
    ASSIGNED_ANY.lastIndex = hit.index + hit[0].length;
    const match = ASSIGNED_ANY.exec(text);
    const value = match?.[2] ?? match?.[3];
    if (match === null || value === undefined || value === "" || isPseudonym(value)) continue;
    const from = match.index + match[0].lastIndexOf(value);
    out.push(text.slice(kept, from), w.secret(value, "text.name"));
    kept = from + value.length;
    names.lastIndex = kept;
  }
  return out.length === 0 ? text : out.join("") + text.slice(kept);
}

function assigned(
  text: string,
  start: number,
  end: number,
  name: string,
  place: Place,
  w: Walker,
): { from: number; value: string } | undefined {
  const cls = w.nameClass(name);
  if (cls === "plain" || cls === "safe") return undefined;
  ASSIGNED.lastIndex = end;
  let match = ASSIGNED.exec(text);
  let value = match?.[2] ?? match?.[3] ?? match?.[5];
  if (match === null && place !== "code" && /^(?:bearer|token|basic|key|cookie)$/i.test(name)) {
    SPACED.lastIndex = end;
    match = SPACED.exec(text);
    value = match?.[1];
  }
  if (match === null || value === undefined || value === "" || PSEUDONYM.test(value)) return undefined;
  const from = match.index + match[0].lastIndexOf(value);
  const quoted = match[2] !== undefined || match[5] !== undefined;
  if (
    match[5] !== undefined &&
    (cls !== "secret" || !(looksToken(value) || SETTER.test(text.slice(Math.max(0, start - 40), start))))
  )
    return undefined;
  const scheme = /^(?:bearer|basic|token)\s+(?=\S)/i.exec(value)?.[0].length ?? 0;
  const bare = value.slice(scheme);
  if (cls === "likely" || place === "code" || !quoted) {
    if (!quoted && place === "code") return undefined;
    const glued = place !== "code" && /^["']?=$/.test(match[0].slice(0, match[0].length - value.length));
    if (
      !looksToken(bare) &&
      !(place !== "code" && cls === "secret" && isListed(text, start, from + value.length)) &&
      !(quoted && isPhrase(bare, name)) &&
      !(cls === "secret" && isPassword(bare, name, quoted, glued || ownLine(text, start, from + value.length)))
    )
      return undefined;
  } else if (/^\s|\s$|\s\S+\s/.test(bare) && !isPhrase(bare, name)) return undefined;
  return { from: from + scheme, value: bare };
}

/** `Server=db;User Id=app;Password=horse;`: in a list of settings, what is assigned is the password. */
function isListed(text: string, start: number, end: number): boolean {
  return (
    /;\s{0,2}$/.test(text.slice(Math.max(0, start - 3), start)) &&
    (end === text.length || /[;"'\s]/.test(text.charAt(end)))
  );
}

/** The assignment is all there is on its line, as in settings files. */
function ownLine(text: string, start: number, end: number): boolean {
  return (
    /(?:^|\n)[ \t-]*$/.test(text.slice(Math.max(0, start - 40), start)) &&
    /^[ \t,;]*(?:\r?\n|$)/.test(text.slice(end, end + 8))
  );
}

/** Words in small letters, as wallets and password managers draw them; a sentence for people has a capital or a full stop. */
function isPhrase(value: string, name: string): boolean {
  return /phrase|mnemonic|seed|words/i.test(name) && /^[a-z]{3,9}(?:[ -][a-z]{3,9}){3,23}$/.test(value);
}

const SHORT_SECRET = /pass|pwd|pin|otp|mfa|code|cv[cv]/i;

/**
 * Code is full of `token=this.next()`, prose of "password: forgotten?". `sure` says that the way of writing leaves no
 * doubt that something is assigned here.
 */
function isPassword(value: string, name: string, quoted: boolean, sure: boolean): boolean {
  if (/[()[\]{}<>$]/.test(value) || isTrivial(value)) return false;
  if (/^\d{4,10}$/.test(value)) return SHORT_SECRET.test(name) && (quoted || sure);
  if (/\d/.test(value) && /[A-Za-z]/.test(value)) return value.length >= 6 && (quoted || sure || !value.includes("."));
  if (!SHORT_SECRET.test(name) || value.length < 6) return false;
  return quoted ? looksUnlikeWord(value) : sure && (looksUnlikeWord(value) || /^[a-z]{8,}$/.test(value));
}

const MIN_RUN = 16;

function rewriteRuns(text: string, place: Place, w: Walker): string {
  let out: string[] | undefined;
  let kept = 0;
  for (
    let at = nextRun(text, TOKEN_CHARACTERS, MIN_RUN, 0);
    at !== undefined;
    at = nextRun(text, TOKEN_CHARACTERS, MIN_RUN, at.end)
  ) {
    const run = text.slice(at.start, at.end);
    const next = rewriteRun(run, text, at.start, place, w);
    if (next === run) continue;
    out ??= [];
    out.push(text.slice(kept, at.start), next);
    kept = at.end;
  }
  return out === undefined ? text : out.join("") + text.slice(kept);
}

const HAS_PREFIX = new RegExp(
  PREFIXED.filter((rule) => rule.id !== "pem")
    .map((rule) => rule.pattern.source)
    .join("|"),
  "g",
);

function rewriteRun(run: string, text: string, index: number, place: Place, w: Walker): string {
  if (run.length > 1 << 20) return rewriteBase64Run(run, w) ?? run;
  if (run.includes("redacted") && /redacted[0-9a-f]{8}/.test(run)) return run;
  let out = run.replace(HAS_PREFIX, (token) => w.secret(token, "shape.prefix"));
  if (out !== run) return out;
  out = rewriteVendorTokens(run, (token) => w.secret(token, "shape.prefix"));
  if (out !== run) return out;
  if (run.length < 24 && !/\d/.test(run)) return run;
  // Digests for integrity say what was loaded.
  if (
    /(?:sha(?:256|384|512)|md5)-$/i.test(text.slice(Math.max(0, index - 8), index)) ||
    /^(?:sha(?:256|384|512)|md5)-/i.test(run)
  )
    return run;
  if (run.length >= 24) {
    const decoded = rewriteBase64Run(run, w);
    if (decoded !== undefined) return decoded;
  }
  out = run.replace(/[A-Za-z0-9_+~-]{20,}=*/g, (token) =>
    randomHere(token, run, text, index, place) ? w.secret(token, "shape.random") : token,
  );
  if (
    out === run &&
    run.length >= 36 &&
    run.length <= 2048 &&
    (place !== "code" || isLiteral(text, index, run.length)) &&
    /[+/.~]/.test(run) &&
    !/^[./]|\.\w{2,5}$/.test(run) &&
    /\d.*\d/.test(run) &&
    looksRandom(run.replace(/[+/=.~]/g, ""), 30) &&
    run.split(/[/.]/).length <= 1 + run.length / 12
  ) {
    return w.secret(run.replace(/=+$/, ""), "shape.random") + (/=+$/.exec(run)?.[0] ?? "");
  }
  return out;
}

function randomHere(token: string, run: string, text: string, index: number, place: Place): boolean {
  const bare = token.replace(/^[=~+-]+|[=~+-]+$/g, "");
  if (!looksRandom(bare)) return false;
  if (place !== "code") return true;
  // In code only a whole quoted literal of token length counts; the rest is compiled names and embedded data.
  return run.length <= 512 && token.length >= 24 && isLiteral(text, index, run.length);
}

/** Is this a whole quoted literal of code? */
function isLiteral(text: string, index: number, length: number): boolean {
  const before = text.charAt(index - 1);
  return before === text.charAt(index + length) && /["'`]/.test(before);
}
