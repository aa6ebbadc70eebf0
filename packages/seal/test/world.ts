import {
  addSignatures,
  encodeLeaf,
  formatProof,
  inclusionProof,
  leafHash,
  makeCosigner,
  makeSigner,
  MemoryTiles,
  signCheckpoint,
  type Act,
  type ActorKind,
} from "@breakwater/ledger";
import { fromBase64url, newId, toBase64url } from "@breakwater/wire";
import {
  addSignature,
  ciphertextSize,
  encrypt,
  fingerprint,
  generateDeviceKey,
  generateRecipient,
  generateSigningKey,
  keyId,
  makeCaseKey,
  preparePart,
  publicJwk,
  releaserKeyId,
  sealText,
  signAct,
  signManifest,
  signStatement,
  type DeviceKey,
  type InviteBody,
  type Manifest,
  type PersonRole,
  type Recipient,
  type Role,
  type SignedAct,
  type SignedManifest,
  type SigningKey,
  type Statement,
} from "../src/index.ts";

export const AT = "2026-01-02T03:04:05.678Z";
export const UNTIL = "2026-01-09T03:04:05.678Z";
export const NOW = Date.parse("2026-01-03T00:00:00.000Z");
const LOG_HOST = "desk.example";

export interface TestPerson {
  readonly user: string;
  readonly org: string;
  readonly sign: SigningKey;
  readonly hpke: Recipient;
  readonly dev: string;
  readonly device: DeviceKey;
  /** bundle and device. */
  readonly bundle: Statement;
  readonly statements: readonly Statement[];
}
export interface TestOrg {
  readonly id: string;
  readonly root: SigningKey;
  readonly statement: Statement;
  readonly admin: TestPerson;
}

export async function makeRoot(id: string, kind: "desk" | "customer", root: SigningKey): Promise<Statement> {
  return signStatement(
    { v: 1, t: "org.root", created: AT, org: id, kind, name: `Org ${kind}`, key: toBase64url(root.publicKey) },
    root,
  );
}

/** A person endorsed by `by` (a root's or an invitation's key). */
export async function makePerson(
  org: string,
  role: PersonRole,
  by: SigningKey | undefined,
  options: { readonly user?: string; readonly created?: string; readonly vendor?: string } = {},
): Promise<TestPerson> {
  const user = options.user ?? newId("user");
  const sign = await generateSigningKey();
  const hpke = await generateRecipient();
  const device = await generateDeviceKey();
  const dev = newId("device");
  const own = await signStatement(
    {
      v: 1,
      t: "bundle",
      created: options.created ?? AT,
      org,
      user,
      role,
      name: "Person",
      ...(options.vendor === undefined ? {} : { vendor: options.vendor }),
      hpke: toBase64url(hpke.publicKey),
      sign: toBase64url(sign.publicKey),
    },
    sign,
  );
  const bundle = by ? await addSignature(own, by) : own;
  const deviceStatement = await signStatement(
    { v: 1, t: "device", created: AT, user, dev, jwk: await publicJwk(device) },
    sign,
  );
  return { user, org, sign, hpke, dev, device, bundle, statements: [bundle, deviceStatement] };
}

export async function makeInvite(
  by: SigningKey,
  input: Pick<InviteBody, "org" | "for" | "role"> & Partial<Pick<InviteBody, "until" | "created" | "vendor">>,
): Promise<{ readonly key: SigningKey; readonly statement: Statement }> {
  const key = await generateSigningKey();
  const statement = await signStatement(
    {
      v: 1,
      t: "invite",
      created: input.created ?? AT,
      id: newId("invite"),
      org: input.org,
      key: toBase64url(key.publicKey),
      for: input.for,
      role: input.role,
      ...(input.vendor === undefined ? {} : { vendor: input.vendor }),
      until: input.until ?? UNTIL,
    },
    by,
  );
  return { key, statement };
}

export async function makeCustomer(deskAdmin: SigningKey): Promise<TestOrg & { readonly invite: Statement }> {
  const id = newId("org");
  const invite = await makeInvite(deskAdmin, { org: id, for: "customer", role: "admin" });
  const root = await generateSigningKey();
  const statement = await addSignature(await makeRoot(id, "customer", root), invite.key);
  const admin = await makePerson(id, "admin", root);
  return { id, root, statement, admin, invite: invite.statement };
}

export async function makeTeam(
  org: string,
  by: SigningKey,
  epoch = 1,
  team = newId("team"),
): Promise<{ readonly id: string; readonly key: Recipient; readonly statement: Statement }> {
  const key = await generateRecipient();
  const statement = await signStatement(
    { v: 1, t: "team", created: AT, org, team, name: "Team", epoch, hpke: toBase64url(key.publicKey) },
    by,
  );
  return { id: keyId(team, epoch), key, statement };
}

