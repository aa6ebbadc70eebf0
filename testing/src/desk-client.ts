import { createHash } from "node:crypto";
import { path, whatOfChanges, type schemas } from "@breakwater/contract";
import type { Act } from "@breakwater/ledger";
import {
  BREAK_GLASS,
  decrypt,
  generateRecipient,
  grantHash,
  inviteSecrets,
  inviteTokenHash,
  makeCaseKey,
  makeInviteLink,
  manifestHash,
  messageHash,
  messagesHash,
  openCaseKey,
  openMessage,
  openShare,
  openTrust,
  parseReceipt,
  parseRelease,
  partOf,
  partSecret,
  readManifest,
  readMessage,
  recipientHash,
  sealInviteTeam,
  sealMessage,
  sealText,
  signAct,
  signGrant,
  signStatement,
  statementHash,
  verifyMessagesRelease,
  verifyReceipt,
  verifyRelease,
  type Grant,
  type InviteBody,
  type PersonRole,
  type Standing,
  type StandingOf,
  type Manifest,
  type Receipt,
  type Role,
  type SignedAct,
  type SignedGrant,
  type SignedManifest,
  type SignedMessage,
  type Trust,
  type VerifiedReceipt,
  type VerifiedRelease,
} from "@breakwater/seal";
import { fromBase64url, newId, toBase64url, type Json } from "@breakwater/wire";
import type { z } from "zod";
import { enrol, type Enrolling, type Person } from "./client/enrol.ts";
import { Refused, type Browser, type Target } from "./client/http.ts";
import { sealFile, type AnyPlain, type SealedFile } from "./client/sealing.ts";

export { Browser, Refused, type Sending, type Target } from "./client/http.ts";
export { randomParts, type Plain, type SealedFile } from "./client/sealing.ts";

type Out<S extends z.ZodType> = z.output<S>;
export type CaseRow = Out<typeof schemas.CaseRow>;
export type CaseView = Out<typeof schemas.CaseView>;
export type MessageRow = Out<typeof schemas.MessageRow>;
type Started = Out<typeof schemas.FileStarted>;
type ReleaseJson = Out<typeof schemas.Release>;

/** What one opening gave: verified, and the plaintext of each part. */
export interface Opened {
  readonly verified: VerifiedRelease;
  readonly plain: ReadonlyMap<Role, Uint8Array>;
}
export interface PreparedOpening {
  readonly act: SignedAct;
  readonly rpk: string;
  readonly grant: SignedGrant | null;
  readonly secretKey: Uint8Array;
  readonly manifest: Manifest;
}

const CHUNK = 8 * 1024 * 1024;

/**
 * One person at one desk, without a browser: signs proofs, acts, statements, manifests and grants, seals and opens, and
 * verifies everything that a page verifies. Each step stands alone, so that a test can break between any two.
 */
export class DeskClient {
  readonly person: Person;
  constructor(person: Person) {
    this.person = person;
  }

  static async enrol(target: Target, link: string, who: Enrolling): Promise<DeskClient> {
    return new DeskClient(await enrol(target, link, who));
  }

  get browser(): Browser {
    return this.person.browser;
  }
  get org(): string {
    return this.person.org;
  }
  get user(): string {
    return this.person.user;
  }

  act(members: Omit<Act, "v" | "actor">): Promise<SignedAct> {
    const { user, kind, dev, browser } = this.person;
    return signAct({ v: 1, at: new Date().toISOString(), ...members, actor: { id: user, kind, dev } }, browser.device);
  }

  async trust(statements?: readonly unknown[]): Promise<Trust> {
    const heap = statements ?? (await this.browser.call<Out<typeof schemas.Trust>>("GET", "trust")).statements;
    return openTrust(heap, this.person.identity.pins, Date.now());
  }

