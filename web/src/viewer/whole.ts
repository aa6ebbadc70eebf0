/** The one part of a file that is no recording, in this realm only: its bytes, and for text its lines. */
export interface Whole {
  readonly role: "text" | "raw";
  readonly bytes: Uint8Array;
  /** Undefined for bytes that are shown as bytes. */
  readonly lines: readonly string[] | undefined;
}

export function isWhole(role: string): role is Whole["role"] {
  return role === "text" || role === "raw";
}

/** Gathers what the engine decrypts. */
export class WholeReader {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
  }

  end(role: Whole["role"]): Whole {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks.length = 0;
    return { role, bytes, lines: linesOf(role, bytes) };
  }
}

/** What was sealed as bytes is shown as text where it is nothing else: nobody looked into it, and showing runs nothing. */
function linesOf(role: Whole["role"], bytes: Uint8Array): readonly string[] | undefined {
  if (role === "raw" && bytes.subarray(0, 65_536).includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).split(/\r\n|\n/);
  } catch {
    return undefined;
  }
}

const ROW = 16;

export function hexRows(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / ROW);
}

/** One row as people read bytes: where, the bytes, and the characters that have a shape. */
export function hexRow(
  bytes: Uint8Array,
  row: number,
): { readonly at: string; readonly hex: string; readonly text: string } {
  const part = [...bytes.subarray(row * ROW, row * ROW + ROW)];
  return {
    at: (row * ROW).toString(16).padStart(8, "0"),
    hex: part.map((byte) => byte.toString(16).padStart(2, "0")).join(" "),
    text: part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join(""),
  };
}

/** Numbers of the lines that hold the words, whatever the case of their letters. */
export function findLines(lines: readonly string[], words: string): readonly number[] {
  const wanted = words.toLowerCase();
  return lines.flatMap((line, at) => (line.toLowerCase().includes(wanted) ? [at] : []));
}
