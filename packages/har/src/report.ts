import type { KeptValue } from "./keep.ts";
import type { Mode } from "./policy.ts";
import { RULES, ruleSetHash, type Confidence, type Kind, type RuleId } from "./rules.ts";

export const TOOL = "breakwater-har";
export const VERSION = "0.1.0";

export interface Finding {
  readonly rule: RuleId;
  readonly kind: Kind;
  /** Entry number, or -1 for the part outside the entries. */
  readonly entry: number;
  /** RFC 6901 pointer to the string (of the file) in which it stood. */
  readonly pointer: string;
  readonly confidence: Confidence;
}

export interface Refused {
  readonly entry: number;
  readonly pointer: string;
  readonly reason: string;
}

/** What was done, without any value or piece of one. */
export interface Report {
  readonly tool: string;
  readonly version: string;
  /** Hash of the rules that were in force. */
  readonly rules: string;
  readonly entries: number;
  readonly counts: {
    readonly byKind: Readonly<Record<string, number>>;
    readonly byRule: Readonly<Record<string, number>>;
    readonly total: number;
  };
  readonly findings: readonly Finding[];
  /** Findings that were counted but not listed, since the list was full. */
  readonly unlisted: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How many distinct values were searched for in the output, how short the shortest may be, and through which encodings. */
  readonly verified: { readonly values: number; readonly minLength: number; readonly encodings: readonly string[] };
  /** Parts that could not be read and were masked whole. */
  readonly refused: readonly Refused[];
  readonly mode: Mode;
  /** Names that a policy kept although the rules say that their values are secret. */
  readonly loosened: readonly string[];
  /** Values that the owner of the file kept readable. */
  readonly kept: readonly KeptValue[];
}

const MAX_REFUSED = 1000;

export class ReportBuilder {
  readonly #byKind: Record<string, number> = {};
  readonly #byRule: Record<string, number> = {};
  readonly #findings: Finding[] = [];
  readonly #refused: Refused[] = [];
  readonly #maxFindings: number;
  #total = 0;

  constructor(maxFindings: number) {
    this.#maxFindings = maxFindings;
  }

  found(rule: RuleId, entry: number, pointer: () => string): void {
    const { kind, confidence } = RULES[rule];
    this.#total++;
    this.#byKind[kind] = (this.#byKind[kind] ?? 0) + 1;
    this.#byRule[rule] = (this.#byRule[rule] ?? 0) + 1;
    if (this.#findings.length >= this.#maxFindings) return;
    const place = pointer();
    const last = this.#findings.at(-1);
    // Many tokens in one body are one line of the report.
    if (last?.pointer === place && last.rule === rule) return;
    this.#findings.push({ rule, kind, entry, pointer: place, confidence });
  }

  refused(entry: number, pointer: string, reason: string): void {
    this.found("part.masked", entry, () => pointer);
    if (this.#refused.length < MAX_REFUSED) this.#refused.push({ entry, pointer, reason });
  }

  build(facts: Pick<Report, "entries" | "bytesIn" | "bytesOut" | "verified" | "mode" | "loosened" | "kept">): Report {
    return {
      tool: TOOL,
      version: VERSION,
      rules: ruleSetHash(),
      ...facts,
      counts: { byKind: this.#byKind, byRule: this.#byRule, total: this.#total },
      findings: this.#findings,
      unlisted: Math.max(0, this.#total - this.#findings.length),
      refused: this.#refused,
    };
  }
}
