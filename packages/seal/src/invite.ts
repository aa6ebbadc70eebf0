import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, domainHash, fromBase64url, toBase64url, utf8, DOMAIN } from "@breakwater/wire";
import { signingKeyFromSeed, type SigningKey } from "./ed25519.ts";
import { SealError } from "./error.ts";
import { isFingerprint } from "./fingerprint.ts";
import { openSmall, sealSmall } from "./webcrypto.ts";

/** What the secret in an invitation link gives its holder (protocol 2.3). */
export interface InviteSecrets {
  /** Shown to the server, which knows only its hash. */
  readonly token: string;
  /** Endorses the invited person's bundle. */
  readonly key: SigningKey;
  /** Opens the team key that waits at the server. */
  readonly teamKey: Uint8Array<ArrayBuffer>;
}
export interface InviteLink {
  readonly secret: Uint8Array<ArrayBuffer>;
  /** The desk's root, then the customer's own; empty in the first administrator's link. */
  readonly pins: readonly string[];
}

export async function inviteSecrets(secret: Uint8Array): Promise<InviteSecrets> {
  if (secret.length !== 32)
    throw new SealError("invite.link", `An invitation's secret has 32 bytes; this one has ${secret.length}.`);
  const derive = (what: string): Uint8Array<ArrayBuffer> =>
    new Uint8Array(hkdf(sha256, secret, undefined, utf8(`${DOMAIN}${what}`), 32));
  return {
    token: toBase64url(derive("invite-token")),
    key: await signingKeyFromSeed(derive("invite-key")),
    teamKey: derive("invite-team"),
  };
}

/** What the server stores to know the token again. */
export function inviteTokenHash(token: string): string {
  return toBase64url(domainHash("invite-token", fromBase64url(token)));
}

/** `<secret>.<pins>`: what stands behind `<url>/enrol#`. A fragment never reaches a server. */
export function makeInviteFragment(link: InviteLink): string {
  return parts(link).join(".");
}

export function makeInviteLink(url: string, link: InviteLink): string {
  return `${url.replace(/\/+$/, "")}/enrol#${makeInviteFragment(link)}`;
}

/** Reads the fragment, with or without its `#`. */
export function parseInviteFragment(fragment: string): InviteLink {
  const [secret = "", ...pins] = fragment.replace(/^#/, "").split(".");
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = fromBase64url(secret);
  } catch {
    bytes = new Uint8Array();
  }
  if (bytes.length !== 32 || pins.length > 2 || !pins.every(isFingerprint)) {
    throw new SealError(
      "invite.link",
      "This invitation link is incomplete. Copy the whole link, or ask for a new one.",
    );
  }
  return { secret: bytes, pins };
}

/** Seals a team's secret key for whoever holds the invitation: `iv(12) ‖ ciphertext`. */
export async function sealInviteTeam(
  secrets: InviteSecrets,
  invite: string,
  teamSecretKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  return sealSmall(secrets.teamKey, teamAad(invite), teamSecretKey);
}

export async function openInviteTeam(
  secrets: InviteSecrets,
  invite: string,
  sealed: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const opened = await openSmall(secrets.teamKey, teamAad(invite), sealed);
  if (!opened)
    throw new SealError(
      "invite.open",
      "The team key that waits for this invitation was changed, or belongs to another invitation.",
    );
  return opened;
}

function teamAad(invite: string): Uint8Array {
  return concat(utf8(`${DOMAIN}invite-team\0`), utf8(invite));
}

function parts(link: InviteLink): readonly string[] {
  return [toBase64url(link.secret), ...link.pins];
}
