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
    {
      name: "003-desk",
      statements: [
        `alter table cases drop constraint cases_state_check`,
        `alter table cases add constraint cases_state_check
          check (state in ('open', 'waiting-desk', 'waiting-customer', 'solved', 'closed'))`,
        `alter table cases
          add column priority smallint not null default 1 check (priority between 0 and 3),
          add column team text,
          add column version integer not null default 1,
          add column messages integer not null default 0,
          add column activity integer not null default 1,
          add column waiting timestamptz,
          add column closed timestamptz`,
        `update cases set activity = files + 1, waiting = case when state = 'open' then opened end,
          closed = case when state = 'closed' then changed end`,
        // One index for each order of the queue; ties go by number.
        `create index cases_changed on cases (changed desc, number desc)`,
        `create index cases_priority on cases (priority desc, number desc)`,
        `create index cases_waiting on cases (waiting, number) where waiting is not null`,
        `create index cases_team on cases (team, number desc) where team is not null`,
        `create table case_tags (
          case_id text not null references cases (case_id),
          tag text not null,
          primary key (case_id, tag))`,
        `create index case_tags_tag on case_tags (tag)`,
        // No content: only how much of a case somebody has seen.
        `create table case_seen (
          user_id text not null,
          case_id text not null references cases (case_id),
          seen integer not null,
          primary key (user_id, case_id))`,
        `create table case_views (
          view_id text primary key,
          owner text not null,
          name text not null,
          query text not null,
          shared boolean not null,
          created timestamptz not null)`,
        `create index case_views_owner on case_views (owner)`,
      ],
    },
  ],
};
