/** Reading HTTP bodies once into checked values; what `schemas.<Name>` is, by part of the product. */
export {
  orgId,
  userId,
  caseId,
  fileId,
  partId,
  inviteId,
  deviceId,
  sessionId,
  messageId,
  Statement,
  Sealed,
  Act,
  UkWrap,
  DeviceJwk,
} from "./schemas/basics.ts";
export * from "./schemas/people.ts";
export * from "./schemas/cases.ts";
export * from "./schemas/files.ts";
export * from "./schemas/grants.ts";
export * from "./schemas/release.ts";
