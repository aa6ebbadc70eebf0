import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { combine, split } from "shamir-secret-sharing";
import { concat, domainHash, toBase64url, utf8, DOMAIN } from "@breakwater/wire";
import { SealError } from "./error.ts";
import { randomBytes } from "./webcrypto.ts";

/**
 * The recovery secret: a further way to unlock (protocol 3), as 24 words for one person to keep, or split among holders of
 * whom some together are enough. It is random, so it needs no stretching.
 */
const SECRET_BYTES = 32;
const MAX_HOLDERS = 16;
const WORDS = 24;

export interface RecoveryKeys {
  /** Wraps the user key. */
  readonly wrapKey: Uint8Array<ArrayBuffer>;
  /** Signs in; base64url. The server stores its hash. It says nothing about wrapKey. */
  readonly authToken: string;
}
/** One holder's part. `text` is what is printed: it names how many are needed, and a check of the whole. */
export interface RecoveryShare {
  readonly number: number;
  readonly text: string;
}

export function newRecoverySecret(): Uint8Array<ArrayBuffer> {
  return randomBytes(SECRET_BYTES);
}

export function recoveryKeys(secret: Uint8Array): RecoveryKeys {
  if (secret.length !== SECRET_BYTES)
    throw new SealError("recovery.invalid", `A recovery secret has ${SECRET_BYTES} bytes.`);
  const derive = (what: string): Uint8Array<ArrayBuffer> =>
    new Uint8Array(hkdf(sha256, secret, undefined, utf8(`${DOMAIN}${what}`), 32));
  return { wrapKey: derive("uk-rc"), authToken: toBase64url(derive("auth-rc")) };
}

/** What the server stores to know the token again. */
export function recoveryTokenHash(token: Uint8Array): Uint8Array {
  return domainHash("auth-rc", token);
}

export function recoveryWords(secret: Uint8Array): string {
  return entropyToMnemonic(new Uint8Array(secret), wordlist);
}

/** Reads 24 words as people type them; throws recovery.invalid, saying which word is none of the list. */
export function readRecoveryWords(typed: string): Uint8Array<ArrayBuffer> {
  const words = typed
    .trim()
    .toLowerCase()
    .split(/[\s,.;]+/)
    .filter((word) => word !== "" && !/^\d+$/.test(word));
  if (words.length !== WORDS)
    throw new SealError("recovery.invalid", `These are ${words.length} words. The recovery words are ${WORDS}.`);
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  if (unknown >= 0)
    throw new SealError("recovery.invalid", `Word ${unknown + 1} is none of the recovery words. Check its spelling.`);
  try {
    return new Uint8Array(mnemonicToEntropy(words.join(" "), wordlist));
  } catch (cause) {
    throw new SealError("recovery.invalid", "These words do not belong together: one is wrong, or their order is.", {
      cause,
    });
  }
}

/** Shamir's scheme over GF(2^8): any `needed` of the shares give the secret, fewer say nothing about it. */
export async function splitRecovery(
  secret: Uint8Array,
  { holders, needed }: { readonly holders: number; readonly needed: number },
): Promise<readonly RecoveryShare[]> {
  if (
    !Number.isInteger(holders) ||
    !Number.isInteger(needed) ||
    needed < 2 ||
    needed > holders ||
    holders > MAX_HOLDERS
  )
    throw new SealError("recovery.invalid", `Split among 2 to ${MAX_HOLDERS} holders, of whom at least 2 are needed.`);
  const shares = await split(new Uint8Array(secret), holders, needed);
  return shares.map((share, at) => {
    const x = share[SECRET_BYTES] ?? 0;
    const words = entropyToMnemonic(share.slice(0, SECRET_BYTES), wordlist);
    return { number: at + 1, text: `BW1-${needed}-${x}-${checkOf(secret)} ${words}` };
  });
}

/**
 * The secret from its holders' texts. Too few shares, or shares of two secrets, would give a wrong secret without a word:
 * each share therefore names how many are needed, and a hash of the whole.
 */
export async function joinRecovery(texts: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const shares = texts.map(readShare);
  const [first] = shares;
  if (!first) throw new SealError("recovery.invalid", "Enter the shares of the holders.");
  if (shares.some(({ needed, check }) => needed !== first.needed || check !== first.check))
    throw new SealError("recovery.invalid", "These shares are of different secrets.");
  const different = new Map(shares.map((share) => [share.bytes[SECRET_BYTES], share.bytes]));
  if (different.size < first.needed)
    throw new SealError(
      "recovery.invalid",
      `These are ${different.size} different shares; ${first.needed} are needed.`,
    );
  const secret = new Uint8Array(await combine([...different.values()].slice(0, first.needed)));
  if (checkOf(secret) !== first.check)
    throw new SealError("recovery.invalid", "These shares do not give the secret that they were made from.");
  return secret;
}

interface Share {
  readonly needed: number;
  readonly check: string;
  readonly bytes: Uint8Array;
}

function readShare(text: string): Share {
  const match = /^\s*bw1-(\d{1,2})-(\d{1,3})-([\w-]{11})\s+(.*)$/is.exec(text);
  const [, needed = "", x = "", check = "", words = ""] = match ?? [];
  if (!match || Number(needed) < 2 || Number(needed) > MAX_HOLDERS || Number(x) < 1 || Number(x) > 255)
    throw new SealError("recovery.invalid", "A share begins with BW1-, numbers and a check, and has 24 words.");
  return {
    needed: Number(needed),
    check,
    bytes: concat(readRecoveryWords(words), new Uint8Array([Number(x)])),
  };
}

/** 64 bits of domainHash("sss", secret): enough to notice, too little to find the secret by. */
function checkOf(secret: Uint8Array): string {
  return toBase64url(domainHash("sss", secret).subarray(0, 8));
}
