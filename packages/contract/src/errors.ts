/** Every code that an answer of the server can carry, and the HTTP status it travels under. */
export const ERROR_STATUS = {
  "request.invalid": 400,
  "request.tooLarge": 413,
  "request.notFound": 404,
  "request.conflict": 409,
  "request.rateLimited": 429,
  "session.missing": 401,
  "session.expired": 401,
  "session.proofInvalid": 401,
  "session.refused": 401,
  /** Not the end of a session: the person shows that it is they, and asks again. */
  "verify.needed": 403,
  "verify.failed": 403,
  /** The browser is enrolled and waits until somebody approves it. */
  "device.pending": 403,
  "policy.denied": 403,
  "policy.invalid": 422,
  "who.notAllowed": 403,
  "invite.unknown": 404,
  "invite.used": 409,
  "invite.expired": 410,
  "desk.exists": 409,
  "statement.untrusted": 422,
  "act.invalid": 422,
  "manifest.invalid": 422,
  "message.invalid": 422,
  "upload.incomplete": 409,
  "upload.mismatch": 422,
  "grant.invalid": 422,
  "grant.spent": 403,
  "hold.active": 409,
  "case.shredded": 410,
  "releaser.refused": 403,
  "releaser.unavailable": 503,
  "log.unavailable": 503,
  "storage.full": 507,
  "storage.quota": 507,
  "server.failed": 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_STATUS, text);
}
