import {
  approvalChallenge,
  approvalHash,
  grantHash,
  readGrant,
  sealText,
  signApproval,
  signStatement,
  statementHash,
  verifyAssertion,
  type Approval,
  type Assertion,
  type Grant,
  type PasskeyJwk,
  type SealedText,
  type SettingsBody,
  type SignedApproval,
} from "@breakwater/seal";
import { fromBase64url, toBase64url } from "@breakwater/wire";
import { makeAct } from "./acts.ts";
import type { ActJson, StatementJson } from "./api.ts";
import type { AssertionJson, BindPasskey, MakeSettings, PrepareApproval } from "./api-approvals.ts";
import { device } from "./device.ts";
import { EngineError } from "./error.ts";
import { asJson, toJson } from "./json.ts";
import type { Session } from "./session.ts";
import { trustOf } from "./trusted.ts";

/** An answer that waits for the person's passkey. */
interface Prepared {
  readonly approval: Approval;
  readonly grant: Grant;
  readonly x: SealedText | undefined;
}
const prepared = new Map<string, Prepared>();

/** What is approved is the grant as its grantee signed it and as the page shows it: the challenge is its hash's (docs/protocol.md 11). */
export async function prepareApproval(
  session: Session,
  input: PrepareApproval,
): Promise<{ readonly handle: string; readonly challenge: string }> {
  const { user } = session.who();
  const { grant } = readGrant(asJson(input.grant));
  const place = { org: grant.org, case: grant.case, file: grant.file };
  const text = input.text.trim();
  let x: SealedText | undefined;
  if (text !== "") {
    const key = (await trustOf(session, input.statements)).caseKey(place);
    if (!key) throw new EngineError("engine.noKey", "The case's key is not signed by anybody you can trust.");
    x = await sealText("why", text, place, key);
  }
  const at = new Date().toISOString();
  const approval: Approval = { v: 1, type: "approval", grant: grantHash(grant), by: user, dec: input.dec, at };
  const handle = crypto.randomUUID();
  prepared.set(handle, { approval, grant, x });
  return { handle, challenge: toBase64url(approvalChallenge(approval)) };
}

/** With the passkey's assertion; without one this browser's device signs. */
export async function finishApproval(
  session: Session,
  { handle, response }: { readonly handle: string; readonly response?: AssertionJson },
): Promise<{ readonly approval: Readonly<Record<string, unknown>>; readonly act: ActJson }> {
  const found = prepared.get(handle);
  if (!found) throw new EngineError("engine.unknownHandle", "This answer was given already. Open the request again.");
  prepared.delete(handle);
  const { approval, grant, x } = found;
  const { dev, key } = await device();
  const signed: SignedApproval = response
    ? { approval, assertion: assertionOf(response) }
    : await signApproval(approval, dev, key);
  const act = await makeAct(session.who(), {
    t: approval.dec === "allow" ? "grant.approve" : "grant.deny",
    org: grant.org,
    case: grant.case,
    file: grant.file,
    grant: grant.id,
    what: approvalHash(approval),
    ...(x === undefined ? {} : { x }),
  });
  return { approval: { ...signed }, act };
}

/**
 * A passkey's public key comes from the server, which is not believed: the person's key signs it only after an assertion that
 * this browser just made verified with it.
 */
export async function bindPasskey(
  session: Session,
  { org, challenge, passkey, response }: BindPasskey,
): Promise<{ readonly statement: StatementJson; readonly act: ActJson }> {
  const { identity, sign } = session.keys();
  const { cred, rp } = passkey;
  const jwk: PasskeyJwk = passkey.jwk;
  await verifyAssertion(assertionOf(response), { challenge: fromBase64url(challenge), jwk, rp });
  const created = new Date().toISOString();
  const statement = await signStatement({ v: 1, t: "passkey", created, user: identity.user, cred, jwk, rp }, sign);
  const act = await makeAct(session.who(), { t: "key.bind", org, what: statementHash(statement) });
  return { statement: toJson(statement), act };
}

/** What the organisation said before about other things stays as it was. */
export async function makeSettings(
  session: Session,
  { org, own, approve, breakGlass }: MakeSettings,
): Promise<{ readonly statement: StatementJson; readonly act: ActJson }> {
  const { sign } = session.keys();
  // The statement's reader checks every member before it is signed.
  const before = (own ?? { notify: [] }) as unknown as Pick<SettingsBody, "notify">;
  const created = new Date().toISOString();
  const body: SettingsBody = { ...before, v: 1, t: "settings", created, org, approve, breakGlass };
  const statement = await signStatement(body, sign);
  const act = await makeAct(session.who(), { t: "config.change", org, what: `settings:${statementHash(statement)}` });
  return { statement: toJson(statement), act };
}

function assertionOf({ id, clientDataJSON, authenticatorData, signature }: AssertionJson): Assertion {
  return { cred: id, clientData: clientDataJSON, authData: authenticatorData, sig: signature };
}
