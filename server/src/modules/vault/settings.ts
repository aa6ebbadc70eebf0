import type { schemas } from "@breakwater/contract";
import { canonicalize, type Json } from "@breakwater/wire";
import { statementHash } from "@breakwater/seal";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { refuse } from "../cases/index.ts";
import { ask, rulesOf } from "./access.ts";
import type { VaultDeps } from "./face.ts";

type Settings = z.output<typeof schemas.Settings>;
const FRESH_MS = 60_000;

/** Who approves the opening of an organisation's files (docs/protocol.md sections 10 and 11). */
export async function readSettings(deps: VaultDeps, session: Session, org = session.org): Promise<Settings> {
  if (session.orgKind === "customer" && org !== session.org)
    throw new Problem("request.notFound", "There is no such organisation.");
  const trust = await deps.accounts.trust(org);
  const [mine, desk] = [trust.settings(org), trust.settings(trust.desk.id)];
  return {
    own: mine?.org === org ? { ...mine } : null,
    desk: desk === undefined ? null : { ...desk },
    ...(await rulesOf(deps, org)),
  };
}

/** An administrator's signed word about their own organisation's files. From its commit on the releaser goes by it too. */
export async function putSettings(
  deps: VaultDeps,
  session: Session,
  input: z.output<typeof schemas.PutSettings>,
): Promise<Settings> {
  const { accounts, sql, ledger, now } = deps;
  accounts.requireFresh(session);
  refuse(ask(deps, session, { action: "settings.change", org: session.org }));
  const statement = accounts.readStatement("settings", input.statement);
  const { body } = statement;
  if (body.org !== session.org) throw new Problem("statement.untrusted", "The settings are another organisation's.");
  if (Math.abs(Date.parse(body.created) - now()) > FRESH_MS)
    throw new Problem("statement.untrusted", "The settings were not signed within the last minute.", {
      help: "Check this device's clock.",
    });
  // Statements are checked types, which the compiler does not see as JSON.
  const text = canonicalize(body as unknown as Json);
  const counting = (await accounts.trust(session.org, [statement])).settings(session.org);
  if (counting === undefined || canonicalize(counting as unknown as Json) !== text)
    throw new Problem("statement.untrusted", "The settings are not signed by an administrator of the organisation.");
  const act = await accounts.checkAct(session, input.act, { t: "config.change", org: session.org });
  if (act.what !== `settings:${statementHash(statement)}`)
    throw new Problem("act.invalid", "The act is about other settings than those that were sent.");
  await sql.transaction(async (tx) => {
    await accounts.putStatement(tx, statement);
    await ledger.append(tx, act, session.context);
  });
  await accounts.tellReleaser(session.org);
  return readSettings(deps, session);
}
