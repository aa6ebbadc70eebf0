import { signedPart, type Leaf } from "@breakwater/ledger";
import { domainHash, fromBase64url, toBase64url, utf8, DOMAIN, type Json } from "@breakwater/wire";
import type { SignedAct } from "./act.ts";
import { MAX_APPROVALS, signedApprovalCheck, type SignedApproval } from "./approval.ts";
import { anyJson, binary, constant, id, integer, isObject, list, readText, shape, text, type Check } from "./check.ts";
import { ed25519Sign, ed25519Verify, signatureInput, type SigningKey } from "./ed25519.ts";
import { SealError } from "./error.ts";
import { readGrant, type SignedGrant } from "./grant.ts";
import { ENC_BYTES, PUBLIC_KEY_BYTES, openWith, sealTo } from "./hpke.ts";
import { canonical } from "./json.ts";
import { readLeaf, verifyLogged, type Logged, type ReadLeaf } from "./leaf.ts";
import { manifestHash, partOf, readManifest, type Manifest, type SignedManifest } from "./manifest.ts";
import { MAX_MESSAGES, messagesHash, readMessage, type SignedMessage } from "./message.ts";
import { ROLES, type Role } from "./place.ts";
import { SHARE_BYTES } from "./shares.ts";
import type { Trust } from "./trust.ts";

/** Server → releaser (protocol 8, step 4). */
export interface ReleaseRequest {
  /** The log's entry, base64url. */
  readonly leaf: string;
  /** tlog-proof; no cosignature yet. */
  readonly proof: string;
  /** The size that the releaser last saw of this log, and the consistency proof from there (base64url hashes). */
  readonly old: number;
  readonly consistency: readonly string[];
  /** What is opened: a file's parts, or messages of one case. */
  readonly manifest?: SignedManifest;
  readonly messages?: readonly SignedMessage[];
  readonly rpk: string;
  /** For openTrust, which reads them. */
  readonly statements: readonly Json[];
  readonly grant?: SignedGrant;
  /** Of the grant (protocol 11). */
  readonly approvals?: readonly SignedApproval[];
}
/** One share, sealed to the key that the leaf names. */
export interface ReleasedShare {
  readonly part: string;
  readonly role: Role;
  readonly enc: string;
  readonly ct: string;
}
/** The same for a message (protocol 12). */
export interface ReleasedMessage {
  readonly message: string;
  readonly enc: string;
  readonly ct: string;
}
export type AnyShare = ReleasedShare | ReleasedMessage;
/** Releaser → server (step 6). */
export interface ReleaseAnswer {
  readonly shares: readonly AnyShare[];
  readonly checkpoint: string;
  readonly sig: string;
}
/** Server → browser: the answer, with the leaf and its proof under the cosigned checkpoint. */
export interface Release {
  readonly leaf: string;
  readonly proof: string;
  readonly shares: readonly AnyShare[];
  readonly sig: string;
}

const leaf = text(87_380);
const proof = text(400_000);
const sealed = { enc: binary(ENC_BYTES), ct: binary(SHARE_BYTES + 16) };
const partShare: Check<ReleasedShare> = shape({ part: id("part"), role: constant(...ROLES), ...sealed });
const messageShare: Check<ReleasedMessage> = shape({ message: id("message"), ...sealed });
const shares: Check<readonly AnyShare[]> = list<AnyShare>(
  (value, at) => (isObject(value) && "message" in value ? messageShare(value, at) : partShare(value, at)),
  MAX_MESSAGES,
);
const requestCheck: Check<ReleaseRequest> = shape(
  {
    leaf,
    proof,
    old: integer(0, Number.MAX_SAFE_INTEGER),
    consistency: list(binary(32), 63),
    rpk: binary(PUBLIC_KEY_BYTES),
    statements: list(anyJson, 20_000),
  },
  {
    grant: readGrant,
    approvals: list(signedApprovalCheck, MAX_APPROVALS),
    manifest: readManifest,
    messages: list(readMessage, MAX_MESSAGES),
  },
);
const answerCheck: Check<ReleaseAnswer> = shape({ shares, checkpoint: text(300_000), sig: binary(64) });
const releaseCheck: Check<Release> = shape({ leaf, proof, shares, sig: binary(64) });

