import { equalBytes, fromBase64, toBase64, utf8Decode } from "@breakwater/wire";
import { openCheckpoint, parseDecimal, parseHash, type OpenedCheckpoint } from "./checkpoint.ts";
import type { CosignatureVerifier } from "./cosignature.ts";
import { LedgerError } from "./error.ts";
import { leafHash, verifyInclusion } from "./merkle.ts";
import { MAX_NOTE_BYTES, parseNote, type Verifier } from "./note.ts";

const HEAD = "c2sp.org/tlog-proof@v1";
const MAX_EXTRA_BYTES = 65_536;
const MAX_PROOF_BYTES = MAX_NOTE_BYTES + 2 * MAX_EXTRA_BYTES;

export interface TlogProof {
  readonly index: number;
  /** The audit path, lowest hash first. */
  readonly proof: readonly Uint8Array[];
  /** The signed note, word for word. */
  readonly checkpoint: string;
  /** Not authenticated by anything. */
  readonly extra?: Uint8Array;
}

/** Whose word counts. */
export interface ProofPolicy {
  readonly log: Verifier;
  readonly witnesses: readonly CosignatureVerifier[];
  /** How many of the witnesses must have cosigned. */
  readonly quorum: number;
}

/** c2sp.org/tlog-proof, "Format". */
export function formatProof({ index, proof, checkpoint, extra }: TlogProof): string {
  const lines = [
    HEAD,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...proof.map(toBase64),
  ];
  const text = `${lines.join("\n")}\n\n${checkpoint}`;
  parseProof(text);
  return text;
}

/** Reads a proof without verifying anything. */
export function parseProof(source: Uint8Array | string): TlogProof {
  const text = readSource(source);
  const end = text.indexOf("\n\n");
  if (end < 0) throw malformed("it has no empty line before the checkpoint");
  const [head, ...lines] = text.slice(0, end).split("\n");
  if (head !== HEAD) throw malformed(`it does not begin with ${HEAD}`);
  const extraLine = lines[0]?.startsWith("extra ") === true ? lines.shift() : undefined;
  const indexLine = lines.shift();
  if (indexLine === undefined || !indexLine.startsWith("index ")) throw malformed('it has no "index <number>" line');
  if (lines.length > 63) throw malformed("it has more hashes than any tree needs");
  const checkpoint = text.slice(end + 2);
  try {
    const extra = extraLine === undefined ? undefined : fromBase64(extraLine.slice("extra ".length));
    if (extra !== undefined && extra.length > MAX_EXTRA_BYTES)
      throw malformed(`its extra data is longer than ${MAX_EXTRA_BYTES} bytes`);
    parseNote(checkpoint);
    return {
      index: parseDecimal(indexLine.slice("index ".length)),
      proof: lines.map(parseHash),
      checkpoint,
      ...(extra === undefined ? {} : { extra }),
    };
  } catch (cause) {
    throw cause instanceof LedgerError && cause.code === "proof.malformed"
      ? cause
      : malformed("one of its lines cannot be read", cause);
  }
}

/**
 * Verifies that `entry` is in the log: signature of the log, cosignatures, inclusion. Needs nothing but its arguments,
 * so it works years later and offline.
 */
export async function verifyProof(
  source: Uint8Array | string,
  entry: Uint8Array,
  policy: ProofPolicy,
): Promise<{ readonly index: number; readonly checkpoint: OpenedCheckpoint }> {
  checkPolicy(policy);
  const { index, proof, checkpoint: note } = parseProof(source);
  const checkpoint = await openCheckpoint(note, policy.log, policy.witnesses);
  if (checkpoint.cosignatures.length < policy.quorum) {
    throw new LedgerError(
      "proof.quorum",
      `${checkpoint.cosignatures.length} of ${policy.witnesses.length} known witnesses cosigned the checkpoint; ${policy.quorum} must have.`,
    );
  }
  verifyInclusion({ index, size: checkpoint.size, leafHash: leafHash(entry), root: checkpoint.root, proof });
  return { index, checkpoint };
}

/** One key under two names would count twice (c2sp.org/tlog-policy forbids duplicates). */
function checkPolicy({ witnesses, quorum }: ProofPolicy): void {
  if (!Number.isInteger(quorum) || quorum < 0 || quorum > witnesses.length) {
    throw new LedgerError("proof.quorum", `A quorum of ${quorum} cannot be met by ${witnesses.length} witnesses.`);
  }
  for (const [i, { publicKey, name }] of witnesses.entries()) {
    if (witnesses.slice(0, i).some((earlier) => equalBytes(earlier.publicKey, publicKey))) {
      throw new LedgerError("proof.quorum", `The witness ${name} has the key of another witness.`);
    }
  }
}

function readSource(source: Uint8Array | string): string {
  if (source.length > MAX_PROOF_BYTES) throw malformed(`it is longer than ${MAX_PROOF_BYTES} bytes`);
  try {
    return typeof source === "string" ? source : utf8Decode(source);
  } catch (cause) {
    throw malformed("it is not UTF-8", cause);
  }
}

function malformed(why: string, cause?: unknown): LedgerError {
  return new LedgerError(
    "proof.malformed",
    `This is not a proof of inclusion: ${why}.`,
    cause === undefined ? undefined : { cause },
  );
}
