/**
 * How hard a passphrase is to guess, in bits, from below: characters by the classes used, less for repeats and runs, and
 * words counted as words (2^11 each, as from a list of 2048), whichever estimate is lower. A hint to people; the wall is Argon2id.
 */
export type StrengthHint = "short" | "repeats" | "common" | "fair" | "strong";

const BITS_FAIR = 55;
const BITS_STRONG = 70;
const MIN_LENGTH = 12;
const COMMON =
  /(pass ?(word|phrase)|qwert|asdf|letmein|welcome|breakwater|support|admin|12345|abcde|iloveyou|geheim|wachtwoord)/i;

export interface Strength {
  readonly bits: number;
  readonly hint: StrengthHint;
  readonly enough: boolean;
}

export function strengthOf(passphrase: string): Strength {
  const text = passphrase.normalize("NFKC").trim();
  const symbols = [...text];
  const bits = Math.round(Math.min(characterBits(symbols), wordBits(text)));
  const stripped = text.replace(new RegExp(COMMON, "gi"), "");
  if (symbols.length < MIN_LENGTH) return { bits, hint: "short", enough: false };
  if (COMMON.test(text) && characterBits([...stripped]) < BITS_FAIR) return { bits, hint: "common", enough: false };
  if (bits < BITS_FAIR) return { bits, hint: "repeats", enough: false };
  return { bits, hint: bits < BITS_STRONG ? "fair" : "strong", enough: true };
}

function characterBits(symbols: readonly string[]): number {
  const text = symbols.join("");
  let alphabet = 0;
  if (/[a-z]/.test(text)) alphabet += 26;
  if (/[A-Z]/.test(text)) alphabet += 26;
  if (/\d/.test(text)) alphabet += 10;
  if (/[^\w\s]|_|\s/.test(text)) alphabet += 20;
  if (/[^\p{Script=Latin}\p{N}\p{P}\p{S}\s]/u.test(text)) alphabet += 1000;
  let counted = 0;
  symbols.forEach((symbol, at) => {
    const step = at === 0 ? undefined : (symbol.codePointAt(0) ?? 0) - (symbols[at - 1]?.codePointAt(0) ?? 0);
    const seen = symbols.indexOf(symbol) < at;
    counted += step !== undefined && Math.abs(step) <= 1 ? 0.2 : seen ? 0.75 : 1;
  });
  return counted * Math.log2(Math.max(alphabet, 2));
}

function wordBits(text: string): number {
  const words = text.split(/[\s\-_.]+/).filter((word) => word.length > 0);
  if (words.length < 2 || words.some((word) => !/^[\p{L}]+$/u.test(word))) return Number.POSITIVE_INFINITY;
  return new Set(words.map((word) => word.toLowerCase())).size * 11 + 4;
}

// No letters or digits that are taken for each other when written down; a power of two, so that no value is likelier.
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

/** Five groups of four characters: a hundred bits that can be written on paper. */
export function suggestPassphrase(
  random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes),
): string {
  const bytes = random(new Uint8Array(20));
  const symbols = [...bytes].map((byte) => ALPHABET[byte & 31] ?? "x");
  return [0, 4, 8, 12, 16].map((at) => symbols.slice(at, at + 4).join("")).join("-");
}
