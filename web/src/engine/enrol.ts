import {
  addSignature,
  fingerprint,
  fingerprintWords,
  generateRecipient,
  generateSigningKey,
  inviteSecrets,
  newPassphraseSalt,
  newUserKey,
  openInviteTeam,
  parseInviteFragment,
  prfWrapKey,
  sealIdentity,
  signStatement,
  wrapUserKey,
  type Identity,
  type InviteSecrets,
  type SigningKey,
  type Statement,
} from "@breakwater/seal";
import { fromBase64url, newId, toBase64url } from "@breakwater/wire";
import { makeAct } from "./acts.ts";
import type { CreatedIdentity, CreateIdentity, InviteView, StatementJson, Unlock, WrapJson } from "./api.ts";
import { device } from "./device.ts";
import { EngineError } from "./error.ts";
import { toJson } from "./json.ts";
import type { Session } from "./session.ts";

export async function readInvite(fragment: string): Promise<InviteView> {
  const link = parseInviteFragment(fragment);
  const { token } = await inviteSecrets(link.secret);
  const [desk] = link.pins;
  return { token, pins: link.pins, words: desk === undefined ? [] : fingerprintWords(desk) };
}

interface Draft {
  readonly input: CreateIdentity;
  readonly org: string;
  readonly invite: InviteSecrets;
  readonly created: string;
  readonly sign: SigningKey;
  /** A new organisation's root; undefined for somebody who joins one. */
  readonly root: SigningKey | undefined;
  readonly statements: StatementJson[];
  readonly teams: Record<string, string>;
}

/** Protocol 2.1, 2.3 and 3: everything that a new person needs, made here; only what is sealed or public goes out. */
export async function createIdentity(session: Session, input: CreateIdentity): Promise<CreatedIdentity> {
  const link = parseInviteFragment(input.fragment);
  const { kind, invite } = input.started;
  const founder = kind === "first" || kind === "customer";
  const draft: Draft = {
    input,
    org: invite?.org ?? newId("org"),
    invite: await inviteSecrets(link.secret),
    created: new Date().toISOString(),
    sign: await generateSigningKey(),
    root: founder ? await generateSigningKey() : undefined,
    statements: [],
    teams: {},
  };
  if (draft.root) await found(draft, draft.root);
  else await join(draft);
  const hpke = await generateRecipient();
  await addPerson(draft, toBase64url(hpke.publicKey));
  const own = draft.root && fingerprint(draft.root.publicKey);
  const pins = own === undefined ? link.pins : kind === "first" ? [own] : [...link.pins, own];
  if (pins.length === 0)
    throw new EngineError("engine.failed", "This invitation link names no support desk. Ask for a new one.");
  const identity: Identity = {
    v: 1,
    user: input.user,
    hpke: toBase64url(hpke.secretKey),
    sign: toBase64url(draft.sign.seed),
    ...(draft.root ? { root: toBase64url(draft.root.seed) } : {}),
    teams: draft.teams,
    pins,
  };
  const userKey = newUserKey();
  const { wrap, passphrase } = await wrapFor(session, input.user, userKey, input.unlock);
  const sealed = toBase64url(await sealIdentity(identity, userKey));
  await session.open(identity, userKey);
  return {
    org: draft.org,
    wraps: [wrap],
    identity: sealed,
    statements: draft.statements,
    act: await makeAct(session.who(), { t: "key.bind", org: draft.org }),
    ...(passphrase ? { passphrase } : {}),
    words: own === undefined ? [] : fingerprintWords(own),
  };
}

/** A new organisation: its root, the desk's keys, and its first team. */
async function found(draft: Draft, root: SigningKey): Promise<void> {
  const { input, org, created } = draft;
  const kind = input.started.kind === "first" ? "desk" : "customer";
  const name = input.orgName ?? input.started.invite?.orgName ?? "";
  const body = { v: 1, t: "org.root", created, org, kind, name, key: toBase64url(root.publicKey) } as const;
  const self = await signStatement(body, root);
  push(draft, kind === "customer" ? await addSignature(self, draft.invite.key) : self);
  const { desk } = input.started;
  if (kind === "desk") {
    if (!desk)
      throw new EngineError(
        "engine.failed",
        "The server did not say which keys its log and releaser have. Restart it and reload.",
      );
    push(draft, await signStatement({ v: 1, t: "desk.keys", created, org, ...desk }, root));
  }
  const team = await generateRecipient();
  const id = newId("team");
  push(
    draft,
    await signStatement(
      { v: 1, t: "team", created, org, team: id, name, epoch: 1, hpke: toBase64url(team.publicKey) },
      root,
    ),
  );
  draft.teams[`${id}#1`] = toBase64url(team.secretKey);
}

/** Takes the team's key that waits for the invitation. */
async function join(draft: Draft): Promise<void> {
  const { invite } = draft.input.started;
  if (!invite)
    throw new EngineError(
      "engine.failed",
      "The server did not say which organisation this invitation is for. Ask for a new one.",
    );
  if (invite.team === null || invite.teamKey === null) return;
  draft.teams[invite.team] = toBase64url(await openInviteTeam(draft.invite, invite.id, fromBase64url(invite.teamKey)));
}

async function addPerson(draft: Draft, hpke: string): Promise<void> {
  const { input, org, created, sign } = draft;
  const role = input.started.kind === "first" ? "admin" : (input.started.invite?.role ?? "member");
  const bundle = await signStatement(
    {
      v: 1,
      t: "bundle",
      created,
      org,
      user: input.user,
      role,
      name: input.name,
      hpke,
      sign: toBase64url(sign.publicKey),
    },
    sign,
  );
  push(draft, await addSignature(bundle, draft.root ?? draft.invite.key));
  push(draft, await deviceStatement(input.user, sign, created));
}

export async function deviceStatement(user: string, sign: SigningKey, created: string): Promise<Statement> {
  const { dev, jwk } = await device();
  return signStatement({ v: 1, t: "device", created, user, dev, jwk }, sign);
}

export async function wrapFor(
  session: Session,
  user: string,
  userKey: Uint8Array,
  unlock: Unlock,
): Promise<{ readonly wrap: WrapJson; readonly passphrase?: { readonly token: string; readonly salt: string } }> {
  if (unlock.method === "prf") {
    const wrapKey = prfWrapKey(unlock.prfOutput, fromBase64url(unlock.id));
    const wrapped = await wrapUserKey(userKey, { user, method: "prf", id: unlock.id }, wrapKey);
    return { wrap: { method: "prf", id: unlock.id, wrapped: toBase64url(wrapped) } };
  }
  if (unlock.method === "recovery")
    throw new EngineError("engine.failed", "Recovery words are made, not chosen: use newRecovery.");
  const salt = toBase64url(newPassphraseSalt());
  const { wrapKey, authToken } = await session.stretch(unlock.passphrase, salt);
  // The salt is as unique as an id, and names the passphrase without saying anything about it.
  const wrapped = await wrapUserKey(userKey, { user, method: "passphrase", id: salt }, wrapKey);
  return {
    wrap: { method: "passphrase", id: salt, wrapped: toBase64url(wrapped), salt },
    passphrase: { token: authToken, salt },
  };
}

function push(draft: Draft, statement: Statement): void {
  draft.statements.push(toJson(statement));
}
