import { formatVkey, makeVkey, NOTE_ED25519 } from "@breakwater/ledger";
import { fromBase64url } from "@breakwater/wire";
import { SealError } from "./error.ts";
import { readHeap, unambiguous, type Heap } from "./heap.ts";
import type { PublicJwk } from "./jwk.ts";
import { byAdministrator, chainPeople, pinnedRoot, type Org, type People, type Person } from "./people.ts";
import { keyId, releaserKeyId } from "./place.ts";
import type { CaseKeyBody, DeskKeysBody } from "./statement.ts";
import type { NamedKey } from "./wrap.ts";

export interface TrustedDevice {
  readonly dev: string;
  readonly jwk: PublicJwk;
  readonly person: Person;
}
export interface TrustedTeam extends NamedKey {
  readonly org: string;
  readonly team: string;
  readonly name: string;
  readonly epoch: number;
}
export interface TrustedCaseKey extends NamedKey {
  readonly epoch: number;
  /** For openCaseKey. */
  readonly body: CaseKeyBody;
  /** Who made it. */
  readonly maker: Person;
}
export interface TrustedReleaserKey extends NamedKey {
  readonly epoch: number;
}
export interface CasePlace {
  readonly org: string;
  readonly case: string;
}

/** What a heap of statements proves from the pinned roots, and nothing else. Lookups give undefined for what does not chain. */
export interface Trust {
  readonly desk: Org;
  readonly orgs: readonly Org[];
  org(id: string): Org | undefined;
  /** Base64url Ed25519 keys and the vkey texts, once the desk's root has signed its keys. */
  readonly logKey: string | undefined;
  readonly releaser: string | undefined;
  readonly witness: string | undefined;
  readonly logHost: string | undefined;
  /** The origin of an organisation's log, or of the global one. */
  origin(log: string): string | undefined;
  /** The C2SP vkey of an origin; undefined when the origin is not one of this desk's logs. */
  logVerifier(origin: string): string | undefined;
  person(user: string): Person | undefined;
  people(org: string): readonly Person[];
  device(dev: string): TrustedDevice | undefined;
  /** `id` is "<team>#<epoch>". */
  team(org: string, id: string): TrustedTeam | undefined;
  /** The newest epoch of each team. */
  teams(org: string): readonly TrustedTeam[];
  /** The newest epoch unless one is named. */
  caseKey(place: CasePlace, epoch?: number): TrustedCaseKey | undefined;
  releaserKey(place: CasePlace, epoch?: number): TrustedReleaserKey | undefined;
}

/**
 * Protocol 2.2. `pins` are root fingerprints: the desk's first, then one's own organisation's. `now` is in
 * milliseconds. Throws trust.desk when the heap lacks the pinned desk's root; whatever else is wrong is ignored.
 */
export async function openTrust(statements: readonly unknown[], pins: readonly string[], now: number): Promise<Trust> {
  const [deskPin, ...customerPins] = pins;
  const heap = await readHeap(statements, now);
  const desk = deskPin === undefined ? undefined : pinnedRoot(heap, deskPin, "desk");
  if (!desk)
    throw new SealError(
      "trust.desk",
      "The support desk's pinned root is not among the statements. Do not go on: ask the desk for its 12 words.",
    );
  const customers = customerPins.map((pin) => pinnedRoot(heap, pin, "customer")).filter((org) => org !== undefined);
  const people = chainPeople(heap, desk, customers);
  return view(people, chainKeys(heap, people));
}

interface Keys {
  readonly desk: DeskKeysBody | undefined;
  readonly devices: Map<string, TrustedDevice>;
  readonly teams: readonly TrustedTeam[];
  readonly caseKeys: readonly (TrustedCaseKey & CasePlace)[];
  readonly releaserKeys: readonly (TrustedReleaserKey & CasePlace)[];
}

function chainKeys(heap: Heap, people: People): Keys {
  const desk = deskKeys(heap, people.desk);
  return {
    desk,
    devices: devices(heap, people),
    teams: teams(heap, people),
    caseKeys: caseKeys(heap, people),
    releaserKeys: desk ? releaserKeys(heap, people, desk.releaser) : [],
  };
}

/** The newest keys that the desk's root signed. */
function deskKeys(heap: Heap, desk: Org): DeskKeysBody | undefined {
  const own = heap["desk.keys"].filter(({ body, signers }) => body.org === desk.id && signers.has(desk.key));
  const clear = [...unambiguous(own, ({ body }) => body.created).values()].map(({ body }) => body);
  return clear.reduce<DeskKeysBody | undefined>(
    (newest, body) => (newest && newest.created > body.created ? newest : body),
    undefined,
  );
}

