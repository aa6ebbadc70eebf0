import { setImmediate } from "node:timers/promises";
import type { Db } from "@breakwater/sql";
import type { RuleSet } from "./cedar.ts";
import type { PolicyRequest } from "./facts.ts";
import { decideBy } from "./decide.ts";
import { countDecisions, readDecisions } from "./tables.ts";

/** Newest ones first; a decision costs a millisecond or two, and somebody waits. */
const MOST = 4_000;
const BETWEEN_BREATHS = 25;
const MOST_EXAMPLES = 50;

export interface Difference {
  readonly user: string;
  readonly action: string;
  readonly rule: string;
  readonly count: number;
  readonly last: string;
}
export interface Simulation {
  readonly tried: number;
  /** How many there are in all. */
  readonly recorded: number;
  readonly denied: number;
  readonly allowed: number;
  /** What would now be denied, or allowed, by rule and person, most often first. */
  readonly newlyDenied: readonly Difference[];
  readonly newlyAllowed: readonly Difference[];
  /** Questions that the set cannot answer: they are denied. */
  readonly failed: number;
}

/** Asks the recorded questions again, of other rules, at the time at which they were asked. */
export async function simulate(db: Db, rules: RuleSet, since: Date): Promise<Simulation> {
  const decisions = await readDecisions(db, since, MOST);
  const found = { deny: new Map<string, Difference>(), allow: new Map<string, Difference>() };
  const counts = { deny: 0, allow: 0 };
  let failed = 0;
  for (const [i, { user_id, action, dec, at, request }] of decisions.entries()) {
    if (i % BETWEEN_BREATHS === 0) await setImmediate();
    let rule = "";
    let now: "allow" | "deny" = "deny";
    try {
      // It was ours when it was stored; Cedar validates it against the schema of today.
      const decision = decideBy(rules, JSON.parse(request) as PolicyRequest, at.getTime());
      [rule, now] = [decision.rule, decision.pol.dec];
    } catch {
      failed++;
      rule = "failed";
    }
    if (now === dec) continue;
    counts[now]++;
    const key = `${rule} ${user_id} ${action}`;
    const before = found[now].get(key);
    const last = before?.last ?? at.toISOString();
    found[now].set(key, { user: user_id, action, rule, count: (before?.count ?? 0) + 1, last });
  }
  const list = (of: Map<string, Difference>): Difference[] =>
    [...of.values()].toSorted((a, b) => b.count - a.count).slice(0, MOST_EXAMPLES);
  return {
    tried: decisions.length,
    recorded: await countDecisions(db, since),
    denied: counts.deny,
    allowed: counts.allow,
    newlyDenied: list(found.deny),
    newlyAllowed: list(found.allow),
    failed,
  };
}
