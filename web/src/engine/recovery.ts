import { newRecoverySecret, recoveryKeys, recoveryWords, splitRecovery, wrapUserKey } from "@breakwater/seal";
import { newId, toBase64url } from "@breakwater/wire";
import { makeAct } from "./acts.ts";
import type { KeysMethods, PutRecoveryBody } from "./api-keys.ts";
import { EngineError } from "./error.ts";
import type { Session } from "./session.ts";

type Split = KeysMethods["newRecovery"][0]["split"];

/** Words that were shown and not yet rehearsed. One set at a time. */
let shown: { readonly handle: string; readonly secret: Uint8Array; readonly split: Split } | undefined;

export function forgetRecovery(): void {
  shown?.secret.fill(0);
  shown = undefined;
}

export async function newRecovery(
  session: Session,
  { split }: KeysMethods["newRecovery"][0],
): Promise<KeysMethods["newRecovery"][1]> {
  session.keys();
  forgetRecovery();
  const secret = newRecoverySecret();
  shown = { handle: newId("session"), secret, split };
  const texts =
    split === null ? [recoveryWords(secret)] : (await splitRecovery(secret, split)).map((share) => share.text);
  return { texts, handle: shown.handle };
}

export async function putRecovery(
  session: Session,
  { org, handle }: KeysMethods["putRecovery"][0],
): Promise<PutRecoveryBody> {
  const { identity, userKey } = session.keys();
  if (shown?.handle !== handle)
    throw new EngineError("engine.failed", "These words were forgotten meanwhile. Make new ones.");
  const { wrapKey, authToken } = recoveryKeys(shown.secret);
  const wrapped = await wrapUserKey(userKey, { user: identity.user, method: "recovery", id: RECOVERY_ID }, wrapKey);
  return {
    token: authToken,
    wrap: { method: "recovery", id: RECOVERY_ID, wrapped: toBase64url(wrapped) },
    split: shown.split,
    act: await makeAct(session.who(), { t: "key.bind", org, what: "recovery" }),
  };
}

/** There is one set of words at a time. */
export const RECOVERY_ID = "recovery";
