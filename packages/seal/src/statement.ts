import { fromBase64url, toBase64url, type Json } from "@breakwater/wire";
import {
  binary,
  constant,
  id,
  integer,
  isObject,
  keyName,
  list,
  read,
  shape,
  text,
  time,
  type Check,
} from "./check.ts";
import { ed25519Sign, ed25519Verify, signatureInput, type SigningKey } from "./ed25519.ts";
import { SealError } from "./error.ts";
import { ENC_BYTES, PUBLIC_KEY_BYTES } from "./hpke.ts";
import { canonical } from "./json.ts";
import { publicJwkCheck, type PublicJwk } from "./jwk.ts";

/** Protocol 2.1. Keys are base64url; `created` is when the signer says it was made. */
export interface OrgRootBody {
  readonly v: 1;
  readonly t: "org.root";
  readonly created: string;
  readonly org: string;
  readonly kind: "desk" | "customer";
  readonly name: string;
  /** Ed25519. */
  readonly key: string;
}
export interface DeskKeysBody {
  readonly v: 1;
  readonly t: "desk.keys";
  readonly created: string;
  readonly org: string;
  readonly logHost: string;
  /** Ed25519 public keys. */
  readonly log: string;
  readonly releaser: string;
  /** The witness's C2SP vkey. */
  readonly witness: string;
}
export type PersonRole = "admin" | "engineer" | "member";
export interface InviteBody {
  readonly v: 1;
  readonly t: "invite";
  readonly created: string;
  readonly id: string;
  /** The organisation that the invited person joins: for a customer's first administrator, the customer's own. */
  readonly org: string;
  /** Ed25519. */
  readonly key: string;
  readonly for: "staff" | "customer" | "member";
  readonly role: PersonRole;
  readonly team?: string;
  readonly until: string;
}
export interface BundleBody {
  readonly v: 1;
  readonly t: "bundle";
  readonly created: string;
  readonly org: string;
  readonly user: string;
  readonly role: PersonRole;
  readonly name: string;
  readonly hpke: string;
  /** Ed25519. */
  readonly sign: string;
}
export interface DeviceBody {
  readonly v: 1;
  readonly t: "device";
  readonly created: string;
  readonly user: string;
  readonly dev: string;
  readonly jwk: PublicJwk;
}
export interface TeamBody {
  readonly v: 1;
  readonly t: "team";
  readonly created: string;
  readonly org: string;
  readonly team: string;
  readonly name: string;
  readonly epoch: number;
  readonly hpke: string;
}
/** A case's secret key, sealed to one team's key. */
export interface CaseKeyWrap {
  readonly to: string;
  readonly enc: string;
  readonly ct: string;
}
export interface CaseKeyBody {
  readonly v: 1;
  readonly t: "case.key";
  readonly created: string;
  readonly org: string;
  readonly case: string;
  readonly epoch: number;
  readonly hpke: string;
  readonly wraps: readonly CaseKeyWrap[];
}
export interface ReleaserKeyBody {
  readonly v: 1;
  readonly t: "releaser.key";
  readonly created: string;
  readonly org: string;
  readonly case: string;
  readonly epoch: number;
  readonly hpke: string;
}
export type StatementBody =
  | OrgRootBody
  | DeskKeysBody
  | InviteBody
  | BundleBody
  | DeviceBody
  | TeamBody
  | CaseKeyBody
  | ReleaserKeyBody;
export type StatementType = StatementBody["t"];

export interface StatementSignature {
  readonly by: string;
  readonly sig: string;
}
export interface Statement<Body extends StatementBody = StatementBody> {
  readonly body: Body;
  readonly sigs: readonly StatementSignature[];
}

/** Bytes of one statement as JSON: a case.key with wraps for 16 teams fits. */
export const MAX_STATEMENT_BYTES = 65_536;
const MAX_SIGS = 4;
const v = constant(1);
const ed25519 = binary(32);
const hpke = binary(PUBLIC_KEY_BYTES);
const epoch = integer(1, 999_999);
const name = text(200);
const role = constant("admin", "engineer", "member");

