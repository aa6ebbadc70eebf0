import { ReleaserError } from "./error.ts";
import type { OrderRecord } from "./record.ts";

interface Place {
  readonly case?: string;
  readonly file?: string;
}

/**
 * What was ordered, for ever: which cases are shredded, which files deleted, what is held. INVARIANT: shredding and
 * deleting only ever add; a restored or repeated older order about holding never wins over a later one.
 */
export class Orders {
  readonly #shreds = new Map<string, OrderRecord>();
  readonly #deletes = new Map<string, OrderRecord>();
  /** By case, then by file ("" for the whole case): the latest order about holding it. */
  readonly #holds = new Map<string, Map<string, OrderRecord>>();

  /** The same order came before, or a later one about the same thing. */
  isOld({ order, case: caseId, file = "", index }: OrderRecord): boolean {
    if (order === "key.shred") return this.#shreds.has(caseId);
    if (order === "file.delete") return this.#deletes.has(file);
    return (this.#holds.get(caseId)?.get(file)?.index ?? -1) >= index;
  }

  shreddedCases(): Iterable<string> {
    return this.#shreds.keys();
  }

  /** Throws for what was destroyed or deleted: nothing brings it back. */
  checkThere({ case: caseId = "", file = "" }: Place): void {
    const shred = this.#shreds.get(caseId);
    if (shred)
      throw new ReleaserError(
        "key.destroyed",
        `The releaser's key of ${caseId} was destroyed on ${new Date(shred.at).toISOString()}. The case's files can not be opened any more.`,
      );
    const deletion = this.#deletes.get(file);
    if (deletion)
      throw new ReleaserError("file.deleted", `${file} was deleted on ${new Date(deletion.at).toISOString()}.`);
  }

  /** Throws when what an order would destroy is held: a whole case by any of its holds, a file by its own or the case's. */
  checkNotHeld({ order, case: caseId, file = "" }: OrderRecord): void {
    if (order !== "key.shred" && order !== "file.delete") return;
    for (const [held, last] of this.#holds.get(caseId) ?? []) {
      if (last.order !== "file.hold" || (order === "file.delete" && held !== "" && held !== file)) continue;
      throw new ReleaserError(
        "order.held",
        `${held === "" ? caseId : held} is under legal hold. Nothing of it is destroyed until the hold is lifted.`,
      );
    }
  }

  apply(record: OrderRecord): void {
    if (this.isOld(record)) return;
    const { order, case: caseId, file = "" } = record;
    if (order === "key.shred") this.#shreds.set(caseId, record);
    else if (order === "file.delete") this.#deletes.set(file, record);
    else {
      const ofCase = this.#holds.get(caseId) ?? new Map<string, OrderRecord>();
      this.#holds.set(caseId, ofCase.set(file, record));
    }
  }

  *records(): Iterable<OrderRecord> {
    yield* this.#shreds.values();
    yield* this.#deletes.values();
    for (const ofCase of this.#holds.values()) yield* ofCase.values();
  }
}
