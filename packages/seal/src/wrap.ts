import { canonicalize, domainHash, fromBase64url, toBase64url, utf8, DOMAIN } from "@breakwater/wire";
import { binary, constant, id, shape, text, type Check } from "./check.ts";
import { SealError } from "./error.ts";
import { ENC_BYTES, HPKE_SUITE, openWith, sealTo } from "./hpke.ts";
import type { FilePlace, MessagePlace, PartPlace } from "./place.ts";
import { SHARE_BYTES } from "./shares.ts";

/** v: to the case key, r: to the releaser's key of the case. */
export type WrapKind = "v" | "r";

/** One share, sealed to one key (protocol 6). */
export interface SealedShare {
  readonly kind: WrapKind;
  readonly to: string;
  readonly suite: typeof HPKE_SUITE;
  readonly enc: string;
  readonly ct: string;
}
/** One share of one part. */
export interface Wrap extends SealedShare {
  readonly part: string;
}

/** A public key and the name that wraps call it by: `<case>#<epoch>` or `rel_<case>#<epoch>`. */
export interface NamedKey {
  readonly id: string;
  readonly publicKey: Uint8Array;
}

const sealedShare = {
  kind: constant("v", "r"),
  to: text(80, /^(rel_)?cas_[a-z2-7]{26}#[1-9][0-9]{0,5}$/),
  suite: constant(HPKE_SUITE),
  enc: binary(ENC_BYTES),
  ct: binary(SHARE_BYTES + 16),
};
export const wrapCheck: Check<Wrap> = shape({ part: id("part"), ...sealedShare });
export const sealedShareCheck: Check<SealedShare> = shape(sealedShare);

export async function wrapShare(
  place: PartPlace | MessagePlace,
  kind: WrapKind,
  to: NamedKey,
  share: Uint8Array,
): Promise<SealedShare> {
  if (share.length !== SHARE_BYTES)
    throw new SealError("cipher.key", `A share has ${SHARE_BYTES} bytes; this one has ${share.length}.`);
  const sealed = await sealTo(to.publicKey, wrapInfo(kind), wrapAad(place, kind, to.id), share);
  return { kind, to: to.id, suite: HPKE_SUITE, enc: toBase64url(sealed.enc), ct: toBase64url(sealed.ct) };
}

/** Throws hpke.open when the wrap is another part's or message's, another kind's, changed, or to another key. */
export async function unwrapShare(
  wrap: SealedShare | Wrap,
  place: FilePlace | MessagePlace,
  secretKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = { enc: fromBase64url(wrap.enc), ct: fromBase64url(wrap.ct) };
  return openWith(secretKey, wrapInfo(wrap.kind), wrapAad(belongs(wrap, place), wrap.kind, wrap.to), sealed);
}

/** A file's wraps name their part; a message has one of each kind. */
function belongs(wrap: SealedShare | Wrap, place: FilePlace | MessagePlace): PartPlace | MessagePlace {
  if ("message" in place) return place;
  if (!("part" in wrap)) throw new SealError("wrap.unknown", "A share of a file names its part; this one names none.");
  return { org: place.org, case: place.case, file: place.file, part: wrap.part };
}

function wrapInfo(kind: WrapKind): Uint8Array {
  return utf8(`${DOMAIN}wrap\0${kind}`);
}

function wrapAad(place: PartPlace | MessagePlace, kind: WrapKind, to: string): Uint8Array {
  const { org } = place;
  const bound =
    "message" in place
      ? { org, case: place.case, message: place.message, kind, to }
      : { org, case: place.case, file: place.file, part: place.part, kind, to };
  return domainHash("wrap-aad", utf8(canonicalize(bound)));
}
