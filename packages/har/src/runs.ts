/** Sets of characters as tables, so that membership is one load. */
function table(pattern: RegExp): Uint8Array {
  const out = new Uint8Array(128);
  for (let c = 0; c < 128; c++) if (pattern.test(String.fromCharCode(c))) out[c] = 1;
  return out;
}

export const BASE64_CHARACTERS = table(/[A-Za-z0-9+/_-]/);
export const TOKEN_CHARACTERS = table(/[A-Za-z0-9_+/=.~-]/);
export const SEPARATED_CHARACTERS = table(/[0-9A-Fa-f :,]/);

const WORD_CHARACTERS = table(/[A-Za-z,.!?'_-]/);

export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The next run of at least `min` characters of the set at or after `from`. It looks at every `min`-th character and only
 * then back (as Boyer and Moore do), so a text of short words costs a fraction of its length; a regular expression with
 * `{20,}` starts again at each character of each word.
 */
export function nextRun(text: string, set: Uint8Array, min: number, from: number): Span | undefined {
  let start = from;
  for (let probe = from + min - 1; probe < text.length; probe = start + min - 1) {
    let i = probe;
    while (i >= start && has(set, text.charCodeAt(i))) i--;
    if (i >= start) {
      start = i + 1;
      continue;
    }
    let end = probe + 1;
    while (end < text.length && has(set, text.charCodeAt(end))) end++;
    return { start, end };
  }
  return undefined;
}

function has(set: Uint8Array, code: number): boolean {
  return code < 128 && set[code] === 1;
}

/** The same for bytes. */
export function nextByteRun(bytes: Uint8Array, set: Uint8Array, min: number, from: number): Span | undefined {
  let start = from;
  for (let probe = from + min - 1; probe < bytes.length; probe = start + min - 1) {
    let i = probe;
    while (i >= start && set[bytes[i] ?? 0] === 1) i--;
    if (i >= start) {
      start = i + 1;
      continue;
    }
    let end = probe + 1;
    while (end < bytes.length && set[bytes[end] ?? 0] === 1) end++;
    return { start, end };
  }
  return undefined;
}

/** The shortest text without a space that any rule looks at, unless it holds a digit or a sign. */
const SHORTEST_RUN = 16;

/** Short words and nothing else, as most texts of a file are: no rule finds anything there. */
export function isProse(text: string, from = 0, to = text.length): boolean {
  let run = 0;
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x20) run = 0;
    else if (c >= 128 || WORD_CHARACTERS[c] !== 1 || ++run >= SHORTEST_RUN) return false;
  }
  return true;
}
