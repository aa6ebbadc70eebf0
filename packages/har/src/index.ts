export { HarError, type HarErrorCode, type Where } from "./error.ts";
export { blobSource, BufferSink, bytesSource, type Sink, type Source } from "./source.ts";
export { DEFAULT_LIMITS, sanitise, type Limits, type Progress, type SanitiseOptions } from "./sanitise.ts";
export { type Finding, type Refused, type Report } from "./report.ts";
export { RULES, ruleSetHash, type Confidence, type Kind, type RuleId } from "./rules.ts";
export { openIndex, readEntry, type EntryIndex, type ReadSettings } from "./locate.ts";
export { scanPart } from "./part-scan.ts";
export { joinParts, splitParts, type PartSizes, type PartSources } from "./parts.ts";
export {
  indexLine,
  PART_NAMES,
  parseBodiesLine,
  parseHeadersLine,
  parseIndexLine,
  parsePartHeader,
  type BodiesLine,
  type HeadersLine,
  type IndexLine,
  type LineRange,
  type PartHeader,
  type PartName,
} from "./part-lines.ts";
export { isObject, type JsonObject, type JsonValue } from "./json.ts";
export type { Observer } from "./observer.ts";
export { liveStandIns } from "./guard.ts";
export { isStandIn, type KeptValue } from "./keep.ts";
export { providerOf, type Provider } from "./provider.ts";
export { InventoryCollector, type Inventory, type InventoryItem, type Live } from "./inventory.ts";
export type { CredentialKind, LogField } from "./session.ts";
export { fingerprint, watchList, type WatchList, type WatchedCredential } from "./watch.ts";
export {
  Meter,
  signManifest,
  verifyManifest,
  type Manifest,
  type ManifestCheck,
  type ManifestProblem,
  type SignedManifest,
} from "./manifest.ts";
export { openPolicy, parsePolicy, policyHash, signPolicy, type Mode, type Policy } from "./policy.ts";
export { signerFrom, type Signed, type Signer } from "./signed.ts";
export { diff, type Change, type ChangeKind, type Difference, type DiffOptions } from "./diff.ts";
export { inspect, placesOf, scan, type Inspection, type PlaceCount } from "./inspect.ts";
export { sanitiseText, scanText, TEXT_LIMITS, type TextLimits, type TextOptions, type TextReport } from "./text.ts";
export { KIND_BYTES, kindOf, TEXT_KINDS, type FileKind, type TextKind } from "./text-kind.ts";
export { kindOfSource } from "./file-kind.ts";