const bodies: { readonly [T in StatementType]: Check<Extract<StatementBody, { t: T }>> } = {
  "org.root": shape({
    v,
    t: constant("org.root"),
    created: time,
    org: id("org"),
    kind: constant("desk", "customer"),
    name,
    key: ed25519,
  }),
  "desk.keys": shape({
    v,
    t: constant("desk.keys"),
    created: time,
    org: id("org"),
    logHost: text(200, /^[A-Za-z0-9.:[\]-]+(\/[A-Za-z0-9._-]+)*$/),
    log: ed25519,
    releaser: ed25519,
    witness: text(300, /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+={0,2}$/),
  }),
  invite: shape(
    {
      v,
      t: constant("invite"),
      created: time,
      id: id("invite"),
      org: id("org"),
      key: ed25519,
      for: constant("staff", "customer", "member"),
      role,
      until: time,
    },
    { team: text(40, /^tea_[a-z2-7]{26}(#[1-9][0-9]{0,5})?$/) },
  ),
  bundle: shape({
    v,
    t: constant("bundle"),
    created: time,
    org: id("org"),
    user: id("user"),
    role,
    name,
    hpke,
    sign: ed25519,
  }),
  device: shape({ v, t: constant("device"), created: time, user: id("user"), dev: id("device"), jwk: publicJwkCheck }),
  team: shape({ v, t: constant("team"), created: time, org: id("org"), team: id("team"), name, epoch, hpke }),
  "case.key": shape({
    v,
    t: constant("case.key"),
    created: time,
    org: id("org"),
    case: id("case"),
    epoch,
    hpke,
    wraps: list(shape({ to: keyName, enc: binary(ENC_BYTES), ct: binary(48) }), 16),
  }),
  "releaser.key": shape({
    v,
    t: constant("releaser.key"),
    created: time,
    org: id("org"),
    case: id("case"),
    epoch,
    hpke,
  }),
};

const bodyCheck: Check<StatementBody> = (value, at) => {
  const t = isObject(value) ? value["t"] : undefined;
  const known = constant(...(Object.keys(bodies) as StatementType[]))(t, `${at}.t`);
  return bodies[known](value, at);
};
const statementCheck: Check<Statement> = shape({
  body: bodyCheck,
  sigs: list(shape({ by: ed25519, sig: binary(64) }), MAX_SIGS),
});
const what = { name: "the statement", code: "statement.invalid" } as const;

/** Strict: throws statement.invalid for anything that is not exactly one of protocol 2.1's statements. Signatures are not checked here. */
export function parseStatement(value: unknown): Statement {
  return read(statementCheck, value as Json, what);
}

export function isStatement<T extends StatementType>(
  t: T,
  statement: Statement,
): statement is Statement<Extract<StatementBody, { t: T }>> {
  return statement.body.t === t;
}

/** Signs a body; the body is checked first, so that nobody signs what nobody will accept. */
export async function signStatement<Body extends StatementBody>(body: Body, key: SigningKey): Promise<Statement<Body>> {
  return addSignature({ body, sigs: [] }, key);
}

export async function addSignature<Body extends StatementBody>(
  statement: Statement<Body>,
  key: SigningKey,
): Promise<Statement<Body>> {
  read(bodyCheck, statement.body as unknown as Json, what);
  if (statement.sigs.length >= MAX_SIGS)
    throw new SealError("statement.invalid", `A statement has at most ${MAX_SIGS} signatures.`);
  const sig = await ed25519Sign(key, statementInput(statement.body));
  return { body: statement.body, sigs: [...statement.sigs, { by: toBase64url(key.publicKey), sig: toBase64url(sig) }] };
}

/** The public keys whose signatures hold; a signature that does not hold counts for nothing. */
export async function signersOf(statement: Statement): Promise<ReadonlySet<string>> {
  const input = statementInput(statement.body);
  const signers = new Set<string>();
  for (const { by, sig } of statement.sigs) {
    if (await ed25519Verify(fromBase64url(by), input, fromBase64url(sig))) signers.add(by);
  }
  return signers;
}

function statementInput(body: StatementBody): Uint8Array {
  return signatureInput(body.t, canonical(body));
}
