import { WHYS, type Why } from "@breakwater/ledger";
import { domainHash, toBase64url, utf8, type Json } from "@breakwater/wire";
import { binary, constant, id, integer, list, read, readText, shape, time, type Check } from "./check.ts";
import { deviceSign, deviceVerify, type DeviceKey } from "./device.ts";
import { SealError } from "./error.ts";
import { canonical } from "./json.ts";
import type { PublicJwk } from "./jwk.ts";
import { ROLES, type FilePlace, type Role } from "./place.ts";

/** Leave to open parts of one file, for a time, a number of times, for one reason (protocol 8). */
export interface Grant extends FilePlace {
  readonly v: 1;
  readonly type: "grant";
  readonly id: string;
  readonly parts: readonly Role[];
  /** The user id of whoever may open. */
  readonly grantee: string;
  readonly purpose: Why;
  readonly nbf: string;
  readonly exp: string;
  readonly max: number;
  readonly at: string;
}
export interface SignedGrant {
  readonly grant: Grant;
  /** The device that signed: one of the grantee's. */
  readonly dev: string;
  readonly sig: string;
}

export const MAX_GRANT_MS = 8 * 3_600_000;
/** In an emergency, without waiting for anybody (protocol 11). */
export const BREAK_GLASS = "break-glass" satisfies Why;
export const MAX_BREAK_GLASS_MS = 3_600_000;
export const MAX_GRANT_USES = 50;

const grantCheck: Check<Grant> = shape({
  v: constant(1),
  type: constant("grant"),
  id: id("grant"),
  org: id("org"),
  case: id("case"),
  file: id("file"),
  parts: list(constant(...ROLES), ROLES.length),
  grantee: id("user"),
  purpose: constant(...WHYS.filter((why) => why !== "correspond")),
  nbf: time,
  exp: time,
  max: integer(1, MAX_GRANT_USES),
  at: time,
});
const signedGrantCheck: Check<SignedGrant> = shape({ grant: grantCheck, dev: id("device"), sig: binary(64) });
const what = { name: "the grant", code: "grant.invalid", maxBytes: 8192 } as const;

/** Strict; also refuses a grant of no parts, of a part twice, or for longer than 8 hours. */
export function parseGrant(input: Uint8Array | string): SignedGrant {
  return checkWhole(readText(signedGrantCheck, input, what));
}

export function readGrant(value: Json | undefined): SignedGrant {
  return checkWhole(read(signedGrantCheck, value, what));
}

function checkWhole(signed: SignedGrant): SignedGrant {
  const { parts, nbf, exp } = signed.grant;
  if (parts.length === 0 || new Set(parts).size !== parts.length)
    throw new SealError("grant.invalid", "A grant names one or more parts, each once.");
  const length = Date.parse(exp) - Date.parse(nbf);
  if (length <= 0 || length > MAX_GRANT_MS)
    throw new SealError("grant.invalid", "A grant lasts more than nothing and at most 8 hours.");
  if (signed.grant.purpose === BREAK_GLASS && length > MAX_BREAK_GLASS_MS)
    throw new SealError("grant.invalid", "Opening in an emergency lasts one hour at most.");
  return signed;
}

export async function signGrant(grant: Grant, dev: string, key: DeviceKey): Promise<SignedGrant> {
  return { grant, dev, sig: await deviceSign(key, "grant", canonical(grant)) };
}

/** Checks the signature only; times, uses and whose device it is are for the caller, who has the clock and the Trust. */
export async function verifyGrant(signed: SignedGrant, device: PublicJwk): Promise<void> {
  if (!(await deviceVerify(device, "grant", canonical(signed.grant), signed.sig))) {
    throw new SealError(
      "grant.signature",
      `Grant ${signed.grant.id} is not signed by the device that it names, or it was changed.`,
    );
  }
}

/** `what` of the grant's leaf. */
export function grantHash(grant: Grant): string {
  return toBase64url(domainHash("grant", utf8(canonical(grant))));
}
