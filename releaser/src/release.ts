import {
  manifestHash,
  parseReleaseRequest,
  partOf,
  recipientHash,
  releaserKeyId,
  releaserShareOf,
  sealMessageShare,
  sealShare,
  signAnswer,
  unwrapShare,
  verifyActor,
  verifyManifest,
  wrapOf,
  type AnyShare,
  type MessagePlace,
  type PartPlace,
  type Person,
  type ReleaseAnswer,
  type ReleaseRequest,
  type Role,
  type SealedShare,
  type SignedManifest,
  type Trust,
} from "@breakwater/seal";
import { addSignatures, parseProof, type Leaf, type OpenedCheckpoint } from "@breakwater/ledger";
import { fromBase64url, toBase64url } from "@breakwater/wire";
import { ReleaserError } from "./error.ts";
import { checkGrant, rolesOf } from "./grant.ts";
import type { House } from "./house.ts";
import { checkConsistency, checkFresh, checkLogged, refuseAs, type LoggedLeaf } from "./logged.ts";
import { checkWriter, namesMessages } from "./messages.ts";
import { checkSettled } from "./order.ts";
import type { ReleaseRecord } from "./record.ts";
import { headRecord, type Use } from "./state.ts";

/** A leaf and its place in the log, with the request that shows them. */
interface Shown extends LoggedLeaf {
  readonly request: ReleaseRequest;
}

/** One share that the leaf names, and where it belongs. */
interface Target {
  readonly wrap: SealedShare;
  readonly place: MessagePlace | (PartPlace & { readonly role: Role });
}

