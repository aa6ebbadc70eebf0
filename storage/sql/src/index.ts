export type { Db, NoTables, Sql, Tx } from "./sql.ts";
export { isDuplicate, SqlError, type SqlErrorCode } from "./error.ts";
export { migrate, type Migration, type ModuleMigrations } from "./migrate.ts";
export { createPglite } from "./pglite.ts";
export { createPostgres } from "./postgres.ts";
