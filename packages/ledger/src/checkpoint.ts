import { fromBase64, toBase64 } from "@breakwater/wire";
import type { CosignatureVerifier } from "./cosignature.ts";
import { LedgerError } from "./error.ts";
import { HASH_BYTES } from "./merkle.ts";
import { openNote, signNote, type Signer, type Verifier } from "./note.ts";

export interface Checkpoint {
  /** Names the log, as `desk.example/log/org_…`. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Further lines; our logs write none. */
  readonly extensions: readonly string[];
}

export interface Cosignature {
  /** The witness's key name. */
  readonly name: string;
  /** Seconds since 1970, by the witness's clock. */
  readonly time: number;
}

export interface OpenedCheckpoint extends Checkpoint {
  /** The note's text: what was signed and what a witness cosigns. */
  readonly text: string;
  /** One for each known witness that cosigned. */
  readonly cosignatures: readonly Cosignature[];
}

/** c2sp.org/tlog-checkpoint, "Note text". */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const text = `${[origin, String(size), toBase64(root), ...extensions].join("\n")}\n`;
  parseCheckpoint(text);
  return text;
}

export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith("\n")) throw malformed("its text does not end in a newline");
  const [origin, size, root, ...extensions] = text.slice(0, -1).split("\n");
  if (origin === undefined || origin === "" || size === undefined || root === undefined)
    throw malformed("it needs lines for origin, size and root");
  if (extensions.includes("")) throw malformed("it has an empty line");
  return { origin, size: parseDecimal(size), root: parseHash(root), extensions };
}

export function signCheckpoint(checkpoint: Checkpoint, signers: readonly Signer[]): Promise<string> {
  return signNote(formatCheckpoint(checkpoint), signers);
}

/**
 * Verifies a checkpoint of the log that `log` is the key of. The log must have signed and its key name be the origin,
 * so that one key may serve many logs without one passing for another. Cosignatures of `witnesses` are verified
 * where they are present; how many are enough is the caller's to say.
 */
export async function openCheckpoint(
  note: Uint8Array | string,
  log: Verifier,
  witnesses: readonly CosignatureVerifier[] = [],
): Promise<OpenedCheckpoint> {
  const { text, verified } = await openNote(note, [log, ...witnesses]);
  const checkpoint = parseCheckpoint(text);
  if (!verified.some(({ verifier }) => verifier === log))
    throw new LedgerError("note.unsigned", `The log ${log.name} did not sign the checkpoint.`);
  if (checkpoint.origin !== log.name) {
    throw new LedgerError(
      "checkpoint.origin",
      `The checkpoint is of ${JSON.stringify(checkpoint.origin.slice(0, 200))}, not of ${log.name}.`,
    );
  }
  const cosignatures = witnesses.flatMap((witness) => {
    const signature = verified.find(({ verifier }) => verifier === witness);
    return signature === undefined ? [] : [{ name: witness.name, time: witness.time(signature.signature) }];
  });
  return { ...checkpoint, text, cosignatures };
}

/** ASCII decimal without leading zeros. */
export function parseDecimal(text: string): number {
  const value = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw malformed(`${JSON.stringify(text.slice(0, 40))} is not a tree size`);
  return value;
}

export function parseHash(text: string): Uint8Array {
  let hash: Uint8Array;
  try {
    hash = fromBase64(text);
  } catch (cause) {
    throw malformed("a hash is not base64", cause);
  }
  if (hash.length !== HASH_BYTES) throw malformed(`a hash has ${hash.length} bytes instead of ${HASH_BYTES}`);
  return hash;
}

function malformed(why: string, cause?: unknown): LedgerError {
  return new LedgerError(
    "checkpoint.malformed",
    `This is not a checkpoint: ${why}.`,
    cause === undefined ? undefined : { cause },
  );
}
