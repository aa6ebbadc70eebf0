import {
  ROLES,
  grantHash,
  manifestHash,
  parseReleaseRequest,
  partOf,
  recipientHash,
  releaserKeyId,
  sealShare,
  signAnswer,
  unwrapShare,
  verifyActor,
  verifyGrant,
  verifyManifest,
  wrapOf,
  type Person,
  type ReleaseAnswer,
  type ReleaseRequest,
  type ReleasedShare,
  type Role,
  type Trust,
} from "@breakwater/seal";
import { addSignatures, parseProof, type Leaf, type OpenedCheckpoint } from "@breakwater/ledger";
import { fromBase64url, toBase64url } from "@breakwater/wire";
import { ReleaserError } from "./error.ts";
import type { House } from "./house.ts";
import { checkConsistency, checkFresh, checkLogged, refuseAs, type LoggedLeaf } from "./logged.ts";
import type { ReleaseRecord } from "./record.ts";
import { headRecord, type Use } from "./state.ts";

/** A leaf and its place in the log, with the request that shows them. */
interface Shown extends LoggedLeaf {
  readonly request: ReleaseRequest;
}

/** A request that passed every check and is persisted. Only `release` below makes one, and openShare takes nothing else. */
class Admitted {
  readonly #shown: Shown;
  constructor(shown: Shown) {
    this.#shown = shown;
  }
  get request(): ReleaseRequest {
    return this.#shown.request;
  }
  get leaf(): Leaf {
    return this.#shown.leaf;
  }
  get hash(): Uint8Array {
    return this.#shown.hash;
  }
}

/** Protocol 8.5 and 8.6, step by step. Each refusal has its own code; nothing is opened before the last step. */
export async function release(body: Uint8Array, house: House): Promise<ReleaseAnswer> {
  const { state } = house;
  const { request, trust } = await readRequest(body, house);
  const shown = { request, ...(await checkLogged(request, trust, state)) };
  state.checkNew(toBase64url(shown.hash));
  await checkLeaf(shown, trust);
  const now = house.now();
  checkFresh(shown.leaf, now);
  const actor = await checkActor(shown.leaf, trust);
  const use = await checkGrant(shown, actor, trust, now);
  house.policy.check(questionOf(shown, actor, trust));

  // From here to `apply` nothing waits: what is checked now is still so when it is counted.
  checkConsistency(request, shown.checkpoint, state);
  state.checkNew(toBase64url(shown.hash));
  state.checkCounts({ actor: actor.user, org: shown.leaf.org, now }, use);
  const record = recordOf(shown, actor, use, now);
  state.apply(record);
  await house.journal.append(record);

  return answer(new Admitted(shown), shown.checkpoint, house);
}

async function readRequest(body: Uint8Array, house: House): Promise<{ request: ReleaseRequest; trust: Trust }> {
  const { pin } = house.state;
  if (!pin) throw new ReleaserError("pin.missing", "This releaser is not pinned to a desk yet, so it believes nobody.");
  const request = await refuseAs("request.invalid", () => parseReleaseRequest(body));
  const trust = await refuseAs("release.actor", () =>
    house.trustOf([...pin.statements, ...request.statements], pin.desk),
  );
  return { request, trust };
}

/** The leaf names exactly what is asked for, and the manifest is the one that its uploader signed. */
async function checkLeaf({ leaf, request }: Shown, trust: Trust): Promise<void> {
  const { manifest } = request.manifest;
  const matches =
    leaf.t === "key.release" &&
    leaf.pol?.dec === "allow" &&
    leaf.case === manifest.case &&
    leaf.file === manifest.file &&
    leaf.org === manifest.org &&
    leaf.man === manifestHash(manifest) &&
    leaf.rpk === recipientHash(fromBase64url(request.rpk)) &&
    rolesOf(leaf).length > 0 &&
    rolesOf(leaf).every((role) => manifest.parts.some((part) => part.role === role));
  if (!matches)
    throw new ReleaserError(
      "release.leaf",
      "The log's entry does not allow what this request asks for: another type, file, parts, manifest or key.",
    );
  const device = trust.device(manifest.device);
  if (device?.person.user !== manifest.uploader || device.person.org !== manifest.org) {
    throw new ReleaserError(
      "release.manifest",
      "The manifest's uploader does not chain to the customer whose file it is.",
    );
  }
  await refuseAs("release.manifest", () => verifyManifest(request.manifest, device.jwk));
}

