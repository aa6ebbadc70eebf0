import { MIN_LENGTH, type Dictionary } from "./dictionary.ts";
import type { Engine } from "./engine.ts";
import { Held } from "./held.ts";
import { setOwn, type JsonObject, type JsonValue } from "./json.ts";
import { Proof } from "./proof.ts";
import { holdsKnown } from "./verify.ts";

/** Short texts that were searched before. When full, all are forgotten. */
const MAX_SEEN = 20_000;
const MAX_SEEN_LENGTH = 400;

/**
 * The last look at what is about to be written: every string, name and number, whatever its place and whatever was done
 * with it before. Echoes of known values are replaced; what still holds one is masked whole.
 */
export class Cleaner {
  readonly #dictionary: Dictionary;
  readonly #engine: Engine;
  readonly #leak: () => Error;
  /** For tests: nothing is mended, every find is a leak. */
  readonly #strict: boolean;
  readonly #seen = new Set<string>();
  readonly #proof: Proof;
  #held = Held.none();

  constructor(dictionary: Dictionary, engine: Engine, leak: () => Error, strict: boolean) {
    this.#dictionary = dictionary;
    this.#engine = engine;
    this.#leak = leak;
    this.#strict = strict;
    this.#proof = new Proof(dictionary);
  }

  /** The value, of which some texts are held as bytes: those in which nothing is known stay so. */
  clean(value: JsonValue, held = Held.none()): JsonValue {
    this.#held = held;
    return this.#value(value);
  }

  #value(value: JsonValue): JsonValue {
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "number") return this.#number(value);
    if (typeof value !== "object" || value === null) return value;
    const path = this.#engine.path;
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        path.push(i);
        value[i] = this.#value(value[i] ?? null);
        path.pop();
      }
      return value;
    }
    return this.#object(value);
  }

  #object(value: JsonObject): JsonObject {
    const path = this.#engine.path;
    let renamed: Map<string, string> | undefined;
    for (const name of Object.keys(value)) {
      const member = value[name] ?? null;
      path.push(name);
      const next = this.#value(member);
      if (next !== member) setOwn(value, name, next);
      path.pop();
      if (name.length < MIN_LENGTH) continue;
      const safe = this.#text(name);
      if (safe !== name) (renamed ??= new Map()).set(name, safe);
    }
    if (renamed === undefined) return value;
    const out: JsonObject = {};
    for (const [name, member] of Object.entries(value)) setOwn(out, renamed.get(name) ?? name, member);
    return out;
  }

  #text(text: string): string {
    const bytes = this.#held.bytes(text);
    if (bytes !== undefined) return this.#proof.clears(bytes) ? text : this.#search(this.#held.text(text));
    return text.length < MIN_LENGTH || (text.length <= MAX_SEEN_LENGTH && this.#seen.has(text))
      ? text
      : this.#search(text);
  }

  #search(text: string): string {
    let clean = text;
    if (holdsKnown(this.#dictionary, text)) {
      if (this.#strict) throw this.#leak();
      clean = this.#engine.echoes(text);
      if (holdsKnown(this.#dictionary, clean))
        return this.#engine.refuse("a secret could not be taken out of this text");
    }
    if (clean.length <= MAX_SEEN_LENGTH) {
      if (this.#seen.size >= MAX_SEEN) this.#seen.clear();
      this.#seen.add(clean);
    }
    return clean;
  }

  #number(value: number): number {
    if (!this.#dictionary.numeric || Math.abs(value) < 10 ** (MIN_LENGTH - 1)) return value;
    const text = JSON.stringify(value);
    if (!this.#dictionary.occursIn(text)) return value;
    if (this.#strict) throw this.#leak();
    return Number(this.#engine.number(text, "echo"));
  }
}
