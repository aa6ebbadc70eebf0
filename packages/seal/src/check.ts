import { fromBase64url, isId, parseJson, type IdKind, type Json, type JsonObject } from "@breakwater/wire";
import { SealError, type SealErrorCode } from "./error.ts";

/** Reads one untrusted value into a checked one, or throws Unfit naming where it is wrong. Unknown members are refused. */
export type Check<T> = (value: Json | undefined, at: string) => T;

class Unfit extends Error {}

type Members = Readonly<Record<string, Check<unknown>>>;
type Read<M extends Members> = { readonly [K in keyof M]: M[K] extends Check<infer T> ? T : never };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What another reader checks. */
export const anyJson: Check<Json> = (value) => value ?? null;

/** An object with exactly these members; those of `optional` may be absent. */
export function shape<M extends Members, O extends Members = Record<never, never>>(
  required: M,
  optional?: O,
): Check<Read<M> & Partial<Read<O>>> {
  const maybe: Members = optional ?? {};
  return (value, at) => {
    if (!isObject(value)) throw new Unfit(`${at} is not an object`);
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(required, name) && !Object.hasOwn(maybe, name))
        throw new Unfit(`${at} has the unknown member "${name.slice(0, 40)}"`);
    }
    const out: Record<string, unknown> = {};
    for (const [name, check] of Object.entries(required)) {
      if (!Object.hasOwn(value, name)) throw new Unfit(`${at}.${name} is missing`);
      out[name] = check(value[name], `${at}.${name}`);
    }
    for (const [name, check] of Object.entries(maybe)) {
      if (Object.hasOwn(value, name)) out[name] = check(value[name], `${at}.${name}`);
    }
    return out as Read<M> & Partial<Read<O>>;
  };
}

export function list<T>(check: Check<T>, max: number): Check<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new Unfit(`${at} is not a list`);
    if (value.length > max) throw new Unfit(`${at} has ${value.length} members; at most ${max} are accepted`);
    return value.map((item: Json, i) => check(item, `${at}[${i}]`));
  };
}

export function text(max: number, pattern?: RegExp): Check<string> {
  return (value, at) => {
    if (typeof value !== "string") throw new Unfit(`${at} is not text`);
    if (value.length > max) throw new Unfit(`${at} has ${value.length} characters; at most ${max} are accepted`);
    if (!value.isWellFormed()) throw new Unfit(`${at} is not well-formed Unicode`);
    if (pattern && !pattern.test(value)) throw new Unfit(`${at} is not of the expected form`);
    return value;
  };
}

export function constant<const T extends string | number>(...allowed: readonly T[]): Check<T> {
  return (value, at) => {
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw new Unfit(`${at} is not ${allowed.join(" or ")}`);
    return found;
  };
}

export const flag: Check<boolean> = (value, at) => {
  if (typeof value !== "boolean") throw new Unfit(`${at} is not true or false`);
  return value;
};

export function id(kind: IdKind): Check<string> {
  return (value, at) => {
    if (typeof value !== "string" || !isId(kind, value)) throw new Unfit(`${at} is not the id of a ${kind}`);
    return value;
  };
}

/** A key's name: `<id>#<epoch>`. */
export const keyName: Check<string> = text(80, /^[a-z_]{3,12}[a-z2-7]{26}#[1-9][0-9]{0,5}$/);

export function integer(min: number, max: number): Check<number> {
  return (value, at) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) {
      throw new Unfit(`${at} is not a whole number from ${min} to ${max}`);
    }
    return value;
  };
}

/** base64url of `min` to `max` bytes, kept as text. */
export function binary(min: number, max: number = min): Check<string> {
  return (value, at) => {
    if (typeof value !== "string" || value.length > Math.ceil((max * 4) / 3))
      throw new Unfit(`${at} is not base64url of at most ${max} bytes`);
    let length: number;
    try {
      length = fromBase64url(value).length;
    } catch {
      throw new Unfit(`${at} is not base64url without padding`);
    }
    if (length < min || length > max)
      throw new Unfit(`${at} has ${length} bytes; expected ${min === max ? min : `${min} to ${max}`}`);
    return value;
  };
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** ISO 8601 UTC with milliseconds, one text per instant. */
export const time: Check<string> = (value, at) => {
  if (typeof value !== "string" || !TIME.test(value))
    throw new Unfit(`${at} is not a time like 2026-01-02T03:04:05.678Z`);
  const instant = Date.parse(value);
  if (Number.isNaN(instant) || new Date(instant).toISOString() !== value)
    throw new Unfit(`${at} is not a time that exists`);
  return value;
};

export function read<T>(
  check: Check<T>,
  value: Json | undefined,
  what: { readonly name: string; readonly code: SealErrorCode },
): T {
  try {
    return check(value, what.name);
  } catch (cause) {
    if (cause instanceof Unfit) throw new SealError(what.code, `${cause.message}.`);
    throw cause;
  }
}

/** Parses bounded JSON text and reads it with the check. */
export function readText<T>(
  check: Check<T>,
  input: Uint8Array | string,
  what: { readonly name: string; readonly code: SealErrorCode; readonly maxBytes: number },
): T {
  let value: Json;
  try {
    value = parseJson(input, what.name, { maxBytes: what.maxBytes, maxDepth: 12 });
  } catch (cause) {
    throw new SealError(what.code, cause instanceof Error ? cause.message : `${what.name} cannot be read.`, { cause });
  }
  return read(check, value, what);
}
