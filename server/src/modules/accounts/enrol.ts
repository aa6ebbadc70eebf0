import { randomBytes } from "node:crypto";
import type { schemas } from "@breakwater/contract";
import {
  authTokenHash,
  fingerprint,
  inviteTokenHash,
  isStatement,
  openTrust,
  thumbprint,
  type BundleBody,
  type DeviceBody,
  type OrgRootBody,
  type SignedAct,
  type Statement,
  type StatementType,
  type Trust,
} from "@breakwater/seal";
import { isDuplicate, type Sql, type Tx } from "@breakwater/sql";
import { canonicalize, fromBase64url, toBase64url, type Json } from "@breakwater/wire";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { statementAnswer } from "../../answer.ts";
import { Problem } from "../../errors.ts";
import type { Ledger } from "../ledger/index.ts";
import { readAct } from "./acts.ts";
import { Expiring } from "./limits.ts";
import { readNewPasskey, type PasskeyCredential, type RelyingParty } from "./passkeys.ts";
import { kindOf } from "./guard.ts";
import type { Sessions } from "./sessions.ts";
import { findStatements, putStatement, readAny, type TrustStore } from "./statements.ts";
import { tables, type InviteRow } from "./tables.ts";

type EnrolStarted = z.output<typeof schemas.EnrolStarted>;
type EnrolFinish = z.output<typeof schemas.EnrolFinish>;
type Kind = EnrolStarted["kind"];

/** What enrolment needs of the releaser: the first administrator's root names it, and it is pinned to that root. */
export interface ReleaserIntroduction {
  identity(): Promise<{ readonly sign: string; readonly witness: string; readonly pinned: string | null }>;
}

export interface EnrolDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly sessions: Sessions;
  readonly trusts: TrustStore;
  readonly releaser: ReleaserIntroduction;
  readonly now: () => number;
  readonly rp: RelyingParty;
  /** Hash of the token in the link that the server printed at its start; it works while there is no desk. */
  readonly firstTokenHash: string;
  /** Waited for once the desk exists; never rejects. */
  readonly onDesk: () => Promise<void>;
}

const CHALLENGE_MS = 60 * 60_000;
/** The statements that each kind of enrolment brings, and must bring; a team only where one is founded. */
const EXPECTED: Readonly<Record<Kind, readonly StatementType[]>> = {
  first: ["org.root", "desk.keys", "bundle", "device", "team"],
  customer: ["org.root", "bundle", "device", "team"],
  staff: ["bundle", "device"],
  member: ["bundle", "device"],
};

