/**
 * The root of every typed error in the house: a stable machine `code` from a closed union,
 * a sentence for people (what was wrong, where, what to do), and never a secret value.
 */
export class CodedError<Code extends string> extends Error {
  readonly code: Code;
  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}
