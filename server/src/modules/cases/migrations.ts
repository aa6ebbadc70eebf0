import type { ModuleMigrations } from "@breakwater/sql";

export const casesMigrations: ModuleMigrations = {
  module: "cases",
  migrations: [
    {
      name: "001-cases",
      statements: [
        `create table cases (
          case_id text primary key,
          number bigint generated always as identity unique,
          org text not null,
          type text not null,
          jurisdiction text not null,
          sensitivity text not null,
          state text not null check (state in ('open', 'closed')),
          subject text not null,
          case_key text not null,
          releaser_key text not null,
          opened_by text not null,
          files integer not null default 0,
          opened timestamptz not null,
          changed timestamptz not null)`,
        // Every list is newest first by number: one index for each way of narrowing it.
        `create index cases_state on cases (state, number desc)`,
        `create index cases_org on cases (org, number desc)`,
        `create index cases_org_state on cases (org, state, number desc)`,
        `create index cases_opener on cases (opened_by, number desc)`,
        `create table case_assignees (
          case_id text not null references cases (case_id),
          user_id text not null,
          number bigint not null,
          since timestamptz not null,
          primary key (case_id, user_id))`,
        `create index case_assignees_user on case_assignees (user_id, number desc)`,
      ],
    },
    {
      name: "002-life",
      statements: [
        `alter table cases add column shredded timestamptz`,
        `alter table cases add column held boolean not null default false`,
        // The retention sweep asks for closed cases by when they last changed.
        `create index cases_closed on cases (changed) where state = 'closed' and shredded is null`,
      ],
    },
  ],
};
