import { PATHS, type schemas } from "@breakwater/contract";
import {
  addSignature,
  fingerprint,
  generateDeviceKey,
  generateRecipient,
  generateSigningKey,
  inviteSecrets,
  newPassphraseSalt,
  newUserKey,
  openInviteTeam,
  parseInviteFragment,
  passphraseKeys,
  prfInput,
  prfWrapKey,
  publicJwk,
  sealIdentity,
  signAct,
  signStatement,
  wrapUserKey,
  type Identity,
  type SigningKey,
  type Statement,
} from "@breakwater/seal";
import { fromBase64url, newId, toBase64url, utf8 } from "@breakwater/wire";
import type { z } from "zod";
import type { Authenticator } from "../authenticator.ts";
import { Browser, Refused, type Target } from "./http.ts";

type Started = z.output<typeof schemas.EnrolStarted>;

export interface Person {
  readonly browser: Browser;
  readonly user: string;
  readonly org: string;
  readonly dev: string;
  readonly kind: "staff" | "customer";
  readonly name: string;
  readonly email: string;
  readonly sign: SigningKey;
  readonly identity: Identity;
}
export interface Enrolling {
  readonly name: string;
  readonly email: string;
  /** For whoever founds an organisation. */
  readonly orgName?: string;
  /** Stretched for real (some seconds on a busy machine). Without one, the keys are random: the server cannot tell. */
  readonly passphrase?: string;
  /** With a passkey of this authenticator's instead. */
  readonly authenticator?: Authenticator;
}

/** Follows a one-time link to its end, with a passphrase (docs/protocol.md 2.1, 2.3 and 3). */
export async function enrol(
  target: Target,
  link: string,
  { name, email, orgName = name, passphrase, authenticator }: Enrolling,
): Promise<Person> {
  const { secret, pins } = parseInviteFragment(link.slice(link.indexOf("#")));
  const invitation = await inviteSecrets(secret);
  const browser = new Browser(target, await generateDeviceKey());
  const started = await browser.call<Started>("POST", "enrolStart", { json: { token: invitation.token } });
  const { kind, invite } = started;
  const [user, dev, org] = [newId("user"), newId("device"), invite?.org ?? newId("org")];
  const created = new Date().toISOString();
  const [sign, hpke] = [await generateSigningKey(), await generateRecipient()];
  const root = kind === "first" || kind === "customer" ? await generateSigningKey() : undefined;
  const statements: Statement[] = [];
  const teams: Record<string, string> = {};
  if (root) {
    const self = await signStatement(
      {
        v: 1,
        t: "org.root",
        created,
        org,
        kind: kind === "first" ? "desk" : "customer",
        name: orgName,
        key: toBase64url(root.publicKey),
      },
      root,
    );
    statements.push(kind === "customer" ? await addSignature(self, invitation.key) : self);
    if (started.desk)
      statements.push(await signStatement({ v: 1, t: "desk.keys", created, org, ...started.desk }, root));
    const [team, key] = [newId("team"), await generateRecipient()];
    statements.push(
      await signStatement(
        { v: 1, t: "team", created, org, team, name: orgName, epoch: 1, hpke: toBase64url(key.publicKey) },
        root,
      ),
    );
    teams[`${team}#1`] = toBase64url(key.secretKey);
  } else if (invite?.team != null && invite.teamKey !== null) {
    teams[invite.team] = toBase64url(await openInviteTeam(invitation, invite.id, fromBase64url(invite.teamKey)));
  }
  const bundle = {
    v: 1,
    t: "bundle",
    created,
    org,
    user,
    role: invite?.role ?? "admin",
    name,
    hpke: toBase64url(hpke.publicKey),
    sign: toBase64url(sign.publicKey),
  } as const;
  statements.push(await addSignature(await signStatement(bundle, sign), root ?? invitation.key));
  statements.push(
    await signStatement({ v: 1, t: "device", created, user, dev, jwk: await publicJwk(browser.device) }, sign),
  );
  const own = root && fingerprint(root.publicKey);
  const identity: Identity = {
    v: 1,
    user,
    hpke: toBase64url(hpke.secretKey),
    sign: toBase64url(sign.seed),
    ...(root ? { root: toBase64url(root.seed) } : {}),
    teams,
    pins: own === undefined ? pins : [...pins, own],
  };
  const side = kind === "first" || kind === "staff" ? "staff" : "customer";
  const unlock = authenticator
    ? await unlockByPasskey(authenticator, { started, user, origin: target.origin ?? target.url }, identity)
    : await unlockBy(passphrase, user, identity);
  const act = await signAct(
    { v: 1, t: "key.bind", at: new Date().toISOString(), org, actor: { id: user, kind: side, dev } },
    browser.device,
  );
  const answer = await browser.send("POST", PATHS.enrolFinish, {
    json: { token: invitation.token, user, email, name, ...unlock, statements, act },
  });
  if (!answer.ok) throw new Refused(answer.status, await answer.text());
  return { browser, user, org, dev, kind: side, name, email, sign, identity };
}

async function unlockByPasskey(
  authenticator: Authenticator,
  { started, user, origin }: { readonly started: Started; readonly user: string; readonly origin: string },
  identity: Identity,
) {
  const { rp, challenge } = started;
  const response = authenticator.create({ rpId: rp.id, origin, challenge, userHandle: utf8(user) });
  const { id } = response;
  const userKey = newUserKey();
  const wrapKey = prfWrapKey(authenticator.prf(id, prfInput()), fromBase64url(id));
  return {
    credential: { kind: "passkey", response },
    wraps: [
      { method: "prf", id, wrapped: toBase64url(await wrapUserKey(userKey, { user, method: "prf", id }, wrapKey)) },
    ],
    identity: toBase64url(await sealIdentity(identity, userKey)),
  };
}

async function unlockBy(passphrase: string | undefined, user: string, identity: Identity) {
  const salt = newPassphraseSalt();
  const id = toBase64url(salt);
  const { wrapKey, authToken } =
    passphrase === undefined
      ? { wrapKey: newUserKey(), authToken: toBase64url(newUserKey()) }
      : await passphraseKeys(passphrase, salt);
  const userKey = newUserKey();
  const wrapped = toBase64url(await wrapUserKey(userKey, { user, method: "passphrase", id }, wrapKey));
  return {
    credential: { kind: "passphrase", token: authToken, salt: id },
    wraps: [{ method: "passphrase", id, wrapped, salt: id }],
    identity: toBase64url(await sealIdentity(identity, userKey)),
  };
}
