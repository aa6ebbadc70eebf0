import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { canonicalize, concat, domainHash, utf8, DOMAIN } from "@breakwater/wire";
import { SealError } from "./error.ts";
import type { PartPlace, Role } from "./place.ts";
import { randomBytes } from "./webcrypto.ts";

export const SHARE_BYTES = 32;

/** Two secrets of a part, kept by different hands: neither says anything about the content key. */
export interface Shares {
  /** For the people on the case (wrap kind v). */
  readonly v: Uint8Array;
  /** For the releaser (wrap kind r). */
  readonly r: Uint8Array;
}

export function newShares(): { readonly v: Uint8Array<ArrayBuffer>; readonly r: Uint8Array<ArrayBuffer> } {
  return { v: randomBytes(SHARE_BYTES), r: randomBytes(SHARE_BYTES) };
}

/** Protocol 6: the content key of one part. */
export function contentKey(shares: Shares, place: PartPlace): Uint8Array<ArrayBuffer> {
  if (shares.v.length !== SHARE_BYTES || shares.r.length !== SHARE_BYTES) {
    throw new SealError(
      "cipher.key",
      `A share has ${SHARE_BYTES} bytes; these have ${shares.v.length} and ${shares.r.length}.`,
    );
  }
  const salt = domainHash("cek-salt", utf8(`${place.file}\0${place.part}`));
  const info = utf8(`${DOMAIN}cek\0${place.org}\0${place.case}`);
  return new Uint8Array(hkdf(sha256, concat(shares.v, shares.r), salt, info, 32));
}

/** Protocol 6: the Cobblestone context of one part. */
export function partContext(place: PartPlace & { readonly role: Role }): Uint8Array<ArrayBuffer> {
  const { org, file, part, role } = place;
  return domainHash("part", utf8(canonicalize({ org, case: place.case, file, part, role })));
}
