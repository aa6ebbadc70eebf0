import type { Db, Tx } from "@breakwater/sql";

/** The tables of this module. */
type LifeTables = {
  life_orders: {
    org: string;
    idx: number;
    t: string;
    case_id: string;
    file_id: string | null;
    /** The log's entry, base64url. */
    entry: string;
    by_user: string;
    /** The sealed reason, as JSON text. */
    x: string | null;
    at: Date;
    /** What the releaser signed, as JSON text; null while it has not obeyed. */
    done: string | null;
  };
};
export type OrderRow = LifeTables["life_orders"];

const tables = (db: Db | Tx) => db.withTables<LifeTables>();

export async function insertOrder(tx: Tx, row: OrderRow): Promise<void> {
  await tables(tx).insertInto("life_orders").values(row).execute();
}

export async function ordersOfCase(db: Db, caseId: string): Promise<OrderRow[]> {
  return tables(db)
    .selectFrom("life_orders")
    .selectAll()
    .where("case_id", "=", caseId)
    .orderBy("idx")
    .limit(1000)
    .execute();
}

/** In the order of each log; only those that wait, or all. */
export async function allOrders(db: Db, { waiting }: { readonly waiting: boolean }): Promise<OrderRow[]> {
  let query = tables(db).selectFrom("life_orders").selectAll();
  if (waiting) query = query.where("done", "is", null);
  return query.orderBy("org").orderBy("idx").execute();
}

export async function setDone(db: Db, { org, idx }: OrderRow, done: string): Promise<void> {
  await tables(db).updateTable("life_orders").set({ done }).where("org", "=", org).where("idx", "=", idx).execute();
}
