import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import {
  canonicalize,
  concat,
  domainHash,
  fromBase64url,
  toBase64url,
  utf8,
  utf8Decode,
  DOMAIN,
} from "@breakwater/wire";
import type { Json } from "@breakwater/wire";
import { binary, constant, id, list, read, readText, shape, time, type Check } from "./check.ts";
import { ciphertextSize, decrypt, encrypt, newSalt, type MessageSecret } from "./cobblestone.ts";
import { deviceSign, deviceVerify, type DeviceKey } from "./device.ts";
import { SealError } from "./error.ts";
import { canonical } from "./json.ts";
import type { PublicJwk } from "./jwk.ts";
import type { MessagePlace } from "./place.ts";
import { newShares, type Shares } from "./shares.ts";
import { sealedShareCheck, unwrapShare, wrapShare, type NamedKey, type SealedShare } from "./wrap.ts";

/** What somebody wrote on a case (protocol 12): sealed in two shares like a part of a file, small enough to lie in one row. */
export interface Message extends MessagePlace {
  readonly v: 1;
  /** The message that it answers. */
  readonly reply?: string;
  /** The user id and the device id of whoever wrote it. */
  readonly by: string;
  readonly device: string;
  readonly created: string;
  /** Attachments: files of the same case. */
  readonly files: readonly string[];
  /** Cobblestone-256, base64url. */
  readonly body: string;
  readonly wraps: readonly SealedShare[];
}
export interface SignedMessage {
  readonly message: Message;
  readonly sig: string;
}

/** Of UTF-8. */
export const MAX_MESSAGE_TEXT = 65_536;
export const MAX_MESSAGE_FILES = 20;
/** Of one signed message as JSON: the body in base64url and two hybrid wraps. */
export const MAX_MESSAGE_BYTES = 98_304;
/** In one release. */
export const MAX_MESSAGES = 200;

const messageCheck: Check<Message> = shape(
  {
    v: constant(1),
    org: id("org"),
    case: id("case"),
    message: id("message"),
    by: id("user"),
    device: id("device"),
    created: time,
    files: list(id("file"), MAX_MESSAGE_FILES),
    body: binary(ciphertextSize(0), ciphertextSize(MAX_MESSAGE_TEXT)),
    wraps: list(sealedShareCheck, 2),
  },
  { reply: id("message") },
);
const signedMessageCheck: Check<SignedMessage> = shape({ message: messageCheck, sig: binary(64) });

/** Strict: unknown members, double or missing wraps, and keys of other cases are refused with message.invalid. */
export function parseMessage(input: Uint8Array | string): SignedMessage {
  return checkWhole(
    readText(signedMessageCheck, input, { name: "the message", code: "message.invalid", maxBytes: MAX_MESSAGE_BYTES }),
  );
}

/** The same for a value that is part of a JSON text parsed already. */
export function readMessage(value: Json | undefined): SignedMessage {
  return checkWhole(read(signedMessageCheck, value, { name: "the message", code: "message.invalid" }));
}

function checkWhole(signed: SignedMessage): SignedMessage {
  const { message } = signed;
  for (const kind of ["v", "r"] as const) shareOf(message, kind);
  if (new Set(message.files).size !== message.files.length)
    throw new SealError("message.invalid", "The message names a file twice.");
  if (message.reply === message.message) throw new SealError("message.invalid", "The message answers itself.");
  return signed;
}

/** The one wrap of this kind, which is for a key of the message's own case. */
function shareOf(message: Message, kind: SealedShare["kind"]): SealedShare {
  const [wrap, other] = message.wraps.filter((one) => one.kind === kind);
  const prefix = kind === "r" ? "rel_" : "";
  if (wrap === undefined || other !== undefined || !wrap.to.startsWith(`${prefix}${message.case}#`)) {
    throw new SealError(
      "message.invalid",
      `The message needs one share of kind ${kind}, sealed to a key of its own case.`,
    );
  }
  return wrap;
}

export interface NewMessage extends MessagePlace {
  readonly reply?: string | undefined;
  readonly by: string;
  readonly device: string;
  readonly created: string;
  readonly files: readonly string[];
  readonly text: string;
}

/** The keys come from a Trust and nowhere else: a server's word for a key is worth nothing. */
export async function sealMessage(
  input: NewMessage,
  keys: { readonly caseKey: NamedKey; readonly releaserKey: NamedKey },
  device: DeviceKey,
): Promise<SignedMessage> {
  const { org, case: caseId, message, reply, by, created, files } = input;
  const place: MessagePlace = { org, case: caseId, message };
  const plain = utf8(input.text);
  if (plain.length > MAX_MESSAGE_TEXT) {
    throw new SealError(
      "message.invalid",
      `The message has ${plain.length} bytes; at most ${MAX_MESSAGE_TEXT} are accepted. Attach long text as a file.`,
    );
  }
  const shares = newShares();
  const secret = { key: messageKey(shares, place), context: messageContext(place, by), salt: newSalt() };
  const body: Message = {
    v: 1,
    ...place,
    ...(reply === undefined ? {} : { reply }),
    by,
    device: input.device,
    created,
    files,
    body: toBase64url(await encrypt(plain, secret)),
    wraps: [
      await wrapShare(place, "v", keys.caseKey, shares.v),
      await wrapShare(place, "r", keys.releaserKey, shares.r),
    ],
  };
  for (const bytes of [shares.v, shares.r, secret.key, plain]) bytes.fill(0);
  return { message: body, sig: await deviceSign(device, "message", canonical(body)) };
}

export async function verifyMessage(signed: SignedMessage, device: PublicJwk): Promise<void> {
  if (!(await deviceVerify(device, "message", canonical(signed.message), signed.sig))) {
    throw new SealError(
      "message.signature",
      "The message is not signed by the device that it names, or it was changed.",
    );
  }
}

/** `man` of a case.message leaf. */
export function messageHash(message: Message): string {
  return toBase64url(domainHash("message", utf8(canonical(message))));
}

/** `man` of the release of many messages: their hashes, in the order of the request. */
export function messagesHash(messages: readonly SignedMessage[]): string {
  return toBase64url(domainHash("messages", utf8(canonicalize(messages.map(({ message }) => messageHash(message))))));
}

/** The releaser's wrap, for its one choke point. */
export function releaserShareOf(message: Message): SealedShare {
  return shareOf(message, "r");
}

/** The text: the case's secret key for one share, the releaser's answer for the other. */
export async function openMessage(
  message: Message,
  secrets: { readonly caseSecretKey: Uint8Array; readonly released: Uint8Array },
): Promise<string> {
  const v = await unwrapShare(shareOf(message, "v"), message, secrets.caseSecretKey);
  const key = messageKey({ v, r: secrets.released }, message);
  const secret: MessageSecret = { key, context: messageContext(message, message.by) };
  try {
    return utf8Decode(await decrypt(fromBase64url(message.body), secret));
  } finally {
    v.fill(0);
    key.fill(0);
  }
}

function messageKey(shares: Shares, { org, case: caseId, message }: MessagePlace): Uint8Array<ArrayBuffer> {
  const salt = domainHash("message-cek-salt", utf8(message));
  const info = utf8(`${DOMAIN}message-cek\0${org}\0${caseId}`);
  return new Uint8Array(hkdf(sha256, concat(shares.v, shares.r), salt, info, 32));
}

function messageContext({ org, case: caseId, message }: MessagePlace, by: string): Uint8Array<ArrayBuffer> {
  return domainHash("message-context", utf8(canonicalize({ org, case: caseId, message, by })));
}
