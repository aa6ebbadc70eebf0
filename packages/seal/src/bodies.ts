import {
  binary,
  constant,
  flag,
  id,
  integer,
  isObject,
  keyName,
  list,
  shape,
  text,
  time,
  type Check,
} from "./check.ts";
import { ENC_BYTES, PUBLIC_KEY_BYTES } from "./hpke.ts";
import { passkeyJwkCheck, publicJwkCheck, type PasskeyJwk, type PublicJwk } from "./jwk.ts";

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
export const PERSON_ROLES = ["admin", "lead", "engineer", "manager", "auditor", "member"] as const;
export type PersonRole = (typeof PERSON_ROLES)[number];
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
  /** The outsourced company whose person this is. */
  readonly vendor?: string;
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
  readonly vendor?: string;
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
  /** The secret key of the epoch before, sealed to this one's key. */
  readonly prev?: { readonly enc: string; readonly ct: string };
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
  /** The secret key of the epoch before, sealed to this one's key: a team that comes later reads what is older. */
  readonly prev?: { readonly enc: string; readonly ct: string };
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
/** Protocol 10: what somebody's or something's statements and keys are worth from `created` on. */
export type Standing = "active" | "suspended" | "revoked";
export type StandingOf = "user" | "device" | "vendor" | "service";
export interface StandingBody {
  readonly v: 1;
  readonly t: "standing";
  readonly created: string;
  readonly org: string;
  readonly of: StandingOf;
  readonly id: string;
  readonly state: Standing;
  readonly why: string;
}
export interface RoleBody {
  readonly v: 1;
  readonly t: "role";
  readonly created: string;
  readonly org: string;
  readonly user: string;
  readonly role: PersonRole;
}
/** What an outsourced company's people may do at all. Empty lists allow every network and every country. */
export interface VendorRules {
  /** CIDR ranges. */
  readonly networks: readonly string[];
  /** ISO 3166 alpha-2. */
  readonly countries: readonly string[];
  readonly managedDevice: boolean;
  readonly contractUntil: string;
  readonly reviewBy: string;
}
export interface VendorBody {
  readonly v: 1;
  readonly t: "vendor";
  readonly created: string;
  readonly org: string;
  readonly vendor: string;
  readonly name: string;
  readonly rules: VendorRules;
}
export interface ServiceBody {
  readonly v: 1;
  readonly t: "service";
  readonly created: string;
  readonly org: string;
  readonly service: string;
  readonly name: string;
  /** The person who answers for it. */
  readonly owner: string;
  readonly jwk: PublicJwk;
  readonly audiences: readonly string[];
  readonly networks: readonly string[];
  readonly until: string;
  readonly scopes: readonly string[];
}
/** With it anybody can check an assertion by the passkey without the server. */
export interface PasskeyBody {
  readonly v: 1;
  readonly t: "passkey";
  readonly created: string;
  readonly user: string;
  /** The credential's id, base64url. */
  readonly cred: string;
  readonly jwk: PasskeyJwk;
  readonly rp: string;
}
export const NOTICES = ["open", "deny", "grant", "breakglass", "digest"] as const;
export type Notice = (typeof NOTICES)[number];
export const RETENTION_TYPES = ["problem", "question", "access", "security"] as const;
export type Retention = Readonly<Partial<Record<(typeof RETENTION_TYPES)[number], number>>>;
/** An organisation's own rules about its files; the desk's own are the default of every customer without. */
export interface SettingsBody {
  readonly v: 1;
  readonly t: "settings";
  readonly created: string;
  readonly org: string;
  readonly approve: "none" | "lead" | "customer" | "both";
  readonly breakGlass: boolean;
  /** Ed25519: a releaser of the customer's own. */
  readonly releaser?: string;
  /** HPKE. */
  readonly escrow?: string;
  /** What its administrators are told of by mail. */
  readonly notify: readonly Notice[];
  /** Days after which closed cases of a type are shredded; of the desk's and the customer's own the shorter counts. */
  readonly retention?: Retention;
  /** Whether its people's new browsers wait for approval; open without it. */
  readonly devices?: "open" | "approved";
}
export type StatementBody =
  | OrgRootBody
  | DeskKeysBody
  | InviteBody
  | BundleBody
  | DeviceBody
  | TeamBody
  | CaseKeyBody
  | ReleaserKeyBody
  | StandingBody
  | RoleBody
  | VendorBody
  | ServiceBody
  | PasskeyBody
  | SettingsBody;
