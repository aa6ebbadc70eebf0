import { formatList, formatNumber, m } from "../i18n/index.ts";
import { ruleName } from "./words.ts";

/** "The customer kept 1 value readable: e-mail address", with the reasons that were given. */
export function keptText(kept: readonly { readonly rule: string; readonly reason: string }[]): string {
  const rules = kept.map(({ rule, reason }) => (reason === "" ? ruleName(rule) : `${ruleName(rule)} (${reason})`));
  return m.san_kept_by_customer({
    count: kept.length,
    number: formatNumber(kept.length),
    rules: formatList(rules),
  });
}
