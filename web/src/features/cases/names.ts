import { schemas } from "@breakwater/contract";
import type { CaseRow } from "../../api/index.ts";
import type { CASE_TYPES, SENSITIVITIES } from "./lists.ts";
import { m } from "../../i18n/index.ts";
import type { Tone } from "../../ui/index.ts";

export function typeName(type: (typeof CASE_TYPES)[number]): string {
  const names = {
    problem: m.case_type_problem,
    question: m.case_type_question,
    access: m.case_type_access,
    security: m.case_type_security,
  } as const;
  return names[type]();
}

export function sensitivityName(sensitivity: (typeof SENSITIVITIES)[number]): string {
  const names = {
    normal: m.case_sensitivity_normal,
    high: m.case_sensitivity_high,
    restricted: m.case_sensitivity_restricted,
  } as const;
  return names[sensitivity]();
}

export function sensitivityTone(sensitivity: (typeof SENSITIVITIES)[number]): Tone {
  return sensitivity === "restricted" ? "danger" : sensitivity === "high" ? "warn" : "neutral";
}

export type CaseState = CaseRow["state"];
export type Priority = CaseRow["priority"];
export const STATES: readonly CaseState[] = schemas.CASE_STATES;
/** The most urgent first, as people read them. */
export const PRIORITIES: readonly Priority[] = schemas.PRIORITIES.toReversed();

export function stateName(state: CaseState): string {
  const names = {
    open: m.case_state_open,
    "waiting-desk": m.case_state_waiting_desk,
    "waiting-customer": m.case_state_waiting_customer,
    solved: m.case_state_solved,
    closed: m.case_state_closed,
  } as const;
  return names[state]();
}

export function stateTone(state: CaseState): Tone {
  const tones = {
    open: "ok",
    "waiting-desk": "warn",
    "waiting-customer": "info",
    solved: "neutral",
    closed: "neutral",
  } as const;
  return tones[state];
}

export function priorityName(priority: Priority): string {
  const names = {
    low: m.case_priority_low,
    normal: m.case_priority_normal,
    high: m.case_priority_high,
    urgent: m.case_priority_urgent,
  } as const;
  return names[priority]();
}

export function priorityTone(priority: Priority): Tone {
  return priority === "urgent" ? "danger" : priority === "high" ? "warn" : "neutral";
}