  /** A one-time link for somebody else. */
  async invite(to: {
    readonly for: InviteBody["for"];
    readonly role: InviteBody["role"];
    readonly label?: string;
    /** After a rotation: the team's newest key, which the identity does not hold. */
    readonly team?: { readonly id: string; readonly secret: Uint8Array };
  }): Promise<string> {
    const { identity, sign, browser } = this.person;
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const secrets = await inviteSecrets(secret);
    const id = newId("invite");
    const held = to.team ? [to.team.id, toBase64url(to.team.secret)] : Object.entries(identity.teams)[0];
    const [team, teamSecret] = to.for === "customer" ? [] : (held ?? []);
    const now = Date.now();
    const body: InviteBody = {
      v: 1,
      t: "invite",
      created: new Date(now).toISOString(),
      id,
      org: to.for === "customer" ? newId("org") : this.org,
      key: toBase64url(secrets.key.publicKey),
      for: to.for,
      role: to.role,
      ...(team === undefined ? {} : { team }),
      until: new Date(now + 86_400_000).toISOString(),
    };
    await browser.call("POST", "invites", {
      json: {
        statement: await signStatement(body, sign),
        tokenHash: inviteTokenHash(secrets.token),
        teamKey:
          teamSecret === undefined ? null : toBase64url(await sealInviteTeam(secrets, id, fromBase64url(teamSecret))),
        label: to.label ?? "somebody",
        act: await this.act({ t: "config.change", org: this.org, what: `invite:${id}` }),
      },
    });
    return makeInviteLink(browser.target.url, { secret, pins: identity.pins });
  }

  /** Suspends, resumes or removes somebody, or one of their browsers. */
  async setStanding(of: StandingOf, id: string, state: Standing): Promise<{ readonly told: boolean }> {
    const { sign, browser } = this.person;
    const created = new Date().toISOString();
    const body = { v: 1, t: "standing", created, org: this.org, of, id, state, why: "left" } as const;
    const statement = await signStatement(body, sign);
    const t = state === "active" ? "key.bind" : "key.revoke";
    const act = await this.act({ t, org: this.org, what: statementHash(statement) });
    return browser.call("POST", "standing", { json: { statement, act } });
  }

  async setRole(user: string, role: PersonRole): Promise<void> {
    const { sign, browser } = this.person;
    const statement = await signStatement(
      { v: 1, t: "role", created: new Date().toISOString(), org: this.org, user, role },
      sign,
    );
    const act = await this.act({ t: "config.change", org: this.org, what: `role:${statementHash(statement)}` });
    await browser.call("POST", "roles", { json: { statement, act } });
  }

  /* ---- cases ---- */

  async prepareCase(subject = "It does not work"): Promise<Out<typeof schemas.NewCase>> {
    const trust = await this.trust();
    const caseId = newId("case");
    const teams = [trust.mainTeam(this.org), trust.mainTeam(trust.desk.id)].filter((team) => team !== undefined);
    const created = new Date().toISOString();
    const { statement } = await makeCaseKey({
      org: this.org,
      case: caseId,
      epoch: 1,
      created,
      teams,
      maker: this.person.sign,
    });
    const key = { id: `${caseId}#1`, publicKey: fromBase64url(statement.body.hpke) };
    return {
      case: caseId,
      type: "problem",
      jurisdiction: "NL",
      sensitivity: "normal",
      subject: await sealText("subject", subject, { org: this.org, case: caseId }, key),
      key: { body: { ...statement.body }, sigs: [...statement.sigs] },
      act: { ...(await this.act({ t: "case.open", org: this.org, case: caseId })) },
    };
  }

  async openCase(subject?: string): Promise<CaseRow> {
    return this.browser.call("POST", "cases", { json: await this.prepareCase(subject) });
  }

  view(caseId: string): Promise<CaseView> {
    return this.browser.call("GET", "case", { params: { case: caseId } });
  }

  async take({ case: caseId, org }: CaseRow): Promise<CaseRow> {
    const act = await this.act({ t: "case.assign", org, case: caseId });
    return this.browser.call("POST", "caseAssign", { params: { case: caseId }, json: { act } });
  }

  async give({ case: caseId, org }: CaseRow, user: string): Promise<CaseRow> {
    const act = await this.act({ t: "case.assign", org, case: caseId, what: `user:${user}` });
    return this.browser.call("POST", "caseAssign", { params: { case: caseId }, json: { act, user } });
  }

