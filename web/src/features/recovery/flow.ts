import { schemas } from "@breakwater/contract";
import { call, getEngine, withFresh, type Me } from "../../api/index.ts";
import { createPasskey } from "../../api/passkey.ts";

/** A further passkey, with the keys wrapped to it too. */
export function addPasskey(me: Me, endOthers: boolean): Promise<void> {
  return withFresh(async () => {
    const started = await call("unlocksStart", { method: "POST", answer: schemas.UnlocksStarted });
    const passkey = await createPasskey({ ...started, user: me.user, email: me.email, name: me.name });
    const engine = await getEngine();
    const { wrap } = await engine.addUnlock({
      unlock: { method: "prf", id: passkey.id, prfOutput: passkey.prfOutput },
    });
    const act = await engine.signAct({ t: "key.bind", org: me.org.id, what: "unlock:prf" });
    const credential = { kind: "passkey", response: passkey.response };
    await call("unlocks", { method: "POST", body: { credential, wrap, endOthers, act } });
  });
}
