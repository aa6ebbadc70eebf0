import {
  addSignature,
  createProof,
  fingerprint,
  generateDeviceKey,
  generateRecipient,
  generateSigningKey,
  inviteSecrets,
  inviteTokenHash,
  makeInviteLink,
  parseInviteFragment,
  publicJwk,
  sealInviteTeam,
  signAct,
  signStatement,
  type DeviceKey,
  type PersonRole,
  type SignedAct,
  type SigningKey,
  type Statement,
} from "@breakwater/seal";
import type { Act } from "@breakwater/ledger";
import { PATHS } from "@breakwater/contract";
import { newId, toBase64url, utf8 } from "@breakwater/wire";
import { createAuthenticator, type Authenticator } from "./authenticator.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers that the contract describes
  readonly body: any;
}

/** A browser in software: a device key, a cookie jar, and requests with their proofs over a real connection. */
export class Client {
  readonly base: string;
  key: DeviceKey;
  cookie: string | null = null;
  /** How far this browser's clock runs ahead, for tests that move the server's. */
  aheadMs = 0;

  private constructor(base: string, key: DeviceKey) {
    this.base = base;
    this.key = key;
  }

  static async create(base: string): Promise<Client> {
    return new Client(base, await generateDeviceKey());
  }

  async proof(method: string, path: string, key: DeviceKey = this.key): Promise<string> {
    return createProof({
      method,
      url: `${this.base}${path}`,
      iat: Math.floor((Date.now() + this.aheadMs) / 1000),
      jti: toBase64url(crypto.getRandomValues(new Uint8Array(18))),
      key,
    });
  }

  /** `headers` replace the usual ones. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await this.send(method, path, {
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text,
    };
  }

  async send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("dpop")) headers.set("dpop", await this.proof(method, path));
    if (this.cookie !== null && !headers.has("cookie")) headers.set("cookie", this.cookie);
    const response = await fetch(`${this.base}${path}`, { ...init, method, headers });
    const set = response.headers.get("set-cookie");
    if (set !== null) this.cookie = set.includes("Max-Age=0") ? null : (set.split(";")[0] ?? null);
    return response;
  }
}

export interface Team {
  readonly id: string;
  readonly secretKey: Uint8Array;
}
export interface TestPerson {
  readonly client: Client;
  readonly user: string;
  readonly email: string;
  readonly org: string;
  readonly kind: "staff" | "customer";
  readonly dev: string;
  readonly sign: SigningKey;
  readonly root: SigningKey | null;
  readonly team: Team;
  readonly pins: readonly string[];
  readonly authenticator: Authenticator;
  /** The token of the passphrase, where one was enrolled instead of a passkey. */
  readonly passphraseToken: string | null;
  act(act: Omit<Act, "v" | "at" | "actor">): Promise<SignedAct>;
}

export interface EnrolOptions {
  readonly name?: string;
  readonly orgName?: string;
  readonly email?: string;
  readonly passphrase?: boolean;
  /** Last change before the request goes out, for tests that tamper. */
  readonly tamper?: (body: Record<string, unknown>) => Record<string, unknown>;
}

