import { canonicalize, domainHash, DOMAIN, fromBase64url, toBase64url, utf8 } from "@breakwater/wire";
import type { TeamBody } from "./bodies.ts";
import type { SigningKey } from "./ed25519.ts";
import { SealError } from "./error.ts";
import { generateRecipient, openWith, sealTo } from "./hpke.ts";
import { signStatement, type Statement } from "./statement.ts";

/** A team's secret key, sealed to one member (protocol 10). */
export interface TeamWrap {
  readonly user: string;
  readonly enc: string;
  readonly ct: string;
}
export interface TeamPlace {
  readonly org: string;
  readonly team: string;
  readonly epoch: number;
}
export interface TeamInput extends TeamPlace {
  readonly name: string;
  readonly created: string;
  /** The secret key of the epoch before; none for a new team. */
  readonly previous?: Uint8Array;
  readonly signer: SigningKey;
}
export interface NewTeam {
  readonly statement: Statement<TeamBody>;
  readonly secretKey: Uint8Array;
}

const PREV_INFO = utf8(`${DOMAIN}team-prev`);
const WRAP_INFO = utf8(`${DOMAIN}team-wrap`);

/** A new team's key, or its next epoch, from which the earlier ones can be read. */
export async function makeTeam({ previous, signer, ...input }: TeamInput): Promise<NewTeam> {
  const { org, team, epoch, name, created } = input;
  const key = await generateRecipient();
  const sealed = previous && (await sealTo(key.publicKey, PREV_INFO, prevAad(input), previous));
  const body: TeamBody = {
    v: 1,
    t: "team",
    created,
    org,
    team,
    name,
    epoch,
    hpke: toBase64url(key.publicKey),
    ...(sealed ? { prev: { enc: toBase64url(sealed.enc), ct: toBase64url(sealed.ct) } } : {}),
  };
  return { statement: await signStatement(body, signer), secretKey: key.secretKey };
}

/** The secret key of the epoch before, by this one's. */
export async function openTeamPrevious(
  team: TeamPlace & Pick<TeamBody, "prev">,
  secretKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!team.prev)
    throw new SealError("wrap.unknown", `The team ${team.team} has no earlier key than number ${team.epoch}.`);
  const sealed = { enc: fromBase64url(team.prev.enc), ct: fromBase64url(team.prev.ct) };
  return openWith(secretKey, PREV_INFO, prevAad(team), sealed);
}

/** The team's secret key for one member, to their `hpke` key from a Trust. */
export async function sealTeamKey(
  team: TeamPlace,
  member: { readonly user: string; readonly hpke: string },
  secretKey: Uint8Array,
): Promise<TeamWrap> {
  const sealed = await sealTo(fromBase64url(member.hpke), WRAP_INFO, wrapAad(team, member.user), secretKey);
  return { user: member.user, enc: toBase64url(sealed.enc), ct: toBase64url(sealed.ct) };
}

/** Whoever takes this compares the key with the team's statement before they use it. */
export async function openTeamKey(
  team: TeamPlace,
  wrap: TeamWrap,
  memberSecretKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = { enc: fromBase64url(wrap.enc), ct: fromBase64url(wrap.ct) };
  return openWith(memberSecretKey, WRAP_INFO, wrapAad(team, wrap.user), sealed);
}

function prevAad({ org, team, epoch }: TeamPlace): Uint8Array {
  return domainHash("team-prev-aad", utf8(canonicalize({ org, team, epoch })));
}

function wrapAad({ org, team, epoch }: TeamPlace, to: string): Uint8Array {
  return domainHash("team-wrap-aad", utf8(canonicalize({ org, team, epoch, to })));
}
