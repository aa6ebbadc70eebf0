/** Repeatable chance: the same seed gives the same cases on every machine. */
export interface Dice {
  number(below: number): number;
  pick<T>(items: readonly T[]): T;
  text(length: number, alphabet?: string): string;
  bytes(length: number): Uint8Array;
}

export const BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
export const BASE64URL = `${BASE62}-_`;
export const HEX = "0123456789abcdef";
export const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
export const LOWER36 = "abcdefghijklmnopqrstuvwxyz0123456789";

export function dice(seed: number): Dice {
  // xorshift128, seeded by a multiplicative hash of the seed.
  let a = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  let b = Math.imul(seed ^ 0x5bd1e995, 0x85ebca6b) >>> 0 || 2;
  let c = 0x6c078965;
  let d = 0x1b873593;
  const next = (): number => {
    const t = a ^ (a << 11);
    a = b;
    b = c;
    c = d;
    d = (d ^ (d >>> 19) ^ (t ^ (t >>> 8))) >>> 0;
    return d;
  };
  for (let i = 0; i < 20; i++) next();
  const number = (below: number): number => next() % below;
  const text = (length: number, alphabet = BASE62): string => {
    let out = "";
    while (out.length < length) out += alphabet.charAt(number(alphabet.length));
    return out;
  };
  return {
    number,
    text,
    pick: (items) => {
      const found = items[number(items.length)];
      if (found === undefined) throw new Error("Nothing to pick from.");
      return found;
    },
    bytes: (length) => Uint8Array.from({ length }, () => number(256)),
  };
}
