import { CodedError } from "@breakwater/wire";

/** What can be wrong with a log, by the part of it that is wrong. */
export type LedgerErrorCode =
  | "merkle.hash"
  | "merkle.index"
  | "merkle.size"
  | "merkle.proof"
  | "merkle.root"
  | "tile.path"
  | "tile.bytes"
  | "tile.missing"
  | "bundle.malformed"
  | "note.malformed"
  | "note.tooLarge"
  | "note.unsigned"
  | "note.badSignature"
  | "key.malformed"
  | "checkpoint.malformed"
  | "checkpoint.origin"
  | "cosignature.time"
  | "witness.malformed"
  | "proof.malformed"
  | "proof.quorum"
  | "leaf.malformed"
  | "leaf.tooLarge"
  | "leaf.type"
  | "leaf.member";

/** The one error of this package: `code` says which check failed, `message` where and what to do. */
export class LedgerError extends CodedError<LedgerErrorCode> {}
