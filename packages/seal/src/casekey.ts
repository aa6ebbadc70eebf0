import { canonicalize, domainHash, fromBase64url, toBase64url, utf8, DOMAIN } from "@breakwater/wire";
import type { SigningKey } from "./ed25519.ts";
import { SealError } from "./error.ts";
import { generateRecipient, openWith, sealTo } from "./hpke.ts";
import type { CaseKeyBody } from "./bodies.ts";
import { signStatement, type Statement } from "./statement.ts";
import type { NamedKey } from "./wrap.ts";

export interface NewCaseKey {
  readonly statement: Statement<CaseKeyBody>;
  readonly secretKey: Uint8Array;
}
export interface CaseKeyInput {
  readonly org: string;
  readonly case: string;
  readonly epoch: number;
  readonly created: string;
  /** The customer's team and the desk's, from a Trust and nowhere else. */
  readonly teams: readonly NamedKey[];
  readonly maker: SigningKey;
  /** The secret key of the epoch before; none for a new case. */
  readonly previous?: Uint8Array;
}

const INFO = utf8(`${DOMAIN}case-key`);
const PREV_INFO = utf8(`${DOMAIN}case-prev`);

/** A new key for a case (or a new epoch of it), readable by the teams named. */
export async function makeCaseKey(input: CaseKeyInput): Promise<NewCaseKey> {
  const { org, epoch, created } = input;
  const key = await generateRecipient();
  const place = { org, case: input.case, epoch };
  const wraps = [];
  for (const team of input.teams) {
    const sealed = await sealTo(team.publicKey, INFO, caseKeyAad(place, team.id), key.secretKey);
    wraps.push({ to: team.id, enc: toBase64url(sealed.enc), ct: toBase64url(sealed.ct) });
  }
  const prev = input.previous && (await sealTo(key.publicKey, PREV_INFO, casePrevAad(place), input.previous));
  const body: CaseKeyBody = {
    v: 1,
    t: "case.key",
    created,
    ...place,
    hpke: toBase64url(key.publicKey),
    wraps,
    ...(prev ? { prev: { enc: toBase64url(prev.enc), ct: toBase64url(prev.ct) } } : {}),
  };
  return { statement: await signStatement(body, input.maker), secretKey: key.secretKey };
}

/** The case's secret key, by a team's secret key. */
export async function openCaseKey(
  body: CaseKeyBody,
  team: string,
  teamSecretKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const wrap = body.wraps.find((one) => one.to === team);
  if (!wrap) throw new SealError("wrap.unknown", `The key of case ${body.case} is not sealed to team key ${team}.`);
  const sealed = { enc: fromBase64url(wrap.enc), ct: fromBase64url(wrap.ct) };
  return openWith(teamSecretKey, INFO, caseKeyAad(body, team), sealed);
}

/** The secret key of the epoch before, by this one's. */
export async function openCasePrevious(body: CaseKeyBody, secretKey: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (!body.prev)
    throw new SealError(
      "wrap.unknown",
      `The key of case ${body.case} says nothing of a key before number ${body.epoch}.`,
    );
  const sealed = { enc: fromBase64url(body.prev.enc), ct: fromBase64url(body.prev.ct) };
  return openWith(secretKey, PREV_INFO, casePrevAad(body), sealed);
}

function casePrevAad({ org, case: id, epoch }: Pick<CaseKeyBody, "org" | "case" | "epoch">): Uint8Array {
  return domainHash("case-prev-aad", utf8(canonicalize({ org, case: id, epoch })));
}

function caseKeyAad(
  place: { readonly org: string; readonly case: string; readonly epoch: number },
  to: string,
): Uint8Array {
  return domainHash("case-key-aad", utf8(canonicalize({ org: place.org, case: place.case, epoch: place.epoch, to })));
}
