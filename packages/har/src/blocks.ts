import type { Sink } from "./source.ts";

/** Few large writes cost a fraction of many small ones. */
const BLOCK = 1 << 18;

/** Gathers what is written into blocks of its own, so that a sink may keep them. */
export class Blocks {
  readonly #sink: Sink;
  #block = new Uint8Array(BLOCK);
  #length = 0;
  written = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.written += bytes.length;
    if (this.#length + bytes.length > BLOCK) await this.flush();
    if (bytes.length > BLOCK) {
      await this.#sink.write(bytes);
      return;
    }
    this.#block.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  async flush(): Promise<void> {
    if (this.#length === 0) return;
    const full = this.#block.subarray(0, this.#length);
    this.#block = new Uint8Array(BLOCK);
    this.#length = 0;
    await this.#sink.write(full);
  }
}
