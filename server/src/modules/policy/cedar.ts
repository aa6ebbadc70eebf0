import { createHash } from "node:crypto";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { schemas } from "@breakwater/contract";
import { CodedError } from "@breakwater/wire";

/** The policies cannot be used: an unknown name, a rule without a sentence. The server does not start with such a set. */
export class PolicyError extends CodedError<"policy.broken"> {}

export interface Rule {
  readonly text: string;
  readonly effect: "permit" | "forbid";
  /** The rule in a sentence for people. */
  readonly say: string;
  /** What would change the answer. */
  readonly help: string | undefined;
  /** Whom to ask. */
  readonly who: Helper | undefined;
  /** What the page offers to do at once. */
  readonly act: RemedyAct | undefined;
}
export const HELPERS = ["lead", "desk-admin", "own-admin", "assignee", "customer"] as const;
export type Helper = (typeof HELPERS)[number];
export type RemedyAct = (typeof schemas.REMEDIES)[number];
export interface RuleSet {
  /** "sha256:…" over policies and schema. */
  readonly hash: string;
  readonly rules: ReadonlyMap<string, Rule>;
  ask(call: Question): Answer;
}
export type Question = Pick<
  cedar.StatefulAuthorizationCall,
  "principal" | "action" | "resource" | "context" | "entities"
>;
export interface Answer {
  readonly decision: "allow" | "deny";
  /** Ids of the rules that decided. */
  readonly ids: readonly string[];
}

/** Parses and strictly validates a set, and keeps it parsed under its hash. */
export function loadRules(text: string, schema: string): RuleSet {
  const rules = splitRules(text);
  const staticPolicies = Object.fromEntries([...rules].map(([id, rule]) => [id, rule.text]));
  const checked = cedar.validate({ validationSettings: { mode: "strict" }, schema, policies: { staticPolicies } });
  if (checked.type === "failure") throw broken(checked.errors);
  if (checked.validationErrors.length > 0) throw broken(checked.validationErrors.map(({ error }) => error));
  const hash = `sha256:${createHash("sha256").update(text).update("\0").update(schema).digest("base64url")}`;
  for (const parsed of [cedar.preparseSchema(hash, schema), cedar.preparsePolicySet(hash, { staticPolicies })]) {
    if (parsed.type === "failure") throw broken(parsed.errors);
  }
  return {
    hash,
    rules,
    ask(call) {
      const answer = cedar.statefulIsAuthorized({
        ...call,
        preparsedSchemaName: hash,
        preparsedPolicySetId: hash,
        validateRequest: true,
      });
      if (answer.type === "failure") throw broken(answer.errors);
      const { decision, diagnostics } = answer.response;
      // Cedar skips a rule that fails to evaluate; it may be the one that forbids.
      if (diagnostics.errors.length > 0) throw broken(diagnostics.errors.map(({ error }) => error));
      return { decision, ids: diagnostics.reason };
    },
  };
}

function splitRules(text: string): ReadonlyMap<string, Rule> {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === "failure") throw broken(parts.errors);
  const rules = new Map<string, Rule>();
  for (const policy of parts.policies) {
    const parsed = cedar.policyToJson(policy);
    if (parsed.type === "failure") throw broken(parsed.errors);
    const { id, say, help, who, do: act } = parsed.json.annotations ?? {};
    if (id === undefined || say === undefined)
      throw new PolicyError("policy.broken", `A policy needs @id and @say: ${policy.slice(0, 80)}`);
    if (rules.has(id)) throw new PolicyError("policy.broken", `Two policies have the id ${id}.`);
    rules.set(id, {
      text: policy,
      effect: parsed.json.effect,
      say,
      help: help ?? undefined,
      who: oneOf(HELPERS, who, id),
      act: oneOf(schemas.REMEDIES, act, id),
    });
  }
  return rules;
}

function oneOf<T extends string>(words: readonly T[], text: string | null | undefined, id: string): T | undefined {
  if (text === undefined || text === null) return undefined;
  const found = words.find((word) => word === text);
  if (found === undefined)
    throw new PolicyError("policy.broken", `The policy ${id} says "${text}", which is none of ${words.join(", ")}.`);
  return found;
}

function broken(errors: readonly cedar.DetailedError[]): PolicyError {
  return new PolicyError(
    "policy.broken",
    `The policies cannot be used: ${errors
      .map(({ message }) => message)
      .join("; ")
      .slice(0, 1000)}`,
  );
}
