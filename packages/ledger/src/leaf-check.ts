import { isId, type Json, type JsonObject } from "@breakwater/wire";
import { LedgerError } from "./error.ts";
import { ACTOR_KINDS, isLeafType, LEAF_TYPES, WHYS, type Leaf } from "./leaf.ts";

/** One check for each member: true when the value may stand there. */
type Check = (value: Json) => boolean;

const hash = text(/^[A-Za-z0-9_-]{43}$/);
const base64url = text(/^[A-Za-z0-9_-]{1,60000}$/);
const word = text(/^[A-Za-z0-9][A-Za-z0-9._:#@/-]{0,255}$/);
const isoTime: Check = (value) =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) && isRealTime(value);

const MEMBERS: Readonly<Record<keyof Leaf, Check>> = {
  v: (value) => value === 1,
  t: (value) => typeof value === "string" && isLeafType(value),
  ts: isoTime,
  at: isoTime,
  org: (value) => typeof value === "string" && isId("org", value),
  case: (value) => typeof value === "string" && isId("case", value),
  file: (value) => typeof value === "string" && isId("file", value),
  parts: list(word, 16),
  actor: object({ id: word, kind: oneOf(ACTOR_KINDS) }, { dev: word }),
  ses: hash,
  net: object({}, { ip: base64url, pfx: text(/^[\x21-\x7e]{1,128}$/) }),
  pol: object({ set: text(/^sha256:[A-Za-z0-9_-]{43,64}$/), ids: list(word, 256), dec: oneOf(["allow", "deny"]) }, {}),
  grant: (value) => typeof value === "string" && isId("grant", value),
  rpk: hash,
  man: hash,
  n: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  why: oneOf(WHYS),
  x: object({ to: word, enc: base64url, ct: base64url }, {}),
  what: text(/^[\x20-\x7e]{1,1024}$/),
  asig: text(/^[A-Za-z0-9_-]{86}$/),
};

/** Says whether a JSON value is a leaf: known members only, each of the right shape, and all that its type needs. */
export function checkLeaf(value: Json): Leaf {
  if (!isObject(value)) throw new LedgerError("leaf.malformed", "The leaf is not a JSON object.");
  const { t } = value;
  if (typeof t !== "string" || !isLeafType(t))
    throw new LedgerError(
      "leaf.type",
      `${typeof t === "string" ? JSON.stringify(t.slice(0, 60)) : "What stands in t"} is not a leaf type.`,
    );
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (!isMember(name))
      throw new LedgerError("leaf.member", `A leaf has no member ${JSON.stringify(name.slice(0, 60))}.`);
    if (!MEMBERS[name](member))
      throw new LedgerError("leaf.member", `The member ${name} of a ${t} leaf does not hold what it should.`);
  }
  for (const name of ["v", "ts", "org", "actor", ...LEAF_TYPES[t]]) {
    if (value[name] === undefined) throw new LedgerError("leaf.member", `A ${t} leaf needs the member ${name}.`);
  }
  // Every member was checked above against the shape that Leaf gives it.
  return value as unknown as Leaf;
}

function text(pattern: RegExp): Check {
  return (value) => typeof value === "string" && pattern.test(value);
}

function oneOf(words: readonly string[]): Check {
  return (value) => typeof value === "string" && words.includes(value);
}

function list(item: Check, most: number): Check {
  return (value) =>
    Array.isArray(value) && value.length <= most && value.every(item) && new Set(value).size === value.length;
}

function object(required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>>): Check {
  const checks = { ...required, ...optional };
  return (value) => {
    if (!isObject(value)) return false;
    if (Object.keys(required).some((name) => value[name] === undefined)) return false;
    return Object.entries(value).every(([name, member]) => {
      if (member === undefined) return true;
      return Object.hasOwn(checks, name) && checks[name]?.(member) === true;
    });
  };
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMember(name: string): name is keyof Leaf {
  return Object.hasOwn(MEMBERS, name);
}

function isRealTime(time: string): boolean {
  const date = new Date(time);
  return !Number.isNaN(date.getTime()) && date.toISOString() === time;
}
