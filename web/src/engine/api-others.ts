/** What the engine says about text that is no recording (docs/protocol.md 12). */
export interface SanitisedText {
  readonly handle: string;
  readonly fileName: string;
  /** log, json, yaml, env, xml, … */
  readonly kind: string;
  readonly lines: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
  /** What the verification searched the result for, and found nothing. */
  readonly checkedValues: number;
  readonly checkedEncodings: number;
  /** The beginning of what will be sealed. */
  readonly head: string;
  readonly whole: boolean;
  /** Numbers of lines in which something was replaced, from 1. */
  readonly found: readonly number[];
}
