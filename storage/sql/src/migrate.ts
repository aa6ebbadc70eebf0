import { createHash } from "node:crypto";
import { sql, type Generated } from "kysely";
import { SqlError } from "./error.ts";
import type { Sql, Tx } from "./sql.ts";

/** Plain SQL that PostgreSQL 15 and PGlite both speak, one statement per string. An applied migration never changes. */
export interface Migration {
  /** Unique within its module: `001-logs`. */
  readonly name: string;
  readonly statements: readonly string[];
}

export interface ModuleMigrations {
  readonly module: string;
  /** In the order in which they are applied. */
  readonly migrations: readonly Migration[];
}

type MigrationTables = {
  applied_migrations: { module: string; name: string; digest: string; applied: Generated<Date> };
};

const CREATE = `create table if not exists applied_migrations (
  module text not null, name text not null, digest text not null, applied timestamptz not null default now(),
  primary key (module, name))`;

/**
 * Brings the schema up to the sources, modules in the given order (a table may refer to those of modules before it).
 * Each migration is its own transaction, recorded inside it: a crash leaves whole migrations only. Returns the names of the new ones.
 */
export async function migrate(engine: Sql, modules: readonly ModuleMigrations[]): Promise<readonly string[]> {
  await engine.transaction(async (tx) => {
    // Two servers that start at once must not both create it: `if not exists` alone races in PostgreSQL.
    await sql`select pg_advisory_xact_lock(7410)`.execute(tx);
    await sql.raw(CREATE).execute(tx);
  });
  const added: string[] = [];
  for (const { module, migrations } of modules) {
    for (const migration of migrations) {
      if (await engine.transaction((tx) => apply(tx, module, migration))) added.push(`${module}/${migration.name}`);
    }
  }
  return added;
}

async function apply(tx: Tx, module: string, migration: Migration): Promise<boolean> {
  const tables = tx.withTables<MigrationTables>();
  await sql`lock table applied_migrations in exclusive mode`.execute(tx);
  const digest = createHash("sha256").update(JSON.stringify(migration.statements)).digest("hex");
  const { name } = migration;
  const known = await tables
    .selectFrom("applied_migrations")
    .select("digest")
    .where("module", "=", module)
    .where("name", "=", name)
    .executeTakeFirst();
  if (known?.digest === digest) return false;
  if (known !== undefined) {
    throw new SqlError(
      "sql.migration",
      `The database was made by another version: its migration ${module}/${name} differs from this program's. Start the version that made it, or use a fresh data directory.`,
    );
  }
  for (const statement of migration.statements) await sql.raw(statement).execute(tx);
  await tables.insertInto("applied_migrations").values({ module, name, digest }).execute();
  return true;
}
