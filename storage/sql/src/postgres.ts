import { Kysely, PostgresDialect, type PostgresPoolClient, type PostgresQueryResult } from "kysely";
import pg from "pg";
import { readFault, SqlError, sqlError } from "./error.ts";
import { Nesting, sqlOver, type NoTables, type Sql } from "./sql.ts";

const INT8 = 20;
const MIN_VERSION = 150_000;

/** PostgreSQL >= 15 by its connection URL. */
export async function createPostgres({
  url,
  connections = 10,
}: {
  readonly url: string;
  readonly connections?: number;
}): Promise<Sql> {
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8, Number);
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 10_000,
    types,
  });
  // An idle connection that the server closes is replaced at the next use; without a listener it would end the process.
  pool.on("error", () => {});
  const nesting = new Nesting();
  const db = new Kysely<NoTables>({
    dialect: new PostgresDialect({
      pool: {
        options: {},
        connect: async () => {
          nesting.check();
          return checkedClient(await pool.connect().catch(rethrow));
        },
        end: () => pool.end(),
      },
    }),
  });
  try {
    await checkVersion(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return sqlOver("postgres", db, nesting, () => db.destroy());
}

async function checkVersion(pool: pg.Pool): Promise<void> {
  const { rows } = await pool
    .query<{ version: number }>("select current_setting('server_version_num')::int as version")
    .catch(rethrow);
  const version = rows[0]?.version ?? 0;
  if (version < MIN_VERSION) {
    throw new SqlError(
      "sql.version",
      `The database server is PostgreSQL ${Math.floor(version / 10_000)}; at least 15 is needed.`,
    );
  }
}

function checkedClient(client: pg.PoolClient): PostgresPoolClient {
  // Kysely's type has a second overload for cursors; no cursor class is configured, so only text arrives.
  const query = <R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> =>
    client.query(text, [...values]).catch(rethrow) as unknown as Promise<PostgresQueryResult<R>>;
  return { query: query as PostgresPoolClient["query"], release: (destroy) => client.release(destroy) };
}

function rethrow(error: unknown): never {
  throw sqlError(readFault(error));
}
