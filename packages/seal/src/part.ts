import { toBase64url } from "@breakwater/wire";
import { commitment, newSalt, type MessageSecret, type SaltedSecret } from "./cobblestone.ts";
import { partOf, wrapOf, type Manifest } from "./manifest.ts";
import type { PartPlace, Role } from "./place.ts";
import { contentKey, newShares, partContext } from "./shares.ts";
import { unwrapShare, wrapShare, type NamedKey, type Wrap } from "./wrap.ts";

/** A part that is about to be sealed: give `secret` to encryptStream, and put `commit` and `wraps` into the manifest. */
export interface PreparedPart {
  readonly secret: SaltedSecret;
  readonly commit: string;
  readonly wraps: readonly [Wrap, Wrap];
}

/** Protocol 6 for one part. The keys come from a Trust and nowhere else: a server's word for a key is worth nothing. */
export async function preparePart(
  place: PartPlace & { readonly role: Role },
  keys: { readonly caseKey: NamedKey; readonly releaserKey: NamedKey },
): Promise<PreparedPart> {
  const shares = newShares();
  const secret = { key: contentKey(shares, place), context: partContext(place), salt: newSalt() };
  const wraps = [
    { part: place.part, ...(await wrapShare(place, "v", keys.caseKey, shares.v)) },
    { part: place.part, ...(await wrapShare(place, "r", keys.releaserKey, shares.r)) },
  ] as const;
  shares.v.fill(0);
  shares.r.fill(0);
  return { secret, commit: toBase64url(commitment(secret)), wraps };
}

/** What opens a part: the case's secret key for one share, the releaser's answer for the other. */
export async function partSecret(
  manifest: Manifest,
  role: Role,
  secrets: { readonly caseSecretKey: Uint8Array; readonly released: Uint8Array },
): Promise<MessageSecret> {
  const { part } = partOf(manifest, role);
  const place = { org: manifest.org, case: manifest.case, file: manifest.file, part, role };
  const v = await unwrapShare(wrapOf(manifest, part, "v"), place, secrets.caseSecretKey);
  const key = contentKey({ v, r: secrets.released }, place);
  v.fill(0);
  return { key, context: partContext(place) };
}
