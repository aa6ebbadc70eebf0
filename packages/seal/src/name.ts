import { canonicalize, domainHash, fromBase64url, toBase64url, utf8, utf8Decode, DOMAIN } from "@breakwater/wire";
import { binary, read, shape, text, type Check } from "./check.ts";
import { SealError } from "./error.ts";
import { ENC_BYTES, openWith, sealTo } from "./hpke.ts";
import type { Json } from "@breakwater/wire";
import type { NamedKey } from "./wrap.ts";

/** Short texts that only the people on a case read: a file's name, a case's subject, the free text of a reason. */
export type TextKind = "name" | "subject" | "why" | "san";

export interface SealedText {
  readonly to: string;
  readonly enc: string;
  readonly ct: string;
}

/** `file` is absent for a case's subject and for a reason that concerns no one file. */
export interface TextPlace {
  readonly org: string;
  readonly case: string;
  readonly file?: string | undefined;
}

const MAX_TEXT_BYTES = 4096;
/** What the sanitiser says about a file, with the reasons of the person who kept something. */
const MAX_DOCUMENT_BYTES = 12_272;

export const sealedTextCheck: Check<SealedText> = shape({
  to: text(80, /^cas_[a-z2-7]{26}#[1-9][0-9]{0,5}$/),
  enc: binary(ENC_BYTES),
  ct: binary(16, MAX_TEXT_BYTES + 16),
});

export const sealedDocumentCheck: Check<SealedText> = shape({
  to: text(80, /^cas_[a-z2-7]{26}#[1-9][0-9]{0,5}$/),
  enc: binary(ENC_BYTES),
  ct: binary(16, MAX_DOCUMENT_BYTES + 16),
});

export function readSealedText(value: Json | undefined, kind: TextKind = "name"): SealedText {
  return read(kind === "san" ? sealedDocumentCheck : sealedTextCheck, value, {
    name: "the sealed text",
    code: "text.invalid",
  });
}

export async function sealText(kind: TextKind, plain: string, place: TextPlace, to: NamedKey): Promise<SealedText> {
  const bytes = utf8(plain);
  const most = kind === "san" ? MAX_DOCUMENT_BYTES : MAX_TEXT_BYTES;
  if (bytes.length > most) {
    throw new SealError(
      "text.invalid",
      `The ${kind} has ${bytes.length} bytes; at most ${most} are accepted. Shorten it.`,
    );
  }
  const sealed = await sealTo(to.publicKey, textInfo(kind), textAad(kind, place), bytes);
  return { to: to.id, enc: toBase64url(sealed.enc), ct: toBase64url(sealed.ct) };
}

export async function openText(
  kind: TextKind,
  sealed: SealedText,
  place: TextPlace,
  secretKey: Uint8Array,
): Promise<string> {
  const bytes = { enc: fromBase64url(sealed.enc), ct: fromBase64url(sealed.ct) };
  return utf8Decode(await openWith(secretKey, textInfo(kind), textAad(kind, place), bytes));
}

function textInfo(kind: TextKind): Uint8Array {
  return utf8(`${DOMAIN}${kind}`);
}

function textAad(kind: TextKind, place: TextPlace): Uint8Array {
  const { org, file } = place;
  const bound = kind === "subject" ? { org, case: place.case } : { org, case: place.case, file };
  return domainHash(`${kind}-aad`, utf8(canonicalize(bound)));
}