export const MAX_RELEASE_REQUEST_BYTES = 16 * 1024 * 1024;
const MAX_ANSWER_BYTES = 1024 * 1024;

export function parseReleaseRequest(input: Uint8Array | string): ReleaseRequest {
  const request = readText(requestCheck, input, {
    name: "the release request",
    code: "release.invalid",
    maxBytes: MAX_RELEASE_REQUEST_BYTES,
  });
  if ((request.manifest === undefined) === (request.messages === undefined))
    throw new SealError(
      "release.invalid",
      "A release request is about one file or about messages, and not about both.",
    );
  return request;
}

export function parseReleaseAnswer(input: Uint8Array | string): ReleaseAnswer {
  return readText(answerCheck, input, {
    name: "the releaser's answer",
    code: "release.invalid",
    maxBytes: MAX_ANSWER_BYTES,
  });
}

export function parseRelease(input: Uint8Array | string): Release {
  return readText(releaseCheck, input, {
    name: "the release",
    code: "release.invalid",
    maxBytes: MAX_ANSWER_BYTES,
  });
}

/** `rpk` of a leaf: which key the shares may be sealed to. */
export function recipientHash(publicKey: Uint8Array): string {
  return toBase64url(domainHash("rpk", publicKey));
}

const INFO = utf8(`${DOMAIN}release`);

/** The releaser's side: one share for the key in the leaf. `leafHash` is RFC 6962's hash of the entry. */
export async function sealShare(
  to: { readonly publicKey: Uint8Array; readonly leafHash: Uint8Array },
  part: { readonly part: string; readonly role: Role },
  share: Uint8Array,
): Promise<ReleasedShare> {
  const sealedShare = await sealTo(to.publicKey, INFO, shareAad(to.leafHash, part.part), share);
  return { part: part.part, role: part.role, enc: toBase64url(sealedShare.enc), ct: toBase64url(sealedShare.ct) };
}

/** The same for one message. */
export async function sealMessageShare(
  to: { readonly publicKey: Uint8Array; readonly leafHash: Uint8Array },
  message: string,
  share: Uint8Array,
): Promise<ReleasedMessage> {
  const sealedShare = await sealTo(to.publicKey, INFO, shareAad(to.leafHash, message), share);
  return { message, enc: toBase64url(sealedShare.enc), ct: toBase64url(sealedShare.ct) };
}

/** The reader's side: S_r of one part or message, for partSecret or openMessage. */
export async function openShare(
  share: AnyShare,
  leafHash: Uint8Array,
  secretKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = { enc: fromBase64url(share.enc), ct: fromBase64url(share.ct) };
  return openWith(secretKey, INFO, shareAad(leafHash, "message" in share ? share.message : share.part), bytes);
}

export async function signAnswer(
  leafHash: Uint8Array,
  released: readonly AnyShare[],
  releaser: SigningKey,
): Promise<string> {
  return toBase64url(await ed25519Sign(releaser, answerInput(leafHash, released)));
}

interface Expectation {
  readonly trust: Trust;
  /** The act as it was signed and sent. */
  readonly act: SignedAct;
  readonly publicKey: Uint8Array;
}
export interface ReleaseExpectation extends Expectation {
  readonly manifest: Manifest;
}
export interface MessagesExpectation extends Expectation {
  /** In the order in which the act's `man` names them. */
  readonly messages: readonly SignedMessage[];
}
export interface VerifiedRelease<Share extends AnyShare = ReleasedShare> extends Logged {
  /** For openShare. */
  readonly leafHash: Uint8Array;
  readonly leaf: Leaf;
  readonly shares: readonly Share[];
}

