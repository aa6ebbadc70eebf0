import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { ReleaserError } from "./error.ts";

/** What the releaser knows for itself about an opening: nothing here is the server's word. */
export interface PolicyQuestion {
  readonly actor: {
    readonly id: string;
    readonly org: string;
    readonly kind: "staff" | "customer";
    readonly role: string;
  };
  /** A file, or the case whose messages are read. */
  readonly on: { readonly type: "File" | "Case"; readonly id: string; readonly org: string };
  readonly why: string;
  readonly parts: readonly string[];
  readonly purpose: string | undefined;
}
export interface Policy {
  /** "sha256:…" over the policies and their schema. */
  readonly set: string;
  /** Throws release.policy with the sentence of the rule that refused. */
  check(question: PolicyQuestion): void;
}

const NAME = "releaser";

/** The releaser's own Cedar set, apart from the server's: whoever changes the server's rules does not change these. */
export function loadPolicy(directory: string): Policy {
  const text = readFileSync(join(directory, "releaser.cedar"), "utf8");
  const schema = readFileSync(join(directory, "releaser.cedarschema"), "utf8");
  const rules = split(text);
  const staticPolicies = Object.fromEntries([...rules].map(([id, rule]) => [id, rule.text]));
  const checked = cedar.validate({ validationSettings: { mode: "strict" }, schema, policies: { staticPolicies } });
  if (checked.type === "failure" || checked.validationErrors.length > 0)
    throw broken(checked.type === "failure" ? checked.errors : checked.validationErrors.map(({ error }) => error));
  for (const parsed of [cedar.preparseSchema(NAME, schema), cedar.preparsePolicySet(NAME, { staticPolicies })]) {
    if (parsed.type === "failure") throw broken(parsed.errors);
  }
  const set = `sha256:${createHash("sha256").update(text).update("\0").update(schema).digest("base64url")}`;
  return {
    set,
    check(question) {
      const answer = cedar.statefulIsAuthorized(callOf(question));
      if (answer.type === "failure") throw broken(answer.errors);
      const { decision, diagnostics } = answer.response;
      // A rule that cannot be evaluated must not be skipped: it may be the one that forbids.
      if (diagnostics.errors.length > 0) throw broken(diagnostics.errors.map(({ error }) => error));
      if (decision === "allow") return;
      const [id] = diagnostics.reason;
      const say = id === undefined ? "No rule of the releaser allows this." : (rules.get(id)?.say ?? id);
      throw new ReleaserError("release.policy", say);
    },
  };
}

function split(text: string): ReadonlyMap<string, { readonly text: string; readonly say: string }> {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === "failure") throw broken(parts.errors);
  const rules = new Map<string, { text: string; say: string }>();
  for (const policy of parts.policies) {
    const parsed = cedar.policyToJson(policy);
    if (parsed.type === "failure") throw broken(parsed.errors);
    const { id, say } = parsed.json.annotations ?? {};
    if (id === undefined || say === undefined || rules.has(id))
      throw new ReleaserError(
        "policy.broken",
        "Each policy of the releaser needs an @id of its own and a sentence (@say).",
      );
    rules.set(id, { text: policy, say });
  }
  return rules;
}

function callOf({ actor, on, why, parts, purpose }: PolicyQuestion): cedar.StatefulAuthorizationCall {
  const org = (id: string) => ({ __entity: { type: "Org", id } });
  return {
    principal: { type: "Person", id: actor.id },
    action: { type: "Action", id: on.type === "File" ? "release" : "messages" },
    resource: { type: on.type, id: on.id },
    context: { why, parts: [...parts], ...(purpose === undefined ? {} : { purpose }) },
    entities: [
      {
        uid: { type: "Person", id: actor.id },
        attrs: { org: org(actor.org), kind: actor.kind, role: actor.role },
        parents: [],
      },
      { uid: { type: on.type, id: on.id }, attrs: { org: org(on.org) }, parents: [] },
      { uid: { type: "Org", id: actor.org }, attrs: {}, parents: [] },
      ...(actor.org === on.org ? [] : [{ uid: { type: "Org", id: on.org }, attrs: {}, parents: [] }]),
    ],
    preparsedSchemaName: NAME,
    preparsedPolicySetId: NAME,
    validateRequest: true,
  };
}

function broken(errors: readonly cedar.DetailedError[]): ReleaserError {
  return new ReleaserError(
    "policy.broken",
    `The releaser's policies cannot be used: ${errors
      .map(({ message }) => message)
      .join("; ")
      .slice(0, 500)}`,
  );
}
