import {
  formatProof,
  inclusionProof,
  consistencyProof,
  makeSigner,
  MemoryTiles,
  signCheckpoint,
  encodeLeaf,
  type Act,
  type Leaf,
  type Signer,
} from "@breakwater/ledger";
import {
  addSignature,
  fingerprint,
  generateDeviceKey,
  generateRecipient,
  generateSigningKey,
  makeCaseKey,
  manifestHash,
  preparePart,
  publicJwk,
  recipientHash,
  sealText,
  signAct,
  signGrant,
  signManifest,
  signStatement,
  ciphertextSize,
  HAR_ROLES,
  type DeviceKey,
  type Grant,
  type Manifest,
  type OrderRequest,
  type Recipient,
  type ReleaseRequest,
  type SignedApproval,
  type SignedGrant,
  type SignedManifest,
  type SigningKey,
  type Statement,
} from "@breakwater/seal";
import { newId, toBase64url, type Json } from "@breakwater/wire";

export interface Someone {
  readonly user: string;
  readonly dev: string;
  readonly device: DeviceKey;
}
export interface World {
  readonly desk: string;
  readonly deskOrg: string;
  readonly org: string;
  readonly caseId: string;
  readonly statements: readonly Statement[];
  readonly administrator: Someone;
  /** The customer's root. */
  readonly customerRoot: SigningKey;
  readonly engineer: Someone;
  readonly other: Someone & { readonly sign: SigningKey };
  readonly customer: Someone;
  /** The desk's administrator. */
  readonly admin: SigningKey;
  readonly customerKey: SigningKey;
  readonly manifest: SignedManifest;
  /** By part, for the commitment that shows that a key is the right one. */
  readonly salts: ReadonlyMap<string, Uint8Array>;
  readonly caseSecretKey: Uint8Array;
  readonly log: TestLog;
}
export interface Releaser {
  identity(): Promise<{ readonly sign: string; readonly witness: string }>;
  pin(statements: readonly Json[], desk: string): Promise<void>;
  key(place: { readonly org: string; readonly case: string }): Promise<Statement>;
}

/** One log, signed with the desk's log key. */
export class TestLog {
  readonly tiles = new MemoryTiles();
  readonly signer: Signer;
  readonly origin: string;
  constructor(origin: string, signer: Signer) {
    this.origin = origin;
    this.signer = signer;
  }
  async checkpoint(): Promise<string> {
    const { root } = await this.tiles.append([]);
    return signCheckpoint({ origin: this.origin, size: this.tiles.size, root, extensions: [] }, [this.signer]);
  }
  async proof(index: number): Promise<string> {
    return formatProof({
      index,
      proof: await inclusionProof(index, this.tiles.size, this.tiles),
      checkpoint: await this.checkpoint(),
    });
  }
  async consistency(old: number): Promise<readonly string[]> {
    return (await consistencyProof(old, this.tiles.size, this.tiles)).map(toBase64url);
  }
}

const logHost = "desk.test";

