/** What a text looks like by itself, whatever its name and place. */

/** A pseudonym of this package. It is left alone wherever it is met, so that sanitising twice changes nothing. */
export const PSEUDONYM = /redacted[0-9a-f]{8,}/;
const ONLY_PSEUDONYM = /^redacted[0-9a-f]{8,}$/;

export function isPseudonym(text: string): boolean {
  return text.length >= 16 && text.startsWith("redacted") && ONLY_PSEUDONYM.test(text);
}

const LOWER = 1;
const UPPER = 2;
const DIGIT = 4;
const OTHER = 8;

function charClass(code: number): number {
  if (code >= 97 && code <= 122) return LOWER;
  if (code >= 65 && code <= 90) return UPPER;
  if (code >= 48 && code <= 57) return DIGIT;
  return OTHER;
}

export interface Profile {
  readonly lower: number;
  readonly upper: number;
  readonly digit: number;
  readonly other: number;
  /** How often two neighbours are of different class; words have few such changes, random text many. */
  readonly changes: number;
  readonly hex: boolean;
}

export function profile(text: string): Profile {
  let lower = 0;
  let upper = 0;
  let digit = 0;
  let other = 0;
  let changes = 0;
  let beyondHex = 0;
  let before = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = charClass(code);
    if (kind === LOWER) {
      lower++;
      if (code > 102) beyondHex++;
    } else if (kind === UPPER) {
      upper++;
      if (code > 70) beyondHex++;
    } else if (kind === DIGIT) digit++;
    else {
      other++;
      if (code !== 45) beyondHex++;
    }
    if (before !== 0 && kind !== before && kind !== OTHER && before !== OTHER) changes++;
    before = kind;
  }
  return { lower, upper, digit, other, changes, hex: beyondHex === 0 };
}

/** Shortest run that is called random without any hint from its name. */
export const MIN_RANDOM = 20;

/**
 * Is this run of [A-Za-z0-9_+/=-] drawn by a machine's dice? Random base62 changes class at 0.62 of its neighbours,
 * camelCase names at about 0.33, words with a number at less. Plain hexadecimal (digests, request ids, UUIDs) is not
 * called random here, since a file is full of it; its name or place decides.
 */
export function looksRandom(text: string, min = MIN_RANDOM): boolean {
  if (text.length < min || text.length > 8192) return false;
  const p = profile(text);
  const n = text.length - p.other;
  if (n < min * 0.8 || p.hex) return false;
  if (p.lower > 0 && p.upper > 0) {
    if (p.lower + p.upper < 4 || p.other > n * 0.15) return false;
    const changes = p.changes / (n - 1);
    const words = wordShare(text);
    // The fewer digits, the more it must look unlike a name: one random text in ten of this length has at most one.
    if (p.digit >= 2 && changes >= 0.33 && words <= 0.6) return true;
    if (p.digit === 1 && changes >= 0.36 && words <= 0.4) return true;
    if (p.digit === 0 && n >= 24 && changes >= 0.42 && words <= 0.3) return true;
    return n >= MIN_RANDOM && changes >= 0.2 && isGibberish(text, n >= 30 ? 0.76 : n >= 24 ? 0.7 : 0.6);
  }
  // One case only: base32, base36.
  // A ULID tells a time and a row, as a UUID does.
  if (n < 24 || p.other > 0 || /^0[0-2][0-9A-HJKMNP-TV-Z]{24}$/.test(text)) return false;
  return (p.digit >= 4 && p.changes / (n - 1) >= 0.3) || (p.digit >= 2 && isGibberish(text, 0.6));
}

/**
 * For each letter, those that follow it in 97.5 % of the places where it stands in English and Dutch words, counted over
 * documentation and identifiers of open source packages. Of random neighbours fewer than half are among them.
 */
const FOLLOWERS =
  "aabcdfgiklmnprstuvwxy baceijlorsuy cacehiklorstuy dadegilmorsuy eabcdefgijklmnopqrstuvwxy faefilorstuy gaeghilnorsu haeimortuy iabcdefgjklmnoprstvxz jaeos kaeins ladefilopstuvy mabeilmopsu nacdefgijklnopstuvy oabcdefgiklmnoprstuvwx paehilmoprstuy qu racdefgiklmnoprstuvy sacefhiklmnopstuwy tacdefghilmnoprstuwy uabcdegilmnprst vaeio waehinors xaceipt yaeilmnopst zaeio";
