import { looksToken } from "./shapes.ts";

/**
 * One step of an RFC 6901 pointer. A name in a file may itself be a secret or a person (tokens and addresses are used as
 * JSON names), and pointers stand in reports: names that are not plain words are shown as a star.
 */
export function pointerStep(step: string | number): string {
  if (typeof step === "number") return String(step);
  return /^[\w$.:[\]-]{0,60}$/.test(step) && !looksToken(step) ? step : "*";
}
