import { schemas } from "@breakwater/contract";
import {
  keyId,
  messageHash,
  readMessage,
  releaserKeyId,
  SealError,
  verifyMessage,
  type Message,
  type SignedMessage,
  type Trust,
} from "@breakwater/seal";
import { isDuplicate } from "@breakwater/sql";
import type { Json } from "@breakwater/wire";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { caseFacts, refuse, type CaseRecord, type CaseState } from "../cases/index.ts";
import { ask, refuseOnCase, type ReadingLog } from "./access.ts";
import type { VaultDeps } from "./face.ts";
import { insertMessage, messagesOfCase, readMessageRow, sealedFilesAmong } from "./message-store.ts";
import type { MessageRecord } from "./store.ts";

type MessageRow = z.output<typeof schemas.MessageRow>;
type Messages = z.output<typeof schemas.Messages>;

/** Of one answer, and of one release: the releaser takes 16 MiB with everything. */
export const MAX_BODIES = 8 * 1024 * 1024;

/** Protocol 12: the server stores what it cannot read, and the log says who wrote it. The same message again is answered like the first time. */
export async function postMessage(
  deps: VaultDeps,
  session: Session,
  caseId: string,
  input: z.output<typeof schemas.NewMessage>,
): Promise<MessageRow> {
  const { sql, cases, accounts, ledger, now } = deps;
  const signed = readSigned(input.message);
  const { message } = signed;
  const man = messageHash(message);
  const record = await cases.visible(session, caseId);
  const known = await readMessageRow(sql.db, message.message);
  if (known !== undefined) return sameOrConflict(known, session, man);
  const act = await accounts.checkAct(session, input.act, { t: "case.message", org: record.org, case: caseId });
  if (act.man !== man) throw new Problem("act.invalid", "The act names another message than the one that was sent.");
  const state = readState(act.what);
  // A word that opens the case again is said on an open one.
  const facts = caseFacts(record);
  refuse(ask(deps, session, { action: "case.message", case: state === undefined ? facts : { ...facts, state } }));
  await checkMessage(deps, session, record, signed);
  const created = new Date(now());
  try {
    return await sql.transaction(async (tx) => {
      const seq = await cases.news(tx, session, caseId, { messages: 1, state });
      const row: MessageRecord = {
        message_id: message.message,
        case_id: caseId,
        org: record.org,
        seq,
        by_user: session.user,
        body: JSON.stringify(signed),
        man,
        created,
      };
      await insertMessage(tx, row);
      await ledger.append(tx, act, session.context);
      return rowOf(row);
    });
  } catch (error) {
    if (isDuplicate(error)) throw new Problem("request.conflict", "There is a message with this id already.");
    throw error;
  }
}

export async function listMessages(
  deps: VaultDeps,
  reading: ReadingLog,
  session: Session,
  caseId: string,
  query: z.output<typeof schemas.MessagesQuery>,
): Promise<Messages> {
  const record = await deps.cases.visible(session, caseId);
  await refuseOnCase(deps, session, record, {
    decision: ask(deps, session, { action: "case.messages", case: caseFacts(record) }),
    what: "case.messages",
  });
  const rows = await messagesOfCase(deps.sql.db, caseId, query);
  const page = bounded(rows);
  const last = page.at(-1);
  if (last !== undefined) {
    const n = record.messages;
    await reading.note(session, `${caseId} messages`, { t: "case.read", org: record.org, case: caseId, n });
  }
  const more =
    last !== undefined && last.seq < record.messages && (page.length < rows.length || rows.length === query.limit);
  return { messages: page.map(rowOf), next: more ? last.seq : null };
}

/** At least one, and then as many as together stay within the bound. */
function bounded(rows: readonly MessageRecord[]): readonly MessageRecord[] {
  let bytes = 0;
  return rows.filter(({ body }, at) => (bytes += body.length) <= MAX_BODIES || at === 0);
}

function rowOf({ seq, body, created }: MessageRecord): MessageRow {
  return { seq, message: schemas.SignedMessage.parse(JSON.parse(body)), created: created.toISOString() };
}

/** It is by this person and device, on this case, sealed to its newest keys, about files and a message that are there. */
async function checkMessage(
  { accounts, sql }: VaultDeps,
  session: Session,
  record: CaseRecord,
  signed: SignedMessage,
): Promise<void> {
  const { message } = signed;
  const { org, case_id } = record;
  if (
    message.org !== org ||
    message.case !== case_id ||
    message.by !== session.user ||
    message.device !== session.device?.dev
  )
    throw invalid("The message is not by the person and device of this session, or is of another case.");
  const trust = await accounts.trust(org, await accounts.caseStatements([case_id]));
  const device = trust.device(message.device);
  if (device?.person.user !== session.user) throw invalid("The message's device is not one that you enrolled.");
  await verified(signed, device.jwk);
  checkKeys(message, trust);
  const { reply, files } = message;
  if (reply !== undefined && (await readMessageRow(sql.db, reply))?.case_id !== case_id)
    throw invalid("The message answers one that is not on this case.");
  if (files.length > 0 && (await sealedFilesAmong(sql.db, case_id, files)) !== files.length)
    throw invalid("The message names a file that is not sealed on this case.");
}

/** The shares went to the newest keys of this case that chain: what is sealed to another key nobody can open. */
function checkKeys(message: Message, trust: Trust): void {
  const caseKey = trust.caseKey(message);
  const releaserKey = trust.releaserKey(message);
  if (!caseKey || !releaserKey)
    throw new Problem("statement.untrusted", "The case's keys do not chain to the desk's root.");
  const expected = { v: keyId(message.case, caseKey.epoch), r: releaserKeyId(message.case, releaserKey.epoch) };
  if (message.wraps.some(({ kind, to }) => to !== expected[kind]))
    throw invalid("The message's shares are sealed to another key than the case's newest.");
}

async function verified(signed: SignedMessage, jwk: Parameters<typeof verifyMessage>[1]): Promise<void> {
  try {
    await verifyMessage(signed, jwk);
  } catch (cause) {
    if (cause instanceof SealError) throw invalid(cause.message, cause);
    throw cause;
  }
}

function readState(what: string | undefined): CaseState | undefined {
  if (what === undefined) return undefined;
  const state = schemas.CaseChanges.shape.state.safeParse(what.replace(/^state:/, ""));
  if (!what.startsWith("state:") || !state.success || state.data === undefined)
    throw new Problem(
      "act.invalid",
      "The act of a message may name a state that the case has from then on, and nothing else.",
    );
  return state.data;
}

function sameOrConflict(known: MessageRecord, { user }: Session, man: string): MessageRow {
  if (known.by_user === user && known.man === man) return rowOf(known);
  throw new Problem("request.conflict", "There is a message with this id already.");
}

function readSigned(value: unknown): SignedMessage {
  try {
    // The body was parsed from JSON; readMessage looks at every member of it.
    return readMessage(value as Json);
  } catch (cause) {
    if (cause instanceof SealError) throw invalid(cause.message, cause);
    throw cause;
  }
}

function invalid(text: string, cause?: unknown): Problem {
  return new Problem("message.invalid", text, cause === undefined ? {} : { cause });
}
