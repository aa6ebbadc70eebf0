import { fromBase64url } from "@breakwater/wire";
import type {
  CaseKeyBody,
  DeskKeysBody,
  ServiceBody,
  SettingsBody,
  Standing,
  StatementBody,
  VendorRules,
} from "./bodies.ts";
import type { Chained } from "./chain.ts";
import { unambiguous, type Entry, type Heap } from "./heap.ts";
import { stricter, type History } from "./history.ts";
import type { PasskeyJwk, PublicJwk } from "./jwk.ts";
import { authority, type Org, type People, type Person } from "./people.ts";
import { keyId, releaserKeyId } from "./place.ts";
import type { NamedKey } from "./wrap.ts";

export interface TrustedDevice {
  readonly dev: string;
  readonly jwk: PublicJwk;
  readonly person: Person;
  readonly standing: Standing;
}
export interface TrustedTeam extends NamedKey {
  readonly org: string;
  readonly team: string;
  readonly name: string;
  readonly epoch: number;
  readonly created: string;
  /** The secret key of the epoch before, for openTeamPrevious. */
  readonly prev: { readonly enc: string; readonly ct: string } | undefined;
}
export interface TrustedVendor {
  readonly vendor: string;
  readonly name: string;
  readonly rules: VendorRules;
  readonly standing: Standing;
}
export interface TrustedService extends Omit<ServiceBody, "v" | "t" | "created"> {
  /** Not active when its owner is not. */
  readonly standing: Standing;
}
export interface TrustedPasskey {
  readonly user: string;
  readonly cred: string;
  readonly jwk: PasskeyJwk;
  readonly rp: string;
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

export interface Keys {
  readonly desk: DeskKeysBody | undefined;
  readonly devices: Map<string, TrustedDevice>;
  readonly teams: readonly TrustedTeam[];
  readonly caseKeys: readonly (TrustedCaseKey & CasePlace)[];
  readonly releaserKeys: readonly (TrustedReleaserKey & CasePlace)[];
  readonly releaserOf: (place: CasePlace) => string | undefined;
  readonly vendors: ReadonlyMap<string, TrustedVendor>;
  readonly services: ReadonlyMap<string, TrustedService>;
  /** By user. */
  readonly passkeys: ReadonlyMap<string, readonly TrustedPasskey[]>;
  /** By organisation. */
  readonly settings: ReadonlyMap<string, SettingsBody>;
}

/** What those who chain say of their keys and rules, as far as their word counted when they said it. */
export function chainKeys(heap: Heap, chained: Chained): Keys {
  const { people } = chained;
  const desk = deskKeys(heap, people.desk);
  const cases = caseKeys(heap, chained);
  const rules = byOrgs(heap.settings, chained);
  return {
    desk,
    devices: devices(heap, chained),
    teams: teams(heap, chained),
    caseKeys: cases,
    releaserOf: (place) => releaserOf(place, cases, rules, desk?.releaser),
    releaserKeys: releaserKeys(heap, people, (place) => releaserOf(place, cases, rules, desk?.releaser)),
    vendors: vendors(heap, chained),
    services: services(heap, chained),
    passkeys: passkeys(heap, chained),
    settings: newest(rules, ({ org }) => org),
  };
}

/** Signed by an administrator or the root of the organisation that the body names. */
function byOrgs<B extends StatementBody & { readonly org: string }>(
  entries: readonly Entry<B>[],
  { people, history }: Chained,
): Entry<B>[] {
  return entries.filter(({ body, signers }) => {
    const org = people.orgs.get(body.org);
    return org !== undefined && authority(signers, org, people, history, body.created);
  });
}

/** The newest of each name; two of one time count as none. */
function newest<B extends StatementBody>(entries: readonly Entry<B>[], nameOf: (body: B) => string): Map<string, B> {
  const found = new Map<string, B>();
  for (const { body } of unambiguous(entries, ({ body }) => `${nameOf(body)} ${body.created}`).values()) {
    const before = found.get(nameOf(body));
    if (!before || before.created < body.created) found.set(nameOf(body), body);
  }
  return found;
}

function vendors(heap: Heap, chained: Chained): Map<string, TrustedVendor> {
  const own = byOrgs(heap.vendor, chained).filter(({ body }) => body.org === chained.people.desk.id);
  return new Map(
    [...newest(own, ({ vendor }) => vendor)].map(([id, { vendor, name, rules }]) => [
      id,
      { vendor, name, rules, standing: chained.history.state("vendor", id) },
    ]),
  );
}

/** An id belongs to one organisation: two that claim it have none of it. */
function services(heap: Heap, chained: Chained): Map<string, TrustedService> {
  const { people, history } = chained;
  const claimed = newest(byOrgs(heap.service, chained), ({ org, service }) => `${org} ${service}`);
  const found = new Map<string, TrustedService>();
  const contested = new Set<string>();
  for (const { v: _v, t: _t, created: _created, ...service } of claimed.values()) {
    if (found.has(service.service)) contested.add(service.service);
    const owner = people.persons.get(service.owner);
    const owned = owner?.org === service.org && history.active(owner) ? "active" : "suspended";
    found.set(service.service, { ...service, standing: stricter(history.state("service", service.service), owned) });
  }
  for (const id of contested) found.delete(id);
  return found;
}

function passkeys(heap: Heap, { people, history }: Chained): Map<string, TrustedPasskey[]> {
  const own = heap.passkey.filter(({ body, signers }) => byPerson(body, signers, people, history));
  const found = new Map<string, TrustedPasskey[]>();
  for (const { body } of unambiguous(own, ({ body }) => body.cred).values()) {
    const { user, cred, jwk, rp } = body;
    found.set(user, [...(found.get(user) ?? []), { user, cred, jwk, rp }]);
  }
  return found;
}

function byPerson(
  body: { readonly user: string; readonly created: string },
  signers: ReadonlySet<string>,
  people: People,
  history: History,
): boolean {
  const person = people.persons.get(body.user);
  return person !== undefined && signers.has(person.sign) && history.active(person, body.created);
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

function devices(heap: Heap, { people, history }: Chained): Map<string, TrustedDevice> {
  const own = heap.device.filter(({ body, signers }) => byPerson(body, signers, people, history));
  const found = new Map<string, TrustedDevice>();
  for (const [dev, { body }] of unambiguous(own, ({ body }) => body.dev)) {
    const person = people.persons.get(body.user);
    if (person) found.set(dev, { dev, jwk: body.jwk, person, standing: history.state("device", dev) });
  }
  return found;
}

function teams(heap: Heap, chained: Chained): TrustedTeam[] {
  const signed = byOrgs(heap.team, chained);
  return [...unambiguous(signed, ({ body }) => `${body.org} ${keyId(body.team, body.epoch)}`).values()].map(
    ({ body }) => ({
      id: keyId(body.team, body.epoch),
      publicKey: fromBase64url(body.hpke),
      org: body.org,
      team: body.team,
      name: body.name,
      epoch: body.epoch,
      created: body.created,
      prev: body.prev,
    }),
  );
}

/** By a person of the customer whose case it is, or of the desk. */
function caseKeys(heap: Heap, { people, history }: Chained): (TrustedCaseKey & CasePlace)[] {
  const makerOf = ({ org, created }: CaseKeyBody, signers: ReadonlySet<string>): Person | undefined =>
    [...signers]
      .flatMap((key) => people.bySign.get(key) ?? [])
      .find((person) => (person.org === org || person.org === people.desk.id) && history.active(person, created));
  const signed = heap["case.key"].filter(
    ({ body, signers }) => people.orgs.has(body.org) && makerOf(body, signers) !== undefined,
  );
  const found: (TrustedCaseKey & CasePlace)[] = [];
  for (const { body, signers } of unambiguous(
    signed,
    ({ body }) => `${body.org} ${keyId(body.case, body.epoch)}`,
  ).values()) {
    const maker = makerOf(body, signers);
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

/**
 * Whose key the second share of a case is sealed to: the releaser that the customer's own settings named when its person
 * made the case's first key, or else the desk's. So a desk cannot put its own in the place of a customer's.
 */
function releaserOf(
  { org, case: caseId }: CasePlace,
  cases: readonly (TrustedCaseKey & CasePlace)[],
  rules: readonly Entry<SettingsBody>[],
  desk: string | undefined,
): string | undefined {
  const first = cases.find((key) => key.org === org && key.case === caseId && key.epoch === 1);
  const made = first?.body.created;
  const then = rules.filter(({ body }) => body.org === org && (made === undefined || body.created <= made));
  return newest(then, () => org).get(org)?.releaser ?? desk;
}

function releaserKeys(
  heap: Heap,
  people: People,
  signerOf: (place: CasePlace) => string | undefined,
): (TrustedReleaserKey & CasePlace)[] {
  const signed = heap["releaser.key"].filter(
    ({ body, signers }) => people.orgs.has(body.org) && signers.has(signerOf(body) ?? ""),
  );
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
