import {
  inviteSecrets,
  inviteTokenHash,
  isPair,
  makeInviteLink,
  sealInviteTeam,
  signStatement,
  type InviteBody,
} from "@breakwater/seal";
import { newId, toBase64url } from "@breakwater/wire";
import { makeAct } from "./acts.ts";
import type { MadeInvite, MakeInvite } from "./api.ts";
import { EngineError } from "./error.ts";
import { toJson } from "./json.ts";
import type { Session } from "./session.ts";
import { trustOf } from "./trusted.ts";

const INVITE_DAYS = 7;

/** Protocol 2.3: the link carries the secret and the pins; the server gets the secret's hash and a sealed team key. */
export async function makeInvite(session: Session, input: MakeInvite): Promise<MadeInvite> {
  const { identity, sign } = session.keys();
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const secrets = await inviteSecrets(secret);
  const id = newId("invite");
  const team = input.for === "customer" ? undefined : await ownTeam(session, input);
  const now = Date.now();
  const body: InviteBody = {
    v: 1,
    t: "invite",
    created: new Date(now).toISOString(),
    id,
    org: input.for === "customer" ? newId("org") : input.org,
    key: toBase64url(secrets.key.publicKey),
    for: input.for,
    role: input.role,
    ...(team === undefined ? {} : { team }),
    until: new Date(now + INVITE_DAYS * 86_400_000).toISOString(),
  };
  const teamSecret = team === undefined ? undefined : await session.teamKey(team);
  const teamKey = teamSecret === undefined ? null : toBase64url(await sealInviteTeam(secrets, id, teamSecret));
  return {
    id,
    link: makeInviteLink(input.url, { secret, pins: identity.pins }),
    body: {
      statement: toJson(await signStatement(body, sign)),
      tokenHash: inviteTokenHash(secrets.token),
      teamKey,
      label: input.label,
      act: await makeAct(session.who(), { t: "config.change", org: input.org, what: `invite:${id}` }),
    },
  };
}

/** The newest epoch of the organisation's first team, which this person passes on: it must be the key that the team signed. */
async function ownTeam(session: Session, input: MakeInvite): Promise<string> {
  const trust = await trustOf(session, input.statements);
  const team = trust.mainTeam(input.org);
  const secret = team && (await session.teamKey(team.id));
  if (!team || !secret || !(await isPair(team.publicKey, secret)))
    throw new EngineError("engine.noKey", "You hold no key of your organisation's team, so you cannot pass one on.");
  return team.id;
}
