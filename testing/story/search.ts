import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Searched {
  readonly files: number;
  readonly bytes: number;
  readonly needles: number;
  /** Places that hold a value; the value itself is not repeated. */
  readonly found: readonly string[];
}

const WINDOW = 8;
const BUCKETS = 1 << 22;

/**
 * Looks for many values in many bytes in one pass: the first eight bytes of every needle are hashed into a bitmap, and only where
 * the bitmap agrees are whole needles compared.
 */
export class Needles {
  readonly #bits = new Uint8Array(BUCKETS);
  readonly #byHash = new Map<number, Buffer[]>();
  #count = 0;

  constructor(values: Iterable<string>) {
    const seen = new Set<string>();
    for (const value of values)
      for (const form of encodings(value)) {
        const key = form.toString("latin1");
        if (form.length < WINDOW || seen.has(key)) continue;
        seen.add(key);
        this.#add(form);
      }
  }

  get size(): number {
    return this.#count;
  }

  #add(form: Buffer): void {
    const hash = hashAt(form, 0);
    this.#bits[hash] = 1;
    this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), form]);
    this.#count++;
  }

  /** Offsets at which a needle stands. */
  in(bytes: Buffer): number[] {
    const offsets: number[] = [];
    for (let at = 0; at + WINDOW <= bytes.length; at++) {
      const hash = hashAt(bytes, at);
      if (this.#bits[hash] === 0) continue;
      const hit = this.#byHash
        .get(hash)
        ?.some(
          (form) => at + form.length <= bytes.length && bytes.compare(form, 0, form.length, at, at + form.length) === 0,
        );
      if (hit === true) offsets.push(at);
    }
    return offsets;
  }
}

function hashAt(bytes: Buffer, at: number): number {
  const low = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  const high = (bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24)) >>> 0;
  return (Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) >>> 10;
}

/** A value as it is and as programs write it: URL, JSON, hex, UTF-16, and base64 at each of its three alignments. */
function* encodings(value: string): Generator<Buffer> {
  const raw = Buffer.from(value, "utf8");
  yield raw;
  for (const text of [
    encodeURIComponent(value),
    encodeURI(value),
    JSON.stringify(value).slice(1, -1),
    raw.toString("hex"),
    raw.toString("hex").toUpperCase(),
  ])
    yield Buffer.from(text, "utf8");
  yield Buffer.from(value, "utf16le");
  for (let shift = 0; shift < 3; shift++) {
    // The characters at both ends also depend on the neighbours, so the middle is what can be looked for.
    const whole = Buffer.concat([Buffer.alloc(shift), raw])
      .toString("base64")
      .replace(/=+$/, "");
    const middle = whole.slice(shift === 0 ? 0 : shift + 1, (shift + raw.length) % 3 === 0 ? undefined : -1);
    yield Buffer.from(middle, "latin1");
    yield Buffer.from(middle.replaceAll("+", "-").replaceAll("/", "_"), "latin1");
  }
}

/** Every file below a folder, and the given texts. */
export function search(needles: Needles, folder: string, texts: Readonly<Record<string, string>>): Searched {
  const found: string[] = [];
  let files = 0;
  let bytes = 0;
  const look = (name: string, content: Buffer): void => {
    bytes += content.length;
    for (const at of needles.in(content)) found.push(`${name}, byte ${at}`);
  };
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files++;
    const path = join(entry.parentPath, entry.name);
    look(path.slice(folder.length + 1), readFileSync(path));
  }
  for (const [name, text] of Object.entries(texts)) look(name, Buffer.from(text, "utf8"));
  return { files, bytes, needles: needles.size, found };
}
