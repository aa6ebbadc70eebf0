import type { JsonValue } from "./json.ts";
import type { RuleId } from "./rules.ts";

/**
 * Looks on while a file is read for the first time. What it is shown is secret: it keeps what it needs only as long as
 * it needs it, and shows none of it.
 */
export interface Observer {
  /** Every entry as it came, before anything in it is replaced. The value changes afterwards: read it at once. */
  entry(index: number, entry: JsonValue): void;
  /** A value found to be secret, with the entry that is being read (-1 outside the entries). */
  secret(value: string, rule: RuleId, entry: number): void;
  /** While redacting: `standIn` took the place of a value; undefined where many values share one mask. Holds no secret. */
  replaced?(standIn: string | undefined, rule: RuleId, entry: number, pointer: () => string): void;
  /** Lines of a text that is no recording, as they came. */
  text?(text: string): void;
}
