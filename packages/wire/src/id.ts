/** What an id may name. The prefix makes a wrong kind of id visible in every log and message. */
export const ID_PREFIXES = {
  org: "org_",
  user: "usr_",
  device: "dev_",
  session: "ses_",
  team: "tea_",
  invite: "inv_",
  case: "cas_",
  file: "fil_",
  part: "prt_",
  grant: "grt_",
  vendor: "ven_",
  service: "svc_",
  message: "msg_",
  view: "viw_",
} as const;

export type IdKind = keyof typeof ID_PREFIXES;
export type Id<Kind extends IdKind = IdKind> = `${(typeof ID_PREFIXES)[Kind]}${string}`;

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const BODY = /^[a-z2-7]{25}[aeimquy4]$/;

/** A new id: 128 random bits as lower-case base32 (RFC 4648 section 6, no padding) behind the kind's prefix. */
export function newId<Kind extends IdKind>(kind: Kind): Id<Kind> {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let out = "";
  let word = 0;
  let bits = 0;
  for (const byte of bytes) {
    word = (word << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += ALPHABET[(word >> bits) & 31];
    }
    word &= (1 << bits) - 1;
  }
  out += ALPHABET[(word << (5 - bits)) & 31];
  return `${ID_PREFIXES[kind]}${out}` as Id<Kind>;
}

export function isId<Kind extends IdKind>(kind: Kind, text: string): text is Id<Kind> {
  const prefix = ID_PREFIXES[kind];
  return text.startsWith(prefix) && BODY.test(text.slice(prefix.length));
}