async function checkActor(leaf: Leaf, trust: Trust): Promise<Person> {
  return (await refuseAs("release.actor", () => verifyActor(leaf, trust))).person;
}

/** Staff need a grant that they signed for; a customer's own people need none, and then may not name one. */
async function checkGrant(
  { leaf, request }: Shown,
  actor: Person,
  trust: Trust,
  now: number,
): Promise<Use | undefined> {
  const signed = request.grant;
  if (actor.org !== trust.desk.id) {
    if (signed || leaf.grant !== undefined)
      throw new ReleaserError("release.grant", "A customer's own people open their files without a grant.");
    return undefined;
  }
  if (!signed) throw new ReleaserError("release.grant", "Staff need a grant to open a file. Request one first.");
  const { grant } = signed;
  const fits =
    grant.id === leaf.grant &&
    grant.org === leaf.org &&
    grant.case === leaf.case &&
    grant.file === leaf.file &&
    grant.grantee === actor.user &&
    rolesOf(leaf).every((role) => grant.parts.includes(role));
  if (!fits)
    throw new ReleaserError(
      "release.grant",
      `The grant ${grant.id} is for another file, other parts or another person.`,
    );
  const device = trust.device(signed.dev);
  if (device?.person.user !== grant.grantee)
    throw new ReleaserError("release.grant", `The grant ${grant.id} is signed by a device that is not its grantee's.`);
  await refuseAs("release.grant", () => verifyGrant(signed, device.jwk));
  if (now < Date.parse(grant.nbf) || now >= Date.parse(grant.exp)) {
    throw new ReleaserError(
      "release.grantExpired",
      `The grant ${grant.id} is valid from ${grant.nbf} to ${grant.exp} only. Request a new one.`,
    );
  }
  return { id: grant.id, hash: grantHash(grant), max: grant.max };
}

function questionOf({ leaf, request }: Shown, actor: Person, trust: Trust) {
  return {
    actor: {
      id: actor.user,
      org: actor.org,
      kind: actor.org === trust.desk.id ? "staff" : "customer",
      role: actor.role,
    },
    file: { id: request.manifest.manifest.file, org: leaf.org },
    why: leaf.why ?? "",
    parts: rolesOf(leaf),
    purpose: request.grant?.grant.purpose,
  } as const;
}

function recordOf({ leaf, hash, checkpoint }: Shown, actor: Person, use: Use | undefined, now: number): ReleaseRecord {
  return {
    t: "release",
    leaf: toBase64url(hash),
    at: now,
    actor: actor.user,
    org: leaf.org,
    ...(use ? { grant: { id: use.id, hash: use.hash } } : {}),
    head: headRecord(checkpoint.origin, checkpoint),
  };
}

async function answer(admitted: Admitted, { text }: OpenedCheckpoint, house: House): Promise<ReleaseAnswer> {
  const to = { publicKey: fromBase64url(admitted.request.rpk), leafHash: admitted.hash };
  const shares: ReleasedShare[] = [];
  for (const role of rolesOf(admitted.leaf)) {
    const share = await openShare(admitted, role, house);
    shares.push(await sealShare(to, partOf(admitted.request.manifest.manifest, role), share));
    share.fill(0);
  }
  const line = await house.cosigner.cosign(text, Math.floor(house.now() / 1000));
  const checkpoint = addSignatures(parseProof(admitted.request.proof).checkpoint, line);
  return { shares, checkpoint, sig: await signAnswer(admitted.hash, shares, house.keys.sign) };
}

/** INVARIANT: the one place where the releaser's share of a key is opened (checked by share.test.ts over the whole tree). */
async function openShare(admitted: Admitted, role: Role, house: House): Promise<Uint8Array> {
  const { manifest } = admitted.request.manifest;
  const wrap = wrapOf(manifest, partOf(manifest, role).part, "r");
  if (wrap.to !== releaserKeyId(manifest.case, 1))
    throw new ReleaserError("key.unknown", `The share is sealed to ${wrap.to}, which is no key of this releaser.`);
  const secret = house.keys.secretOf(manifest.case);
  try {
    return await refuseAs("release.manifest", () => unwrapShare(wrap, manifest, secret));
  } finally {
    secret.fill(0);
  }
}

function rolesOf(leaf: Leaf): readonly Role[] {
  const roles: readonly string[] = ROLES;
  const parts = leaf.parts ?? [];
  return parts.every((part): part is Role => roles.includes(part)) ? parts : [];
}
