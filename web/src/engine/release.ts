import {
  BREAK_GLASS,
  decryptStream,
  generateRecipient,
  grantHash,
  isUnlooked,
  manifestHash,
  openShare,
  openText,
  partOf,
  partSecret,
  readGrant,
  readManifest,
  parseRelease,
  recipientHash,
  sealText,
  signGrant,
  verifyManifest,
  verifyRelease,
  type CasePlace,
  type Grant,
  type Manifest,
  type MessageSecret,
  type Recipient,
  type Role,
  type SignedAct,
  type Trust,
} from "@breakwater/seal";
import { newId, toBase64url } from "@breakwater/wire";
import { makeAct } from "./acts.ts";
import type {
  DecryptPart,
  GrantInput,
  NewGrantBody,
  OpenedRelease,
  PartCheck,
  PreparedRelease,
  PrepareRelease,
  ReleaseJson,
  StatementJson,
} from "./api.ts";
import type { ProofStep } from "./api-access.ts";
import { caseSecretKey } from "./cases.ts";
import { device } from "./device.ts";
import { checkOpened, factsOf } from "./check.ts";
import { EngineError } from "./error.ts";
import { asJson } from "./json.ts";
import type { CallContext } from "./rpc.ts";
import { readDocument, type SanitiserDocument } from "./sandoc.ts";
import type { Session } from "./session.ts";
import { trustOf } from "./trusted.ts";

/** One opening: its own key pair, its own leaf, and the parts that came of it. */
interface Opening {
  readonly recipient: Recipient;
  readonly act: SignedAct;
  readonly manifest: Manifest;
  readonly secrets: Map<Role, MessageSecret>;
  /** What the uploader's sanitiser says, once the case's key has opened it. */
  document: SanitiserDocument | undefined;
}

const openings = new Map<string, Opening>();

/** Staff open a file under a grant that they ask for themselves, within the limits of the policy (docs/protocol.md 8). */
export async function makeGrant(session: Session, input: GrantInput): Promise<NewGrantBody> {
  const who = session.who();
  const now = Date.now();
  const grant: Grant = {
    v: 1,
    type: "grant",
    id: newId("grant"),
    org: input.org,
    case: input.case,
    file: input.file,
    parts: input.parts,
    grantee: who.user,
    purpose: input.purpose,
    nbf: new Date(now).toISOString(),
    exp: new Date(now + input.minutes * 60_000).toISOString(),
    max: input.uses,
    at: new Date(now).toISOString(),
  };
  const { dev, key } = await device();
  const signed = await signGrant(grant, dev, key);
  const { org, case: caseId, file } = grant;
  const place = { org, case: caseId, file };
  const text = input.text.trim();
  const x =
    text === ""
      ? undefined
      : await sealText("why", text, place, namedCaseKey(await trustOf(session, input.statements), place));
  const act = await makeAct(who, {
    t: grant.purpose === BREAK_GLASS ? "grant.breakglass" : "grant.request",
    ...place,
    why: grant.purpose,
    ...(x === undefined ? {} : { x }),
    parts: grant.parts,
    grant: grant.id,
    what: grantHash(grant),
  });
  return { grant: { ...signed }, act };
}

export async function prepareRelease(session: Session, input: PrepareRelease): Promise<PreparedRelease> {
  session.keys();
  const trust = await trustOf(session, input.statements);
  const signed = readManifest(asJson(input.manifest));
  const { manifest } = signed;
  const uploader = trust.device(manifest.device);
  const of = uploader?.person.org;
  if (uploader?.person.user !== manifest.uploader || (of !== manifest.org && of !== trust.desk.id))
    throw new EngineError(
      "engine.noKey",
      "The file is not signed by a device that you can trust, so it is not opened.",
    );
  await verifyManifest(signed, uploader.jwk);
  const place = { org: manifest.org, case: manifest.case, file: manifest.file };
  const recipient = await generateRecipient();
  const grant = input.grant === undefined ? undefined : readGrant(asJson(input.grant)).grant.id;
  const x =
    input.text.trim() === ""
      ? undefined
      : await sealText("why", input.text.trim(), place, namedCaseKey(trust, manifest));
  const act = await makeAct(session.who(), {
    t: "key.release",
    ...place,
    parts: input.parts,
    man: manifestHash(manifest),
    ...(grant === undefined ? {} : { grant }),
    rpk: recipientHash(recipient.publicKey),
    why: input.why,
    ...(x === undefined ? {} : { x }),
  });
  const handle = crypto.randomUUID();
  // makeAct returns what signAct made, as the plain JSON that goes to the server.
  openings.set(handle, {
    recipient,
    act: act as unknown as SignedAct,
    manifest,
    secrets: new Map(),
    document: undefined,
  });
  return { handle, act, rpk: toBase64url(recipient.publicKey) };
}

function namedCaseKey(trust: Trust, place: CasePlace) {
  const key = trust.caseKey(place);
  if (!key)
    throw new EngineError(
      "engine.noKey",
      "The case's key is not signed by anybody you can trust, so the reason cannot be sealed.",
    );
  return key;
}