/** What the leaf must name besides the act. */
interface Opened {
  readonly org: string;
  readonly case: string;
  readonly file: string | undefined;
  readonly man: string;
}

/** Protocol 8, step 7. Nothing is opened before all of this holds. */
export async function verifyRelease(release: Release, expected: ReleaseExpectation): Promise<VerifiedRelease> {
  const { manifest } = expected;
  const { org, case: caseId, file } = manifest;
  const logged = await verifyOpening(release, expected, { org, case: caseId, file, man: manifestHash(manifest) });
  return { ...logged, shares: partShares(release.shares, logged.leaf, manifest) };
}

/** The same for messages (protocol 12): one share for each, in their order. */
export async function verifyMessagesRelease(
  release: Release,
  expected: MessagesExpectation,
): Promise<VerifiedRelease<ReleasedMessage>> {
  const { act, messages } = expected;
  const { org, case: caseId = "" } = act;
  const opened = { org, case: caseId, file: undefined, man: messagesHash(messages) };
  const logged = await verifyOpening(release, expected, opened);
  const shares = release.shares.filter((share) => "message" in share);
  const fits =
    logged.leaf.parts?.join() === "messages" &&
    shares.length === release.shares.length &&
    shares.length === messages.length &&
    shares.every(({ message }, at) => message === messages[at]?.message.message);
  if (!fits) throw new SealError("release.mismatch", "The shares are not those of the messages that were asked for.");
  return { ...logged, shares };
}

async function verifyOpening(release: Release, expected: Expectation, opened: Opened) {
  const logged = readLeaf(release.leaf);
  checkLeafIsAct(logged, expected, opened);
  const where = await verifyLogged(expected.trust, opened.org, logged.entry, release.proof);
  await checkReleaserSigned(release, logged, expected.trust.releaserOf(opened));
  return { ...where, leafHash: logged.hash, leaf: logged.leaf };
}

/** The log holds what this person signed, for this file or these messages and this key, and nothing wider. */
function checkLeafIsAct({ leaf: logged }: ReadLeaf, { act, publicKey }: Expectation, opened: Opened): void {
  const same = logged.asig === act.asig && canonical(signedPart(logged)) === canonical(signedPart(act));
  if (!same) throw new SealError("leaf.mismatch", "The log's entry is not the act that you signed.");
  const fits =
    logged.t === "key.release" &&
    logged.org === opened.org &&
    logged.case === opened.case &&
    logged.file === opened.file &&
    logged.man === opened.man &&
    logged.rpk === recipientHash(publicKey);
  if (!fits) throw new SealError("leaf.mismatch", "The log's entry is not the opening of this file to this key.");
}

async function checkReleaserSigned(release: Release, { hash }: ReadLeaf, releaser: string | undefined): Promise<void> {
  const signed =
    releaser !== undefined &&
    (await ed25519Verify(fromBase64url(releaser), answerInput(hash, release.shares), fromBase64url(release.sig)));
  if (!signed)
    throw new SealError(
      "release.signature",
      "The shares are not signed by this case's releaser for this entry of the log.",
    );
}

function partShares(
  released: readonly AnyShare[],
  { parts: asked }: Leaf,
  manifest: Manifest,
): readonly ReleasedShare[] {
  const shares = released.filter((share) => "part" in share);
  const fits =
    asked !== undefined &&
    asked.length === released.length &&
    shares.length === released.length &&
    shares.every((share) => asked.includes(share.role) && partOf(manifest, share.role).part === share.part) &&
    new Set(shares.map((share) => share.role)).size === released.length;
  if (!fits) throw new SealError("release.mismatch", "The shares are not those of the parts that were asked for.");
  return shares;
}

function answerInput(leafHash: Uint8Array, released: readonly AnyShare[]): Uint8Array {
  return signatureInput("release", canonical({ leaf: toBase64url(leafHash), shares: released }));
}

function shareAad(leafHash: Uint8Array, part: string): Uint8Array {
  return domainHash("release-aad", leafHash, utf8(part));
}
