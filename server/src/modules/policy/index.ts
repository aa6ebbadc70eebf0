import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sql } from "@breakwater/sql";
import { decideBy, type Decision } from "./decide.ts";
import type { PolicyRequest } from "./facts.ts";
import { DecisionRecord } from "./record.ts";
import { Sets } from "./sets.ts";

export type {
  CaseAction,
  CaseFacts,
  FileFacts,
  GrantAction,
  GrantFacts,
  OpeningRules,
  PolicyRequest,
} from "./facts.ts";
export { checkText } from "./check.ts";
export { loadRules, type RuleSet } from "./cedar.ts";
export type { Decision } from "./decide.ts";
export { KEEP_DECISIONS_MS } from "./record.ts";
export { onlyTightens } from "./sets.ts";
export { simulate } from "./simulate.ts";
export { insertSet, lockSet, policyMigrations, readSets, updateSet, type StoredSet } from "./tables.ts";
export { subjectOf } from "./subject.ts";

export interface Policy {
  /** Hash of the set that holds now. */
  readonly set: string;
  decide(request: PolicyRequest): Decision;
}
/** What the page about the rules needs besides. */
export interface ManagedPolicy extends Policy {
  readonly sets: Sets;
  /** Writes what is still in memory. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Reads desk.cedar and desk.cedarschema. Throws PolicyError for a set that does not validate strictly. */
export function createPolicy(directory: string, now: () => number): Policy {
  return policyOver(readFiles(directory, {}), now);
}

/** The same with the sets that people made since, and a record of what was asked. */
export async function createManagedPolicy(
  directory: string,
  deps: { readonly sql: Sql; readonly now: () => number; readonly report: (error: unknown) => void },
): Promise<ManagedPolicy> {
  const sets = readFiles(directory, deps);
  await sets.reload();
  const record = new DecisionRecord(deps);
  return {
    ...policyOver(sets, deps.now, record),
    get set() {
      return sets.at(deps.now()).hash;
    },
    sets,
    flush: () => record.flush(),
    close: () => record.close(),
  };
}

function readFiles(
  directory: string,
  { sql, report = () => undefined }: { readonly sql?: Sql; readonly report?: (error: unknown) => void },
): Sets {
  const read = (name: string): string => readFileSync(join(directory, name), "utf8");
  return new Sets(read("desk.cedar"), read("desk.cedarschema"), { sql, report });
}

function policyOver(sets: Sets, now: () => number, record?: DecisionRecord): Policy {
  return {
    get set() {
      return sets.at(now()).hash;
    },
    decide(request) {
      const at = now();
      const decision = decideBy(sets.at(at), request, at);
      record?.note(request, decision.pol.dec, at);
      return decision;
    },
  };
}
