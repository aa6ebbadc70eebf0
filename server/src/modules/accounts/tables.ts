import type { OrgKind, Role } from "@breakwater/contract";
import type { Standing } from "@breakwater/seal";
import type { Db, Tx } from "@breakwater/sql";

/** The tables of this module; the schema is in migrations.ts. */
export type AccountsTables = {
  orgs: { org: string; kind: OrgKind; name: string; fingerprint: string; created: Date };
  users: {
    user_id: string;
    org: string;
    name: string;
    email: string;
    role: Role;
    /** Sealed: the server holds it and cannot read it. */
    identity: string;
    standing: Standing;
    vendor: string | null;
    created: Date;
  };
  credentials: {
    id: string;
    user_id: string;
    kind: "passkey" | "passphrase";
    public_key: Uint8Array | null;
    counter: number;
    salt: string | null;
    token_hash: Uint8Array | null;
    created: Date;
  };
  uk_wraps: {
    user_id: string;
    method: "prf" | "passphrase" | "recovery";
    id: string;
    wrapped: string;
    salt: string | null;
  };
  devices: {
    dev: string;
    user_id: string;
    thumbprint: string;
    jwk: string;
    /** What its people call it. */
    name: string;
    /** Pending: enrolled, and waits for approval. */
    standing: Standing | "pending";
    created: Date;
  };
  statements: { hash: Uint8Array; org: string; t: string; case_id: string | null; statement: string; created: Date };
  invites: {
    id: string;
    by_org: string;
    by_user: string;
    org: string;
    for_whom: "staff" | "customer" | "member";
    role: Role;
    label: string;
    token_hash: string;
    team: string | null;
    team_key: string | null;
    vendor: string | null;
    until: Date;
    created: Date;
    used_by: string | null;
    used_at: Date | null;
  };
  sessions: {
    hash: Uint8Array;
    id: string;
    user_id: string;
    thumbprint: string;
    created: Date;
    seen: Date;
    until: Date;
    ended: Date | null;
    method: AuthMethod;
    /** When the person last showed that it is they. */
    verified: Date | null;
    /** Whether a trusted proxy saw a certificate of the organisation's device management; null where none is asked. */
    managed: boolean | null;
    /** What the browser calls itself, shortened. */
    agent: string;
    prefix: string;
  };
  teams: { team: string; org: string; name: string; epoch: number; created: Date };
  team_members: { team: string; user_id: string; since: Date };
  recoveries: { user_id: string; token_hash: Uint8Array; holders: number | null; needed: number | null; created: Date };
  team_wraps: { team: string; epoch: number; user_id: string; enc: string; ct: string };
};
export type AuthMethod = "passkey" | "passphrase" | "oidc" | "unknown";
export type InviteRow = AccountsTables["invites"];
export type OrgRow = AccountsTables["orgs"];
export type UserRow = AccountsTables["users"];

export const tables = (db: Db | Tx) => db.withTables<AccountsTables>();