const COMMON = new Uint8Array(26 * 26);
for (const group of FOLLOWERS.split(" "))
  for (const next of group.slice(1)) COMMON[(group.charCodeAt(0) - 97) * 26 + next.charCodeAt(0) - 97] = 1;

function letter(code: number): number {
  const lower = code | 32;
  return lower >= 97 && lower <= 122 ? lower - 97 : -1;
}

/** Are so few neighbouring letters (of one camelCase word) such as words have? */
function isGibberish(text: string, share: number): boolean {
  let pairs = 0;
  let common = 0;
  for (let i = 1; i < text.length; i++) {
    const a = text.charCodeAt(i - 1);
    const b = text.charCodeAt(i);
    const first = letter(a);
    const second = letter(b);
    // A capital after a small letter begins a word.
    if (first < 0 || second < 0 || (a >= 97 && b < 97)) continue;
    pairs++;
    common += COMMON[first * 26 + second] ?? 0;
  }
  return pairs >= 6 && common <= pairs * share;
}

/** A password of letters alone, such as nobody would show to people as a message or use as a name in code. */
export function looksUnlikeWord(text: string): boolean {
  return /^[^\s]{6,64}$/.test(text) && (/[!#$%^&*+?]/.test(text.slice(0, -1)) || isGibberish(text, 0.6));
}

/** How much of a text is words as names are made of: three letters or more with a vowel, a capital only at the start. */
function wordShare(text: string): number {
  let letters = 0;
  for (const word of text.match(/[A-Z][a-z]{2,}|[a-z]{3,}/g) ?? []) if (/[aeiouy]/i.test(word)) letters += word.length;
  return letters / text.length;
}

/** Hexadecimal of digest length: suspicious only under a name that says so. */
export function looksHexDigest(text: string): boolean {
  return text.length >= 32 && /^[0-9a-f]+$/i.test(text) && /[0-9]/.test(text) && /[a-f]/i.test(text);
}

export function isUuid(text: string): boolean {
  return text.length === 36 && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

/** Hexadecimal is the same in capitals, and a UUID without its dashes. */
export function spellings(value: string): readonly string[] {
  if (!isUuid(value) && !looksHexDigest(value)) return [value];
  const digits = value.replaceAll("-", "");
  return [...new Set([value, value.toLowerCase(), value.toUpperCase(), digits.toLowerCase(), digits.toUpperCase()])];
}

/** Under a suspicious name: long enough, and mixed or random. */
export function looksToken(text: string): boolean {
  if (
    text.length < 10 ||
    text.length > 65536 ||
    /[\s<>{}]/.test(text) ||
    (text.includes("redacted") && PSEUDONYM.test(text))
  )
    return false;
  if (isUuid(text) || looksHexDigest(text)) return true;
  if (/^[a-z]+:\/\//i.test(text) || /^[\d.,:TZ+-]+$/.test(text)) return false;
  const p = profile(text);
  if (p.digit === 0) return text.length >= 24 && p.lower > 0 && p.upper > 0 && p.changes / text.length > 0.4;
  return (
    p.digit >= 2 &&
    p.lower + p.upper >= 3 &&
    (p.changes >= 3 || p.hex) &&
    (looksRandom(text, 10) || p.changes / text.length >= 0.2)
  );
}

/** Values that say nothing about anybody, even in a secret place: what is missing, states, types, choices. */
const TRIVIAL = new Set(
  (
    'true false null undefined none nil nan yes no on off deleted default unknown 0 1 -1 * / "" [] {} ' +
    "active inactive expired missing invalid valid required optional enabled disabled pending present absent empty " +
    "allowed denied accepted rejected unauthenticated authenticated anonymous failed failure success error ok all any " +
    "string number boolean object array integer bearer basic cookie email sms push control strict lax no-check " +
    "no_check hidden masked [redacted] [hidden] <redacted> redacted"
  ).split(" "),
);

export function isTrivial(text: string): boolean {
  return text === "" || (text.length <= 15 && (TRIVIAL.has(text.toLowerCase()) || /^[*•x.]{3,}$/i.test(text)));
}

const CONNECTING =
  /\b(?:your?|is|are|was|has|have|the|must|please|to|at|of|for|an?|not|or|with|uw|je|het|een|niet|de|bij|met|voor)\b/gi;

/** Something said to people about a secret, under the name of the secret. Phrases that are drawn by dice have no such words in them. */
export function isSentence(text: string): boolean {
  if (text.length < 4 || text.length > 400) return false;
  if (/[\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7a3]/.test(text)) return !/[\w!@#$%^&*-]{6,}/.test(text);
  return /^\S+(?: \S+){2,}$/.test(text) && !/\S{20,}/.test(text) && (text.match(CONNECTING)?.length ?? 0) >= 2;
}

/** Words, small numbers, dates: text that occurs everywhere and identifies nobody. It is replaced where it is secret, and not searched for. */
export function isVocabulary(value: string): boolean {
  return /^[A-Za-z]+(?:[ _./:-][A-Za-z]+)*[.!?:]?$/.test(value)
    ? value.length < 40 && !looksRandom(value)
    : /^[\d.,:TZ /+-]+$/.test(value) && value.length < 12;
}

/**
 * Credentials that name themselves. Source: published token formats of the vendors, as collected in
 * gitleaks' rules (MIT). `near` is the literal that must occur before the expression is tried.
 */
export const PREFIXED: readonly { readonly id: string; readonly near: string; readonly pattern: RegExp }[] = [
  { id: "github", near: "gh", pattern: /gh[pousr]_[A-Za-z0-9]{20,255}/g },
  { id: "github-pat", near: "github_pat_", pattern: /github_pat_[A-Za-z0-9_]{22,255}/g },
  { id: "gitlab", near: "glpat-", pattern: /glpat-[A-Za-z0-9_-]{20,}/g },
  { id: "stripe", near: "_live_", pattern: /[srp]k_live_[A-Za-z0-9]{10,}/g },
  { id: "stripe-test", near: "_test_", pattern: /[srp]k_test_[A-Za-z0-9]{10,}/g },
  { id: "slack", near: "xox", pattern: /xox[abeoprs]-[A-Za-z0-9-]{10,}/g },
  { id: "slack-app", near: "xapp-", pattern: /xapp-[0-9]-[A-Za-z0-9-]{10,}/g },
  { id: "aws-id", near: "AKIA", pattern: /AKIA[0-9A-Z]{16}/g },
  { id: "aws-temp-id", near: "ASIA", pattern: /ASIA[0-9A-Z]{16}/g },
  { id: "google-api", near: "AIza", pattern: /AIza[0-9A-Za-z_-]{35}/g },
  { id: "google-oauth", near: "ya29.", pattern: /ya29\.[0-9A-Za-z_-]{20,}/g },
  { id: "google-refresh", near: "1//0", pattern: /1\/\/0[0-9A-Za-z_-]{20,}/g },
  { id: "sendgrid", near: "SG.", pattern: /SG\.[\w-]{16,32}\.[\w-]{16,64}/g },
  { id: "npm", near: "npm_", pattern: /npm_[A-Za-z0-9]{36}/g },
  { id: "pypi", near: "pypi-", pattern: /pypi-[A-Za-z0-9_-]{40,}/g },
  { id: "openai", near: "sk-", pattern: /sk-(?:proj-|ant-|live-)?[A-Za-z0-9_-]{20,}/g },
  { id: "shopify", near: "shp", pattern: /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/g },
  { id: "digitalocean", near: "_v1_", pattern: /do[opr]_v1_[a-f0-9]{64}/g },
  { id: "vault", near: "hvs.", pattern: /hvs\.[A-Za-z0-9_-]{20,}/g },
  { id: "okta", near: "00", pattern: /\b00[A-Za-z0-9_-]{40}\b/g },
  { id: "paseto", near: "v", pattern: /\bv[1-4]\.(?:local|public)\.[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)?/g },
  {
    id: "pem",
    near: "-----BEGIN",
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  { id: "atlassian", near: "ATATT3", pattern: /ATATT3[A-Za-z0-9_=-]{20,}/g },
  { id: "fernet", near: "gAAAA", pattern: /gAAAA[A-Za-z0-9_=-]{60,}/g },
];
