import type { SignedAct } from "@breakwater/seal";
import type { Tx } from "@breakwater/sql";
import { toBase64url } from "@breakwater/wire";
import type { Session } from "../../session.ts";
import type { CaseRecord } from "../cases/index.ts";
import type { LeafDraft } from "../ledger/index.ts";
import type { LifeDeps, Starting } from "./face.ts";
import { push } from "./push.ts";
import { allOrders, insertOrder, setDone, type OrderRow } from "./store.ts";

interface Place {
  readonly case: string;
  readonly file?: string | undefined;
}

/** Orders from the moment that they are given until the releaser has obeyed. */
export class Orders {
  readonly #deps: LifeDeps;
  constructor(deps: LifeDeps) {
    this.#deps = deps;
  }

  /** Logged and marked in one transaction; the releaser hears of it at once, and again until it has obeyed. */
  async give(
    by: Session | undefined,
    act: SignedAct | LeafDraft,
    place: Place,
    mark: (tx: Tx, locked: CaseRecord) => Promise<void>,
  ): Promise<void> {
    const { sql, cases, ledger, now, report } = this.#deps;
    const row = await sql.transaction(async (tx): Promise<OrderRow> => {
      await mark(tx, await cases.lock(tx, place.case));
      const { index, entry } = await ledger.append(tx, act, by?.context);
      const order: OrderRow = {
        org: act.org,
        idx: index,
        t: act.t,
        case_id: place.case,
        file_id: place.file ?? null,
        entry: toBase64url(entry),
        by_user: act.actor.id,
        x: act.x === undefined ? null : JSON.stringify(act.x),
        at: new Date(now()),
        done: null,
      };
      await insertOrder(tx, order);
      return order;
    });
    await this.#carryOut(row).catch(report);
  }

  /** What a releaser has not confirmed yet, because it was down or the answer was lost. */
  async again(): Promise<void> {
    const { sql, report } = this.#deps;
    for (const row of await allOrders(sql.db, { waiting: true })) await this.#carryOut(row).catch(report);
  }

  /** What was done once must be done again before anything opens; what a releaser never took is `again`'s. */
  async settle(releaser: Starting): Promise<void> {
    for (const row of await allOrders(this.#deps.sql.db, { waiting: false }))
      if (row.done !== null && (await releaser.serves(row.case_id))) await this.#carryOut(row);
    await releaser.settle();
  }

  async #carryOut(row: OrderRow): Promise<void> {
    const { sql, vault, releaser } = this.#deps;
    const done = await push(this.#deps, releaser, row);
    await setDone(sql.db, row, JSON.stringify(done));
    // The ciphertext is dead already; it only takes room.
    if (row.t === "key.shred") await vault.dropBlobs({ case: row.case_id });
    if (row.t === "file.delete" && row.file_id !== null)
      await vault.dropBlobs({ case: row.case_id, file: row.file_id });
  }
}
