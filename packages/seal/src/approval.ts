import { domainHash, toBase64url, utf8, type Json } from "@breakwater/wire";
import { binary, constant, id, isObject, read, shape, time, type Check } from "./check.ts";
import { deviceSign, deviceVerify, type DeviceKey } from "./device.ts";
import { SealError } from "./error.ts";
import { canonical } from "./json.ts";
import type { PasskeyJwk, PublicJwk } from "./jwk.ts";
import { assertionCheck, verifyAssertion, type Assertion } from "./webauthn.ts";

/** Somebody's answer to a request to open (protocol 11). */
export interface Approval {
  readonly v: 1;
  readonly type: "approval";
  /** grantHash of what is approved: a changed grant is another grant. */
  readonly grant: string;
  readonly by: string;
  readonly dec: "allow" | "deny";
  readonly at: string;
}
export type SignedApproval =
  | { readonly approval: Approval; readonly assertion: Assertion }
  | { readonly approval: Approval; readonly dev: string; readonly sig: string };

/** Where the approver's keys are looked up: a Trust, or less. */
export interface ApprovalKeys {
  readonly passkeys: (
    user: string,
  ) => readonly { readonly cred: string; readonly jwk: PasskeyJwk; readonly rp: string }[];
  readonly device: (dev: string) => { readonly jwk: PublicJwk; readonly person: { readonly user: string } } | undefined;
}

const approval: Check<Approval> = shape({
  v: constant(1),
  type: constant("approval"),
  grant: binary(32),
  by: id("user"),
  dec: constant("allow", "deny"),
  at: time,
});
const byPasskey: Check<SignedApproval> = shape({ approval, assertion: assertionCheck });
const byDevice: Check<SignedApproval> = shape({ approval, dev: id("device"), sig: binary(64) });
export const signedApprovalCheck: Check<SignedApproval> = (value, at) =>
  (isObject(value) && Object.hasOwn(value, "assertion") ? byPasskey : byDevice)(value, at);

/** Who may be asked about one grant: a few leads, a few of the customer's people. */
export const MAX_APPROVALS = 8;

export function readApproval(value: Json | undefined): SignedApproval {
  return read(signedApprovalCheck, value, { name: "the approval", code: "approval.invalid" });
}

/** The challenge of the assertion, and `what` of the leaf. */
export function approvalHash(given: Approval): string {
  return toBase64url(approvalChallenge(given));
}

export function approvalChallenge(given: Approval): Uint8Array<ArrayBuffer> {
  return domainHash("approval", utf8(canonical(given)));
}

/** For whoever has no passkey: the device that they enrolled signs. */
export async function signApproval(given: Approval, dev: string, key: DeviceKey): Promise<SignedApproval> {
  return { approval: given, dev, sig: await deviceSign(key, "approval", canonical(given)) };
}

/** Throws approval.signature unless one of the approver's own keys signed exactly this. Whether they may approve is for the caller. */
export async function verifyApproval(signed: SignedApproval, keys: ApprovalKeys): Promise<void> {
  const { approval: given } = signed;
  if ("assertion" in signed) {
    const passkey = keys.passkeys(given.by).find(({ cred }) => cred === signed.assertion.cred);
    if (passkey === undefined) throw forged("by a passkey that is not the approver's");
    await verifyAssertion(signed.assertion, { challenge: approvalChallenge(given), jwk: passkey.jwk, rp: passkey.rp });
    return;
  }
  const device = keys.device(signed.dev);
  if (device?.person.user !== given.by) throw forged("by a device that is not the approver's");
  if (!(await deviceVerify(device.jwk, "approval", canonical(given), signed.sig)))
    throw forged("by another key, or it was changed");
}

function forged(how: string): SealError {
  return new SealError("approval.signature", `The approval is signed ${how}.`);
}
