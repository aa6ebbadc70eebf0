import type { schemas } from "@breakwater/contract";
import {
  approvalChallenge,
  approvalHash,
  grantHash,
  signApproval,
  signStatement,
  statementHash,
  type Approval,
  type SettingsBody,
  type SignedApproval,
  type SignedGrant,
} from "@breakwater/seal";
import { toBase64url } from "@breakwater/wire";
import type { z } from "zod";
import type { Authenticator } from "../authenticator.ts";
import type { DeskClient } from "../desk-client.ts";

type Out<S extends z.ZodType> = z.output<S>;
export type GrantView = Out<typeof schemas.GrantView>;

/** Says with the person's own key that the authenticator's passkey is theirs, so that others can check what it approves. */
export async function bindPasskey(client: DeskClient): Promise<void> {
  const { person, browser, user, org } = client;
  const { passkeys } = await browser.call<Out<typeof schemas.Passkeys>>("GET", "passkeys");
  for (const { cred, jwk, rp, signed } of passkeys) {
    if (signed) continue;
    const created = new Date().toISOString();
    const statement = await signStatement({ v: 1, t: "passkey", created, user, cred, jwk, rp }, person.sign);
    const act = await client.act({ t: "key.bind", org, what: statementHash(statement) });
    await browser.call("POST", "passkeys", { json: { statement, act } });
  }
}

export function approvalFor(client: DeskClient, { grant }: SignedGrant, changes: Partial<Approval> = {}): Approval {
  const at = new Date().toISOString();
  return { v: 1, type: "approval", grant: grantHash(grant), by: client.user, dec: "allow", at, ...changes };
}

export function byPasskey(client: DeskClient, authenticator: Authenticator, approval: Approval): SignedApproval {
  const { target } = client.browser;
  const origin = target.origin ?? target.url;
  const challenge = toBase64url(approvalChallenge(approval));
  const { id, response } = authenticator.get({ rpId: new URL(origin).hostname, origin, challenge });
  const { clientDataJSON, authenticatorData, signature } = response;
  return { approval, assertion: { cred: id, clientData: clientDataJSON, authData: authenticatorData, sig: signature } };
}

export function byDevice(client: DeskClient, approval: Approval): Promise<SignedApproval> {
  return signApproval(approval, client.person.dev, client.browser.device);
}

export async function sendApproval(client: DeskClient, { grant }: SignedGrant, signed: SignedApproval): Promise<void> {
  const { org, case: caseId, file, id } = grant;
  const t = signed.approval.dec === "allow" ? "grant.approve" : "grant.deny";
  const act = await client.act({ t, org, case: caseId, file, grant: id, what: approvalHash(signed.approval) });
  await client.browser.call("POST", "grantDecide", { params: { grant: id }, json: { approval: signed, act } });
}

export async function changeGrant(
  client: DeskClient,
  { grant }: SignedGrant,
  what: "grantRevoke" | "grantReview",
): Promise<void> {
  const { org, case: caseId, file, id } = grant;
  const t = what === "grantRevoke" ? "grant.revoke" : "grant.review";
  const act = await client.act({ t, org, case: caseId, file, grant: id });
  await client.browser.call("POST", what, { params: { grant: id }, json: { act } });
}

export async function putSettings(
  client: DeskClient,
  rules: Pick<SettingsBody, "approve" | "breakGlass">,
): Promise<void> {
  const { person, browser, org } = client;
  const created = new Date().toISOString();
  const statement = await signStatement({ v: 1, t: "settings", created, org, notify: [], ...rules }, person.sign);
  const act = await client.act({ t: "config.change", org, what: `settings:${statementHash(statement)}` });
  await browser.call("PUT", "settings", { json: { statement, act } });
}

export async function grantsOf(client: DeskClient, list: string, caseId?: string): Promise<readonly GrantView[]> {
  const query = caseId === undefined ? `?list=${list}` : `?list=${list}&case=${caseId}`;
  return (await client.browser.call<Out<typeof schemas.Grants>>("GET", "grants", { query })).grants;
}