/** A desk with two engineers, a customer, a case and a file of four parts, whose keys all chain to one root. */
export async function makeWorld(releaser: Releaser): Promise<World> {
  const identity = await releaser.identity();
  const created = new Date(Date.now() - 60_000).toISOString();
  const [root, log, customerRoot] = [
    await generateSigningKey(),
    await generateSigningKey(),
    await generateSigningKey(),
  ];
  const deskOrg = newId("org");
  const org = newId("org");
  const statements: Statement[] = [
    await signStatement(
      { v: 1, t: "org.root", created, org: deskOrg, kind: "desk", name: "Desk", key: toBase64url(root.publicKey) },
      root,
    ),
    await signStatement(
      {
        v: 1,
        t: "desk.keys",
        created,
        org: deskOrg,
        logHost,
        log: toBase64url(log.publicKey),
        releaser: identity.sign,
        witness: identity.witness,
      },
      root,
    ),
  ];
  const desk = fingerprint(root.publicKey);
  const person = async (
    of: { org: string; role: "admin" | "engineer" | "member" },
    by: SigningKey,
  ): Promise<Someone & { sign: SigningKey }> => {
    const sign = await generateSigningKey();
    const device = await generateDeviceKey();
    const user = newId("user");
    const dev = newId("device");
    const hpke = toBase64url((await generateRecipient()).publicKey);
    statements.push(
      await addSignature(
        await signStatement(
          { v: 1, t: "bundle", created, ...of, user, name: user, hpke, sign: toBase64url(sign.publicKey) },
          sign,
        ),
        by,
      ),
    );
    statements.push(await signStatement({ v: 1, t: "device", created, user, dev, jwk: await publicJwk(device) }, sign));
    return { user, dev, device, sign };
  };
  const admin = await person({ org: deskOrg, role: "admin" }, root);
  const engineer = await person({ org: deskOrg, role: "engineer" }, root);
  const other = await person({ org: deskOrg, role: "engineer" }, root);
  const invitation = await generateSigningKey();
  statements.push(
    await signStatement(
      {
        v: 1,
        t: "invite",
        created,
        id: newId("invite"),
        org,
        key: toBase64url(invitation.publicKey),
        for: "customer",
        role: "admin",
        until: new Date(Date.now() + 3_600_000).toISOString(),
      },
      admin.sign,
    ),
    await addSignature(
      await signStatement(
        {
          v: 1,
          t: "org.root",
          created,
          org,
          kind: "customer",
          name: "Customer",
          key: toBase64url(customerRoot.publicKey),
        },
        customerRoot,
      ),
      invitation,
    ),
  );
  const customer = await person({ org, role: "admin" }, customerRoot);
  const caseId = newId("case");
  const team = await generateRecipient();
  const caseKey = await makeCaseKey({
    org,
    case: caseId,
    epoch: 1,
    created,
    teams: [{ id: `${newId("team")}#1`, publicKey: team.publicKey }],
    maker: customer.sign,
  });
  statements.push(caseKey.statement);
  await releaser.pin(statements.slice(0, 2).map(asJson), desk);
  const releaserKey = await releaser.key({ org, case: caseId });
  statements.push(releaserKey);
  const { manifest, salts } = await makeManifest({
    org,
    caseId,
    customer,
    caseKey: caseKey.statement,
    releaserKey,
    created,
  });
  const signer = await makeSigner(`${logHost}/log/${org}`, log.seed);
  return {
    desk,
    deskOrg,
    org,
    caseId,
    statements,
    administrator: admin,
    customerRoot,
    engineer,
    other,
    customer,
    admin: admin.sign,
    customerKey: customer.sign,
    manifest,
    salts,
    caseSecretKey: caseKey.secretKey,
    log: new TestLog(`${logHost}/log/${org}`, signer),
  };
}

async function makeManifest(of: {
  org: string;
  caseId: string;
  customer: Someone;
  caseKey: Statement;
  releaserKey: Statement;
  created: string;
}) {
  const { org, caseId, customer, created } = of;
  const keys = { caseKey: named(of.caseKey, `${caseId}#1`), releaserKey: named(of.releaserKey, `rel_${caseId}#1`) };
  const file = newId("file");
  const place = { org, case: caseId, file };
  const parts = await Promise.all(
    HAR_ROLES.map(async (role) => {
      const part = newId("part");
      const prepared = await preparePart({ ...place, part, role }, keys);
      return {
        part,
        role,
        size: 100,
        ctSize: ciphertextSize(100),
        ctSha256: toBase64url(new Uint8Array(32)),
        commit: prepared.commit,
        wraps: prepared.wraps,
        salt: prepared.secret.salt,
      };
    }),
  );
  const manifest: Manifest = {
    v: 1,
    ...place,
    created,
    uploader: customer.user,
    device: customer.dev,
    san: { tool: "test", version: "1", rules: "none", report: {} },
    parts: parts.map(({ part, role, size, ctSize, ctSha256, commit }) => ({
      part,
      role,
      size,
      ctSize,
      ctSha256,
      commit,
    })),
    wraps: parts.flatMap(({ wraps }) => wraps),
    name: await sealText("name", "a.har", place, keys.caseKey),
  };
  return {
    manifest: await signManifest(manifest, customer.device),
    salts: new Map(parts.map(({ part, salt }) => [part, salt])),
  };
}

