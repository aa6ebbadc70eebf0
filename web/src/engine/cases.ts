import {
  makeCaseKey,
  openCaseKey,
  openCasePrevious,
  openText,
  readSealedText,
  sealText,
  type CaseKeyBody,
  type Statement,
} from "@breakwater/seal";
import { fromBase64url, newId } from "@breakwater/wire";
import { makeAct } from "./acts.ts";
import type { MakeCase, NewCaseBody, OpenedText, StatementJson, TextItem } from "./api.ts";
import { EngineError } from "./error.ts";
import { asJson, statementOf, toJson } from "./json.ts";
import type { Session } from "./session.ts";
import { trustOf } from "./trusted.ts";

export async function makeCase(session: Session, input: MakeCase): Promise<NewCaseBody> {
  const { sign } = session.keys();
  const trust = await trustOf(session, input.statements);
  const teams = [trust.mainTeam(input.org), trust.mainTeam(trust.desk.id)].filter((team) => team !== undefined);
  if (teams.length < 2)
    throw new EngineError(
      "engine.noKey",
      "The signed team keys of you and of the support desk are not both there, so a case cannot be sealed.",
    );
  const id = newId("case");
  const created = new Date().toISOString();
  const { statement, secretKey } = await makeCaseKey({
    org: input.org,
    case: id,
    epoch: 1,
    created,
    teams,
    maker: sign,
  });
  const key = { id: `${id}#1`, publicKey: fromBase64url(statement.body.hpke) };
  await session.caseKey(key.id, () => Promise.resolve(secretKey));
  return {
    case: id,
    type: input.type,
    jurisdiction: input.jurisdiction,
    sensitivity: input.sensitivity,
    subject: await sealText("subject", input.subject, { org: input.org, case: id }, key),
    key: toJson(statement),
    act: await makeAct(session.who(), { t: "case.open", org: input.org, case: id }),
  };
}

/**
 * The case's secret key, through whichever team key this person holds. `next` gives the key of an epoch, from which the one
 * before can be read: a team that came to the case later holds no other way to what is older.
 */
export function caseSecretKey(
  session: Session,
  body: CaseKeyBody,
  next?: (epoch: number) => CaseKeyBody | undefined,
): Promise<Uint8Array> {
  return session.caseKey(`${body.case}#${body.epoch}`, async () => {
    for (const { to } of body.wraps) {
      const team = await session.teamKey(to);
      if (team) return openCaseKey(body, to, team);
    }
    const later = next?.(body.epoch + 1);
    if (!later?.prev) throw new EngineError("engine.noKey", "This case is not sealed to any team key that you hold.");
    return openCasePrevious(later, await caseSecretKey(session, later, next));
  });
}

/** One text that cannot be opened must not hide the others, so each has its own outcome. */
export async function openTexts(
  session: Session,
  items: readonly TextItem[],
  keys: readonly StatementJson[],
  signal: AbortSignal,
): Promise<OpenedText[]> {
  const byId = new Map<string, Statement<CaseKeyBody>>();
  for (const value of keys) {
    const statement = statementOf("case.key", value);
    if (statement) byId.set(`${statement.body.case}#${statement.body.epoch}`, statement);
  }
  const opened: OpenedText[] = [];
  for (const item of items) {
    signal.throwIfAborted();
    opened.push(await openOne(session, item, byId));
  }
  return opened;
}

async function openOne(
  session: Session,
  item: TextItem,
  keys: ReadonlyMap<string, Statement<CaseKeyBody>>,
): Promise<OpenedText> {
  try {
    const sealed = readSealedText(asJson(item.sealed), item.kind);
    const key = keys.get(sealed.to);
    if (!key) return { code: "engine.noKey" };
    const next = (epoch: number) => keys.get(`${item.place.case}#${epoch}`)?.body;
    return { text: await openText(item.kind, sealed, item.place, await caseSecretKey(session, key.body, next)) };
  } catch (error) {
    return {
      code: error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "engine.failed",
    };
  }
}
