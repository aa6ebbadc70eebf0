import { HarError } from "./error.ts";
import type { Pseudonyms } from "./key.ts";
import type { Mode, Policy } from "./policy.ts";
import { RULES, type Kind, type RuleId } from "./rules.ts";

/** A value that stays readable although a rule says that it is secret: a loosening, named without the value. */
export interface KeptValue {
  /** What stood for it before, under the same key. It stands in the result no more. */
  readonly standIn: string;
  readonly rule: RuleId;
  readonly kind: Kind;
  /** Places in which it would have been replaced by this rule. */
  readonly places: number;
}

const NAMED = /^redacted[0-9a-f]{20}$/;
const MAX_KEPT = 1000;

export function isStandIn(text: string): boolean {
  return NAMED.test(text);
}

/** The values that the owner of the file keeps, named by their stand-ins: nobody has to hand a secret in to keep it. */
export class Keep {
  readonly #wanted: ReadonlySet<string>;
  readonly #pseudonyms: Pseudonyms;
  readonly #met = new Map<string, { standIn: string; rule: RuleId; places: number }>();

  constructor(wanted: readonly string[], pseudonyms: Pseudonyms) {
    this.#wanted = new Set(wanted.slice(0, MAX_KEPT));
    this.#pseudonyms = pseudonyms;
  }

  holds(value: string): boolean {
    return this.#wanted.size > 0 && this.#wanted.has(this.#pseudonyms.of(value));
  }

  met(value: string, rule: RuleId): void {
    const standIn = this.#pseudonyms.of(value);
    const key = `${standIn} ${rule}`;
    const met = this.#met.get(key);
    if (met === undefined) this.#met.set(key, { standIn, rule, places: 1 });
    else met.places++;
  }

  kept(): readonly KeptValue[] {
    return [...this.#met.values()].map(({ standIn, rule, places }) => ({
      standIn,
      rule,
      kind: RULES[rule].kind,
      places,
    }));
  }
}

export function checkKeep(keep: readonly string[], mode: Mode, policy: Policy | undefined): void {
  if (keep.length === 0) return;
  if (mode === "strict") throw new HarError("har.policy", "In strict mode no value can be kept readable.");
  if (policy?.keepValues === false)
    throw new HarError("har.policy", `The policy "${policy.name}" forbids to keep a value readable.`);
  if (!keep.every(isStandIn))
    throw new HarError("har.policy", "A value to keep is named by its stand-in: redacted and 20 hexadecimal digits.");
}