  /** Oneself, or somebody else. */
  async unassign({ case: caseId, org }: CaseRow, user?: string): Promise<CaseRow> {
    const act = await this.act({
      t: "case.unassign",
      org,
      case: caseId,
      ...(user === undefined ? {} : { what: `user:${user}` }),
    });
    return this.browser.call("POST", "caseUnassign", { params: { case: caseId }, json: { act, user } });
  }

  async update(
    { case: caseId, org, version }: CaseRow,
    changes: Out<typeof schemas.CaseChanges>,
    what = whatOfChanges(changes),
  ): Promise<CaseRow> {
    const act = await this.act({ t: "case.update", org, case: caseId, what });
    return this.browser.call("PATCH", "case", { params: { case: caseId }, json: { act, changes, version } });
  }

  cases(query = ""): Promise<Out<typeof schemas.Cases>> {
    return this.browser.call("GET", "cases", { query });
  }

  /* ---- messages (docs/protocol.md section 12) ---- */

  async sealMessage(
    caseId: string,
    text: string,
    more: { readonly reply?: string; readonly files?: readonly string[] } = {},
  ): Promise<SignedMessage> {
    const { case: row, statements } = await this.view(caseId);
    const trust = await this.trust(statements);
    const place = { org: row.org, case: caseId };
    const [caseKey, releaserKey] = [trust.caseKey(place), trust.releaserKey(place)];
    if (!caseKey || !releaserKey) throw new Error("The case's keys do not chain.");
    const { user, dev, browser } = this.person;
    const message = { ...place, message: newId("message"), by: user, device: dev, created: new Date().toISOString() };
    return sealMessage({ ...message, files: [], text, ...more }, { caseKey, releaserKey }, browser.device);
  }

  async post(signed: SignedMessage, changes: Partial<Act> = {}): Promise<MessageRow> {
    const { org, case: caseId } = signed.message;
    const act = await this.act({ t: "case.message", org, case: caseId, man: messageHash(signed.message), ...changes });
    return this.browser.call("POST", "caseMessages", { params: { case: caseId }, json: { message: signed, act } });
  }

  async write(
    caseId: string,
    text: string,
    more: { readonly reply?: string; readonly files?: readonly string[] } = {},
  ) {
    return this.post(await this.sealMessage(caseId, text, more));
  }

  async messages(caseId: string, query = ""): Promise<readonly MessageRow[]> {
    const { messages } = await this.browser.call<Out<typeof schemas.Messages>>("GET", "caseMessages", {
      params: { case: caseId },
      query,
    });
    return messages;
  }

  /** One release for all of them, verified; the texts in their order. */
  async read(caseId: string, changes: Partial<Act> = {}): Promise<readonly string[]> {
    const rows = await this.messages(caseId);
    const messages = rows.map(({ message }) => readMessage(JSON.parse(JSON.stringify(message)) as Json));
    const { case: row, statements } = await this.view(caseId);
    const reader = await generateRecipient();
    const act = await this.act({
      t: "key.release",
      org: row.org,
      case: caseId,
      parts: ["messages"],
      man: messagesHash(messages),
      rpk: recipientHash(reader.publicKey),
      why: "correspond",
      ...changes,
    });
    const answer = await this.browser.call<ReleaseJson>("POST", "release", {
      json: {
        act,
        rpk: toBase64url(reader.publicKey),
        grant: null,
        messages: messages.map(({ message }) => message.message),
      },
    });
    const verified = await verifyMessagesRelease(parseRelease(JSON.stringify(answer)), {
      trust: await this.trust(statements),
      act,
      publicKey: reader.publicKey,
      messages,
    });
    const caseSecretKey = await this.caseSecretKey(caseId);
    const texts: string[] = [];
    for (const [at, share] of verified.shares.entries()) {
      const signed = messages[at];
      if (!signed) throw new Error("There are more shares than messages.");
      const released = await openShare(share, verified.leafHash, reader.secretKey);
      texts.push(await openMessage(signed.message, { caseSecretKey, released }));
    }
    return texts;
  }

  async closeCase({ case: caseId, org }: CaseRow): Promise<CaseRow> {
    const act = await this.act({ t: "case.close", org, case: caseId });
    return this.browser.call("POST", "caseClose", { params: { case: caseId }, json: { act } });
  }

  /* ---- uploading (docs/protocol.md section 7) ---- */

