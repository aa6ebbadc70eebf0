import type { ModuleMigrations } from "@breakwater/sql";

export const lifeMigrations: ModuleMigrations = {
  module: "life",
  migrations: [
    {
      name: "001-orders",
      statements: [
        // The log holds the entries too; here they are found by case, with what the releaser signed when it had obeyed.
        `create table life_orders (
          org text not null,
          idx bigint not null,
          t text not null,
          case_id text not null,
          file_id text,
          entry text not null,
          by_user text not null,
          x text,
          at timestamptz not null,
          done text,
          primary key (org, idx))`,
        `create index life_orders_case on life_orders (case_id, idx)`,
        `create index life_orders_waiting on life_orders (org, idx) where done is null`,
      ],
    },
  ],
};
