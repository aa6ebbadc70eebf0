import { formatVkey, makeVkey, NOTE_ED25519 } from "@breakwater/ledger";
import { fromBase64url } from "@breakwater/wire";
import type { SettingsBody } from "./bodies.ts";
import { chain, type Chained } from "./chain.ts";
import { SealError } from "./error.ts";
import { readHeap } from "./heap.ts";
import type { KnownStanding } from "./history.ts";
import {
  chainKeys,
  type CasePlace,
  type Keys,
  type TrustedCaseKey,
  type TrustedDevice,
  type TrustedPasskey,
  type TrustedReleaserKey,
  type TrustedService,
  type TrustedTeam,
  type TrustedVendor,
} from "./keys.ts";
import { pinnedRoot, type Org, type Person } from "./people.ts";

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
  devices(user: string): readonly TrustedDevice[];
  /**
   * Whether this person, on this device if one is named, may do anything new. Who may not stays in the Trust, because what
   * they signed before must still verify.
   */
  mayAct(user: string, dev?: string): boolean;
  /** Every standing that counts, also those known before. */
  readonly standings: readonly KnownStanding[];
  vendor(id: string): TrustedVendor | undefined;
  readonly vendors: readonly TrustedVendor[];
  service(id: string): TrustedService | undefined;
  services(org: string): readonly TrustedService[];
  passkeys(user: string): readonly TrustedPasskey[];
  /** The organisation's own, or else the desk's. */
  settings(org: string): SettingsBody | undefined;
  /** `id` is "<team>#<epoch>". */
  team(org: string, id: string): TrustedTeam | undefined;
  /** The newest epoch of each team. */
  teams(org: string): readonly TrustedTeam[];
  /** The newest epoch of the organisation's first team, which its cases are sealed to. */
  mainTeam(org: string): TrustedTeam | undefined;
  /** The newest epoch unless one is named. */
  caseKey(place: CasePlace, epoch?: number): TrustedCaseKey | undefined;
  releaserKey(place: CasePlace, epoch?: number): TrustedReleaserKey | undefined;
  /** The releaser of a case (Ed25519): the customer's own, where its settings named one when the case began. */
  releaserOf(place: CasePlace): string | undefined;
}

/**
 * Protocol 2.2. `pins` are root fingerprints: the desk's first, then one's own organisation's. `now` is in
 * milliseconds; `known` are standings that an earlier Trust found to count, which the heap may lack. Throws trust.desk when
 * the heap lacks the pinned desk's root; whatever else is wrong is ignored.
 */
export async function openTrust(
  statements: readonly unknown[],
  pins: readonly string[],
  now: number,
  known: readonly KnownStanding[] = [],
): Promise<Trust> {
  const [deskPin, ...customerPins] = pins;
  const heap = await readHeap(statements, now);
  const desk = deskPin === undefined ? undefined : pinnedRoot(heap, deskPin, "desk");
  if (!desk)
    throw new SealError(
      "trust.desk",
      "The support desk's pinned root is not among the statements. Do not go on: ask the desk for its 12 words.",
    );
  const customers = customerPins.map((pin) => pinnedRoot(heap, pin, "customer")).filter((org) => org !== undefined);
  const chained = chain(heap, desk, customers, known);
  return view(chained, chainKeys(heap, chained));
}

function view({ people, history }: Chained, keys: Keys): Trust {
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
    devices: (user) => [...keys.devices.values()].filter(({ person }) => person.user === user),
    mayAct(user, dev) {
      const person = people.persons.get(user);
      if (!person || !history.active(person)) return false;
      if (person.vendor !== undefined && !keys.vendors.has(person.vendor)) return false;
      if (dev === undefined) return true;
      const device = keys.devices.get(dev);
      return device?.person.user === user && device.standing === "active";
    },
    standings: [...history.standings()],
    vendor: (id) => keys.vendors.get(id),
    vendors: [...keys.vendors.values()],
    service: (id) => keys.services.get(id),
    services: (org) => [...keys.services.values()].filter((service) => service.org === org),
    passkeys: (user) => keys.passkeys.get(user) ?? [],
    settings: (org) => keys.settings.get(org) ?? keys.settings.get(people.desk.id),
    team: (org, id) => keys.teams.find((team) => team.org === org && team.id === id),
    teams: (org) => newestTeams(keys.teams.filter((team) => team.org === org)),
    mainTeam(org) {
      const own = keys.teams.filter((team) => team.org === org);
      const [first] = own
        .filter(({ epoch }) => epoch === 1)
        .toSorted((a, b) => (a.created === b.created ? (a.team < b.team ? -1 : 1) : a.created < b.created ? -1 : 1));
      return newestTeams(own.filter(({ team }) => team === first?.team))[0];
    },
    caseKey: (place, epoch) => pick(keys.caseKeys, place, epoch),
    releaserKey: (place, epoch) => pick(keys.releaserKeys, place, epoch),
    releaserOf: keys.releaserOf,
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
