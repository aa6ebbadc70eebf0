import { CodedError } from "./error.ts";
import { utf8Decode } from "./bytes.ts";
import type { Json } from "./canonical.ts";

export interface ParseLimits {
  /** Bytes of input; more is refused before anything is parsed. */
  readonly maxBytes: number;
  /** Nesting of arrays and objects. */
  readonly maxDepth: number;
}

export class ParseError extends CodedError<"parse.tooLarge" | "parse.tooDeep" | "parse.invalid"> {}

/** Parses JSON from somebody else: bytes and depth are bounded before JSON.parse sees them. */
export function parseJson(input: Uint8Array | string, what: string, limits: ParseLimits): Json {
  const size = input.length;
  if (size > limits.maxBytes) {
    throw new ParseError("parse.tooLarge", `${what} has ${size} bytes; at most ${limits.maxBytes} are accepted.`);
  }
  let text: string;
  try {
    text = typeof input === "string" ? input : utf8Decode(input);
  } catch (cause) {
    throw new ParseError("parse.invalid", `${what} is not UTF-8 text.`, { cause });
  }
  checkDepth(text, what, limits.maxDepth);
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new ParseError("parse.invalid", `${what} is not valid JSON.`, { cause });
  }
}

function checkDepth(text: string, what: string, maxDepth: number): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth)
        throw new ParseError("parse.tooDeep", `${what} is nested deeper than ${maxDepth} levels.`);
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}
