import type { ModuleMigrations } from "@breakwater/sql";

export const vaultMigrations: ModuleMigrations = {
  module: "vault",
  migrations: [
    {
      name: "001-files",
      statements: [
        // man, manifest, leaf, entry and sealed are null until the upload is finished: then all are set, in one transaction.
        `create table vault_files (
          file_id text primary key,
          case_id text not null,
          org text not null,
          uploader text not null,
          state text not null check (state in ('uploading', 'sealed')),
          manifest text,
          man text,
          leaf bigint,
          entry text,
          created timestamptz not null,
          until timestamptz not null,
          sealed timestamptz,
          check ((state = 'sealed') = (manifest is not null and man is not null and leaf is not null and entry is not null and sealed is not null)))`,
        `create index vault_files_case on vault_files (case_id, created)`,
        `create index vault_files_uploading on vault_files (until) where state = 'uploading'`,
        `create table vault_parts (
          part_id text primary key,
          file_id text not null references vault_files (file_id) on delete cascade,
          role text not null,
          ct_size bigint not null,
          terminated boolean not null default false,
          unique (file_id, role))`,
        `create table vault_grants (
          grant_id text primary key,
          file_id text not null references vault_files (file_id),
          grantee text not null,
          body text not null,
          hash text not null,
          exp timestamptz not null,
          created timestamptz not null)`,
        `create index vault_grants_file on vault_grants (file_id, grantee, exp)`,
      ],
    },
    {
      name: "002-life",
      statements: [
        // What was deleted keeps its manifest: the log names it. Its blobs are gone.
        `alter table vault_files add column deleted timestamptz`,
        `alter table vault_files add column held boolean not null default false`,
      ],
    },
    {
      name: "003-messages",
      statements: [
        `create table vault_messages (
          message_id text primary key,
          case_id text not null,
          org text not null,
          seq integer not null,
          by_user text not null,
          body text not null,
          man text not null,
          created timestamptz not null,
          unique (case_id, seq))`,
      ],
    },
    {
      name: "004-approvals",
      statements: [
        `alter table vault_grants add column org text`,
        `alter table vault_grants add column case_id text`,
        `alter table vault_grants add column purpose text`,
        `update vault_grants set org = body::jsonb -> 'grant' ->> 'org', case_id = body::jsonb -> 'grant' ->> 'case',
          purpose = body::jsonb -> 'grant' ->> 'purpose'`,
        `alter table vault_grants alter column org set not null`,
        `alter table vault_grants alter column case_id set not null`,
        `alter table vault_grants alter column purpose set not null`,
        `alter table vault_grants add column x text`,
        `alter table vault_grants add column revoked timestamptz`,
        `alter table vault_grants add column revoked_by text`,
        `alter table vault_grants add column reviewed timestamptz`,
        `alter table vault_grants add column reviewed_by text`,
        `create index vault_grants_live on vault_grants (exp) where revoked is null`,
        `create index vault_grants_of on vault_grants (grantee, org, created)`,
        `create index vault_grants_unreviewed on vault_grants (created) where purpose = 'break-glass' and reviewed is null`,
        // One answer of each person: whoever denied does not approve afterwards.
        `create table vault_approvals (
          grant_id text not null references vault_grants (grant_id),
          user_id text not null,
          dec text not null check (dec in ('allow', 'deny')),
          side text not null check (side in ('lead', 'customer')),
          body text not null,
          x text,
          created timestamptz not null,
          primary key (grant_id, user_id))`,
      ],
    },
  ],
};