export interface Opening {
  readonly leaf: Leaf;
  readonly reader: Recipient;
  readonly grant?: SignedGrant;
  readonly approvals?: readonly SignedApproval[];
}

export async function makeGrant(
  world: World,
  changes: Partial<Grant> = {},
  by: Someone = world.engineer,
): Promise<SignedGrant> {
  const { org, case: caseId, file } = world.manifest.manifest;
  const now = Date.now();
  const grant: Grant = {
    v: 1,
    type: "grant",
    id: newId("grant"),
    org,
    case: caseId,
    file,
    parts: ["index", "headers"],
    grantee: by.user,
    purpose: "diagnose",
    nbf: new Date(now - 1000).toISOString(),
    exp: new Date(now + 3_600_000).toISOString(),
    max: 50,
    at: new Date(now).toISOString(),
    ...changes,
  };
  return signGrant(grant, by.dev, by.device);
}

/** A key.release leaf as the server writes it, signed by the actor's device. */
export async function makeOpening(
  world: World,
  grant: SignedGrant | undefined,
  changes: Partial<Act> = {},
  by: Someone = world.engineer,
  ts = new Date().toISOString(),
): Promise<Opening> {
  const reader = await generateRecipient();
  const { manifest } = world.manifest;
  const act: Act = {
    v: 1,
    t: "key.release",
    at: ts,
    org: manifest.org,
    case: manifest.case,
    file: manifest.file,
    parts: ["index"],
    actor: { id: by.user, kind: grant ? "staff" : "customer", dev: by.dev },
    ...(grant ? { grant: grant.grant.id } : {}),
    rpk: recipientHash(reader.publicKey),
    man: manifestHash(manifest),
    why: grant ? "diagnose" : "own-file",
    ...changes,
  };
  const leaf: Leaf = {
    ...(await signAct(act, by.device)),
    ts,
    pol: { set: `sha256:${"A".repeat(43)}`, ids: ["test"], dec: "allow" },
  };
  return { leaf, reader, ...(grant ? { grant } : {}) };
}

/** Logs an opening and gives the request for it, proven from `old`. */
export async function logOpening(
  world: World,
  { leaf, reader, grant, approvals }: Opening,
  old: number,
): Promise<ReleaseRequest> {
  const entry = encodeLeaf(leaf);
  await world.log.tiles.append([entry]);
  const index = world.log.tiles.size - 1;
  return {
    leaf: toBase64url(entry),
    proof: await world.log.proof(index),
    old,
    consistency: await world.log.consistency(old),
    manifest: world.manifest,
    rpk: toBase64url(reader.publicKey),
    statements: world.statements.map(asJson),
    ...(grant ? { grant } : {}),
    ...(approvals ? { approvals } : {}),
  };
}

/** Logs an order as the server does, and gives the request for it, proven from `old`. */
export async function logOrder(
  world: World,
  changes: Partial<Act> & Pick<Act, "t">,
  { by, kind, old }: { readonly by: Someone; readonly kind: "staff" | "customer"; readonly old: number },
): Promise<OrderRequest> {
  const ts = new Date().toISOString();
  const act: Act = {
    v: 1,
    at: ts,
    org: world.org,
    case: world.caseId,
    actor: { id: by.user, kind, dev: by.dev },
    ...changes,
  };
  const entry = encodeLeaf({ ...(await signAct(act, by.device)), ts });
  await world.log.tiles.append([entry]);
  return {
    leaf: toBase64url(entry),
    proof: await world.log.proof(world.log.tiles.size - 1),
    old,
    consistency: await world.log.consistency(old),
    statements: world.statements.map(asJson),
  };
}

function named(statement: Statement, id: string) {
  const { body } = statement;
  if (body.t !== "case.key" && body.t !== "releaser.key") throw new TypeError("Not a key of a case.");
  return { id, publicKey: new Uint8Array(Buffer.from(body.hpke, "base64url")) };
}

/** A statement is JSON, which its interface cannot say. */
export function asJson(statement: Statement): Json {
  return JSON.parse(JSON.stringify(statement)) as Json;
}