export type StatementType = StatementBody["t"];

const v = constant(1);
const ed25519 = binary(32);
const hpke = binary(PUBLIC_KEY_BYTES);
const epoch = integer(1, 999_999);
const name = text(200);
const role = constant(...PERSON_ROLES);
const network = text(50, /^[0-9a-f:.]{2,45}\/[0-9]{1,3}$/);
const word = text(100, /^[\x21-\x7e]+$/);

const standing: Check<StandingBody> = shape({
  v,
  t: constant("standing"),
  created: time,
  org: id("org"),
  of: constant("user", "device", "vendor", "service"),
  id: text(40),
  state: constant("active", "suspended", "revoked"),
  why: text(300),
});

const days = integer(1, 3650);

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
    { team: text(40, /^tea_[a-z2-7]{26}(#[1-9][0-9]{0,5})?$/), vendor: id("vendor") },
  ),
  bundle: shape(
    {
      v,
      t: constant("bundle"),
      created: time,
      org: id("org"),
      user: id("user"),
      role,
      name,
      hpke,
      sign: ed25519,
    },
    { vendor: id("vendor") },
  ),
  device: shape({ v, t: constant("device"), created: time, user: id("user"), dev: id("device"), jwk: publicJwkCheck }),
  team: shape(
    { v, t: constant("team"), created: time, org: id("org"), team: id("team"), name, epoch, hpke },
    { prev: shape({ enc: binary(ENC_BYTES), ct: binary(48) }) },
  ),
  "case.key": shape(
    {
      v,
      t: constant("case.key"),
      created: time,
      org: id("org"),
      case: id("case"),
      epoch,
      hpke,
      wraps: list(shape({ to: keyName, enc: binary(ENC_BYTES), ct: binary(48) }), 16),
    },
    { prev: shape({ enc: binary(ENC_BYTES), ct: binary(48) }) },
  ),
  "releaser.key": shape({
    v,
    t: constant("releaser.key"),
    created: time,
    org: id("org"),
    case: id("case"),
    epoch,
    hpke,
  }),
  standing: (value, at) => {
    const body = standing(value, at);
    id(body.of)(body.id, `${at}.id`);
    return body;
  },
  role: shape({ v, t: constant("role"), created: time, org: id("org"), user: id("user"), role }),
  vendor: shape({
    v,
    t: constant("vendor"),
    created: time,
    org: id("org"),
    vendor: id("vendor"),
    name,
    rules: shape({
      networks: list(network, 200),
      countries: list(text(2, /^[A-Z]{2}$/), 250),
      managedDevice: flag,
      contractUntil: time,
      reviewBy: time,
    }),
  }),
  service: shape({
    v,
    t: constant("service"),
    created: time,
    org: id("org"),
    service: id("service"),
    name,
    owner: id("user"),
    jwk: publicJwkCheck,
    audiences: list(word, 16),
    networks: list(network, 200),
    until: time,
    scopes: list(word, 64),
  }),
  passkey: shape({
    v,
    t: constant("passkey"),
    created: time,
    user: id("user"),
    cred: text(1400, /^[A-Za-z0-9_-]+$/),
    jwk: passkeyJwkCheck,
    rp: text(253, /^[a-z0-9.-]+$/),
  }),
  settings: shape(
    {
      v,
      t: constant("settings"),
      created: time,
      org: id("org"),
      approve: constant("none", "lead", "customer", "both"),
      breakGlass: flag,
      notify: list(constant(...NOTICES), NOTICES.length),
    },
    {
      releaser: ed25519,
      escrow: hpke,
      devices: constant("open", "approved"),
      retention: shape({}, { problem: days, question: days, access: days, security: days }),
    },
  ),
};

export const bodyCheck: Check<StatementBody> = (value, at) => {
  const t = isObject(value) ? value["t"] : undefined;
  const known = constant(...(Object.keys(bodies) as StatementType[]))(t, `${at}.t`);
  return bodies[known](value, at);
};
