import { signedPart, type Leaf } from "@breakwater/ledger";
import { domainHash, fromBase64url, toBase64url, utf8, DOMAIN, type Json } from "@breakwater/wire";
import type { SignedAct } from "./act.ts";
import { binary, constant, id, integer, list, readText, shape, text, type Check } from "./check.ts";
import { ed25519Sign, ed25519Verify, signatureInput, type SigningKey } from "./ed25519.ts";
import { SealError } from "./error.ts";
import { readGrant, type SignedGrant } from "./grant.ts";
import { ENC_BYTES, PUBLIC_KEY_BYTES, openWith, sealTo } from "./hpke.ts";
import { canonical } from "./json.ts";
import { readLeaf, verifyLogged, type Logged, type ReadLeaf } from "./leaf.ts";
import {
  manifestHash,
  MAX_MANIFEST_BYTES,
  partOf,
  readManifest,
  type Manifest,
  type SignedManifest,
} from "./manifest.ts";
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
  readonly manifest: SignedManifest;
  readonly rpk: string;
  /** For openTrust, which reads them. */
  readonly statements: readonly Json[];
  readonly grant?: SignedGrant;
}
/** One share, sealed to the key that the leaf names. */
export interface ReleasedShare {
  readonly part: string;
  readonly role: Role;
  readonly enc: string;
  readonly ct: string;
}
/** Releaser → server (step 6). */
export interface ReleaseAnswer {
  readonly shares: readonly ReleasedShare[];
  readonly checkpoint: string;
  readonly sig: string;
}
/** Server → browser: the answer, with the leaf and its proof under the cosigned checkpoint. */
export interface Release {
  readonly leaf: string;
  readonly proof: string;
  readonly shares: readonly ReleasedShare[];
  readonly sig: string;
}

const anyJson: Check<Json> = (value) => value ?? null;
const leaf = text(87_380);
const proof = text(400_000);
const shares: Check<readonly ReleasedShare[]> = list(
  shape({ part: id("part"), role: constant(...ROLES), enc: binary(ENC_BYTES), ct: binary(SHARE_BYTES + 16) }),
  ROLES.length,
);
const requestCheck: Check<ReleaseRequest> = shape(
  {
    leaf,
    proof,
    old: integer(0, Number.MAX_SAFE_INTEGER),
    consistency: list(binary(32), 63),
    manifest: readManifest,
    rpk: binary(PUBLIC_KEY_BYTES),
    statements: list(anyJson, 20_000),
  },
  { grant: readGrant },
);
const answerCheck: Check<ReleaseAnswer> = shape({ shares, checkpoint: text(300_000), sig: binary(64) });
const releaseCheck: Check<Release> = shape({ leaf, proof, shares, sig: binary(64) });

export const MAX_RELEASE_REQUEST_BYTES = 16 * 1024 * 1024;

export function parseReleaseRequest(input: Uint8Array | string): ReleaseRequest {
  return readText(requestCheck, input, {
    name: "the release request",
    code: "release.invalid",
    maxBytes: MAX_RELEASE_REQUEST_BYTES,
  });
}

export function parseReleaseAnswer(input: Uint8Array | string): ReleaseAnswer {
  return readText(answerCheck, input, {
    name: "the releaser's answer",
    code: "release.invalid",
    maxBytes: MAX_MANIFEST_BYTES * 2,
  });
}

export function parseRelease(input: Uint8Array | string): Release {
  return readText(releaseCheck, input, {
    name: "the release",
    code: "release.invalid",
    maxBytes: MAX_MANIFEST_BYTES * 4,
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
  const sealed = await sealTo(to.publicKey, INFO, shareAad(to.leafHash, part.part), share);
  return { part: part.part, role: part.role, enc: toBase64url(sealed.enc), ct: toBase64url(sealed.ct) };
}

/** The reader's side: S_r of one part, for partSecret. */
export async function openShare(
  share: ReleasedShare,
  leafHash: Uint8Array,
  secretKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = { enc: fromBase64url(share.enc), ct: fromBase64url(share.ct) };
  return openWith(secretKey, INFO, shareAad(leafHash, share.part), sealed);
}

export async function signAnswer(
  leafHash: Uint8Array,
  released: readonly ReleasedShare[],
  releaser: SigningKey,
): Promise<string> {
  return toBase64url(await ed25519Sign(releaser, answerInput(leafHash, released)));
}

export interface ReleaseExpectation {
  readonly trust: Trust;
  /** The act as it was signed and sent. */
  readonly act: SignedAct;
  readonly publicKey: Uint8Array;
  readonly manifest: Manifest;
}
export interface VerifiedRelease extends Logged {
  /** For openShare. */
  readonly leafHash: Uint8Array;
  readonly leaf: Leaf;
  readonly shares: readonly ReleasedShare[];
}

/** Protocol 8, step 7. Nothing is opened before all of this holds. */
export async function verifyRelease(release: Release, expected: ReleaseExpectation): Promise<VerifiedRelease> {
  const logged = readLeaf(release.leaf);
  checkLeafIsAct(logged, expected);
  const where = await verifyLogged(expected.trust, expected.manifest.org, logged.entry, release.proof);
  await checkReleaserSigned(release, logged, expected.trust);
  checkShares(release.shares, logged, expected.manifest);
  return { ...where, leafHash: logged.hash, leaf: logged.leaf, shares: release.shares };
}

/** The log holds what this person signed, for this file and this key, and nothing wider. */
function checkLeafIsAct({ leaf: logged }: ReadLeaf, { act, publicKey, manifest }: ReleaseExpectation): void {
  const same = logged.asig === act.asig && canonical(signedPart(logged)) === canonical(signedPart(act));
  if (!same) throw new SealError("leaf.mismatch", "The log's entry is not the act that you signed.");
  const fits =
    logged.t === "key.release" &&
    logged.org === manifest.org &&
    logged.case === manifest.case &&
    logged.file === manifest.file &&
    logged.man === manifestHash(manifest) &&
    logged.rpk === recipientHash(publicKey);
  if (!fits) throw new SealError("leaf.mismatch", "The log's entry is not the opening of this file to this key.");
}

async function checkReleaserSigned(release: Release, { hash }: ReadLeaf, trust: Trust): Promise<void> {
  const signed =
    trust.releaser !== undefined &&
    (await ed25519Verify(fromBase64url(trust.releaser), answerInput(hash, release.shares), fromBase64url(release.sig)));
  if (!signed)
    throw new SealError(
      "release.signature",
      "The shares are not signed by the desk's releaser for this entry of the log.",
    );
}

function checkShares(released: readonly ReleasedShare[], { leaf: logged }: ReadLeaf, manifest: Manifest): void {
  const asked = logged.parts;
  const fits =
    asked !== undefined &&
    asked.length === released.length &&
    released.every((share) => asked.includes(share.role) && partOf(manifest, share.role).part === share.part) &&
    new Set(released.map((share) => share.role)).size === released.length;
  if (!fits) throw new SealError("release.mismatch", "The shares are not those of the parts that were asked for.");
}

function answerInput(leafHash: Uint8Array, released: readonly ReleasedShare[]): Uint8Array {
  return signatureInput("release", canonical({ leaf: toBase64url(leafHash), shares: released }));
}

function shareAad(leafHash: Uint8Array, part: string): Uint8Array {
  return domainHash("release-aad", leafHash, utf8(part));
}
