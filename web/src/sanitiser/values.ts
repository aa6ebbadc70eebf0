import { isStandIn, RULES, type InventoryCollector, type JsonValue, type Observer, type RuleId } from "@breakwater/har";
import type { Keepable, ValueRow } from "../engine/api.ts";

interface Seen {
  readonly standIn: string | undefined;
  readonly rules: Set<RuleId>;
  readonly entries: number[];
  readonly pointer: string;
  places: number;
  carriedBy: number;
  last: number;
}

const MAX_VALUES = 20_000;
const MAX_ENTRIES = 100;
const STAND_IN = /redacted[0-9a-f]{20}/g;

/** Kinds that are a person's own to show: they open nothing. */
const OPEN_KINDS: ReadonlySet<string> = new Set(["personal"]);
/** Of these nothing is gained for debugging, and everything lost. */
const NEVER_KEPT: ReadonlySet<string> = new Set(["jwt", "saml", "signature", "opaque"]);

/** Hears every stand-in while a file is redacted, and passes the rest on to the inventory. */
export class ValueCollector implements Observer {
  readonly #seen = new Map<string, Seen>();
  readonly #perEntry = new Map<number, number>();
  readonly #inventory: InventoryCollector;
  unlisted = 0;

  constructor(inventory: InventoryCollector) {
    this.#inventory = inventory;
  }

  entry(index: number, entry: JsonValue): void {
    this.#inventory.entry(index, entry);
  }

  secret(value: string, rule: RuleId, entry: number): void {
    this.#inventory.secret(value, rule, entry);
  }

  replaced(standIn: string | undefined, rule: RuleId, entry: number, pointer: () => string): void {
    this.#perEntry.set(entry, (this.#perEntry.get(entry) ?? 0) + 1);
    const key = standIn ?? rule;
    let seen = this.#seen.get(key);
    if (seen === undefined) {
      if (this.#seen.size >= MAX_VALUES) {
        this.unlisted++;
        return;
      }
      seen = {
        standIn: standIn !== undefined && isStandIn(standIn) ? standIn : undefined,
        rules: new Set(),
        entries: [],
        pointer: pointer(),
        places: 0,
        carriedBy: 0,
        last: Number.NaN,
      };
      this.#seen.set(key, seen);
    }
    seen.places++;
    seen.rules.add(rule);
    if (seen.last === entry) return;
    seen.last = entry;
    seen.carriedBy++;
    if (seen.entries.length < MAX_ENTRIES) seen.entries.push(entry);
  }

  inEntry(index: number): number {
    return this.#perEntry.get(index) ?? 0;
  }

  /** The most frequent first. `live`: stand-ins of what may still open a session. */
  rows(live: ReadonlySet<string>, strict: boolean): ValueRow[] {
    return [...this.#seen.values()].sort((a, b) => b.places - a.places).map((seen) => rowOf(seen, live, strict));
  }

  /** The values whose stand-ins occur in a text. */
  rowsIn(text: string, live: ReadonlySet<string>, strict: boolean): ValueRow[] {
    return [...new Set(text.match(STAND_IN))].flatMap((standIn) => {
      const seen = this.#seen.get(standIn);
      return seen === undefined ? [] : [rowOf(seen, live, strict)];
    });
  }
}

function rowOf(seen: Seen, live: ReadonlySet<string>, strict: boolean): ValueRow {
  const rules = [...seen.rules];
  const first = rules.find((rule) => rule !== "echo") ?? "echo";
  const { kind, confidence } = RULES[first];
  return {
    standIn: seen.standIn,
    kind,
    rules,
    places: seen.places,
    entries: seen.entries,
    carriedBy: seen.carriedBy,
    pointer: seen.pointer,
    confidence,
    keep: keepable(seen.standIn, rules, live, strict),
  };
}

function keepable(
  standIn: string | undefined,
  rules: readonly RuleId[],
  live: ReadonlySet<string>,
  strict: boolean,
): Keepable {
  if (standIn === undefined || strict) return "never";
  if (live.has(standIn)) return "live";
  const kinds = rules.map((rule) => RULES[rule].kind);
  // A claim may name a session as well as a person.
  if (rules.includes("jwt.claim")) return "reason";
  if (kinds.some((kind) => NEVER_KEPT.has(kind))) return "never";
  return kinds.every((kind) => OPEN_KINDS.has(kind) || kind === "echo") && kinds.some((kind) => OPEN_KINDS.has(kind))
    ? "yes"
    : "reason";
}
