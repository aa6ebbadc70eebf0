import { CodedError } from "@breakwater/wire";

/** Every refusal of the releaser, with the HTTP status it travels under. */
export const STATUS = {
  "request.invalid": 400,
  "request.tooLarge": 413,
  "request.notFound": 404,
  "request.browser": 403,
  "request.caller": 401,
  "pin.refused": 403,
  "pin.other": 409,
  "pin.missing": 409,
  "key.destroyed": 410,
  "key.unknown": 404,
  // release.ts, in the order of protocol 8.5
  "release.log": 403,
  "release.behind": 409,
  "release.forked": 422,
  "release.unlogged": 403,
  "release.replayed": 403,
  "release.leaf": 403,
  "release.manifest": 403,
  "release.stale": 403,
  "release.actor": 403,
  "release.standing": 403,
  "release.grant": 403,
  "release.approval": 403,
  "release.grantExpired": 403,
  "release.grantSpent": 403,
  "release.policy": 403,
  "release.rateActor": 429,
  "release.rateOrg": 429,
  // order.ts
  "order.leaf": 403,
  "order.actor": 403,
  "order.held": 409,
  "order.unsettled": 409,
  "file.deleted": 410,
  "store.inUse": 500,
  "store.damaged": 500,
  "store.failed": 500,
  "policy.broken": 500,
} as const;

export type ReleaserErrorCode = keyof typeof STATUS;

export class ReleaserError extends CodedError<ReleaserErrorCode> {
  /** With release.behind: the size that the releaser has seen of this log. */
  readonly size: number | undefined;
  constructor(code: ReleaserErrorCode, message: string, options: ErrorOptions & { readonly size?: number } = {}) {
    super(code, message, options);
    this.size = options.size;
  }
}
