import { schemas } from "@breakwater/contract";
import { call, getEngine, withFresh, type GrantRow, type Me, type StatementRow } from "../../api/index.ts";
import { assertPasskey } from "../../api/passkey.ts";
import type { AssertionJson } from "../../engine/index.ts";

type Passkey = (typeof schemas.PasskeyRow)["_output"];

/** Answers a request: by passkey where there is one, so that the answer is a proof that needs nobody's word; else by this device. */
export async function answer(
  me: Me,
  row: GrantRow,
  { dec, text }: { readonly dec: "allow" | "deny"; readonly text: string },
): Promise<void> {
  const engine = await getEngine();
  const { passkeys } = await call("passkeys", { answer: schemas.Passkeys });
  const { statements } = await call("trust", { answer: schemas.Trust });
  const sealing: readonly StatementRow[] = [...statements, row.case.key];
  await withFresh(async () => {
    const { handle, challenge } = await engine.prepareApproval({ grant: row.grant, dec, text, statements: sealing });
    const response = passkeys.length === 0 ? undefined : await assertWith(passkeys, challenge);
    const used = passkeys.find(({ cred }) => cred === response?.id);
    if (response && used && !used.signed) {
      const body = await engine.bindPasskey({ org: me.org.id, challenge, passkey: used, response });
      await call("passkeys", { method: "POST", body });
    }
    const body = await engine.finishApproval({ handle, ...(response ? { response } : {}) });
    await call("grantDecide", { method: "POST", params: { grant: row.id }, body });
  });
}

async function assertWith(passkeys: readonly Passkey[], challenge: string): Promise<AssertionJson> {
  const [first] = passkeys;
  const given = await assertPasskey({
    challenge,
    rpId: first?.rp ?? location.hostname,
    ids: passkeys.map(({ cred }) => cred),
  });
  const parsed = schemas.AssertionResponse.parse(given.response);
  return { id: given.id, ...parsed.response };
}

/** Gives one's own grant back, or takes somebody's away. */
export function revoke(row: GrantRow): Promise<void> {
  return change(row, "grant.revoke", "grantRevoke");
}

/** Another administrator has looked at an emergency. */
export function review(row: GrantRow): Promise<void> {
  return withFresh(() => change(row, "grant.review", "grantReview"));
}

async function change(row: GrantRow, t: string, path: "grantRevoke" | "grantReview"): Promise<void> {
  const engine = await getEngine();
  const { org, case: caseId } = row.case;
  const act = await engine.signAct({ t, org, case: caseId, file: row.file.file, grant: row.id });
  await call(path, { method: "POST", params: { grant: row.id }, body: { act } });
}
