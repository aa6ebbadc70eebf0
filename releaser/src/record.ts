import { ORDERS, type KnownStanding, type OrderType } from "@breakwater/seal";
import { parseJson, type Json, type JsonObject } from "@breakwater/wire";

/** The desk that this releaser serves, for ever, with the statements that its keys were read from. */
export interface PinRecord {
  readonly t: "pin";
  readonly desk: string;
  readonly statements: readonly Json[];
}
/** The last tree of a log that was cosigned. */
export interface HeadRecord {
  readonly t: "head";
  readonly origin: string;
  readonly size: number;
  readonly root: string;
}
/** A case's key was made: when its file is gone, it was destroyed and is never made again. */
export interface KeyRecord {
  readonly t: "key";
  readonly org: string;
  readonly case: string;
}
export interface ReleaseRecord {
  readonly t: "release";
  readonly leaf: string;
  /** The act's signature; records of before it was kept have none. */
  readonly act?: string;
  /** Milliseconds, by the releaser's clock. */
  readonly at: number;
  readonly actor: string;
  readonly org: string;
  readonly grant?: { readonly id: string; readonly hash: string };
  readonly head: HeadRecord;
}
/** A standing that was found to count (protocol 10): what a later request leaves out changes nothing. */
export interface StandingRecord extends KnownStanding {
  readonly t: "standing";
}
/** What an organisation demands of openings, by its own newest word: leaving it out of a request changes nothing. */
export interface SettingsRecord {
  readonly t: "settings";
  readonly org: string;
  readonly created: string;
  readonly approve: "none" | "lead" | "customer" | "both";
  readonly breakGlass: boolean;
}
/** A logged order that was carried out: it is remembered for ever. */
export interface OrderRecord {
  readonly t: "order";
  readonly order: OrderType;
  readonly org: string;
  readonly case: string;
  readonly file?: string;
  /** The entry's index in its organisation's log: of two orders about holding, the later one counts. */
  readonly index: number;
  readonly leaf: string;
  /** Milliseconds, by the releaser's clock. */
  readonly at: number;
}
export type Record = PinRecord | HeadRecord | KeyRecord | ReleaseRecord | StandingRecord | SettingsRecord | OrderRecord;

const LIMITS = { maxBytes: 16 * 1024 * 1024, maxDepth: 16 };

/** Throws for whatever this program did not write. */
export function parseRecord(line: string): Record {
  const value = parseJson(line, "the record", LIMITS);
  switch (text(value, "t")) {
    case "pin":
      return { t: "pin", desk: text(value, "desk"), statements: list(value, "statements") };
    case "head":
      return head(value);
    case "key":
      return { t: "key", org: text(value, "org"), case: text(value, "case") };
    case "standing":
      return {
        t: "standing",
        of: oneOf(value, "of", ["user", "device", "vendor", "service"]),
        id: text(value, "id"),
        by: oneOf(value, "by", ["org", "own"]),
        state: oneOf(value, "state", ["active", "suspended", "revoked"]),
        created: text(value, "created"),
      };
    case "settings":
      return {
        t: "settings",
        org: text(value, "org"),
        created: text(value, "created"),
        approve: oneOf(value, "approve", ["none", "lead", "customer", "both"]),
        breakGlass: member(value, "breakGlass") === true,
      };
    case "release": {
      const grant = member(value, "grant");
      return {
        t: "release",
        leaf: text(value, "leaf"),
        ...(member(value, "act") === undefined ? {} : { act: text(value, "act") }),
        at: count(value, "at"),
        actor: text(value, "actor"),
        org: text(value, "org"),
        ...(grant === undefined ? {} : { grant: { id: text(grant, "id"), hash: text(grant, "hash") } }),
        head: head(member(value, "head")),
      };
    }
    case "order": {
      const file = member(value, "file");
      return {
        t: "order",
        order: orderType(text(value, "order")),
        org: text(value, "org"),
        case: text(value, "case"),
        ...(file === undefined ? {} : { file: text(value, "file") }),
        index: count(value, "index"),
        leaf: text(value, "leaf"),
        at: count(value, "at"),
      };
    }
    default:
      throw new TypeError("This is not a record of the releaser.");
  }
}

function orderType(name: string): OrderType {
  const found = ORDERS.find((one) => one === name);
  if (found === undefined) throw new TypeError("This is not an order that the releaser knows.");
  return found;
}

function head(value: Json | undefined): HeadRecord {
  return { t: "head", origin: text(value, "origin"), size: count(value, "size"), root: text(value, "root") };
}

function member(value: Json | undefined, name: string): Json | undefined {
  if (!isObject(value)) throw new TypeError("A record is not an object.");
  return value[name];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: Json | undefined, name: string): string {
  const found = member(value, name);
  if (typeof found !== "string") throw new TypeError(`The record's ${name} is not text.`);
  return found;
}

function oneOf<const W extends string>(value: Json | undefined, name: string, words: readonly W[]): W {
  const found = words.find((word) => word === text(value, name));
  if (found === undefined) throw new TypeError(`The record's ${name} is not one of ${words.join(", ")}.`);
  return found;
}

function count(value: Json | undefined, name: string): number {
  const found = member(value, name);
  if (typeof found !== "number" || !Number.isSafeInteger(found) || found < 0)
    throw new TypeError(`The record's ${name} is not a count.`);
  return found;
}

function list(value: Json | undefined, name: string): readonly Json[] {
  const found = member(value, name);
  if (!Array.isArray(found)) throw new TypeError(`The record's ${name} is not a list.`);
  return found;
}
