import { AsyncLocalStorage } from "node:async_hooks";
import type { Kysely, Transaction } from "kysely";
import { SqlError } from "./error.ts";

/** Each module names its own tables: `sql.db.withTables<LedgerTables>()`. */
// oxlint-disable-next-line typescript/no-empty-object-type -- Kysely intersects table sets; an index signature would swallow their names.
export type NoTables = {};
export type Db = Kysely<NoTables>;
export type Tx = Transaction<NoTables>;

/**
 * One dialect over two engines: PostgreSQL >= 15, and PGlite (PostgreSQL 18 in WebAssembly). Use nothing newer than 15.
 * Both give bytea as Uint8Array, bigint as number, timestamptz as Date. JSON goes in as text.
 */
export interface Sql {
  readonly engine: "pglite" | "postgres";
  /** For single statements outside a transaction. Using it inside one throws sql.nested. */
  readonly db: Db;
  /** READ COMMITTED. Everything inside uses `tx` only: PGlite has one connection, and a second would wait for the first for ever. */
  transaction<T>(run: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs once, after the transaction committed; never when it rolled back. Errors of `then` are the caller's to handle. */
  afterCommit(tx: Tx, then: () => void): void;
  close(): Promise<void>;
}

interface Scope {
  open: boolean;
}

/** Notices a transaction that asks for a second connection, on the engine with many too, where it would deadlock only under load. */
export class Nesting {
  readonly #scope = new AsyncLocalStorage<Scope>();

  check(): void {
    if (this.#scope.getStore()?.open) {
      throw new SqlError(
        "sql.nested",
        "A transaction asked for a second connection. Pass the transaction down instead.",
      );
    }
  }

  async enter<T>(run: () => Promise<T>): Promise<T> {
    const scope = { open: true };
    try {
      return await this.#scope.run(scope, run);
    } finally {
      scope.open = false;
    }
  }
}

export function sqlOver(engine: Sql["engine"], db: Db, nesting: Nesting, close: () => Promise<void>): Sql {
  const waiting = new WeakMap<Tx, (() => void)[]>();
  return {
    engine,
    db,
    async transaction(run) {
      nesting.check();
      const after: (() => void)[] = [];
      // The engine's connection is acquired outside the scope that forbids acquiring.
      const result = await db.transaction().execute((tx) => {
        waiting.set(tx, after);
        return nesting.enter(() => run(tx));
      });
      for (const then of after) then();
      return result;
    },
    afterCommit(tx, then) {
      const list = waiting.get(tx);
      if (list === undefined)
        throw new SqlError("sql.failed", "afterCommit needs the transaction that Sql.transaction handed out.");
      list.push(then);
    },
    close,
  };
}