export interface Enrolment {
  start(token: string): Promise<EnrolStarted>;
  finish(input: EnrolFinish, request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

interface Newcomer {
  readonly kind: Kind;
  readonly invite: InviteRow | null;
  readonly statements: readonly Statement[];
  readonly root: OrgRootBody | undefined;
  readonly bundle: BundleBody;
  readonly device: DeviceBody;
  readonly act: SignedAct;
}

export function createEnrolment(deps: EnrolDeps): Enrolment {
  const { sql, ledger, releaser, now, rp } = deps;
  const challenges = new Expiring<string>(10_000);

  const invitation = async (hash: string): Promise<{ readonly kind: Kind; readonly invite: InviteRow | null }> => {
    if (hash === deps.firstTokenHash) {
      if ((await deskOf(sql)) !== undefined)
        throw new Problem("desk.exists", "The first administrator is enrolled already.", {
          help: "Ask them for an invitation.",
        });
      return { kind: "first", invite: null };
    }
    const invite = await tables(sql.db)
      .selectFrom("invites")
      .selectAll()
      .where("token_hash", "=", hash)
      .executeTakeFirst();
    if (invite === undefined)
      throw new Problem("invite.unknown", "This invitation is not known here.", { help: "Ask for a new one." });
    if (invite.used_at !== null)
      throw new Problem("invite.used", "This invitation was used already.", { help: "Sign in, or ask for a new one." });
    if (invite.until.getTime() <= now())
      throw new Problem("invite.expired", "This invitation has expired.", { help: "Ask for a new one." });
    return { kind: invite.for_whom, invite };
  };

  return {
    async start(token) {
      const hash = hashOf(token);
      const { kind, invite } = await invitation(hash);
      const challenge = toBase64url(randomBytes(32));
      challenges.set(hash, challenge, now() + CHALLENGE_MS);
      return {
        kind,
        challenge,
        rp: { id: rp.id, name: rp.name },
        desk: kind === "first" ? await deskDraft(ledger, releaser) : null,
        invite: invite === null ? null : await inviteView(sql, invite),
        statements: (invite === null ? [] : await statementsFor(sql, invite)).map(statementAnswer),
      };
    },

    async finish(input, request, reply) {
      const hash = hashOf(input.token);
      const { kind, invite } = await invitation(hash);
      const newcomer = await readNewcomer(deps, input, kind, invite);
      const proof = await deps.sessions.proofOf(request);
      if (proof.thumbprint !== thumbprint(newcomer.device.jwk)) {
        throw new Problem("session.proofInvalid", "The request's proof is by another key than the new device's.");
      }
      const challenge = challenges.get(hash, now());
      if (challenge === undefined)
        throw new Problem("invite.expired", "This page waited too long.", { help: "Reload it and try again." });
      const passkey =
        input.credential.kind === "passkey" ? await readNewPasskey(input.credential.response, challenge, rp) : null;
      const secret = await sql
        .transaction((tx) => enrol(deps, tx, { input, newcomer, passkey, request }))
        .catch((error: unknown) => {
          throw isDuplicate(error) ? taken(error.constraint) : error;
        });
      challenges.take(hash, now());
      if (kind === "first") await deps.onDesk();
      deps.sessions.setCookie(reply, secret);
    },
  };
}

function hashOf(token: string): string {
  try {
    return inviteTokenHash(token);
  } catch (cause) {
    throw new Problem("invite.unknown", "This is not an invitation's token.", { cause });
  }
}

function taken(constraint: string | null): Problem {
  if (constraint === "users_email")
    return new Problem("request.conflict", "Somebody is enrolled with this e-mail address already.", {
      help: "Sign in instead, or use another address.",
    });
  if (constraint === "orgs_one_desk") return new Problem("desk.exists", "The first administrator is enrolled already.");
  return new Problem("request.conflict", "This person, device or passkey is enrolled already.", {
    help: "Sign in instead.",
  });
}

export async function deskOf(sql: Sql) {
  return tables(sql.db).selectFrom("orgs").selectAll().where("kind", "=", "desk").executeTakeFirst();
}

async function deskDraft(ledger: Ledger, releaser: ReleaserIntroduction): Promise<NonNullable<EnrolStarted["desk"]>> {
  const { sign, witness, pinned } = await releaser.identity();
  if (pinned !== null) {
    throw new Problem("request.conflict", "This releaser serves another desk already, and it serves one for ever.", {
      help: "Start with an empty releaser directory.",
    });
  }
  return { logHost: ledger.logHost, log: ledger.publicKey, releaser: sign, witness };
}

async function inviteView(sql: Sql, invite: InviteRow): Promise<NonNullable<EnrolStarted["invite"]>> {
  const org = await tables(sql.db).selectFrom("orgs").select("name").where("org", "=", invite.org).executeTakeFirst();
  // A customer's organisation has no name until its first administrator gives one.
  const orgName = org?.name ?? invite.label;
  return { id: invite.id, org: invite.org, orgName, role: invite.role, team: invite.team, teamKey: invite.team_key };
}

async function statementsFor(sql: Sql, invite: InviteRow): Promise<Statement[]> {
  const desk = await deskOf(sql);
  return findStatements(sql.db, { orgs: [...(desk === undefined ? [] : [desk.org]), invite.org] });
}

/** Everything that the newcomer says, checked: what chains counts, whoever sends it. */
async function readNewcomer(
  deps: EnrolDeps,
  input: EnrolFinish,
  kind: Kind,
  invite: InviteRow | null,
): Promise<Newcomer> {
  const statements = input.statements.map(readAny);
  const types = statements.map(({ body }) => body.t).toSorted();
  if (types.join() !== [...EXPECTED[kind]].toSorted().join()) {
    throw new Problem(
      "statement.untrusted",
      `This enrolment needs exactly these statements: ${EXPECTED[kind].join(", ")}.`,
    );
  }
  const { bundle, device, root } = pick(statements);
  const trust = await trustWith(deps, kind, { statements, root, org: bundle.org });
  const person = trust.person(input.user);
  const org = trust.org(bundle.org);
  const known = trust.device(device.dev);
  const fits =
    bundle.user === input.user &&
    bundle.name === input.name &&
    person?.sign === bundle.sign &&
    person.org === bundle.org &&
    known?.person.user === input.user &&
    thumbprint(known.jwk) === thumbprint(device.jwk) &&
    org !== undefined &&
    (invite === null
      ? person.role === "admin"
      : invite.org === bundle.org && invite.role === bundle.role && invite.vendor === (bundle.vendor ?? null));
  if (!fits)
    throw new Problem("statement.untrusted", "These statements do not chain to the invitation.", {
      help: "Reload the page and try again, or ask for a new invitation.",
    });
  if (root !== undefined && trust.teams(bundle.org).length !== 1)
    throw new Problem("statement.untrusted", "The new organisation's team is not signed by its root.");
  const actor = { id: input.user, kind: kindOf(org.kind), dev: device.dev, jwk: device.jwk };
  const act = await readAct(input.act, { t: "key.bind", org: bundle.org }, actor, deps.now());
  return { kind, invite, statements, root, bundle, device, act };
}

function pick(statements: readonly Statement[]) {
  const bundle = statements.find((one) => isStatement("bundle", one))?.body;
  const device = statements.find((one) => isStatement("device", one))?.body;
  const root = statements.find((one) => isStatement("org.root", one))?.body;
  if (bundle === undefined || device === undefined)
    throw new Problem("statement.untrusted", "The bundle or the device is missing.");
  return { bundle, device, root };
}

async function trustWith(
  deps: EnrolDeps,
  kind: Kind,
  {
    statements,
    root,
    org,
  }: { readonly statements: readonly Statement[]; readonly root: OrgRootBody | undefined; readonly org: string },
): Promise<Trust> {
  if (kind !== "first") return deps.trusts.trust(org, statements);
  if (root?.kind !== "desk") throw new Problem("statement.untrusted", "The first organisation is a desk.");
  const [trust, { sign, witness }] = await Promise.all([
    openTrust(statements, [fingerprint(root.key)], deps.now()),
    deps.releaser.identity(),
  ]);
  if (
    trust.logKey !== deps.ledger.publicKey ||
    trust.logHost !== deps.ledger.logHost ||
    trust.releaser !== sign ||
    trust.witness !== witness
  ) {
    throw new Problem("statement.untrusted", "The desk's keys are not this server's log and releaser.", {
      help: "Reload the page and try again.",
    });
  }
  return trust;
}

interface Entry {
  readonly input: EnrolFinish;
  readonly newcomer: Newcomer;
  readonly passkey: PasskeyCredential | null;
  readonly request: FastifyRequest;
}

/** One transaction: the person, what they may unlock and sign with, their statements, the used invitation, and its leaves. */
async function enrol(deps: EnrolDeps, tx: Tx, { input, newcomer, passkey, request }: Entry): Promise<string> {
  const { sessions, ledger, now } = deps;
  const { bundle, device, root, invite, statements, act } = newcomer;
  const created = new Date(now());
  const db = tables(tx);
  if (root !== undefined) {
    await db
      .insertInto("orgs")
      .values({ org: root.org, kind: root.kind, name: root.name, fingerprint: fingerprint(root.key), created })
      .execute();
    await ledger.open(tx, root.org);
  }
  const user_id = input.user;
  const orgKind = newcomer.kind === "first" || newcomer.kind === "staff" ? "desk" : "customer";
  await db
    .insertInto("users")
    .values({
      user_id,
      org: bundle.org,
      name: bundle.name,
      email: input.email,
      role: bundle.role,
      identity: input.identity,
      standing: "active",
      vendor: bundle.vendor ?? null,
      created,
    })
    .execute();
  await db
    .insertInto("credentials")
    .values(credentialRow(input, passkey, created))
    .execute();
  for (const { method, id, wrapped, salt } of input.wraps) {
    await db
      .insertInto("uk_wraps")
      .values({ user_id, method, id, wrapped, salt: salt ?? null })
      .execute();
  }
  const print = thumbprint(device.jwk);
  await db
    .insertInto("devices")
    .values({
      dev: device.dev,
      user_id,
      thumbprint: print,
      jwk: canonicalize(device.jwk as unknown as Json),
      name: "",
      standing: "active",
      created,
    })
    .execute();
  for (const statement of statements) await putStatement(tx, statement, created, bundle.org);
  if (invite !== null) {
    const used = await db
      .updateTable("invites")
      .set({ used_by: user_id, used_at: created })
      .where("id", "=", invite.id)
      .where("used_at", "is", null)
      .returning("id")
      .execute();
    if (used.length === 0) throw new Problem("invite.used", "This invitation was used already.");
  }
  await joinTeam(tx, { statements, invite, user: user_id, created });
  await ledger.append(tx, act, { address: request.ip });
  return sessions.begin(tx, request, {
    user: user_id,
    org: bundle.org,
    orgKind,
    jwk: { thumbprint: print, dev: device.dev },
    method: input.credential.kind,
  });
}

/** Whoever founds an organisation founds its first team; whoever is invited joins the team whose key the invitation carried. */
async function joinTeam(
  tx: Tx,
  of: {
    readonly statements: readonly Statement[];
    readonly invite: InviteRow | null;
    readonly user: string;
    readonly created: Date;
  },
): Promise<void> {
  const founded = of.statements.find((one) => isStatement("team", one))?.body;
  if (founded !== undefined) {
    const { team, org, name, epoch } = founded;
    await tables(tx).insertInto("teams").values({ team, org, name, epoch, created: of.created }).execute();
  }
  const [team, epoch] = founded ? [founded.team, founded.epoch] : (of.invite?.team?.split("#") ?? []);
  if (team === undefined) return;
  // An invitation from before a rotation carries a key that opens nothing new: an administrator adds its person anew.
  const now = await tables(tx).selectFrom("teams").select("epoch").where("team", "=", team).executeTakeFirst();
  if (now?.epoch !== Number(epoch)) return;
  await tables(tx).insertInto("team_members").values({ team, user_id: of.user, since: of.created }).execute();
}

function credentialRow({ user, credential }: EnrolFinish, passkey: PasskeyCredential | null, created: Date) {
  const common = { user_id: user, created };
  if (credential.kind === "passkey") {
    if (passkey === null) throw new Problem("request.invalid", "The passkey was not verified.");
    return {
      ...common,
      kind: "passkey" as const,
      id: passkey.id,
      public_key: passkey.publicKey,
      counter: passkey.counter,
      salt: null,
      token_hash: null,
    };
  }
  // One passphrase per person: the id says so.
  return {
    ...common,
    kind: "passphrase" as const,
    id: `passphrase:${user}`,
    public_key: null,
    counter: 0,
    salt: credential.salt,
    token_hash: fromBase64url(authTokenHash(credential.token)),
  };
}
