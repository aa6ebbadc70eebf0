import { CodedError } from "@breakwater/wire";

export type SealErrorCode =
  // cobblestone.ts
  | "cipher.key"
  | "cipher.truncated"
  | "cipher.commitment"
  | "cipher.authentication"
  | "cipher.range"
  // hpke.ts, wrap.ts, name.ts, userkey.ts, invite.ts
  | "hpke.key"
  | "hpke.open"
  | "wrap.unknown"
  | "userkey.open"
  | "userkey.limits"
  | "identity.invalid"
  | "recovery.invalid"
  | "invite.link"
  | "invite.open"
  // what is parsed
  | "manifest.invalid"
  | "message.invalid"
  | "statement.invalid"
  | "grant.invalid"
  | "approval.invalid"
  | "release.invalid"
  | "order.invalid"
  | "receipt.invalid"
  | "text.invalid"
  | "key.invalid"
  | "fingerprint.invalid"
  // what is verified
  | "manifest.signature"
  | "message.signature"
  | "grant.signature"
  | "approval.signature"
  | "assertion.invalid"
  | "act.signature"
  | "dpop.invalid"
  | "dpop.signature"
  | "dpop.mismatch"
  | "dpop.expired"
  | "trust.tooMany"
  | "trust.desk"
  | "trust.person"
  | "trust.device"
  | "proof.log"
  | "proof.witness"
  | "proof.inclusion"
  | "leaf.invalid"
  | "leaf.mismatch"
  | "release.signature"
  | "order.signature"
  | "release.mismatch"
  | "receipt.desk";

/** Every failure of this package. The code is stable; the sentence is for people and never holds a secret value. */
export class SealError extends CodedError<SealErrorCode> {}