/** A desk with an engineer, a customer with a member, a case with its keys: everything that chains, and its secrets. */
export async function makeWorld() {
  const deskId = newId("org");
  const root = await generateSigningKey();
  const rootStatement = await makeRoot(deskId, "desk", root);
  const log = await generateSigningKey();
  const releaser = await generateSigningKey();
  const witness = await makeCosigner("releaser.example", releaser.seed);
  const deskKeys = await signStatement(
    {
      v: 1,
      t: "desk.keys",
      created: AT,
      org: deskId,
      logHost: LOG_HOST,
      log: toBase64url(log.publicKey),
      releaser: toBase64url(releaser.publicKey),
      witness: witness.vkey,
    },
    root,
  );
  const admin = await makePerson(deskId, "admin", root);
  const engineerInvite = await makeInvite(admin.sign, { org: deskId, for: "staff", role: "engineer" });
  const engineer = await makePerson(deskId, "engineer", engineerInvite.key);
  const deskTeam = await makeTeam(deskId, admin.sign);

  const customer = await makeCustomer(admin.sign);
  const memberInvite = await makeInvite(customer.admin.sign, { org: customer.id, for: "member", role: "member" });
  const member = await makePerson(customer.id, "member", memberInvite.key);
  const customerTeam = await makeTeam(customer.id, customer.root);

  const place = { org: customer.id, case: newId("case") };
  const caseKey = await makeCaseKey({
    ...place,
    epoch: 1,
    created: AT,
    teams: [deskTeam, customerTeam].map((team) => ({ id: team.id, publicKey: team.key.publicKey })),
    maker: member.sign,
  });
  const releaserCase = await generateRecipient();
  const releaserKey = await signStatement(
    { v: 1, t: "releaser.key", created: AT, ...place, epoch: 1, hpke: toBase64url(releaserCase.publicKey) },
    releaser,
  );
  const statements: Statement[] = [
    // In an order that no chain follows, since a heap has none.
    caseKey.statement,
    releaserKey,
    ...member.statements,
    memberInvite.statement,
    customerTeam.statement,
    ...customer.admin.statements,
    customer.statement,
    customer.invite,
    deskTeam.statement,
    ...engineer.statements,
    engineerInvite.statement,
    ...admin.statements,
    deskKeys,
    rootStatement,
  ];
  return {
    desk: { id: deskId, root, statement: rootStatement, admin } satisfies TestOrg,
    deskKeys,
    engineer,
    deskTeam,
    customer,
    member,
    customerTeam,
    place,
    caseKey,
    releaserKey,
    releaserCase,
    log,
    releaser,
    witness,
    pins: [fingerprint(root.publicKey)],
    statements,
  };
}
export type World = Awaited<ReturnType<typeof makeWorld>>;

/** A file of the world's customer, sealed by its member. */
export async function sealFile(
  world: World,
  contents: Partial<Record<Role, Uint8Array>>,
): Promise<{ readonly signed: SignedManifest; readonly blobs: ReadonlyMap<Role, Uint8Array> }> {
  const file = newId("file");
  const keys = {
    caseKey: { id: keyId(world.place.case, 1), publicKey: fromBase64url(world.caseKey.statement.body.hpke) },
    releaserKey: { id: releaserKeyId(world.place.case, 1), publicKey: world.releaserCase.publicKey },
  };
  const parts: Manifest["parts"][number][] = [];
  const wraps: Manifest["wraps"][number][] = [];
  const blobs = new Map<Role, Uint8Array>();
  for (const [role, plaintext] of Object.entries(contents) as [Role, Uint8Array][]) {
    const part = newId("part");
    const prepared = await preparePart({ ...world.place, file, part, role }, keys);
    const blob = await encrypt(plaintext, prepared.secret);
    const ctSha256 = toBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", blob)));
    parts.push({
      part,
      role,
      size: plaintext.length,
      ctSize: ciphertextSize(plaintext.length),
      ctSha256,
      commit: prepared.commit,
    });
    wraps.push(...prepared.wraps);
    blobs.set(role, blob);
  }
  const manifest: Manifest = {
    v: 1,
    ...world.place,
    file,
    created: AT,
    uploader: world.member.user,
    device: world.member.dev,
    san: { tool: "breakwater-har", version: "0.1.0", rules: "sha256:0", report: { cookie: 3 } },
    parts,
    wraps,
    name: await sealText("name", "trace.har", { ...world.place, file }, keys.caseKey),
  };
  return { signed: await signManifest(manifest, world.member.device), blobs };
}

export async function act(
  person: TestPerson,
  kind: ActorKind,
  rest: Omit<Act, "v" | "at" | "actor" | "org">,
  org: string,
): Promise<SignedAct> {
  return signAct({ v: 1, at: AT, org, actor: { id: person.user, kind, dev: person.dev }, ...rest }, person.device);
}

/** The server's part: completes the act to a leaf, logs it after some others, signs, and has the witness cosign. */
export async function logAct(
  world: World,
  signed: SignedAct,
  options: { readonly witness?: boolean; readonly log?: SigningKey } = {},
): Promise<{ readonly leaf: string; readonly entry: Uint8Array; readonly hash: Uint8Array; readonly proof: string }> {
  const pol = { set: `sha256:${"A".repeat(43)}`, ids: ["release"], dec: "allow" as const };
  const entry = encodeLeaf({ ...signed, ts: AT, pol });
  const hash = leafHash(entry);
  const tiles = new MemoryTiles();
  const others = Array.from({ length: 5 }, (_, i) => new Uint8Array([i]));
  const { size, root } = await tiles.append([...others, entry]);
  const origin = `${LOG_HOST}/log/${signed.org}`;
  const signer = await makeSigner(origin, (options.log ?? world.log).seed);
  const checkpoint = { origin, size, root, extensions: [] };
  let note = await signCheckpoint(checkpoint, [signer]);
  if (options.witness !== false)
    note = addSignatures(note, await world.witness.cosign(note.slice(0, note.indexOf("\n\n") + 1), NOW / 1000));
  const proof = formatProof({ index: 5, proof: await inclusionProof(5, size, tiles), checkpoint: note });
  return { leaf: toBase64url(entry), entry, hash, proof };
}
