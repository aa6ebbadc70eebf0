import { utf8, DOMAIN } from "@breakwater/wire";
import { binary, constant, id, isObject, keyName, list, readText, shape, text, type Check } from "./check.ts";
import { SealError } from "./error.ts";
import { canonical } from "./json.ts";
import { openSmall, sealSmall } from "./webcrypto.ts";

/** A person's secrets and pins (protocol 3), sealed under the user key. Secret keys are base64url. */
export interface Identity {
  readonly v: 1;
  readonly user: string;
  /** HPKE seed. */
  readonly hpke: string;
  /** Ed25519 seed. */
  readonly sign: string;
  /** The organisation's signing root (Ed25519 seed): the first administrator's only. */
  readonly root?: string;
  /** HPKE seeds by "<team>#<epoch>". */
  readonly teams: Readonly<Record<string, string>>;
  /** Root fingerprints: the desk's first. */
  readonly pins: readonly string[];
}

const MAX_TEAM_EPOCHS = 1000;
const secret = binary(32);

const teams: Check<Readonly<Record<string, string>>> = (value, at) => {
  const names = isObject(value) ? Object.keys(value) : [];
  for (const name of names.slice(0, MAX_TEAM_EPOCHS)) keyName(name, `a name in ${at}`);
  return shape(Object.fromEntries(names.slice(0, MAX_TEAM_EPOCHS).map((name) => [name, secret])))(value, at);
};

const identityCheck: Check<Identity> = shape(
  {
    v: constant(1),
    user: id("user"),
    hpke: secret,
    sign: secret,
    teams,
    pins: list(text(43, /^[A-Za-z0-9_-]{43}$/), 2),
  },
  { root: secret },
);

export async function sealIdentity(identity: Identity, userKey: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return sealSmall(userKey, identityAad(identity.user), utf8(canonical(identity)));
}

export async function openIdentity(sealed: Uint8Array, user: string, userKey: Uint8Array): Promise<Identity> {
  const opened = await openSmall(userKey, identityAad(user), sealed);
  if (!opened)
    throw new SealError(
      "userkey.open",
      "Your sealed keys do not open with this user key: they are another's, or were changed.",
    );
  const identity = readText(identityCheck, opened, {
    name: "the identity",
    code: "identity.invalid",
    maxBytes: 262_144,
  });
  if (identity.user !== user) throw new SealError("identity.invalid", "The sealed keys are another person's.");
  return identity;
}

function identityAad(user: string): Uint8Array {
  return utf8(`${DOMAIN}identity\0${user}`);
}
