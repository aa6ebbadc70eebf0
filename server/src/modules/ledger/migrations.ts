import type { ModuleMigrations } from "@breakwater/sql";

export const ledgerMigrations: ModuleMigrations = {
  module: "ledger",
  migrations: [
    {
      name: "001-logs",
      statements: [
        // size counts committed entries, tree_size those under the newest signed checkpoint: tree_size <= size.
        `create table ledger_logs (
          log text primary key,
          salt bytea not null,
          size bigint not null default 0,
          tree_size bigint not null default 0,
          checkpoint text,
          cosigned_size bigint not null default 0,
          cosigned text,
          announced_size bigint not null default 0,
          beat timestamptz not null,
          created timestamptz not null)`,
        `create table ledger_entries (
          log text not null references ledger_logs (log),
          idx bigint not null,
          leaf_hash bytea not null,
          entry bytea not null,
          t text not null,
          case_id text,
          file_id text,
          primary key (log, idx))`,
        `create index ledger_entries_case on ledger_entries (log, case_id, idx) where case_id is not null`,
        `create index ledger_entries_file on ledger_entries (log, file_id, idx) where file_id is not null`,
        // Only the widest version of each tile: a narrower one is its beginning.
        `create table ledger_tiles (
          log text not null references ledger_logs (log),
          level integer not null,
          idx bigint not null,
          width integer not null,
          bytes bytea not null,
          primary key (log, level, idx))`,
      ],
    },
    {
      name: "002-announced",
      // What the global log's newest leaf about this log says, so that anybody who may read this log can compute that leaf.
      statements: [`alter table ledger_logs add column announced text`],
    },
  ],
};