/** A request that passed every check and is persisted. Only `release` below makes one, and openShare takes nothing else. */
class Admitted {
  readonly #shown: Shown;
  readonly targets: readonly Target[];
  constructor(shown: Shown) {
    this.#shown = shown;
    this.targets = targetsOf(shown);
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

function targetsOf({ request, leaf }: Shown): readonly Target[] {
  if (request.messages)
    return request.messages.map(({ message }) => ({ place: message, wrap: releaserShareOf(message) }));
  const { manifest } = manifestOf(request);
  const { org, case: caseId, file } = manifest;
  return rolesOf(leaf).map((role) => {
    const { part } = partOf(manifest, role);
    return { place: { org, case: caseId, file, part, role }, wrap: wrapOf(manifest, part, "r") };
  });
}

/** Protocol 8.5 and 8.6, step by step. Each refusal has its own code; nothing is opened before the last step. */
export async function release(body: Uint8Array, house: House): Promise<ReleaseAnswer> {
  const { state } = house;
  checkSettled(house);
  const { request, trust } = await readRequest(body, house);
  const shown = { request, ...(await checkLogged(request, trust, state)) };
  state.checkNew(idOf(shown));
  await checkLeaf(shown, trust);
  const now = house.now();
  checkFresh(shown.leaf, now);
  state.orders.checkThere(shown.leaf);
  const actor = await checkActor(shown.leaf, trust);
  const use = await checkGrant(shown, actor, trust, { now, known: (org) => state.settings(org) });
  house.policy.check(questionOf(shown, actor, trust));
  await checkStanding(shown, house);

  // From here to `apply` nothing waits: what is checked now is still so when it is counted.
  checkConsistency(request, shown.checkpoint, state);
  state.checkNew(idOf(shown));
  state.orders.checkThere(shown.leaf);
  state.checkCounts({ actor: actor.user, org: shown.leaf.org, now }, use);
  const record = recordOf(shown, actor, use, now);
  state.apply(record);
  await house.journal.append(record);

  return answer(new Admitted(shown), shown.checkpoint, house);
}

async function readRequest(body: Uint8Array, house: House): Promise<{ request: ReleaseRequest; trust: Trust }> {
  const request = await refuseAs("request.invalid", () => parseReleaseRequest(body));
  return openRequest(request, house);
}

async function openRequest(request: ReleaseRequest, house: House): Promise<{ request: ReleaseRequest; trust: Trust }> {
  const { pin } = house.state;
  if (!pin) throw new ReleaserError("pin.missing", "This releaser is not pinned to a desk yet, so it believes nobody.");
  const trust = await refuseAs("release.actor", () =>
    house.trustOf([...pin.statements, ...request.statements], pin.desk),
  );
  return { request, trust };
}

/** The leaf names exactly what is asked for, and the manifest is the one that its uploader signed. */
async function checkLeaf({ leaf, request }: Shown, trust: Trust): Promise<void> {
  const allowed =
    leaf.t === "key.release" &&
    leaf.pol?.dec === "allow" &&
    leaf.rpk === recipientHash(fromBase64url(request.rpk)) &&
    (request.messages ? namesMessages(leaf, request.messages) : namesParts(leaf, manifestOf(request)));
  if (!allowed)
    throw new ReleaserError(
      "release.leaf",
      "The log's entry does not allow what this request asks for: another type, file, parts, messages, manifest or key.",
    );
  if (request.messages) for (const message of request.messages) await checkWriter(message, trust);
  else await checkUploader(manifestOf(request), trust);
}

function namesParts(leaf: Leaf, { manifest }: SignedManifest): boolean {
  return (
    leaf.case === manifest.case &&
    leaf.file === manifest.file &&
    leaf.org === manifest.org &&
    leaf.man === manifestHash(manifest) &&
    rolesOf(leaf).length > 0 &&
    rolesOf(leaf).every((role) => manifest.parts.some((part) => part.role === role))
  );
}

async function checkUploader(signed: SignedManifest, trust: Trust): Promise<void> {
  const { manifest } = signed;
  const device = trust.device(manifest.device);
  const of = device?.person.org;
  if (device?.person.user !== manifest.uploader || (of !== manifest.org && of !== trust.desk.id)) {
    throw new ReleaserError(
      "release.manifest",
      "The manifest's uploader does not chain to the customer whose file it is, or to the desk.",
    );
  }
  await refuseAs("release.manifest", () => verifyManifest(signed, device.jwk));
}

/** Who was suspended or removed while this was checked is refused too: nothing waits between the last look and the count. */
async function checkStanding({ leaf, request }: Shown, house: House): Promise<void> {
  for (let known = -1; known !== house.state.knownStandings;) {
    known = house.state.knownStandings;
    const { trust } = await openRequest(request, house);
    const { actor } = leaf;
    if (!trust.mayAct(actor.id, actor.dev) || (request.grant && !trust.mayAct(actor.id, request.grant.dev)))
      throw new ReleaserError(
        "release.standing",
        `${actor.id} or the device is suspended or removed, and opens nothing. An administrator of their organisation can say why.`,
      );
  }
}

async function checkActor(leaf: Leaf, trust: Trust): Promise<Person> {
  return (await refuseAs("release.actor", () => verifyActor(leaf, trust))).person;
}

function questionOf({ leaf, request }: Shown, actor: Person, trust: Trust) {
  return {
    actor: {
      id: actor.user,
      org: actor.org,
      kind: actor.org === trust.desk.id ? "staff" : "customer",
      role: actor.role,
    },
    on: {
      type: request.messages ? "Case" : "File",
      id: (request.messages ? leaf.case : leaf.file) ?? "",
      org: leaf.org,
    },
    why: leaf.why ?? "",
    parts: leaf.parts ?? [],
    purpose: request.grant?.grant.purpose,
  } as const;
}

/** A leaf is released once, and so is the act in it: the same act logged twice is one opening. */
function idOf({ hash, leaf }: Shown): { readonly leaf: string; readonly act: string } {
  return { leaf: toBase64url(hash), act: leaf.asig ?? "" };
}

function recordOf(shown: Shown, actor: Person, use: Use | undefined, now: number): ReleaseRecord {
  const { leaf, checkpoint } = shown;
  return {
    t: "release",
    ...idOf(shown),
    at: now,
    actor: actor.user,
    org: leaf.org,
    ...(use ? { grant: { id: use.id, hash: use.hash } } : {}),
    head: headRecord(checkpoint.origin, checkpoint),
  };
}

async function answer(admitted: Admitted, { text }: OpenedCheckpoint, house: House): Promise<ReleaseAnswer> {
  const to = { publicKey: fromBase64url(admitted.request.rpk), leafHash: admitted.hash };
  const shares: AnyShare[] = [];
  for (const target of admitted.targets) {
    const share = await openShare(admitted, target, house);
    const { place } = target;
    shares.push(
      "message" in place ? await sealMessageShare(to, place.message, share) : await sealShare(to, place, share),
    );
    share.fill(0);
  }
  const line = await house.cosigner.cosign(text, Math.floor(house.now() / 1000));
  const checkpoint = addSignatures(parseProof(admitted.request.proof).checkpoint, line);
  return { shares, checkpoint, sig: await signAnswer(admitted.hash, shares, house.keys.sign) };
}

/** INVARIANT: the one place where the releaser's share of a key is opened (checked by share.test.ts over the whole tree). */
async function openShare(admitted: Admitted, target: Target, house: House): Promise<Uint8Array> {
  const { wrap, place } = target;
  if (!admitted.targets.includes(target) || wrap.to !== releaserKeyId(place.case, 1))
    throw new ReleaserError("key.unknown", `The share is sealed to ${wrap.to}, which is no key of this releaser.`);
  const secret = house.keys.secretOf(place.case);
  try {
    return await refuseAs("release.manifest", () => unwrapShare(wrap, place, secret));
  } finally {
    secret.fill(0);
  }
}

/** The reader of requests lets exactly one of both through. */
function manifestOf({ manifest }: ReleaseRequest): SignedManifest {
  if (!manifest) throw new ReleaserError("request.invalid", "The request is about no file and no messages.");
  return manifest;
}
