import type { Json } from "@breakwater/wire";
import { verifyActor } from "./act.ts";
import { anyJson, constant, list, readText, shape, text, type Check } from "./check.ts";
import { SealError } from "./error.ts";
import { readLeaf, verifyLogged, type Logged } from "./leaf.ts";
import { manifestHash, readManifest, verifyManifest, type SignedManifest } from "./manifest.ts";
import type { Org, Person } from "./people.ts";
import { openTrust, type Trust } from "./trust.ts";

/** What the customer keeps of an upload (protocol 7): proves it with nothing but the pinned fingerprint. */
export interface Receipt {
  readonly v: 1;
  readonly t: "receipt";
  /** The desk's root fingerprint. */
  readonly desk: string;
  readonly statements: readonly Json[];
  readonly manifest: SignedManifest;
  /** The file.create entry, base64url. */
  readonly leaf: string;
  /** tlog-proof with the log's signature and the witness's cosignature. */
  readonly proof: string;
}
export const MAX_RECEIPT_BYTES = 16 * 1024 * 1024;

const receiptCheck: Check<Receipt> = shape({
  v: constant(1),
  t: constant("receipt"),
  desk: text(43, /^[A-Za-z0-9_-]{43}$/),
  statements: list(anyJson, 20_000),
  manifest: readManifest,
  leaf: text(87_380),
  proof: text(400_000),
});

export function makeReceipt(input: Omit<Receipt, "v" | "t">): Receipt {
  const { desk, statements, manifest, leaf, proof } = input;
  return { v: 1, t: "receipt", desk, statements, manifest, leaf, proof };
}

export function parseReceipt(input: Uint8Array | string): Receipt {
  return readText(receiptCheck, input, { name: "the receipt", code: "receipt.invalid", maxBytes: MAX_RECEIPT_BYTES });
}

/** What a verified receipt shows. */
export interface VerifiedReceipt extends Logged {
  readonly desk: Org;
  readonly org: string;
  readonly case: string;
  readonly file: string;
  /** When the log took it in, by the server's clock. */
  readonly at: string;
  readonly uploader: Person;
  readonly manifest: SignedManifest["manifest"];
  readonly manifestHash: string;
  readonly trust: Trust;
}

/**
 * Each step has its own code: receipt.desk, trust.desk (chain), leaf.*, trust.person, trust.device, act.signature (who did
 * it), manifest.signature, leaf.mismatch (what was sealed), proof.log, proof.witness, proof.inclusion (that it is logged).
 */
export async function verifyReceipt(receipt: Receipt, pins: readonly string[]): Promise<VerifiedReceipt> {
  if (receipt.desk !== pins[0])
    throw new SealError("receipt.desk", "The receipt is another support desk's than the pinned one.");
  // A receipt is read years later: no statement in it can be from the future, and none expires.
  const trust = await openTrust(receipt.statements, pins, Number.POSITIVE_INFINITY);
  const { entry, leaf } = readLeaf(receipt.leaf);
  const { person, device } = await verifyActor(leaf, trust);
  const { manifest } = receipt.manifest;
  if (manifest.uploader !== person.user || manifest.device !== device.dev) {
    throw new SealError("leaf.mismatch", "The log's entry is by another person or device than the manifest.");
  }
  await verifyManifest(receipt.manifest, device.jwk);
  const hash = manifestHash(manifest);
  const fits =
    leaf.t === "file.create" &&
    leaf.org === manifest.org &&
    leaf.case === manifest.case &&
    leaf.file === manifest.file &&
    leaf.man === hash;
  if (!fits) throw new SealError("leaf.mismatch", "The log's entry is not the creation of the file in the manifest.");
  checkKeys(receipt.manifest, trust);
  const logged = await verifyLogged(trust, manifest.org, entry, receipt.proof);
  return {
    ...logged,
    desk: trust.desk,
    org: manifest.org,
    case: manifest.case,
    file: manifest.file,
    at: leaf.ts,
    uploader: person,
    manifest,
    manifestHash: hash,
    trust,
  };
}

/** The shares went to keys that chain: to the people on the case and to the desk's releaser. */
function checkKeys({ manifest }: SignedManifest, trust: Trust): void {
  const place = { org: manifest.org, case: manifest.case };
  for (const { kind, to, part } of manifest.wraps) {
    const epoch = Number(to.slice(to.indexOf("#") + 1));
    const key = kind === "v" ? trust.caseKey(place, epoch) : trust.releaserKey(place, epoch);
    if (key?.id !== to)
      throw new SealError(
        "receipt.invalid",
        `The receipt does not show that the key ${to}, which part ${part} is sealed to, is genuine.`,
      );
  }
}
