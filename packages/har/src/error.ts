export type HarErrorCode =
  | "har.notJson"
  | "har.notHar"
  | "har.truncated"
  | "har.trailing"
  | "har.duplicate"
  | "har.tooDeep"
  | "har.tooLarge"
  | "har.compression"
  | "har.key"
  | "har.verify"
  | "har.cancelled"
  | "har.parts"
  | "har.changed"
  | "har.policy"
  | "har.signature"
  | "text.binary"
  | "text.recording"
  | "text.tooLarge";

/** Where in the input the trouble is. Never holds content. */
export interface Where {
  readonly byte?: number;
  readonly entry?: number;
  readonly pointer?: string;
}

/**
 * Every refusal of this package: a stable `code`, a sentence without any value from the file, and the place.
 * It has the shape of the house's `CodedError`, so that this package needs no other.
 */
export class HarError extends Error {
  readonly code: HarErrorCode;
  readonly where: Where;
  constructor(code: HarErrorCode, message: string, where: Where = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "HarError";
    this.code = code;
    this.where = where;
  }
}
