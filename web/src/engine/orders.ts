import { parseOrderDone, sealText, verifyOrderDone } from "@breakwater/seal";
import { makeAct } from "./acts.ts";
import type { ActInput, ActJson, EngineMethods } from "./api.ts";
import { EngineError } from "./error.ts";
import type { Session } from "./session.ts";
import { trustOf } from "./trusted.ts";

/** An act whose reason, if it has one, only the people on the case read. */
export async function signWithReason(session: Session, { reason, ...input }: ActInput): Promise<ActJson> {
  if (reason === undefined) return makeAct(session.who(), input);
  const { org, case: caseId, file } = input;
  const trust = await trustOf(session, reason.statements);
  const key = caseId === undefined ? undefined : trust.caseKey({ org, case: caseId });
  if (caseId === undefined || !key)
    throw new EngineError("engine.noKey", "The case's key does not chain to a root that you pinned.");
  const x = await sealText("why", reason.text, { org, case: caseId, file }, key);
  return makeAct(session.who(), { ...input, x });
}

export async function verifyOrder(
  session: Session,
  { done, org, case: caseId, statements }: EngineMethods["verifyOrder"][0],
): Promise<EngineMethods["verifyOrder"][1]> {
  const trust = await trustOf(session, statements);
  const place = { org, case: caseId };
  const releaser = trust.releaserOf(place);
  if (releaser === undefined) throw new EngineError("engine.noKey", "The desk's signed keys name no releaser.");
  const verified = await verifyOrderDone(parseOrderDone(JSON.stringify(done)), releaser);
  if (verified.case !== caseId) throw new EngineError("engine.failed", "The confirmation is of another case.");
  return { at: verified.at };
}
