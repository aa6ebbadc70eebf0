import type { Purpose } from "../../engine/index.ts";
import { m } from "../../i18n/index.ts";

export const PURPOSE_NAMES: Readonly<Record<Purpose, () => string>> = {
  diagnose: m.view_purpose_diagnose,
  reproduce: m.view_purpose_reproduce,
  "verify-fix": m.view_purpose_verify_fix,
  quality: m.view_purpose_quality,
  security: m.view_purpose_security,
  "break-glass": m.grant_purpose_break_glass,
  "own-file": m.view_purpose_own_file,
};

/** What staff may say; `own-file` is a customer's. */
export const STAFF_PURPOSES = [
  "diagnose",
  "reproduce",
  "verify-fix",
  "quality",
  "security",
] as const satisfies readonly Purpose[];

export function purposeName(why: string): string {
  return Object.entries(PURPOSE_NAMES).find(([purpose]) => purpose === why)?.[1]() ?? why;
}
