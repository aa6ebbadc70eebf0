import { ERROR_STATUS, type ErrorCode, type schemas } from "@breakwater/contract";
import { CodedError } from "@breakwater/wire";
import type { z } from "zod";

export interface ProblemOptions extends ErrorOptions {
  /** What the reader can do about it. */
  readonly help?: string;
  /** Index of the leaf that records the refusal, where one was written. */
  readonly leaf?: number;
  readonly denial?: Denial;
}
/** Why a policy said no, and what would change that. */
export interface Denial {
  readonly rule: string;
  readonly remedy: z.output<typeof schemas.Problem>["remedy"];
  readonly ask: readonly { readonly user: string; readonly name: string }[];
}

/** An answer that is not a success: the one error that routes throw. Its message is shown to people. */
export class Problem extends CodedError<ErrorCode> {
  readonly help: string | undefined;
  readonly leaf: number | undefined;
  readonly denial: Denial | undefined;
  constructor(code: ErrorCode, message: string, options: ProblemOptions = {}) {
    super(code, message, options);
    this.help = options.help;
    this.leaf = options.leaf;
    this.denial = options.denial;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }
}
