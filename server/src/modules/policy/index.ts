import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Leaf } from "@breakwater/ledger";
import { loadRules, type Question } from "./cedar.ts";
import { questionOf, type PolicyRequest } from "./request.ts";

export type { CaseFacts, FileFacts, GrantFacts, PolicyRequest, Subject } from "./request.ts";

export interface Decision {
  readonly allowed: boolean;
  /** For the leaf: the set's hash and the rules that decided. */
  readonly pol: NonNullable<Leaf["pol"]>;
  /** The deciding rule in a sentence. */
  readonly why: string;
  /** What would help, where a rule says so. */
  readonly help: string | undefined;
}
export interface Policy {
  readonly set: string;
  decide(request: PolicyRequest): Decision;
}

/** What no rule permits is denied, and the leaf says so under this name. */
const DEFAULT_DENY = "default-deny";

/** Reads desk.cedar and desk.cedarschema. Throws PolicyError for a set that does not validate strictly. */
export function createPolicy(directory: string): Policy {
  const rules = loadRules(
    readFileSync(join(directory, "desk.cedar"), "utf8"),
    readFileSync(join(directory, "desk.cedarschema"), "utf8"),
  );
  const order = [...rules.rules.keys()];
  return {
    set: rules.hash,
    decide(request) {
      const question: Question = questionOf(request);
      const { decision, ids } = rules.ask(question);
      // In the order of the file, so that the same question is always explained by the same sentence.
      const decided = ids.length > 0 ? ids.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)) : [DEFAULT_DENY];
      const deciding = rules.rules.get(decided[0] ?? "");
      return {
        allowed: decision === "allow",
        pol: { set: rules.hash, ids: decided, dec: decision },
        why: deciding?.say ?? "No rule allows this.",
        help: deciding?.help,
      };
    },
  };
}