/** Protocol 8, step 7: nothing is unwrapped before every proof holds. */
export async function openRelease(
  session: Session,
  input: { readonly handle: string; readonly release: ReleaseJson; readonly statements: readonly StatementJson[] },
): Promise<OpenedRelease> {
  const opening = find(input.handle);
  const { manifest, act, recipient } = opening;
  const trust = await trustOf(session, input.statements);
  const release = parseRelease(JSON.stringify(input.release));
  const verified = await verifyRelease(release, { trust, act, publicKey: recipient.publicKey, manifest });
  const epoch = Number(manifest.name.to.slice(manifest.name.to.indexOf("#") + 1));
  const caseKey = trust.caseKey(manifest, epoch);
  if (!caseKey) throw new EngineError("engine.noKey", "The case's key is not signed by anybody you can trust.");
  const caseSecret = await caseSecretKey(session, caseKey.body, (next) => trust.caseKey(manifest, next)?.body);
  for (const share of verified.shares) {
    const released = await openShare(share, verified.leafHash, recipient.secretKey);
    opening.secrets.set(share.role, await partSecret(manifest, share.role, { caseSecretKey: caseSecret, released }));
    released.fill(0);
  }
  recipient.secretKey.fill(0);
  opening.document = await openDocument(manifest, caseSecret);
  const steps: ProofStep[] = [
    { step: "leaf", detail: { index: verified.index } },
    { step: "log", detail: { origin: verified.origin, size: verified.size } },
    { step: "witness", detail: { time: verified.cosigned } },
    { step: "inclusion", detail: { index: verified.index, size: verified.size } },
    { step: "releaser", detail: { parts: verified.shares.length } },
    { step: "manifest", detail: { parts: manifest.parts.length } },
  ];
  return {
    leafIndex: verified.index,
    treeSize: verified.size,
    origin: verified.origin,
    cosigned: verified.cosigned,
    reader: trust.person(verified.leaf.actor.id)?.name ?? verified.leaf.actor.id,
    at: verified.leaf.ts,
    steps,
    sanitised: opening.document && factsOf(opening.document),
  };
}

/** Plaintext goes through the port to the sandboxed viewer; the page that holds neither end never sees it. */
export async function decryptPart(
  { handle, role, ciphertext, port }: DecryptPart,
  { signal, progress }: CallContext,
): Promise<{ readonly bytes: number }> {
  const secret = find(handle).secrets.get(role);
  if (!secret) throw new EngineError("engine.unknownHandle", `The part "${role}" was not released.`);
  let bytes = 0;
  let read = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of ciphertext.stream()) {
      read += chunk.length;
      progress({ done: read, total: ciphertext.size });
      yield chunk;
    }
  };
  try {
    for await (const chunk of decryptStream(counted(), secret)) {
      signal.throwIfAborted();
      bytes += chunk.length;
      const copy = chunk.slice();
      port.postMessage({ kind: "bytes", bytes: copy }, [copy.buffer]);
    }
    port.postMessage({ kind: "end" });
  } catch (error) {
    // The viewer must not take a beginning for the whole.
    port.postMessage({ kind: "broken" });
    throw error;
  } finally {
    port.close();
  }
  return { bytes };
}

/** Plaintext is decrypted a second time instead of being kept, so that a part of any size is checked in the same memory. */
export async function checkPart(
  { handle, role, ciphertext }: { readonly handle: string; readonly role: Role; readonly ciphertext: Blob },
  context: CallContext,
): Promise<PartCheck> {
  const { secrets, document } = find(handle);
  const secret = secrets.get(role);
  if (!secret) throw new EngineError("engine.unknownHandle", `The part "${role}" was not released.`);
  return checkOpened({ role, ciphertext, secret, document }, context);
}

/** Sealed to the same key as the file's name. A file of another program has none. */
async function openDocument(manifest: Manifest, caseSecret: Uint8Array): Promise<SanitiserDocument | undefined> {
  const doc = isUnlooked(manifest.san) ? undefined : manifest.san.doc;
  if (doc === undefined) return undefined;
  const place = { org: manifest.org, case: manifest.case, file: manifest.file };
  try {
    return readDocument(await openText("san", doc, place, caseSecret));
  } catch {
    // The reader is told that nothing is known of the sanitising; the file itself is not less readable for it.
    return undefined;
  }
}

export function dropRelease(handle: string): void {
  const opening = openings.get(handle);
  for (const secret of opening?.secrets.values() ?? []) secret.key.fill(0);
  openings.delete(handle);
}

/** Locking drops what was unlocked with the keys. */
export function dropAllReleases(): void {
  for (const handle of openings.keys()) dropRelease(handle);
}

/** What one opening released: for an export, which locks it before it leaves the engine. */
export function releasedKeys(handle: string): readonly { readonly part: string; readonly key: Uint8Array }[] {
  const { manifest, secrets } = find(handle);
  return [...secrets].map(([role, { key }]) => ({ part: partOf(manifest, role).part, key }));
}

function find(handle: string): Opening {
  const opening = openings.get(handle);
  if (!opening) throw new EngineError("engine.unknownHandle", "This opening has ended. Open the file again.");
  return opening;
}
