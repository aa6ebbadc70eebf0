import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { loadRules, PolicyError } from "./cedar.ts";

/** What is wrong with a text, and where: lines and columns from 1. */
export interface TextProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly help: string | undefined;
}

const MOST_PROBLEMS = 50;

/** Nothing when the text is a set that may hold; strict, like the start of the server. */
export function checkText(text: string, schema: string): readonly TextProblem[] {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === "failure") return flatten(parts.errors).map((error) => problemOf(error, text, 0));
  const offsets = offsetsOf(text, parts.policies);
  // Cedar's own names for the policies stand in its messages: there they become the rules' ids.
  const named = Object.fromEntries(parts.policies.map((policy, i) => [`policy${i}`, policy]));
  const checked = cedar.validate({
    validationSettings: { mode: "strict" },
    schema,
    policies: { staticPolicies: named },
  });
  if (checked.type === "failure") return flatten(checked.errors).map((error) => problemOf(error, text, 0));
  const problems = checked.validationErrors.flatMap(({ policyId, error }) => {
    const at = Number(policyId.slice("policy".length));
    const id = idOf(parts.policies[at] ?? "");
    return flatten([error])
      .map((one) => problemOf(one, text, offsets[at] ?? 0))
      .map((one) => ({ ...one, message: one.message.replace(`\`${policyId}\``, `"${id}"`) }));
  });
  return problems.length > 0 ? problems.slice(0, MOST_PROBLEMS) : houseProblems(text, schema, parts.policies, offsets);
}

/** What Cedar lets pass and we do not: a rule without an id and a sentence, an id twice, a helper that nobody is. */
function houseProblems(
  text: string,
  schema: string,
  policies: readonly string[],
  offsets: readonly number[],
): readonly TextProblem[] {
  try {
    loadRules(text, schema);
    return [];
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const at = policies.findLastIndex((policy) => error.message.includes(idOf(policy)));
    return [{ ...placeOf(text, offsets[at] ?? 0), message: error.message, help: undefined }];
  }
}

function idOf(policy: string): string {
  return /@id\("([^"]+)"\)/u.exec(policy)?.[1] ?? policy.slice(0, 80);
}

/** Byte offsets of the policies in the text, in order: two may be spelled alike. */
function offsetsOf(text: string, policies: readonly string[]): readonly number[] {
  const offsets: number[] = [];
  let from = 0;
  for (const policy of policies) {
    const at = text.indexOf(policy, from);
    offsets.push(Buffer.byteLength(text.slice(0, Math.max(at, 0))));
    if (at >= 0) from = at + policy.length;
  }
  return offsets;
}

function flatten(errors: readonly cedar.DetailedError[]): readonly cedar.DetailedError[] {
  return errors.slice(0, MOST_PROBLEMS);
}

function problemOf({ message, help, sourceLocations }: cedar.DetailedError, text: string, offset: number): TextProblem {
  const [label] = sourceLocations ?? [];
  const detail = label?.label;
  return {
    ...placeOf(text, offset + (label?.start ?? 0)),
    message: detail === undefined || detail === null ? message : `${message}: ${detail}`,
    help: help ?? undefined,
  };
}

/** Cedar counts bytes of UTF-8. */
function placeOf(text: string, byte: number): { readonly line: number; readonly column: number } {
  const before = Buffer.from(text).subarray(0, byte).toString("utf8");
  const lines = before.split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
