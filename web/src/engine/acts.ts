import { signAct } from "@breakwater/seal";
import { isLeafType, type Act } from "@breakwater/ledger";
import type { ActInput, ActJson } from "./api.ts";
import { device } from "./device.ts";
import { EngineError } from "./error.ts";
import type { Session } from "./session.ts";

/** Signs what a person does (docs/protocol.md 4.1), by this browser's device key. */
export async function makeAct(
  who: ReturnType<Session["who"]>,
  input: ActInput & Partial<Pick<Act, "why" | "x" | "rpk">>,
): Promise<ActJson> {
  const { t, ...members } = input;
  if (!isLeafType(t)) throw new EngineError("engine.failed", `"${t}" is no kind of act.`);
  const { dev, key } = await device();
  const act: Act = { v: 1, t, at: new Date().toISOString(), ...members, actor: { id: who.user, kind: who.kind, dev } };
  return { ...(await signAct(act, key)) };
}
