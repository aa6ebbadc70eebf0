import type { Piece } from "./split.ts";

/** Cuts out entries whose places are known from the first time, without reading what is in them. */
export class Cutter {
  readonly #places: Places;
  #offset = 0;
  #index = 0;
  #held: Uint8Array | undefined;
  #filled = 0;

  constructor(places: Places) {
    this.#places = places;
  }

  push(bytes: Uint8Array): Piece[] {
    const chunk = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const done: Piece[] = [];
    const end = this.#offset + chunk.length;
    for (; this.#index < this.#places.count; this.#index++) {
      const { offset, length } = this.#places.at(this.#index);
      if (offset >= end) break;
      this.#held ??= new Uint8Array(length);
      const piece = chunk.subarray(
        Math.max(0, offset - this.#offset),
        Math.min(chunk.length, offset + length - this.#offset),
      );
      this.#held.set(piece, this.#filled);
      this.#filled += piece.length;
      if (this.#filled < length) break;
      done.push({
        index: this.#index,
        offset,
        length,
        bytes: this.#held,
        dropped: [],
        texts: this.#places.texts(this.#index),
      });
      this.#held = undefined;
      this.#filled = 0;
    }
    this.#offset = end;
    return done;
  }

  /** Every entry was there again. */
  get complete(): boolean {
    return this.#index === this.#places.count;
  }
}

/** Offsets and lengths of entries, and where the long texts in each stand: sixteen bytes each, and eight for each text. */
export class Places {
  #numbers = new Float64Array(1 << 8);
  #texts = new Uint32Array(1 << 8);
  #firstText = new Uint32Array(1 << 8);
  #textCount = 0;
  count = 0;

  add(offset: number, length: number, texts: readonly number[]): void {
    if (this.count * 2 === this.#numbers.length) {
      const grown = new Float64Array(this.#numbers.length * 2);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    if (this.count === this.#firstText.length) this.#firstText = doubled(this.#firstText);
    this.#numbers[this.count * 2] = offset;
    this.#numbers[this.count * 2 + 1] = length;
    this.#firstText[this.count] = this.#textCount;
    this.count++;
    for (const number of texts) {
      if (this.#textCount === this.#texts.length) this.#texts = doubled(this.#texts);
      this.#texts[this.#textCount++] = number;
    }
  }

  at(index: number): { readonly offset: number; readonly length: number } {
    return { offset: this.#numbers[index * 2] ?? 0, length: this.#numbers[index * 2 + 1] ?? 0 };
  }

  texts(index: number): readonly number[] {
    const end = index + 1 < this.count ? this.#firstText[index + 1] : this.#textCount;
    return Array.from(this.#texts.subarray(this.#firstText[index], end));
  }
}

function doubled(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(numbers.length * 2);
  grown.set(numbers);
  return grown;
}
