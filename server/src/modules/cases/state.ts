import { schemas } from "@breakwater/contract";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { CaseRecord, CaseValues } from "./store.ts";

export type CaseState = z.output<typeof schemas.CaseRow>["state"];

const DAY_MS = 86_400_000;
/** Somebody of the desk is expected to do something. */
const WAITS_FOR_DESK: readonly string[] = ["open", "waiting-desk"];

/** What a new state means for the times that hang on it: who waits keeps the place that they had. */
export function stateValues(
  state: CaseState,
  { waiting }: CaseRecord,
  now: Date,
): Pick<CaseValues, "state" | "waiting" | "closed"> {
  return {
    state,
    waiting: WAITS_FOR_DESK.includes(state) ? (waiting ?? now) : null,
    closed: state === "closed" ? now : null,
  };
}

/** A closed case is opened again by a lead of the desk, or by its customer while it is fresh. */
export function checkReopen(session: Session, { state, closed }: CaseRecord, now: number): void {
  if (state !== "closed") return;
  if (session.orgKind === "desk") {
    if (session.role === "lead" || session.role === "admin") return;
    throw new Problem("policy.denied", "Only the customer, a lead or an administrator opens a closed case again.");
  }
  if (closed === null || now - closed.getTime() <= schemas.REOPEN_DAYS * DAY_MS) return;
  throw new Problem("policy.denied", `The case was closed more than ${schemas.REOPEN_DAYS} days ago.`, {
    help: "Open a new case.",
  });
}
