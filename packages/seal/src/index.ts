/** Sealing, keys, statements, releases and receipts: Breakwater's protocol, the same in a browser and in Node. */
export { SealError, type SealErrorCode } from "./error.ts";
export {
  CHUNK,
  HEADER,
  chunkOffset,
  ciphertextSize,
  commitment,
  decrypt,
  decryptStream,
  encrypt,
  encryptFrom,
  encryptRange,
  encryptStream,
  newSalt,
  openRange,
  plaintextSize,
  randomAccess,
  type ByteSource,
  type ByteStream,
  type MessageSecret,
  type RandomAccess,
  type SaltedSecret,
} from "./cobblestone.ts";
export {
  HPKE_SUITE,
  PUBLIC_KEY_BYTES,
  SECRET_KEY_BYTES,
  generateRecipient,
  hpkeEngine,
  isPair,
  newSecret,
  openWith,
  sealTo,
  type HpkeEngine,
  type Recipient,
  type Sealed,
} from "./hpke.ts";
export {
  HAR_ROLES,
  ROLES,
  keyId,
  releaserKeyId,
  type FilePlace,
  type HarRole,
  type MessagePlace,
  type PartPlace,
  type Role,
} from "./place.ts";
export { SHARE_BYTES, contentKey, newShares, partContext, type Shares } from "./shares.ts";
export { unwrapShare, wrapShare, type NamedKey, type SealedShare, type Wrap, type WrapKind } from "./wrap.ts";
export {
  MAX_MESSAGES,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_FILES,
  MAX_MESSAGE_TEXT,
  messageHash,
  messagesHash,
  openMessage,
  parseMessage,
  readMessage,
  releaserShareOf,
  sealMessage,
  verifyMessage,
  type Message,
  type NewMessage,
  type SignedMessage,
} from "./message.ts";
export { partSecret, preparePart, type PreparedPart } from "./part.ts";
export {
  MAX_MANIFEST_BYTES,
  isUnlooked,
  manifestHash,
  parseManifest,
  partOf,
  readManifest,
  signManifest,
  verifyManifest,
  wrapOf,
  type Manifest,
  type ManifestPart,
  type SignedManifest,
} from "./manifest.ts";
export { openText, readSealedText, sealText, type SealedText, type TextKind, type TextPlace } from "./name.ts";
export { thumbprint, type PasskeyJwk, type PublicJwk } from "./jwk.ts";
export {
  deviceSign,
  deviceVerify,
  exportDeviceSecret,
  generateDeviceKey,
  generatePortableDeviceKey,
  importDeviceKey,
  parsePublicJwk,
  publicJwk,
  type DeviceKey,
} from "./device.ts";
export { signAct, verifyAct, verifyActor, type SignedAct } from "./act.ts";
export { createProof, verifyProof, type ProofExpectation, type ProofInput, type VerifiedProof } from "./dpop.ts";
export { ed25519Sign, ed25519Verify, generateSigningKey, signingKeyFromSeed, type SigningKey } from "./ed25519.ts";
export { fingerprint, fingerprintWords, isFingerprint } from "./fingerprint.ts";
export {
  MAX_STATEMENT_BYTES,
  addSignature,
  isStatement,
  parseStatement,
  signStatement,
  signersOf,
  statementHash,
  type Statement,
  type StatementSignature,
} from "./statement.ts";
export {
  NOTICES,
  PERSON_ROLES,
  type BundleBody,
  type CaseKeyBody,
  type CaseKeyWrap,
  type DeskKeysBody,
  type DeviceBody,
  type InviteBody,
  type Notice,
  type OrgRootBody,
  type PasskeyBody,
  type PersonRole,
  type ReleaserKeyBody,
  type RoleBody,
  type ServiceBody,
  type Retention,
  type SettingsBody,
  type Standing,
  type StandingBody,
  type StandingOf,
  type StatementBody,
  type StatementType,
  type TeamBody,
  type VendorBody,
  type VendorRules,
} from "./bodies.ts";
export {
  makeTeam,
  openTeamKey,
  openTeamPrevious,
  sealTeamKey,
  type NewTeam,
  type TeamInput,
  type TeamPlace,
  type TeamWrap,
} from "./team.ts";
export { makeCaseKey, openCaseKey, openCasePrevious, type CaseKeyInput, type NewCaseKey } from "./casekey.ts";
export { MAX_STATEMENTS } from "./heap.ts";
export type { Org, Person } from "./people.ts";
export type { KnownStanding } from "./history.ts";
export { openTrust, type Trust } from "./trust.ts";
export type {
  CasePlace,
  TrustedCaseKey,
  TrustedDevice,
  TrustedPasskey,
  TrustedReleaserKey,
  TrustedService,
  TrustedTeam,
  TrustedVendor,
} from "./keys.ts";
export {
  inviteSecrets,
  inviteTokenHash,
  makeInviteFragment,
  makeInviteLink,
  openInviteTeam,
  parseInviteFragment,
  sealInviteTeam,
  type InviteLink,
  type InviteSecrets,
} from "./invite.ts";
export {
  ARGON2_PARAMS,
  PASSPHRASE_SALT_BYTES,
  authTokenHash,
  newPassphraseSalt,
  newUserKey,
  passphraseKeys,
  prfInput,
  prfWrapKey,
  unwrapUserKey,
  wrapUserKey,
  type Argon2Params,
  type PassphraseKeys,
  type UnlockMethod,
  type UnlockPlace,
} from "./userkey.ts";
export {
  MAX_EXPORT_BYTES,
  exportedSecret,
  openExportKeys,
  parseCaseExport,
  sealExportKeys,
  verifyCaseExport,
  type CaseExport,
  type ExportedFile,
  type ExportedLine,
  type ExportedLines,
  type ExportKeys,
  type SealedExportKeys,
  type VerifiedExport,
} from "./export.ts";
export { readTarHeader, tarEnd, tarHeader, tarPadding, type TarEntry } from "./tar.ts";
export {
  joinRecovery,
  newRecoverySecret,
  readRecoveryWords,
  recoveryKeys,
  recoveryTokenHash,
  recoveryWords,
  splitRecovery,
  type RecoveryKeys,
  type RecoveryShare,
} from "./recovery.ts";
export { openIdentity, sealIdentity, type Identity } from "./identity.ts";
export {
  BREAK_GLASS,
  MAX_BREAK_GLASS_MS,
  MAX_GRANT_MS,
  MAX_GRANT_USES,
  grantHash,
  parseGrant,
  readGrant,
  signGrant,
  verifyGrant,
  type Grant,
  type SignedGrant,
} from "./grant.ts";
export {
  MAX_APPROVALS,
  approvalChallenge,
  approvalHash,
  readApproval,
  signApproval,
  verifyApproval,
  type Approval,
  type ApprovalKeys,
  type SignedApproval,
} from "./approval.ts";
export { verifyAssertion, type Assertion, type AssertionExpectation } from "./webauthn.ts";
export { readLeaf, verifyLogged, type Logged, type ReadLeaf } from "./leaf.ts";
export {
  MAX_RELEASE_REQUEST_BYTES,
  openShare,
  parseRelease,
  parseReleaseAnswer,
  parseReleaseRequest,
  recipientHash,
  sealMessageShare,
  sealShare,
  signAnswer,
  verifyMessagesRelease,
  verifyRelease,
  type AnyShare,
  type Release,
  type ReleaseAnswer,
  type ReleaseExpectation,
  type ReleaseRequest,
  type ReleasedMessage,
  type ReleasedShare,
  type VerifiedRelease,
} from "./release.ts";
export {
  MAX_ORDER_BYTES,
  ORDERS,
  parseOrderDone,
  parseOrderRequest,
  signOrderDone,
  verifyOrderDone,
  type OrderDone,
  type OrderRequest,
  type OrderType,
  type SignedOrderDone,
} from "./order.ts";
export {
  MAX_RECEIPT_BYTES,
  makeReceipt,
  parseReceipt,
  verifyReceipt,
  type Receipt,
  type VerifiedReceipt,
} from "./receipt.ts";
