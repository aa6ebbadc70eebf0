import {
  generateRecipient,
  messageHash,
  messagesHash,
  openMessage,
  openShare,
  parseRelease,
  readMessage,
  recipientHash,
  sealMessage as seal,
  verifyMessage,
  verifyMessagesRelease,
  type Message,
  type Recipient,
  type SignedAct,
  type SignedMessage,
  type Trust,
} from "@breakwater/seal";
import { newId, toBase64url } from "@breakwater/wire";
import { makeAct } from "./acts.ts";
import type { ReleaseJson, StatementJson } from "./api.ts";
import type { MessageHead, OpenedMessage, PreparedMessages, SealedMessage, SealMessageInput } from "./api-messages.ts";
import { caseSecretKey } from "./cases.ts";
import { device } from "./device.ts";
import { EngineError } from "./error.ts";
import { asJson } from "./json.ts";
import { sealingKeys } from "./sealing.ts";
import type { Session } from "./session.ts";
import { trustOf } from "./trusted.ts";

/** One reading of many messages: its own key pair and its own leaf (docs/protocol.md 12). */
interface Reading {
  readonly recipient: Recipient;
  readonly act: SignedAct;
  readonly messages: readonly SignedMessage[];
}
const readings = new Map<string, Reading>();

export async function sealMessage(session: Session, input: SealMessageInput): Promise<SealedMessage> {
  const keys = sealingKeys(await trustOf(session, input.statements), input);
  const { dev, key } = await device();
  const { org, reply, files, text } = input;
  const place = { org, case: input.case, message: newId("message") };
  const created = new Date().toISOString();
  const signed = await seal({ ...place, by: session.who().user, device: dev, created, reply, files, text }, keys, key);
  return {
    id: place.message,
    man: messageHash(signed.message),
    created,
    message: { message: { ...signed.message }, sig: signed.sig },
  };
}

/** Who wrote what is checked before anything is asked for: words under a name that did not sign them are not shown. */
export async function prepareMessages(
  session: Session,
  input: {
    readonly org: string;
    readonly case: string;
    readonly messages: readonly { readonly message: unknown; readonly sig: string }[];
    readonly statements: readonly StatementJson[];
  },
): Promise<PreparedMessages> {
  session.keys();
  const trust = await trustOf(session, input.statements);
  const heads: MessageHead[] = [];
  const good: SignedMessage[] = [];
  for (const value of input.messages) {
    const signed = readMessage(asJson(value));
    const head = await headOf(signed, input, trust);
    heads.push(head);
    if (head.code === undefined) good.push(signed);
  }
  if (good.length === 0) return { heads, ask: undefined };
  const recipient = await generateRecipient();
  const act = await makeAct(session.who(), {
    t: "key.release",
    org: input.org,
    case: input.case,
    parts: ["messages"],
    man: messagesHash(good),
    rpk: recipientHash(recipient.publicKey),
    why: "correspond",
  });
  const handle = crypto.randomUUID();
  // makeAct returns what signAct made, as the plain JSON that goes to the server.
  readings.set(handle, { recipient, act: act as unknown as SignedAct, messages: good });
  return {
    heads,
    ask: { handle, act, rpk: toBase64url(recipient.publicKey), messages: good.map(({ message }) => message.message) },
  };
}

async function headOf(
  signed: SignedMessage,
  place: { readonly org: string; readonly case: string },
  trust: Trust,
): Promise<MessageHead> {
  const { message } = signed;
  const found = trust.device(message.device);
  const person = found?.person.user === message.by ? found.person : undefined;
  const head = {
    message: message.message,
    by: message.by,
    name: person?.name ?? message.by,
    staff: person?.org === trust.desk.id,
    created: message.created,
    files: message.files,
    ...(message.reply === undefined ? {} : { reply: message.reply }),
  };
  const belongs = message.org === place.org && message.case === place.case;
  if (!found || !person || !belongs || (person.org !== message.org && person.org !== trust.desk.id))
    return { ...head, code: "trust.person" };
  try {
    await verifyMessage(signed, found.jwk);
    return head;
  } catch {
    return { ...head, code: "message.signature" };
  }
}

/** Nothing is unwrapped before every proof holds; one text that cannot be opened does not hide the others. */
export async function openMessages(
  session: Session,
  input: { readonly handle: string; readonly release: ReleaseJson; readonly statements: readonly StatementJson[] },
): Promise<readonly OpenedMessage[]> {
  const reading = readings.get(input.handle);
  if (!reading) throw new EngineError("engine.unknownHandle", "This reading has ended. Open the case again.");
  readings.delete(input.handle);
  const { recipient, act, messages } = reading;
  const trust = await trustOf(session, input.statements);
  const release = parseRelease(JSON.stringify(input.release));
  const verified = await verifyMessagesRelease(release, { trust, act, publicKey: recipient.publicKey, messages });
  const opened: OpenedMessage[] = [];
  for (const [at, share] of verified.shares.entries()) {
    const signed = messages[at];
    if (!signed) continue;
    const released = await openShare(share, verified.leafHash, recipient.secretKey);
    opened.push(await openOne(session, signed.message, released, trust));
    released.fill(0);
  }
  recipient.secretKey.fill(0);
  return opened;
}

async function openOne(session: Session, message: Message, released: Uint8Array, trust: Trust): Promise<OpenedMessage> {
  const { message: id } = message;
  try {
    const to = message.wraps.find(({ kind }) => kind === "v")?.to ?? "";
    const key = trust.caseKey(message, Number(to.slice(to.indexOf("#") + 1)));
    if (!key) return { message: id, code: "engine.noKey" };
    const secret = await caseSecretKey(session, key.body, (epoch) => trust.caseKey(message, epoch)?.body);
    return { message: id, text: await openMessage(message, { caseSecretKey: secret, released }) };
  } catch (error) {
    return {
      message: id,
      code: error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "engine.failed",
    };
  }
}

/** Locking drops what was being read. */
export function dropReadings(): void {
  for (const { recipient } of readings.values()) recipient.secretKey.fill(0);
  readings.clear();
}