  async seal(caseId: string, plain: AnyPlain, fileName = "recording.har"): Promise<SealedFile> {
    const { case: row, statements } = await this.view(caseId);
    const trust = await this.trust(statements);
    const place = { org: row.org, case: caseId };
    const [caseKey, releaserKey] = [trust.caseKey(place), trust.releaserKey(place)];
    if (!caseKey || !releaserKey) throw new Error("The case's keys do not chain.");
    return sealFile(this.person, { ...place, caseKey, releaserKey }, plain, fileName);
  }

  announce({ manifest: { manifest } }: SealedFile): Promise<Started> {
    const parts = manifest.parts.map(({ part, role, ctSize }) => ({ part, role, ctSize }));
    return this.browser.call("POST", "files", { json: { case: manifest.case, file: manifest.file, parts } });
  }

  /** How much of a part the server has (tus HEAD). */
  async offset(part: string): Promise<number> {
    const answer = await this.browser.send("HEAD", path("upload", { part }), { headers: { "tus-resumable": "1.0.0" } });
    if (!answer.ok) throw new Refused(answer.status, await answer.text());
    return Number(answer.headers.get("upload-offset"));
  }

  patch(part: string, offset: number, body: Uint8Array, signal?: AbortSignal): Promise<Response> {
    const checksum = createHash("sha256").update(body).digest("base64");
    return this.browser.send("PATCH", path("upload", { part }), {
      body,
      headers: {
        "tus-resumable": "1.0.0",
        "upload-offset": String(offset),
        "content-type": "application/offset+octet-stream",
        "upload-checksum": `sha256 ${checksum}`,
      },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Sends what the server does not have yet, from where it says. */
  async sendParts({ ciphertext }: SealedFile, chunk = CHUNK): Promise<void> {
    for (const [part, bytes] of ciphertext) {
      for (let at = await this.offset(part); at < bytes.length;) {
        const answer = await this.patch(part, at, bytes.subarray(at, at + chunk));
        if (!answer.ok) throw new Refused(answer.status, await answer.text());
        at = Number(answer.headers.get("upload-offset"));
      }
    }
  }

  async finish({ manifest, man }: SealedFile): Promise<Receipt> {
    const { org, case: caseId, file, parts } = manifest.manifest;
    const act = await this.act({
      t: "file.create",
      org,
      case: caseId,
      file,
      parts: parts.map(({ role }) => role),
      man,
    });
    const receipt = await this.browser.call<Json>("POST", "fileFinish", { params: { file }, json: { manifest, act } });
    return parseReceipt(JSON.stringify(receipt));
  }

  async upload(
    caseId: string,
    plain: AnyPlain,
    fileName?: string,
  ): Promise<{ readonly file: string; readonly sealed: SealedFile; readonly receipt: Receipt }> {
    const sealed = await this.seal(caseId, plain, fileName);
    await this.announce(sealed);
    await this.sendParts(sealed);
    return { file: sealed.manifest.manifest.file, sealed, receipt: await this.finish(sealed) };
  }

  async receipt(file: string): Promise<Receipt> {
    return parseReceipt(JSON.stringify(await this.browser.call<Json>("GET", "fileReceipt", { params: { file } })));
  }

  verifyReceipt(receipt: Receipt): Promise<VerifiedReceipt> {
    return verifyReceipt(receipt, this.person.identity.pins);
  }

  /* ---- opening (docs/protocol.md section 8) ---- */

  fileView(file: string): Promise<Out<typeof schemas.FileView>> {
    return this.browser.call("GET", "file", { params: { file } });
  }

  async manifestOf(file: string): Promise<SignedManifest> {
    const { file: row } = await this.fileView(file);
    return readManifest(JSON.parse(JSON.stringify(row.manifest)) as Json);
  }

  async prepareGrant({ manifest }: SignedManifest, changes: Partial<Grant> = {}): Promise<SignedGrant> {
    const now = Date.now();
    const grant: Grant = {
      v: 1,
      type: "grant",
      id: newId("grant"),
      org: manifest.org,
      case: manifest.case,
      file: manifest.file,
      parts: ["index", "headers", "requestBodies", "responseBodies"],
      grantee: this.user,
      purpose: "diagnose",
      nbf: new Date(now).toISOString(),
      exp: new Date(now + 3_600_000).toISOString(),
      max: 10,
      at: new Date(now).toISOString(),
      ...changes,
    };
    return signGrant(grant, this.person.dev, this.browser.device);
  }

  async sendGrant(signed: SignedGrant): Promise<void> {
    const { id, org, case: caseId, file, parts, purpose } = signed.grant;
    const act = await this.act({
      t: purpose === BREAK_GLASS ? "grant.breakglass" : "grant.request",
      org,
      case: caseId,
      file,
      parts,
      grant: id,
      what: grantHash(signed.grant),
    });
    await this.browser.call("POST", "grants", { json: { grant: signed, act } });
  }

  async grant(manifest: SignedManifest, changes: Partial<Grant> = {}): Promise<SignedGrant> {
    const signed = await this.prepareGrant(manifest, changes);
    await this.sendGrant(signed);
    return signed;
  }

  /** The key pair and the signed act of one opening. */
  async prepareOpening(
    { manifest }: SignedManifest,
    parts: readonly Role[],
    grant: SignedGrant | null,
    changes: Partial<Act> = {},
  ): Promise<PreparedOpening> {
    const reader = await generateRecipient();
    const act = await this.act({
      t: "key.release",
      org: manifest.org,
      case: manifest.case,
      file: manifest.file,
      parts,
      man: manifestHash(manifest),
      rpk: recipientHash(reader.publicKey),
      why: grant?.grant.purpose ?? "own-file",
      ...(grant === null ? {} : { grant: grant.grant.id }),
      ...changes,
    });
    return { act, rpk: toBase64url(reader.publicKey), grant, secretKey: reader.secretKey, manifest };
  }

  /** The answer as it came, not verified: for tests that tamper with it. */
  async release({ act, rpk, grant }: PreparedOpening): Promise<ReleaseJson> {
    return this.browser.call("POST", "release", { json: { act, rpk, grant } });
  }

  /** Verifies an answer and opens the shares (step 7). */
  async openRelease(
    prepared: PreparedOpening,
    answer: ReleaseJson,
  ): Promise<VerifiedRelease & { readonly shareOf: ReadonlyMap<Role, Uint8Array> }> {
    const { act, rpk, manifest, secretKey } = prepared;
    const { statements } = await this.view(manifest.case);
    const trust = await this.trust(statements);
    const verified = await verifyRelease(parseRelease(JSON.stringify(answer)), {
      trust,
      act,
      publicKey: fromBase64url(rpk),
      manifest,
    });
    const shareOf = new Map<Role, Uint8Array>();
    for (const share of verified.shares) shareOf.set(share.role, await openShare(share, verified.leafHash, secretKey));
    return { ...verified, shareOf };
  }

  async caseSecretKey(caseId: string): Promise<Uint8Array> {
    const { case: row, statements } = await this.view(caseId);
    const key = (await this.trust(statements)).caseKey({ org: row.org, case: caseId });
    const { teams } = this.person.identity;
    const wrap = key?.body.wraps.find(({ to }) => teams[to] !== undefined);
    const team = wrap && teams[wrap.to];
    if (!key || !wrap || team === undefined) throw new Error("The case is not sealed to a team of this person.");
    return openCaseKey(key.body, wrap.to, fromBase64url(team));
  }

  /** The whole of an opening: release, verify, fetch, decrypt. */
  async open(signed: SignedManifest, parts: readonly Role[], grant: SignedGrant | null): Promise<Opened> {
    const prepared = await this.prepareOpening(signed, parts, grant);
    const verified = await this.openRelease(prepared, await this.release(prepared));
    const { manifest } = signed;
    const caseSecretKey = await this.caseSecretKey(manifest.case);
    const plain = new Map<Role, Uint8Array>();
    for (const [role, released] of verified.shareOf) {
      const { part } = partOf(manifest, role);
      const ciphertext = await this.browser.bytes("filePart", { params: { file: manifest.file, part } });
      plain.set(role, await decrypt(ciphertext, await partSecret(manifest, role, { caseSecretKey, released })));
    }
    return { verified, plain };
  }
}
