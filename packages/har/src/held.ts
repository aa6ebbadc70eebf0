import type { JsonValue } from "./json.ts";
import { decodeText, decodeUtf8 } from "./source.ts";

/**
 * Stands for a text that was left in bytes. U+FDD0 is a noncharacter (Unicode 16.0 section 23.7): an entry that has it
 * anyway is parsed whole, so a mark is never mistaken.
 */
const MARK = "\ufdd0held text ";
const QUOTED_MARK = `"${MARK}`;

const encoder = new TextEncoder();

/**
 * The long texts of one entry, kept out of its second parsing: most were found inert at the first, and are copied from
 * the input byte for byte. What is written is searched as a whole afterwards, wherever it came from.
 */
export class Held {
  readonly #bytes: Uint8Array;
  readonly #cuts: readonly number[];

  private constructor(bytes: Uint8Array, cuts: readonly number[]) {
    this.#bytes = bytes;
    this.#cuts = cuts;
  }

  static none(): Held {
    return new Held(new Uint8Array(0), []);
  }

  /** Parses an entry without the texts at `cuts` (first byte, byte after the last one, and so on). */
  static parse(bytes: Uint8Array, cuts: readonly number[]): { readonly value: JsonValue; readonly held: Held } {
    if (cuts.length > 0) {
      const rest = withMarks(bytes, cuts);
      if (rest !== undefined) return { value: JSON.parse(rest), held: new Held(bytes, cuts) };
    }
    return { value: JSON.parse(decodeText(bytes)), held: Held.none() };
  }

  /** The text itself, if this is a mark. */
  text = (text: string): string => {
    const bytes = this.bytes(text);
    if (bytes === undefined) return text;
    const whole: unknown = JSON.parse(decodeText(bytes));
    if (typeof whole !== "string") return text;
    return whole.startsWith(MARK) ? `\ufffd${whole.slice(1)}` : whole;
  };

  /** The text as a JSON string, if this is a mark. */
  bytes(text: string): Uint8Array | undefined {
    return this.#cuts.length > 0 && text.startsWith(MARK) ? this.#quoted(Number(text.slice(MARK.length))) : undefined;
  }

  #quoted(at: number): Uint8Array {
    return this.#bytes.subarray((this.#cuts[at] ?? 0) - 1, (this.#cuts[at + 1] ?? 0) + 1);
  }

  /** JSON of the value, with what is still held copied from the input. */
  written(value: JsonValue): Uint8Array {
    const text = JSON.stringify(value);
    if (this.#cuts.length === 0) return encoder.encode(text);
    const parts: (string | Uint8Array)[] = [];
    let room = 0;
    let kept = 0;
    for (let mark = text.indexOf(QUOTED_MARK); mark >= 0; mark = text.indexOf(QUOTED_MARK, mark + 1)) {
      const end = text.indexOf('"', mark + QUOTED_MARK.length);
      const at = Number(text.slice(mark + QUOTED_MARK.length, end));
      const cut = this.#quoted(at);
      const before = text.slice(kept, mark);
      kept = end + 1;
      parts.push(before, cut);
      room += before.length * 3 + cut.length;
    }
    parts.push(text.slice(kept));
    return joined(parts, room + (text.length - kept) * 3);
  }
}

function joined(parts: readonly (string | Uint8Array)[], room: number): Uint8Array {
  const out = new Uint8Array(room);
  let length = 0;
  for (const part of parts) {
    if (typeof part === "string") length += encoder.encodeInto(part, out.subarray(length)).written;
    else {
      out.set(part, length);
      length += part.length;
    }
  }
  return out.subarray(0, length);
}

/** The JSON with a mark in place of each text; undefined if it could hold a mark of its own. */
function withMarks(bytes: Uint8Array, cuts: readonly number[]): string | undefined {
  let text = "";
  let from = 0;
  for (let i = 0; i < cuts.length; i += 2) {
    const part = decodeUtf8(bytes.subarray(from, cuts[i]));
    if (part === undefined || mayHoldMark(part)) return undefined;
    text += `${part}${MARK}${i}`;
    from = cuts[i + 1] ?? bytes.length;
  }
  const last = decodeUtf8(bytes.subarray(from));
  return last === undefined || mayHoldMark(last) ? undefined : text + last;
}

function mayHoldMark(json: string): boolean {
  return json.includes("\ufdd0") || (json.includes("\\u") && /\\ufdd0/i.test(json));
}
