import { schemas } from "@breakwater/contract";
import type { AccessView } from "../engine/index.ts";
import { call } from "./client.ts";
import { getEngine } from "./engine.ts";
import type { StatementRow } from "./queries.ts";

export interface AccessAsk {
  /** Whose log. */
  readonly org: string;
  readonly case?: string;
  readonly limit: number;
  /** case.key statements, for the sealed reasons. */
  readonly keys: readonly StatementRow[];
  readonly signal: AbortSignal;
}

/**
 * Lines of a log, verified against what this browser saw of it before. One at a time for each log, in all tabs: a checkpoint
 * that another reading verified in between would make this one's consistency proof begin at the wrong size.
 */
export function readAccess({ org, case: caseId, limit, keys, signal }: AccessAsk): Promise<AccessView> {
  return navigator.locks.request(`breakwater-access-${org}`, { signal }, async () => {
    const engine = await getEngine();
    const seen = await engine.seenSize({ org });
    const access = await call("access", {
      query: { org, case: caseId, limit, from: seen === 0 ? undefined : seen },
      answer: schemas.Access,
      signal,
    });
    const whole = caseId === undefined ? { whole: { limit } } : {};
    return engine.verifyAccess({ access, org, keys, from: seen ?? 0, ...whole }, { signal });
  });
}
