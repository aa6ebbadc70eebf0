import {
  LedgerError,
  makeVerifier,
  openCheckpoint,
  parseProof,
  verifyConsistency,
  verifyInclusion,
  type Leaf,
  type OpenedCheckpoint,
} from "@breakwater/ledger";
import { readLeaf, SealError, type ReadLeaf, type Trust } from "@breakwater/seal";
import { equalBytes, fromBase64url } from "@breakwater/wire";
import { ReleaserError, type ReleaserErrorCode } from "./error.ts";
import type { State } from "./state.ts";

/** What a request shows about a leaf: the entry, its inclusion, and that the log continues what was cosigned. */
export interface LogEvidence {
  /** The entry, base64url. */
  readonly leaf: string;
  /** tlog-proof, signed by the log. */
  readonly proof: string;
  /** The size that the releaser has seen, and the proof from there. */
  readonly old: number;
  readonly consistency: readonly string[];
}
/** A leaf that stands in its organisation's log. */
export interface LoggedLeaf extends ReadLeaf {
  readonly index: number;
  readonly checkpoint: OpenedCheckpoint;
}

const FRESH_MS = 60_000;

/** Protocol 8.5, the first three steps: log signature, consistency from what this releaser has seen, inclusion. */
export async function checkLogged(evidence: LogEvidence, trust: Trust, state: State): Promise<LoggedLeaf> {
  const read = await refuseAs("release.leaf", () => readLeaf(evidence.leaf));
  const { index, inclusion, checkpoint } = await checkLogSignature(evidence, read.leaf, trust);
  checkConsistency(evidence, checkpoint, state);
  await refuseAs("release.unlogged", () =>
    verifyInclusion({ index, size: checkpoint.size, leafHash: read.hash, root: checkpoint.root, proof: inclusion }),
  );
  return { ...read, index, checkpoint };
}

/** The log's key comes from the pinned desk root's desk.keys; the log's name from the leaf's organisation. */
async function checkLogSignature(evidence: LogEvidence, leaf: Leaf, trust: Trust) {
  return refuseAs("release.log", async () => {
    const origin = trust.origin(leaf.org);
    const vkey = origin === undefined ? undefined : trust.logVerifier(origin);
    if (vkey === undefined) throw new ReleaserError("release.log", `The log of ${leaf.org} is not one of this desk's.`);
    const { index, proof, checkpoint } = parseProof(evidence.proof);
    return { index, inclusion: proof, checkpoint: await openCheckpoint(checkpoint, await makeVerifier(vkey)) };
  });
}

/** The tree continues the one that was cosigned last; the very same tree needs no proof. */
export function checkConsistency(evidence: LogEvidence, checkpoint: OpenedCheckpoint, state: State): void {
  const seen = state.head(checkpoint.origin);
  if (seen && checkpoint.size === seen.size && equalBytes(checkpoint.root, seen.root)) return;
  const known = seen?.size ?? 0;
  if (evidence.old !== known || checkpoint.size < known) {
    throw new ReleaserError(
      "release.behind",
      `The releaser has seen this log with ${known} leaves. Prove the checkpoint from there.`,
      { size: known },
    );
  }
  if (!seen || seen.size === 0) return;
  try {
    const proof = evidence.consistency.map(fromBase64url);
    verifyConsistency({ from: seen.size, to: checkpoint.size, fromRoot: seen.root, toRoot: checkpoint.root, proof });
  } catch (cause) {
    throw new ReleaserError(
      "release.forked",
      `The log's checkpoint of ${checkpoint.size} leaves does not continue the tree of ${known} that was cosigned.`,
      { cause },
    );
  }
}

/** The act, the log's entry and this clock are within a minute of each other. */
export function checkFresh(leaf: Leaf, now: number): void {
  if (Math.abs(Date.parse(leaf.ts) - now) <= FRESH_MS && signedWhenLogged(leaf)) return;
  throw new ReleaserError(
    "release.stale",
    "The act, the log's entry and the releaser's clock are more than a minute apart. Try again; if it happens again, check the clocks.",
  );
}

/** Also for a leaf of long ago: the act was signed when it was logged. */
export function signedWhenLogged(leaf: Leaf): boolean {
  return leaf.at !== undefined && Math.abs(Date.parse(leaf.at) - Date.parse(leaf.ts)) <= FRESH_MS;
}

/** The sentence of the library, under the code of the step that it failed in. */
export async function refuseAs<T>(code: ReleaserErrorCode, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (cause instanceof SealError || cause instanceof LedgerError)
      throw new ReleaserError(code, cause.message, { cause });
    throw cause;
  }
}
