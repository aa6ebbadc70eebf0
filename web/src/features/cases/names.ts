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
