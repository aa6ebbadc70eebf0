import { isDeepStrictEqual } from "node:util";

/** A generator with a seed, so that a failure can be run again: mulberry32. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** First, last, and some in between. */
export function positions(length: number, some: number, random: (below: number) => number): readonly number[] {
  if (length === 0) return [];
  return [...new Set([0, length - 1, ...Array.from({ length: some }, () => random(length))])];
}

/** One bit of one byte. */
export function flipByte(bytes: Uint8Array, at: number, random: (below: number) => number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
  return copy;
}

/** One character, to another that is as likely to pass as its own: a letter stays a letter, a digit a digit. */
export function flipText(text: string, at: number, random: (below: number) => number): string {
  const was = text[at] ?? "";
  const alphabet = ALPHABETS.find((one) => one.includes(was)) ?? "~!";
  const others = [...alphabet].filter((one) => one !== was);
  return text.slice(0, at) + (others[random(others.length)] ?? "~") + text.slice(at + 1);
}
const ALPHABETS = [
  "0123456789",
  "abcdefghijklmnopqrstuvwxyz234567",
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=",
];

export interface Flip<T> {
  /** `manifest.parts.0.commit @12` */
  readonly where: string;
  readonly value: T;
}

/** The value with one character or number changed: every text and number in it, first, last and `some` characters between. */
export function* flips<T>(value: T, some: number, random: (below: number) => number, where = ""): Generator<Flip<T>> {
  const as = (changed: unknown): T => changed as T;
  if (typeof value === "string") {
    for (const at of positions(value.length, some, random))
      yield { where: `${where} @${at}`, value: as(flipText(value, at, random)) };
  } else if (typeof value === "number") {
    yield { where: `${where} +1`, value: as(value + 1) };
  } else if (Array.isArray(value)) {
    for (const [i, one] of value.entries()) {
      for (const flip of flips<unknown>(one, some, random, `${where}.${i}`))
        yield { where: flip.where, value: as(value.with(i, flip.value)) };
    }
    if (value.length > 0) yield { where: `${where} shorter`, value: as(value.slice(1)) };
    if (value.length > 1 && !isDeepStrictEqual(value, value.toReversed()))
      yield { where: `${where} reversed`, value: as(value.toReversed()) };
  } else if (typeof value === "object" && value !== null) {
    for (const [name, one] of Object.entries(value)) {
      for (const flip of flips<unknown>(one, some, random, where === "" ? name : `${where}.${name}`))
        yield { where: flip.where, value: as({ ...value, [name]: flip.value }) };
    }
  }
}

export interface Refusals {
  readonly tried: number;
  readonly codes: ReadonlyMap<string, number>;
  /** What was accepted, or refused without a code. */
  readonly faults: readonly string[];
}

/** Tries every flip. A refusal is an error with a code; the whole rest is a fault. */
export async function refusals<T>(all: Iterable<Flip<T>>, accept: (value: T) => Promise<unknown>): Promise<Refusals> {
  const codes = new Map<string, number>();
  const faults: string[] = [];
  let tried = 0;
  for (const { where, value } of all) {
    tried++;
    try {
      await accept(value);
      faults.push(`${where}: accepted`);
    } catch (error) {
      const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
      if (code === undefined) faults.push(`${where}: ${String(error)}`);
      else codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  }
  return { tried, codes, faults };
}
