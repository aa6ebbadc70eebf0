import type { Manifest } from "@breakwater/har";
import type { Role } from "@breakwater/seal";
import { ROLES } from "@breakwater/seal";
import { parseJson, type Json, type JsonObject } from "@breakwater/wire";
import type { KeptRow } from "./api.ts";
import { EngineError } from "./error.ts";

/**
 * What the sanitiser says about a sealed file, to the people on the case (docs/protocol.md 6): sealed to the case key, and
 * signed with the rest of the manifest by the uploader's device. It holds no value, and no place of one.
 */
export interface SanitiserDocument {
  readonly v: 1;
  readonly tool: string;
  readonly version: string;
  readonly rules: string;
  readonly mode: string;
  readonly at: string;
  readonly input: { readonly bytes: number; readonly hmac: string };
  readonly output: { readonly bytes: number; readonly sha256: string };
  /** SHA-256 of each part before it was sealed, base64url. */
  readonly parts: Readonly<Partial<Record<Role, string>>>;
  readonly verified: { readonly values: number; readonly encodings: number };
  readonly refused: number;
  /** Values that the uploader kept readable, each with the reason given. */
  readonly kept: readonly KeptValueView[];
}
export interface KeptValueView {
  readonly rule: string;
  /** Every rule by which it would have gone. */
  readonly rules: readonly string[];
  readonly kind: string;
  readonly places: number;
  readonly reason: string;
  readonly at: string;
}

const MAX_BYTES = 12_272;
const MAX_KEPT = 100;
const MAX_RULES = 100;

export function documentOf(
  manifest: Manifest,
  kept: readonly KeptRow[],
  parts: SanitiserDocument["parts"],
): SanitiserDocument {
  const { tool, version, rules, mode, at, input, output, verified, refused } = manifest;
  return {
    v: 1,
    tool,
    version,
    rules,
    mode,
    at,
    input,
    output,
    parts,
    verified: { values: verified.values, encodings: verified.encodings.length },
    refused,
    kept: kept.map((one) => ({
      rule: one.rule,
      rules: one.rules,
      kind: one.kind,
      places: one.places,
      reason: one.reason,
      at: one.at,
    })),
  };
}

/** Strict about what is read and used; members of later versions are passed over. */
export function readDocument(text: string): SanitiserDocument {
  const value = parseJson(text, "the sanitiser's document", { maxBytes: MAX_BYTES, maxDepth: 6 });
  const doc = objectOf(value);
  if (doc["v"] !== 1) throw unfit("v");
  const parts = objectOf(doc["parts"]);
  const input = objectOf(doc["input"]);
  const output = objectOf(doc["output"]);
  const verified = objectOf(doc["verified"]);
  const kept = doc["kept"];
  if (!Array.isArray(kept) || kept.length > MAX_KEPT) throw unfit("kept");
  return {
    v: 1,
    tool: wordOf(doc, "tool"),
    version: wordOf(doc, "version"),
    rules: wordOf(doc, "rules"),
    mode: wordOf(doc, "mode"),
    at: wordOf(doc, "at"),
    input: { bytes: countOf(input, "bytes"), hmac: wordOf(input, "hmac") },
    output: { bytes: countOf(output, "bytes"), sha256: wordOf(output, "sha256") },
    parts: Object.fromEntries(
      ROLES.filter((role) => parts[role] !== undefined).map((role) => [role, wordOf(parts, role)]),
    ),
    verified: { values: countOf(verified, "values"), encodings: countOf(verified, "encodings") },
    refused: countOf(doc, "refused"),
    kept: kept.map((item: Json) => {
      const one = objectOf(item);
      return {
        rule: wordOf(one, "rule"),
        rules: rulesOf(one),
        kind: wordOf(one, "kind"),
        places: countOf(one, "places"),
        reason: wordOf(one, "reason"),
        at: wordOf(one, "at"),
      };
    }),
  };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectOf(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw unfit("object");
  return value;
}

function wordOf(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value !== "string" || value.length > 1000) throw unfit(name);
  return value;
}

function rulesOf(object: JsonObject): readonly string[] {
  const value = object["rules"];
  if (!Array.isArray(value) || value.length > MAX_RULES) throw unfit("rules");
  return value.map((rule: Json) => wordOf({ rule }, "rule"));
}

function countOf(object: JsonObject, name: string): number {
  const value = object[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw unfit(name);
  return value;
}

function unfit(member: string): EngineError {
  return new EngineError(
    "engine.document",
    `What the sanitiser says about this file cannot be read (${member}). The file was sealed by another program.`,
  );
}
