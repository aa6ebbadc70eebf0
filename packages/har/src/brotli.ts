import { decompress } from "brotli/decompress";

/** RFC 7932. The format has no magic number, so what could be Brotli is told by its first and last bytes. */

const MAX_OUTPUT = 64 * 1024 * 1024;
const MAX_RATIO = 1100;
const MAX_INPUT = 1 << 22;
/** Window sizes are written in four bits, of which this one is 18 (section 9.1). */
const SMALL_WINDOW = 0x3;
const SMALL_OUTPUT = (1 << 18) - 16;
const CHUNK = 1 << 16;

interface Start {
  readonly length: number;
  /** No meta-block follows. */
  readonly last: boolean;
}

/** The header of the stream and of its first meta-block (sections 9.1 and 9.2), if these bytes have one. */
function startOf(bytes: Uint8Array): Start | undefined {
  const first = bytes[0] ?? 0;
  // An odd first nibble is a window of 18 to 24 bits; encoders write no other but for one byte of text.
  if (bytes.length < 8 || (first & 1) === 0 || (first & 15) === 1) return undefined;
  const bit = (at: number): number => ((bytes[at >> 3] ?? 0) >> (at & 7)) & 1;
  const last = bit(4) === 1;
  if (last && bit(5) === 1) return undefined;
  const start = last ? 6 : 5;
  const nibbles = 4 + bit(start) + 2 * bit(start + 1);
  if (nibbles === 7) return undefined;
  let length = 0;
  for (let i = 0; i < nibbles * 4; i++) length |= bit(start + 2 + i) << i;
  if (nibbles > 4 && length >> ((nibbles - 1) * 4) === 0) return undefined;
  return { length: length + 1, last };
}

/** After more than one meta-block an empty one ends the stream: two set bits, then padding. */
function endsEmpty(bytes: Uint8Array): boolean {
  const bits = ((bytes.at(-1) ?? 0) << 8) | (bytes.at(-2) ?? 0);
  if (bits < 0x100) return false;
  const top = 31 - Math.clz32(bits);
  return ((bits >> (top - 1)) & 1) === 1;
}

/** Lets about one random text in six through; decoding then fails at once. */
export function maybeBrotli(bytes: Uint8Array): boolean {
  const start = startOf(bytes);
  if (start === undefined || start.length > bytes.length * MAX_RATIO) return false;
  return start.length >= Math.min(bytes.length - 16, CHUNK / 4) && (start.last || endsEmpty(bytes));
}

/** Undefined where the bytes are not Brotli, are cut short, or grow beyond all reason. */
export function unbrotli(bytes: Uint8Array): Uint8Array | undefined {
  const start = startOf(bytes);
  if (start === undefined || bytes.length > MAX_INPUT || !maybeBrotli(bytes)) return undefined;
  if (start.length <= SMALL_OUTPUT) {
    // What fits in a small window is the same in a large one, which would cost megabytes at each try.
    const small = bytes.slice();
    small[0] = ((small[0] ?? 0) & 0xf0) | SMALL_WINDOW;
    const out = decoded(small, start.last ? start.length : SMALL_OUTPUT);
    if (start.last || out !== "more")
      return out === "more" || (start.last && out?.length !== start.length) ? undefined : out;
  }
  const out = decoded(bytes, Math.min(MAX_OUTPUT, start.last ? start.length : bytes.length * MAX_RATIO));
  return out === "more" ? undefined : out;
}

function decoded(bytes: Uint8Array, room: number): Uint8Array | "more" | undefined {
  try {
    return decompress(bytes, room);
  } catch (error) {
    return error instanceof Error && error.message.startsWith("Output buffer") ? "more" : undefined;
  }
}

/** Stored, not compressed (section 9.2, ISUNCOMPRESSED): every decoder reads it, and it is always the same. */
export function brotli(bytes: Uint8Array): Uint8Array {
  const chunks = Math.ceil(bytes.length / CHUNK);
  const out = new Uint8Array(bytes.length + chunks * 3 + 1);
  let at = 0;
  for (let i = 0; i < chunks; i++) {
    const piece = bytes.subarray(i * CHUNK, (i + 1) * CHUNK);
    // Window of 22 bits before the first; then: not last, four nibbles, the length less one, stored.
    const header = i === 0 ? 0xb | ((piece.length - 1) << 7) | (1 << 23) : ((piece.length - 1) << 3) | (1 << 19);
    out[at++] = header & 0xff;
    out[at++] = (header >> 8) & 0xff;
    out[at++] = (header >> 16) & 0xff;
    out.set(piece, at);
    at += piece.length;
  }
  out[at] = 3;
  return out;
}
