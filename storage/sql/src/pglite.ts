import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import {
  CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type QueryCompiler,
  type QueryResult,
} from "kysely";
import { SqlError, sqlError, type EngineFault } from "./error.ts";
import { directoryError, takeLock, type Lock } from "./lock.ts";
import { Nesting, sqlOver, type NoTables, type Sql } from "./sql.ts";

export interface WorkerRequest {
  readonly id: number;
  /** Null closes the database. */
  readonly text: string | null;
  readonly values: readonly unknown[];
}
export type WorkerAnswer =
  | { readonly id: number; readonly rows: readonly Record<string, unknown>[]; readonly affected: number | null }
  | { readonly id: number; readonly fault: EngineFault };

/**
 * The embedded engine, in `directory`. The lock file beside it makes a second start fail at once with sql.inUse.
 * A new directory takes some seconds (initdb), an existing one a fraction of a second.
 */
export async function createPglite({ directory }: { readonly directory: string }): Promise<Sql> {
  try {
    mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw directoryError(directory, cause);
  }
  const lock = takeLock(`${directory}.lock`);
  try {
    clearHalfMade(directory);
  } catch (error) {
    lock.release();
    throw error;
  }
  const host = new Host(directory, lock);
  try {
    await host.ready;
    rmSync(creatingMark(directory), { force: true });
  } catch (error) {
    await host.stop();
    throw error;
  }
  const nesting = new Nesting();
  const db = new Kysely<NoTables>({ dialect: new WorkerDialect(host, nesting) });
  // A closed engine must not answer that a statement ran: Kysely refuses after destroy, the host after stop.
  return sqlOver("pglite", db, nesting, async () => {
    await db.destroy();
    await host.stop();
  });
}

/** Stands beside the directory while initdb fills it. */
function creatingMark(directory: string): string {
  return `${directory}.creating`;
}

/** A first start that was killed leaves half a database, which nobody was ever served from: it is made anew. */
function clearHalfMade(directory: string): void {
  const mark = creatingMark(directory);
  try {
    if (existsSync(mark)) for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
    if (readdirSync(directory).length === 0) writeFileSync(mark, "", { mode: 0o600 });
  } catch (cause) {
    throw directoryError(directory, cause);
  }
}

interface Waiting {
  resolve(answer: QueryResult<Record<string, unknown>>): void;
  reject(error: SqlError): void;
}

/** The main thread's side of the worker: one message out, one back. */
class Host {
  readonly ready: Promise<unknown>;
  readonly #worker: Worker;
  readonly #lock: Lock;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #gone: SqlError | null = null;

  constructor(directory: string, lock: Lock) {
    this.#lock = lock;
    this.#worker = new Worker(new URL("./pglite-worker.ts", import.meta.url), {
      // The parent's own flags (a test runner's loader, --eval) are not the worker's.
      execArgv: [],
      workerData: { directory },
    });
    this.#worker.on("message", (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on("error", (cause) =>
      this.#end(new SqlError("sql.unavailable", "The embedded database stopped. Start the server again.", { cause })),
    );
    this.#worker.on("exit", () => this.#end(new SqlError("sql.unavailable", "The embedded database has stopped.")));
    // Id 0 is the worker's word that the database is open.
    this.ready = this.#expect(this.#next++);
  }

  async query(text: string | null, values: readonly unknown[]): Promise<QueryResult<Record<string, unknown>>> {
    if (this.#gone) throw this.#gone;
    const id = this.#next++;
    const answer = this.#expect(id);
    this.#worker.postMessage({ id, text, values } satisfies WorkerRequest);
    return answer;
  }

  async stop(): Promise<void> {
    try {
      if (this.#gone === null) await this.query(null, []);
    } finally {
      await this.#worker.terminate();
      this.#lock.release();
    }
  }

  #expect(id: number): Promise<QueryResult<Record<string, unknown>>> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("fault" in answer) {
      waiting?.reject(sqlError(answer.fault));
    } else {
      const rows = [...answer.rows];
      waiting?.resolve(answer.affected === null ? { rows } : { rows, numAffectedRows: BigInt(answer.affected) });
    }
  }

  #end(error: SqlError): void {
    this.#gone ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#gone);
    this.#waiting.clear();
  }
}

/** PostgreSQL's compiler and adapter over our own driver. (Kysely's PGlite adapter queues for the one connection before any driver sees the wait.) */
class WorkerDialect implements Dialect {
  readonly #host: Host;
  readonly #nesting: Nesting;
  constructor(host: Host, nesting: Nesting) {
    this.#host = host;
    this.#nesting = nesting;
  }
  createDriver(): Driver {
    return new WorkerDriver(this.#host, this.#nesting);
  }
  createAdapter(): DialectAdapter {
    return new PostgresAdapter();
  }
  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler();
  }
  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db);
  }
}

class WorkerConnection implements DatabaseConnection {
  readonly #host: Host;
  constructor(host: Host) {
    this.#host = host;
  }
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    // The row type is what the query's author says it is, on every engine.
    return (await this.#host.query(query.sql, query.parameters)) as QueryResult<R>;
  }
  // oxlint-disable-next-line require-yield -- the interface asks for a generator; PGlite has no cursors over messages.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new SqlError("sql.failed", "The embedded database does not stream. Read pages by key instead.");
  }
}

/** Hands the one connection to one user at a time, in order of asking. */
class WorkerDriver implements Driver {
  readonly #connection: WorkerConnection;
  readonly #nesting: Nesting;
  readonly #queue: (() => void)[] = [];
  #taken = false;
  constructor(host: Host, nesting: Nesting) {
    this.#connection = new WorkerConnection(host);
    this.#nesting = nesting;
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    this.#nesting.check();
    if (this.#taken) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#taken = true;
    return this.#connection;
  }
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin"));
  }
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("rollback"));
  }
  async releaseConnection(): Promise<void> {
    // `taken` stays true while it passes to the next: nobody can slip in between.
    const next = this.#queue.shift();
    if (next) next();
    else this.#taken = false;
  }
  async destroy(): Promise<void> {}
}