function devices(heap: Heap, people: People): Map<string, TrustedDevice> {
  const own = heap.device.filter(({ body, signers }) => {
    const person = people.persons.get(body.user);
    return person !== undefined && signers.has(person.sign);
  });
  const found = new Map<string, TrustedDevice>();
  for (const [dev, { body }] of unambiguous(own, ({ body }) => body.dev)) {
    const person = people.persons.get(body.user);
    if (person) found.set(dev, { dev, jwk: body.jwk, person });
  }
  return found;
}

function teams(heap: Heap, people: People): TrustedTeam[] {
  const signed = heap.team.filter(({ body, signers }) => {
    const org = people.orgs.get(body.org);
    return org !== undefined && byAdministrator(signers, org, people);
  });
  return [...unambiguous(signed, ({ body }) => `${body.org} ${keyId(body.team, body.epoch)}`).values()].map(
    ({ body }) => ({
      id: keyId(body.team, body.epoch),
      publicKey: fromBase64url(body.hpke),
      org: body.org,
      team: body.team,
      name: body.name,
      epoch: body.epoch,
    }),
  );
}

/** By a person of the customer whose case it is, or of the desk. */
function caseKeys(heap: Heap, people: People): (TrustedCaseKey & CasePlace)[] {
  const bySign = new Map([...people.persons.values()].map((person) => [person.sign, person]));
  const makerOf = (org: string, signers: ReadonlySet<string>): Person | undefined =>
    [...signers]
      .map((key) => bySign.get(key))
      .find((person) => person !== undefined && (person.org === org || person.org === people.desk.id));
  const signed = heap["case.key"].filter(
    ({ body, signers }) => people.orgs.has(body.org) && makerOf(body.org, signers) !== undefined,
  );
  const found: (TrustedCaseKey & CasePlace)[] = [];
  for (const { body, signers } of unambiguous(
    signed,
    ({ body }) => `${body.org} ${keyId(body.case, body.epoch)}`,
  ).values()) {
    const maker = makerOf(body.org, signers);
    if (!maker) continue;
    const { org, epoch } = body;
    found.push({
      id: keyId(body.case, epoch),
      publicKey: fromBase64url(body.hpke),
      org,
      case: body.case,
      epoch,
      body,
      maker,
    });
  }
  return found;
}

function releaserKeys(heap: Heap, people: People, releaser: string): (TrustedReleaserKey & CasePlace)[] {
  const signed = heap["releaser.key"].filter(({ body, signers }) => people.orgs.has(body.org) && signers.has(releaser));
  return [...unambiguous(signed, ({ body }) => `${body.org} ${keyId(body.case, body.epoch)}`).values()].map(
    ({ body }) => ({
      id: releaserKeyId(body.case, body.epoch),
      publicKey: fromBase64url(body.hpke),
      org: body.org,
      case: body.case,
      epoch: body.epoch,
    }),
  );
}

function view(people: People, keys: Keys): Trust {
  const { desk } = keys;
  const origin = (log: string): string | undefined => (desk ? `${desk.logHost}/log/${log}` : undefined);
  const logs = [...people.orgs.keys(), "global"];
  return {
    desk: people.desk,
    orgs: [...people.orgs.values()],
    org: (id) => people.orgs.get(id),
    logKey: desk?.log,
    releaser: desk?.releaser,
    witness: desk?.witness,
    logHost: desk?.logHost,
    origin,
    logVerifier: (name) =>
      desk && logs.some((log) => origin(log) === name)
        ? formatVkey(makeVkey(name, NOTE_ED25519, fromBase64url(desk.log)))
        : undefined,
    person: (user) => people.persons.get(user),
    people: (org) => [...people.persons.values()].filter((person) => person.org === org),
    device: (dev) => keys.devices.get(dev),
    team: (org, id) => keys.teams.find((team) => team.org === org && team.id === id),
    teams: (org) => newestTeams(keys.teams.filter((team) => team.org === org)),
    caseKey: (place, epoch) => pick(keys.caseKeys, place, epoch),
    releaserKey: (place, epoch) => pick(keys.releaserKeys, place, epoch),
  };
}

function pick<K extends CasePlace & { readonly epoch: number }>(
  keys: readonly K[],
  place: CasePlace,
  epoch: number | undefined,
): K | undefined {
  const own = keys.filter(
    (key) => key.org === place.org && key.case === place.case && (epoch === undefined || key.epoch === epoch),
  );
  return own.reduce<K | undefined>((newest, key) => (newest && newest.epoch > key.epoch ? newest : key), undefined);
}

function newestTeams(teamEpochs: readonly TrustedTeam[]): TrustedTeam[] {
  const newest = new Map<string, TrustedTeam>();
  for (const team of teamEpochs) {
    if ((newest.get(team.team)?.epoch ?? 0) < team.epoch) newest.set(team.team, team);
  }
  return [...newest.values()];
}
