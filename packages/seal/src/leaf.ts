import {
  leafHash,
  makeCosignatureVerifier,
  makeVerifier,
  parseLeaf,
  verifyProof,
  LedgerError,
  type Leaf,
} from "@breakwater/ledger";
import { fromBase64url } from "@breakwater/wire";
import { SealError, type SealErrorCode } from "./error.ts";
import type { Trust } from "./trust.ts";

/** A leaf as it came, its hash in the log, and what it says. */
export interface ReadLeaf {
  readonly entry: Uint8Array;
  readonly hash: Uint8Array;
  readonly leaf: Leaf;
}

/** Reads a base64url entry; throws leaf.invalid for what is not the canonical text of a leaf. */
export function readLeaf(encoded: string): ReadLeaf {
  try {
    const entry = fromBase64url(encoded);
    return { entry, hash: leafHash(entry), leaf: parseLeaf(entry) };
  } catch (cause) {
    throw new SealError(
      "leaf.invalid",
      `The log's entry cannot be read. ${cause instanceof Error ? cause.message : ""}`.trimEnd(),
      { cause },
    );
  }
}

/** Where a leaf stands in its organisation's log. */
export interface Logged {
  readonly origin: string;
  readonly index: number;
  readonly size: number;
  /** When the witness cosigned the checkpoint, in seconds since 1970. */
  readonly cosigned: number;
}

/** The organisation's log signed a checkpoint that the releaser cosigned as witness, and the leaf is under it. */
export async function verifyLogged(trust: Trust, org: string, entry: Uint8Array, proof: string): Promise<Logged> {
  const origin = trust.origin(org);
  const log = origin === undefined ? undefined : trust.logVerifier(origin);
  if (origin === undefined || log === undefined || trust.witness === undefined) {
    throw new SealError(
      "proof.log",
      "The desk's signed keys name no log for this organisation, so no proof can be checked.",
    );
  }
  try {
    const policy = {
      log: await makeVerifier(log),
      witnesses: [await makeCosignatureVerifier(trust.witness)],
      quorum: 1,
    };
    const { index, checkpoint } = await verifyProof(proof, entry, policy);
    const cosignature = checkpoint.cosignatures[0];
    if (!cosignature) throw new SealError("proof.witness", "The witness did not cosign the checkpoint.");
    return { origin, index, size: checkpoint.size, cosigned: cosignature.time };
  } catch (cause) {
    if (cause instanceof LedgerError) throw new SealError(codeOf(cause), cause.message, { cause });
    throw cause;
  }
}

function codeOf(error: LedgerError): SealErrorCode {
  if (error.code === "proof.quorum" || error.code === "cosignature.time") return "proof.witness";
  return error.code.startsWith("merkle.") || error.code === "proof.malformed" ? "proof.inclusion" : "proof.log";
}