/** Follows an invitation link as the web does (docs/protocol.md sections 2.3 and 3). Throws with the answer when refused. */
export async function enrol(link: string, options: EnrolOptions = {}): Promise<TestPerson> {
  const { origin, hash } = new URL(link);
  const { secret, pins } = parseInviteFragment(hash);
  const secrets = await inviteSecrets(secret);
  const client = await Client.create(origin);
  const started = await client.call("POST", PATHS.enrolStart, { token: secrets.token });
  if (started.status !== 200) throw new Error(`${started.body.code}`);
  const { kind, invite, desk, rp, challenge } = started.body;
  const founds = kind === "first" || kind === "customer";
  const [user, dev, created] = [newId("user"), newId("device"), new Date().toISOString()];
  const org: string = invite?.org ?? newId("org");
  const sign = await generateSigningKey();
  const root = founds ? await generateSigningKey() : null;
  const statements: Statement[] = [];
  let team: Team = { id: invite?.team ?? "", secretKey: new Uint8Array() };
  const name = options.name ?? `Person ${user.slice(4, 8)}`;
  if (root !== null) {
    const orgName = options.orgName ?? `Organisation ${org.slice(4, 8)}`;
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
    statements.push(kind === "customer" ? await addSignature(self, secrets.key) : self);
    if (kind === "first") statements.push(await signStatement({ v: 1, t: "desk.keys", created, org, ...desk }, root));
    const recipient = await generateRecipient();
    const id = newId("team");
    statements.push(
      await signStatement(
        { v: 1, t: "team", created, org, team: id, name: orgName, epoch: 1, hpke: toBase64url(recipient.publicKey) },
        root,
      ),
    );
    team = { id: `${id}#1`, secretKey: recipient.secretKey };
  }
  const hpke = toBase64url((await generateRecipient()).publicKey);
  const role = kind === "first" ? "admin" : invite.role;
  const bundle = await signStatement(
    { v: 1, t: "bundle", created, org, user, role, name, hpke, sign: toBase64url(sign.publicKey) },
    sign,
  );
  statements.push(await addSignature(bundle, root ?? secrets.key));
  const jwk = await publicJwk(client.key);
  statements.push(await signStatement({ v: 1, t: "device", created, user, dev, jwk }, sign));
  const actorKind = kind === "first" || kind === "staff" ? "staff" : "customer";
  const act: TestPerson["act"] = (members) =>
    signAct(
      {
        v: 1,
        at: new Date(Date.now() + client.aheadMs).toISOString(),
        actor: { id: user, kind: actorKind, dev },
        ...members,
      },
      client.key,
    );
  const authenticator = createAuthenticator();
  const passphraseToken = options.passphrase === true ? toBase64url(crypto.getRandomValues(new Uint8Array(32))) : null;
  const salt = toBase64url(crypto.getRandomValues(new Uint8Array(16)));
  const created_ = authenticator.create({ rpId: rp.id, origin, challenge, userHandle: utf8(user) });
  const email = options.email ?? `${user}@example.test`;
  const body = {
    token: secrets.token,
    user,
    email,
    name,
    credential:
      passphraseToken === null
        ? { kind: "passkey", response: created_ }
        : { kind: "passphrase", token: passphraseToken, salt },
    wraps: [
      passphraseToken === null
        ? { method: "prf", id: created_.id, wrapped: "AAAA" }
        : { method: "passphrase", id: salt, wrapped: "AAAA", salt },
    ],
    identity: toBase64url(utf8(`sealed identity of ${user}`)),
    statements,
    act: await act({ t: "key.bind", org }),
  };
  const finished = await client.call("POST", PATHS.enrolFinish, options.tamper?.(body) ?? body);
  if (finished.status !== 200) throw new Error(`${finished.body.code}`);
  const own = root === null ? [] : [fingerprint(root.publicKey)];
  return {
    client,
    user,
    email,
    org,
    kind: actorKind,
    dev,
    sign,
    root,
    team,
    pins: [...pins, ...own],
    authenticator,
    passphraseToken,
    act,
  };
}

/** Makes an invitation as its web page does; gives the link. Throws with the answer's code when refused. */
export async function invite(
  by: TestPerson,
  what: { readonly for: "staff" | "customer" | "member"; readonly role: PersonRole },
): Promise<string> {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const secrets = await inviteSecrets(secret);
  const id = newId("invite");
  const now = Date.now() + by.client.aheadMs;
  const own = what.for !== "customer";
  const statement = await signStatement(
    {
      v: 1,
      t: "invite",
      created: new Date(now).toISOString(),
      id,
      org: own ? by.org : newId("org"),
      key: toBase64url(secrets.key.publicKey),
      ...what,
      ...(own ? { team: by.team.id } : {}),
      until: new Date(now + 7 * 86_400_000).toISOString(),
    },
    by.sign,
  );
  const body = {
    statement,
    tokenHash: inviteTokenHash(secrets.token),
    teamKey: own ? toBase64url(await sealInviteTeam(secrets, id, by.team.secretKey)) : null,
    label: "For the tests",
    act: await by.act({ t: "config.change", org: by.org, what: `invite:${id}` }),
  };
  const answer = await by.client.call("POST", PATHS.invites, body);
  if (answer.status !== 200) throw new Error(`${answer.body.code}`);
  return makeInviteLink(by.client.base, { secret, pins: by.pins });
}
