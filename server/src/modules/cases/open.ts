import { readSealedText, SealError, keyId, type CaseKeyBody, type Statement, type Trust } from "@breakwater/seal";
import { isDuplicate } from "@breakwater/sql";
import { canonicalize, type Json } from "@breakwater/wire";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { CasesDeps, NewCase } from "./face.ts";
import { insertCase, markSeen, readCase } from "./store.ts";

/** The case, both its keys as statements, and the leaves about them: one transaction. The same request again changes nothing. */
export async function openCase(deps: CasesDeps, session: Session, input: NewCase): Promise<void> {
  const { sql, ledger, accounts, releaser, now } = deps;
  const { org } = session;
  const place = { org, case: input.case };
  const key = accounts.readStatement("case.key", input.key);
  const known = await readCase(sql.db, input.case);
  if (known !== undefined) return sameOrConflict(known, session, key);
  const subject = readSubject(input);
  const draft = await accounts.checkAct(session, input.act, { t: "case.open", ...place });
  const releaserKey = await releaser.key(place);
  const trust = await accounts.trust(org, [key, releaserKey]);
  checkKey(key, place, session, { trust, teams: accounts.teamsOfCase(trust, org, null) });
  if (trust.releaserKey(place) === undefined) {
    throw new Problem(
      "releaser.unavailable",
      "The releaser that answers is neither the one that this desk's root signed nor the one that your settings name. Nothing can be sealed for it.",
    );
  }
  const opened = new Date(now());
  try {
    await sql.transaction(async (tx) => {
      await insertCase(tx, {
        case_id: input.case,
        org,
        type: input.type,
        jurisdiction: input.jurisdiction,
        sensitivity: input.sensitivity,
        state: "open",
        subject: JSON.stringify(subject),
        case_key: JSON.stringify(key),
        releaser_key: JSON.stringify(releaserKey),
        opened_by: session.user,
        opened,
        changed: opened,
        team: null,
        waiting: opened,
        closed: null,
      });
      await markSeen(tx, session.user, input.case, 1);
      await accounts.putStatement(tx, key);
      await accounts.putStatement(tx, releaserKey);
      await ledger.append(tx, draft, session.context);
      await ledger.append(
        tx,
        { v: 1, t: "releaser.key", ...place, actor: { id: "releaser", kind: "releaser" } },
        session.context,
      );
    });
  } catch (error) {
    if (isDuplicate(error)) throw conflict();
    throw error;
  }
}

/** The key chains, was made by whoever opens the case, and is wrapped to both sides' teams and to nobody else. */
function checkKey(
  key: Statement<CaseKeyBody>,
  place: { readonly org: string; readonly case: string },
  session: Session,
  { trust, teams }: { readonly trust: Trust; readonly teams: readonly string[] },
): void {
  const trusted = trust.caseKey(place);
  const { body } = key;
  const fits =
    body.case === place.case && body.org === place.org && body.epoch === 1 && trusted?.maker.user === session.user;
  if (!fits || textOf(trusted.body) !== textOf(body)) {
    throw new Problem(
      "statement.untrusted",
      "The case's key is not signed by the person who opens the case, or is another case's.",
    );
  }
  const sealedTo = body.wraps.map(({ to }) => to).toSorted();
  if (sealedTo.length < 2 || sealedTo.join() !== teams.toSorted().join()) {
    throw new Problem(
      "statement.untrusted",
      "The case's key must be sealed to your organisation's team and to the desk's, and to nobody else.",
    );
  }
}

function readSubject(input: NewCase) {
  try {
    const subject = readSealedText(input.subject);
    if (subject.to === keyId(input.case, 1)) return subject;
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
  }
  throw new Problem("request.invalid", "The subject is not sealed to the case's own key.");
}

/** A browser that did not hear the answer asks again. */
function sameOrConflict(
  known: { readonly org: string; readonly opened_by: string; readonly case_key: string },
  session: Session,
  key: Statement,
): void {
  if (
    known.org === session.org &&
    known.opened_by === session.user &&
    textOf(JSON.parse(known.case_key)) === textOf(key)
  )
    return;
  throw conflict();
}

function conflict(): Problem {
  return new Problem("request.conflict", "There is a case with this id already.");
}

/** Compares by canonical text. What comes here is JSON that was read by a checking reader. */
function textOf(value: unknown): string {
  return canonicalize(value as Json);
}
