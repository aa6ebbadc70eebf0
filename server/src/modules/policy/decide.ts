import type { Leaf } from "@breakwater/ledger";
import type { Helper, RemedyAct, RuleSet } from "./cedar.ts";
import type { PolicyRequest } from "./facts.ts";
import { questionOf } from "./request.ts";

export interface Decision {
  readonly allowed: boolean;
  /** For the leaf: the set's hash and the rules that decided. */
  readonly pol: NonNullable<Leaf["pol"]>;
  /** The deciding rule, and the rule in a sentence. */
  readonly rule: string;
  readonly why: string;
  /** What would help, whom to ask and what to do at once, where a rule says so. */
  readonly help: string | undefined;
  readonly who: Helper | undefined;
  readonly act: RemedyAct | undefined;
}
/** What no rule permits is denied, and the leaf says so under this name. */
const DEFAULT_DENY = "default-deny";

export function decideBy(rules: RuleSet, request: PolicyRequest, now: number): Decision {
  const { decision, ids } = rules.ask(questionOf(request, request.now ?? now));
  const order = [...rules.rules.keys()];
  // In the order of the file, so that the same question is always explained by the same sentence.
  const decided = ids.length > 0 ? ids.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)) : [DEFAULT_DENY];
  const [rule = DEFAULT_DENY] = decided;
  const deciding = rules.rules.get(rule);
  return {
    allowed: decision === "allow",
    pol: { set: rules.hash, ids: decided, dec: decision },
    rule,
    why: deciding?.say ?? "No rule allows this.",
    help: deciding?.help,
    who: deciding?.who,
    act: deciding?.act,
  };
}
