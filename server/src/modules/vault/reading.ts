import type { schemas } from "@breakwater/contract";
import { messagesHash, parseMessage, recipientHash } from "@breakwater/seal";
import { fromBase64url, isId } from "@breakwater/wire";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { caseFacts } from "../cases/index.ts";
import type { Decision } from "../policy/index.ts";
import { ask, refuseOnCase } from "./access.ts";
import type { VaultDeps } from "./face.ts";
import { messagesNamed } from "./message-store.ts";
import { MAX_BODIES } from "./messages.ts";
import { membersOf, type Opening } from "./opening.ts";

type Asked = z.output<typeof schemas.ReleaseAsk> & { readonly messages: readonly string[] };

/** Protocol 12: many messages of one case under one leaf, for assigned staff and the customer's own people. */
export async function messagesOpening(
  deps: VaultDeps,
  session: Session,
  { act: sent, rpk, grant, messages: ids }: Asked,
): Promise<{ readonly opening: Opening; readonly decision: Decision }> {
  const { case: caseId } = sent;
  if (typeof caseId !== "string" || !isId("case", caseId))
    throw new Problem("act.invalid", "The act names no case whose messages are read.");
  if (grant !== null) throw new Problem("grant.invalid", "Messages are read without a grant.");
  const record = await deps.cases.visible(session, caseId);
  const act = await deps.accounts.checkAct(session, sent, { t: "key.release", org: record.org, case: caseId });
  const rows = await messagesNamed(deps.sql.db, caseId, [...new Set(ids)]);
  if (rows.length !== ids.length)
    throw new Problem("request.notFound", "The case has no such message, or one is named twice.");
  if (rows.reduce((sum, { body }) => sum + body.length, 0) > MAX_BODIES)
    throw new Problem("request.tooLarge", "These messages are too long to be read at once. Ask for fewer.");
  const messages = rows.map(({ body }) => parseMessage(body));
  const fits =
    act.parts?.join() === "messages" &&
    act.why === "correspond" &&
    act.grant === undefined &&
    act.man === messagesHash(messages) &&
    act.rpk === recipientHash(fromBase64url(rpk));
  if (!fits) throw new Problem("act.invalid", "The act names other messages, or another key, than the request.");
  const decision = ask(deps, session, { action: "case.messages", case: caseFacts(record) });
  await refuseOnCase(deps, session, record, { decision, what: "key.release", members: membersOf(act) });
  return { opening: { place: { org: record.org, case_id: caseId }, act, rpk, request: { messages } }, decision };
}
