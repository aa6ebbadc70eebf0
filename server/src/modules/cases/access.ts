import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { subjectOf, type CaseFacts, type Decision } from "../policy/index.ts";
import type { CasesDeps } from "./face.ts";
import { readCase, type CaseRecord } from "./store.ts";

/** The case if this reader may see it; request.notFound otherwise, as for one that does not exist. */
export async function visible({ sql, policy }: CasesDeps, session: Session, caseId: string): Promise<CaseRecord> {
  const record = await readCase(sql.db, caseId);
  if (record === undefined) throw notFound();
  const decision = policy.decide({ subject: subjectOf(session), action: "case.read", case: caseFacts(record) });
  // The same answer as for a case that does not exist.
  if (!decision.allowed && record.org !== session.org) throw notFound();
  refuse(decision);
  return record;
}

export function caseFacts({
  case_id,
  org,
  state,
  sensitivity,
  jurisdiction,
  assignees,
  team,
  held,
}: CaseRecord): CaseFacts {
  const facts = { case: case_id, org, state, sensitivity, jurisdiction, hold: held, assignees };
  return team === null ? facts : { ...facts, team };
}

/** Throws policy.denied with the rule's sentence, what would help, and whom to ask. */
export function refuse(
  decision: Decision,
  more: { readonly leaf?: number; readonly ask?: readonly { readonly user: string; readonly name: string }[] } = {},
): void {
  if (decision.allowed) return;
  const { rule, why, help, act: remedy } = decision;
  throw new Problem("policy.denied", why, {
    ...(help === undefined ? {} : { help }),
    ...(more.leaf === undefined ? {} : { leaf: more.leaf }),
    denial: { rule, remedy, ask: more.ask ?? [] },
  });
}

export function notFound(): Problem {
  return new Problem("request.notFound", "There is no such case.");
}
