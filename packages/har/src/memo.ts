import type { RuleId } from "./rules.ts";

/** What became of a text in its place. The same text in the same place becomes the same again. */
export interface Outcome {
  readonly text: string;
  /** Nothing in it was found, and nothing in it is encoded in a way that has to be undone to find echoes. */
  readonly inert: boolean;
  /** What an observer was told. */
  readonly told: readonly (readonly [value: string, rule: RuleId])[];
  /** With the value that was replaced, where one stand-in stands for it. */
  readonly found: readonly (readonly [rule: RuleId, value: string | undefined])[];
  readonly kept: readonly (readonly [value: string, rule: RuleId])[];
  readonly refused: readonly string[];
}

const MAX_TEXT = 1 << 14;
/** Characters kept at most, with an allowance for each item. When they are spent, all is forgotten. */
const MAX_CHARACTERS = 1 << 22;
const ALLOWANCE = 300;

/** Longer texts are kept under a digest of some of their characters: to hash all of a body costs more than to compare it. */
const MAX_KEY = 256;
const SAMPLE = 24;

function keyOf(text: string): string {
  if (text.length <= MAX_KEY) return text;
  const middle = text.length >> 1;
  return `${text.length} ${text.slice(0, SAMPLE)}${text.slice(middle, middle + SAMPLE)}${text.slice(-SAMPLE)}`;
}

interface Kept {
  readonly source: string;
  readonly outcome: Outcome;
}

/** Outcomes by place, name and text. Files repeat headers, cookies, addresses and polled bodies hundreds of times. */
export class Memo {
  readonly #places = new Map<string, Map<string, Map<string, Kept>>>();
  #spent = 0;

  get(place: string, name: string, text: string): Outcome | undefined {
    if (text.length > MAX_TEXT) return undefined;
    const kept = this.#places.get(place)?.get(name)?.get(keyOf(text));
    return kept?.source === text ? kept.outcome : undefined;
  }

  set(place: string, name: string, text: string, outcome: Outcome): void {
    if (text.length > MAX_TEXT) return;
    this.#spent += text.length + outcome.text.length + ALLOWANCE;
    if (this.#spent > MAX_CHARACTERS) {
      this.#places.clear();
      this.#spent = 0;
    }
    let names = this.#places.get(place);
    if (names === undefined) this.#places.set(place, (names = new Map()));
    let texts = names.get(name);
    if (texts === undefined) names.set(name, (texts = new Map()));
    texts.set(keyOf(text), { source: text, outcome });
  }
}

/**
 * One bit for each text of each entry, in the order of the walk: was it inert when it was read first? Such a text need
 * not be read a second time; the search for known values still sees it.
 */
export class Marks {
  #bits = new Uint8Array(1 << 12);
  #count = 0;
  #starts = new Float64Array(1 << 8);
  #entries = 0;
  #cursor = 0;

  /** Texts of the next entry follow. */
  begin(): void {
    if (this.#entries === this.#starts.length) {
      const grown = new Float64Array(this.#starts.length * 2);
      grown.set(this.#starts);
      this.#starts = grown;
    }
    this.#starts[this.#entries++] = this.#count;
  }

  push(inert: boolean): void {
    const at = this.#count++;
    if (at / 8 >= this.#bits.length) {
      const grown = new Uint8Array(this.#bits.length * 2);
      grown.set(this.#bits);
      this.#bits = grown;
    }
    if (inert) this.#bits[Math.floor(at / 8)] = (this.#bits[Math.floor(at / 8)] ?? 0) | (1 << (at % 8));
  }

  open(entry: number): void {
    this.#cursor = this.#starts[entry] ?? this.#count;
  }

  next(): boolean {
    const at = this.#cursor++;
    return at < this.#count && ((this.#bits[Math.floor(at / 8)] ?? 0) & (1 << (at % 8))) !== 0;
  }

  /** Were as many texts read as at the first time? */
  closed(entry: number): boolean {
    return this.#cursor === (entry + 1 < this.#entries ? this.#starts[entry + 1] : this.#count);
  }
}
