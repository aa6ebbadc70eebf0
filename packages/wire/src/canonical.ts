import { CodedError } from "./error.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

export class CanonicalError extends CodedError<"canonical.unsupported"> {}

/**
 * RFC 8785 (JSON Canonicalization Scheme): the one text that is hashed and signed.
 * Members with an undefined value are left out, as JSON.stringify does.
 * Throws CanonicalError for numbers and strings that JSON cannot carry (NaN, infinities, lone surrogates).
 */
export function canonicalize(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value))
      throw new CanonicalError("canonical.unsupported", "A number that is not finite cannot be written as JSON.");
    return JSON.stringify(value);
  }
  if (typeof value === "string") {
    if (!value.isWellFormed())
      throw new CanonicalError(
        "canonical.unsupported",
        "A string with a lone surrogate cannot be written as canonical JSON.",
      );
    return JSON.stringify(value);
  }
  if (isArray(value)) return `[${value.map(canonicalize).join(",")}]`;
  const members: string[] = [];
  // RFC 8785 section 3.2.3: names are ordered by UTF-16 code units, which is what sort() compares.
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member !== undefined) members.push(`${canonicalize(name)}:${canonicalize(member)}`);
  }
  return `{${members.join(",")}}`;
}

function isArray(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
