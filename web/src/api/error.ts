import type { ErrorCode, schemas } from "@breakwater/contract";

type Problem = (typeof schemas.Problem)["_output"];
export interface Denial {
  readonly rule: string;
  readonly remedy: Problem["remedy"];
  readonly ask: NonNullable<Problem["ask"]>;
}

/** What the server said, or that it said nothing. */
export type ApiErrorCode = ErrorCode | "network.failed" | "answer.invalid" | "answer.unknown";

export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly status: number;
  /** What to do, in the server's words. */
  readonly help: string | undefined;
  /** The leaf that records a denial. */
  readonly leaf: number | undefined;
  /** Of a denial: the rule, what to do at once, and whom to ask. */
  readonly denial: Denial | undefined;

  constructor(
    code: ApiErrorCode,
    message: string,
    more: {
      readonly status?: number;
      readonly help?: string | undefined;
      readonly leaf?: number | undefined;
      readonly denial?: Denial | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = "ApiError";
    this.code = code;
    this.status = more.status ?? 0;
    this.help = more.help;
    this.leaf = more.leaf;
    this.denial = more.denial;
  }

  get sessionEnded(): boolean {
    return this.code.startsWith("session.");
  }
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError;
}
