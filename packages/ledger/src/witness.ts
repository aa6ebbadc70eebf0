import { equalBytes, toBase64, utf8Decode } from "@breakwater/wire";
import { parseCheckpoint, parseDecimal, parseHash, type Checkpoint } from "./checkpoint.ts";
import { LedgerError } from "./error.ts";
import { emptyRoot, verifyConsistency } from "./merkle.ts";
import { MAX_NOTE_BYTES, openNote, parseNote, type Verifier } from "./note.ts";

/** c2sp.org/tlog-witness: "The client MUST NOT send more than 63 consistency proof lines." */
const MAX_PROOF_LINES = 63;
const MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 64 * 45;

export interface AddCheckpoint {
  readonly old: number;
  readonly proof: readonly Uint8Array[];
  /** The signed note, as it came. */
  readonly note: string;
}

/** What a witness keeps of a log: the last tree that it cosigned. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** A request whose checkpoint a trusted key of its origin has signed. */
export interface AuthenticRequest extends AddCheckpoint {
  readonly checkpoint: Checkpoint;
  /** What to cosign. */
  readonly text: string;
}

export interface Refusal {
  readonly status: 400 | 403 | 404 | 422;
  readonly reason: string;
}
export interface Conflict {
  readonly status: 409;
  /** The size to say in the answer's body (`<size>\n`, type text/x.tlog.size). */
  readonly size: number;
}
export interface Accepted {
  readonly status: 200;
  /** To be stored before the cosignature leaves the house. */
  readonly next: TreeHead;
}

export function formatAddCheckpoint({ old, proof, note }: AddCheckpoint): string {
  return `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join("")}\n${note}`;
}

export function parseAddCheckpoint(body: Uint8Array | string): AddCheckpoint {
  const source = readBody(body);
  const end = source.indexOf("\n\n");
  if (end < 0) throw malformed("it has no empty line before the checkpoint");
  const [first, ...lines] = source.slice(0, end).split("\n");
  if (first === undefined || !first.startsWith("old ")) throw malformed('it does not begin with "old <size>"');
  if (lines.length > MAX_PROOF_LINES) throw malformed(`it has more than ${MAX_PROOF_LINES} proof lines`);
  try {
    return { old: parseDecimal(first.slice(4)), proof: lines.map(parseHash), note: source.slice(end + 2) };
  } catch (cause) {
    throw malformed("its old size or proof cannot be read", cause);
  }
}

/**
 * First half of add-checkpoint: reads the request and verifies the log's signature. `keysOf` gives the trusted keys of an
 * origin, undefined when the origin is unknown. Needs no state, so it may run outside the lock.
 */
export async function authenticate(
  body: Uint8Array | string,
  keysOf: (origin: string) => readonly Verifier[] | undefined | Promise<readonly Verifier[] | undefined>,
): Promise<{ readonly status: 200; readonly request: AuthenticRequest } | Refusal> {
  let request: AddCheckpoint;
  let checkpoint: Checkpoint;
  let text: string;
  try {
    request = parseAddCheckpoint(body);
    text = parseNote(request.note).text;
    checkpoint = parseCheckpoint(text);
  } catch (error) {
    return { status: 400, reason: reasonOf(error) };
  }
  const keys = await keysOf(checkpoint.origin);
  if (keys === undefined) return { status: 404, reason: "This witness does not know the log." };
  try {
    await openNote(request.note, keys);
  } catch (error) {
    return { status: 403, reason: reasonOf(error) };
  }
  return { status: 200, request: { ...request, checkpoint, text } };
}

/**
 * Second half: the decision table. Synchronous on purpose: read `latest`, decide and store `next` under one lock,
 * or two requests may roll the witness back (c2sp.org/tlog-witness, "add-checkpoint").
 * `latest` is undefined for a log that was never cosigned.
 */
export function decide(latest: TreeHead | undefined, request: AuthenticRequest): Accepted | Conflict | Refusal {
  const { old, proof, checkpoint } = request;
  const { size, root } = checkpoint;
  if (old > size) return { status: 400, reason: `The old size ${old} is larger than the checkpoint's ${size}.` };
  const known = latest?.size ?? 0;
  if (old !== known) return { status: 409, size: known };
  if (size === 0 && !equalBytes(root, emptyRoot()))
    return { status: 422, reason: "A tree without leaves has another root." };
  try {
    if (old === 0) {
      if (proof.length > 0) throw new LedgerError("merkle.proof", "The proof from the empty tree must be empty.");
    } else {
      // `latest` is there: its size is `old`, which is not 0. For equal sizes this compares the roots.
      verifyConsistency({ from: old, to: size, fromRoot: latest?.root ?? emptyRoot(), toRoot: root, proof });
    }
  } catch (error) {
    return { status: 422, reason: reasonOf(error) };
  }
  return { status: 200, next: { size, root } };
}

function readBody(body: Uint8Array | string): string {
  if (body.length > MAX_REQUEST_BYTES) throw malformed(`it is longer than ${MAX_REQUEST_BYTES} bytes`);
  try {
    return typeof body === "string" ? body : utf8Decode(body);
  } catch (cause) {
    throw malformed("it is not UTF-8", cause);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof LedgerError) return error.message;
  throw error;
}

function malformed(why: string, cause?: unknown): LedgerError {
  return new LedgerError(
    "witness.malformed",
    `This is not an add-checkpoint request: ${why}.`,
    cause === undefined ? undefined : { cause },
  );
}
