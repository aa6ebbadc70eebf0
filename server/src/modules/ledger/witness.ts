import { addSignatures, consistencyProof, formatAddCheckpoint } from "@breakwater/ledger";
import type { Sql } from "@breakwater/sql";
import { Problem } from "../../errors.ts";
import { readSigned, type Signed } from "./sequencer.ts";
import { putCosigned, readLog, tileReader } from "./store.ts";

export type WitnessAnswer =
  /** Signature lines of the note. */
  | { readonly status: 200; readonly lines: string }
  /** The witness last cosigned this size. */
  | { readonly status: 409; readonly size: number }
  | { readonly status: 400 | 403 | 404 | 422; readonly reason: string };

/** c2sp.org/tlog-witness over HTTP. Rejects when the witness cannot be reached. */
export interface Witness {
  addCheckpoint(body: string): Promise<WitnessAnswer>;
}

/** Gets the checkpoint cosigned, or throws log.unavailable: without the witness's word nothing is proven to anybody. */
export async function cosign(
  sql: Sql,
  witness: Witness,
  log: string,
  integrate: () => Promise<Signed>,
): Promise<Signed> {
  const reader = tileReader(sql.db, log);
  let old: number | undefined;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const signed = await integrate();
    const row = await readLog(sql.db, log);
    if (row.cosigned !== null && row.cosigned_size === signed.size) return readSigned(row.cosigned);
    old ??= row.cosigned_size;
    if (old > signed.size) {
      throw new Problem(
        "log.unavailable",
        `The witness has seen ${old} entries of the log ${log}, and this database has ${signed.size}. Was an old backup restored?`,
      );
    }
    const proof = await consistencyProof(old, signed.size, reader);
    const answer = await ask(witness, formatAddCheckpoint({ old, proof, note: signed.note }));
    if (answer.status === 200) {
      const note = addSignatures(signed.note, answer.lines);
      await putCosigned(sql.db, log, signed.size, note);
      return { ...signed, note };
    }
    if (answer.status !== 409)
      throw new Problem("log.unavailable", `The witness refused the log's checkpoint: ${answer.reason}`);
    // It has seen another size than we stored: a crash in between, or a release, which also shows it a checkpoint. That may
    // be a larger one than ours, so the next attempt takes a new one as well.
    old = answer.size;
  }
  throw new Problem("log.unavailable", "The witness was busy with another checkpoint of this log. Try again.");
}
/** Each release moves the witness; so many in the time of one request would be a flood. */
const MOST_ATTEMPTS = 12;

async function ask(witness: Witness, body: string): Promise<WitnessAnswer> {
  try {
    return await witness.addCheckpoint(body);
  } catch (cause) {
    throw new Problem(
      "log.unavailable",
      "The log's witness cannot be reached, so nothing can be proven now. Try again in a minute.",
      { cause },
    );
  }
}
