import { ERROR_STATUS, type ErrorCode } from "@breakwater/contract";
import { CodedError } from "@breakwater/wire";

export interface ProblemOptions extends ErrorOptions {
  /** What the reader can do about it. */
  readonly help?: string;
  /** Index of the leaf that records the refusal, where one was written. */
  readonly leaf?: number;
}

/** An answer that is not a success: the one error that routes throw. Its message is shown to people. */
export class Problem extends CodedError<ErrorCode> {
  readonly help: string | undefined;
  readonly leaf: number | undefined;
  constructor(code: ErrorCode, message: string, options: ProblemOptions = {}) {
    super(code, message, options);
    this.help = options.help;
    this.leaf = options.leaf;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }
}
