import type { ModuleMigrations } from "@breakwater/sql";

export const accountsMigrations: ModuleMigrations = {
  module: "accounts",
  migrations: [
    {
      name: "001-people",
      statements: [
        `create table orgs (
          org text primary key,
          kind text not null check (kind in ('desk', 'customer')),
          name text not null,
          fingerprint text not null,
          created timestamptz not null)`,
        // One desk runs the program.
        `create unique index orgs_one_desk on orgs (kind) where kind = 'desk'`,
        `create table users (
          user_id text primary key,
          org text not null references orgs (org),
          name text not null,
          email text not null,
          role text not null check (role in ('admin', 'engineer', 'member')),
          identity text not null,
          suspended boolean not null default false,
          created timestamptz not null)`,
        `create unique index users_email on users (lower(email))`,
        `create index users_org on users (org, created)`,
        `create table credentials (
          id text primary key,
          user_id text not null references users (user_id),
          kind text not null check (kind in ('passkey', 'passphrase')),
          public_key bytea,
          counter bigint not null default 0,
          salt text,
          token_hash bytea,
          created timestamptz not null)`,
        `create index credentials_user on credentials (user_id)`,
        `create table uk_wraps (
          user_id text not null references users (user_id),
          method text not null,
          id text not null,
          wrapped text not null,
          salt text,
          primary key (user_id, method, id))`,
        `create table devices (
          dev text primary key,
          user_id text not null references users (user_id),
          thumbprint text not null,
          jwk text not null,
          created timestamptz not null)`,
        // A browser that two people share has one key and a device of each.
        `create unique index devices_thumbprint on devices (user_id, thumbprint)`,
        `create table statements (
          hash bytea primary key,
          org text not null,
          t text not null,
          case_id text,
          statement text not null,
          created timestamptz not null)`,
        `create index statements_org on statements (org, t)`,
        `create index statements_case on statements (case_id) where case_id is not null`,
        // org is the one that the invited person joins, which a customer's first administrator has yet to make.
        `create table invites (
          id text primary key,
          by_org text not null references orgs (org),
          by_user text not null references users (user_id),
          org text not null,
          for_whom text not null check (for_whom in ('staff', 'customer', 'member')),
          role text not null,
          label text not null,
          token_hash text not null unique,
          team text,
          team_key text,
          until timestamptz not null,
          created timestamptz not null,
          used_by text references users (user_id),
          used_at timestamptz)`,
        `create index invites_by_org on invites (by_org, created)`,
        `create table sessions (
          hash bytea primary key,
          id text not null unique,
          user_id text not null references users (user_id),
          thumbprint text not null,
          created timestamptz not null,
          seen timestamptz not null,
          until timestamptz not null,
          ended timestamptz)`,
        `create index sessions_user on sessions (user_id) where ended is null`,
      ],
    },
    {
      name: "002-roles",
      statements: [
        `alter table users drop constraint users_role_check`,
        `alter table users add constraint users_role_check
          check (role in ('admin', 'lead', 'engineer', 'manager', 'auditor', 'member'))`,
      ],
    },
    {
      name: "003-standing",
      statements: [
        `alter table users add column standing text not null default 'active'
          check (standing in ('active', 'suspended', 'revoked'))`,
        `update users set standing = 'suspended' where suspended`,
        `alter table users drop column suspended`,
        `alter table users add column vendor text`,
        `alter table invites add column vendor text`,
        `alter table devices add column name text not null default ''`,
        `alter table devices add column standing text not null default 'active'
          check (standing in ('pending', 'active', 'suspended', 'revoked'))`,
        `alter table sessions add column method text not null default 'unknown'`,
        `alter table sessions add column verified timestamptz`,
        `alter table sessions add column managed boolean`,
        `alter table sessions add column agent text not null default ''`,
        `alter table sessions add column prefix text not null default ''`,
      ],
    },
    {
      name: "004-teams",
      statements: [
        `create table teams (
          team text primary key,
          org text not null references orgs (org),
          name text not null,
          epoch integer not null,
          created timestamptz not null)`,
        `create index teams_org on teams (org, created)`,
        `create table team_members (
          team text not null references teams (team),
          user_id text not null references users (user_id),
          since timestamptz not null,
          primary key (team, user_id))`,
        `create index team_members_user on team_members (user_id)`,
        // A team's key waits here for a member until their page has put it into their sealed identity.
        `create table team_wraps (
          team text not null references teams (team),
          epoch integer not null,
          user_id text not null references users (user_id),
          enc text not null,
          ct text not null,
          primary key (team, epoch, user_id))`,
        `insert into teams (team, org, name, epoch, created)
          select statement::jsonb -> 'body' ->> 'team', org, statement::jsonb -> 'body' ->> 'name', 1, created
          from statements where t = 'team'`,
        `insert into team_members (team, user_id, since)
          select teams.team, users.user_id, users.created from teams join users on users.org = teams.org`,
      ],
    },
    {
      name: "005-recovery",
      statements: [
        `create table recoveries (
          user_id text primary key references users (user_id),
          token_hash bytea not null,
          holders integer,
          needed integer,
          created timestamptz not null)`,
      ],
    },
  ],
};
