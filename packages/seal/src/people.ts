import { fingerprint } from "./fingerprint.ts";
import { unambiguous, type Entry, type Heap } from "./heap.ts";
import type { BundleBody, InviteBody, OrgRootBody, PersonRole } from "./statement.ts";

export interface Org {
  readonly id: string;
  readonly kind: "desk" | "customer";
  readonly name: string;
  /** The signing root, Ed25519, base64url. */
  readonly key: string;
  readonly fingerprint: string;
}
export interface Person {
  readonly user: string;
  readonly org: string;
  readonly role: PersonRole;
  readonly name: string;
  readonly hpke: string;
  readonly sign: string;
}
/** Who chains to a pinned root. Grows round by round; what is in it is trusted. */
export interface People {
  readonly desk: Org;
  readonly orgs: Map<string, Org>;
  readonly persons: Map<string, Person>;
}

/** The pinned root, if it signed itself and says one thing only about what it is. */
export function pinnedRoot(heap: Heap, pin: string, kind: Org["kind"]): Org | undefined {
  const own = heap["org.root"].filter(
    (root) => selfSigned(root) && root.body.kind === kind && fingerprint(root.body.key) === pin,
  );
  const root = unambiguous(own, () => pin).get(pin);
  return root && toOrg(root.body);
}

/**
 * Protocol 2.2: roots endorse their first administrators, administrators' invitations endorse customers' roots and
 * further people, and so on until nothing new chains. INVARIANT: an earlier link of the chain is never replaced by a
 * later one, so an invited person can never take the id of whoever is trusted already.
 */
export function chainPeople(heap: Heap, desk: Org, pinnedCustomers: readonly Org[]): People {
  const people: People = { desk, orgs: new Map(), persons: new Map() };
  for (const customer of pinnedCustomers) people.orgs.set(customer.id, customer);
  people.orgs.set(desk.id, desk);
  const contested = new Set<string>();
  for (;;) {
    const invites = heap.invite.filter((invite) => inviteHolds(invite, people));
    const added = addOrgs(heap, invites, people, contested) + addPersons(heap, invites, people, contested);
    if (added === 0) return people;
  }
}

/** Signed by the organisation's root or by one of its administrators. */
export function byAdministrator(signers: ReadonlySet<string>, org: Org, people: People): boolean {
  if (signers.has(org.key)) return true;
  for (const person of people.persons.values()) {
    if (person.org === org.id && person.role === "admin" && signers.has(person.sign)) return true;
  }
  return false;
}

function inviteHolds(invite: Entry<InviteBody>, people: People): boolean {
  const { body, signers } = invite;
  if (body.for === "customer") return byAdministrator(signers, people.desk, people);
  const org = people.orgs.get(body.org);
  if (!org || org.kind !== (body.for === "staff" ? "desk" : "customer")) return false;
  return byAdministrator(signers, org, people);
}

function addOrgs(heap: Heap, invites: readonly Entry<InviteBody>[], people: People, contested: Set<string>): number {
  const roots = heap["org.root"].filter(
    (root) => root.body.kind === "customer" && selfSigned(root) && !people.orgs.has(root.body.org),
  );
  const invited = onceEach(
    roots,
    invites,
    (root, invite) => invite.body.for === "customer" && invite.body.org === root.body.org,
  );
  return add(
    invited,
    (root) => root.body.org,
    contested,
    (root) => people.orgs.set(root.body.org, toOrg(root.body)),
  );
}

function addPersons(heap: Heap, invites: readonly Entry<InviteBody>[], people: People, contested: Set<string>): number {
  const bundles = heap.bundle.filter(
    (bundle) => bundle.signers.has(bundle.body.sign) && !people.persons.has(bundle.body.user),
  );
  const byRoot = bundles.filter((bundle) => {
    const org = people.orgs.get(bundle.body.org);
    return org !== undefined && bundle.signers.has(org.key);
  });
  // Roots first and alone: nobody invited may contest whom a root names.
  const added = add(
    byRoot,
    (bundle) => bundle.body.user,
    contested,
    (bundle) => people.persons.set(bundle.body.user, toPerson(bundle.body)),
  );
  if (added > 0) return added;
  const invited = onceEach(
    bundles,
    invites,
    ({ body }, invite) =>
      invite.body.for !== "customer" &&
      people.orgs.has(body.org) &&
      invite.body.org === body.org &&
      invite.body.role === body.role,
  );
  return add(
    invited,
    (bundle) => bundle.body.user,
    contested,
    (bundle) => people.persons.set(bundle.body.user, toPerson(bundle.body)),
  );
}

/** What an invitation's key endorsed in time. An invitation works once: one that endorses two things endorses neither. */
function onceEach<B extends OrgRootBody | BundleBody>(
  candidates: readonly Entry<B>[],
  invites: readonly Entry<InviteBody>[],
  fits: (candidate: Entry<B>, invite: Entry<InviteBody>) => boolean,
): Entry<B>[] {
  const chosen = new Set<Entry<B>>();
  for (const invite of invites) {
    const endorsed = candidates.filter(
      (one) =>
        one.signers.has(invite.body.key) &&
        one.body.created >= invite.body.created &&
        one.body.created <= invite.body.until &&
        fits(one, invite),
    );
    if (endorsed.length === 1 && endorsed[0]) chosen.add(endorsed[0]);
  }
  return [...chosen];
}

function add<E extends Entry>(
  entries: readonly E[],
  nameOf: (entry: E) => string,
  contested: Set<string>,
  put: (entry: E) => void,
): number {
  const open = entries.filter((entry) => !contested.has(nameOf(entry)));
  const clear = unambiguous(open, nameOf);
  for (const entry of open) if (!clear.has(nameOf(entry))) contested.add(nameOf(entry));
  for (const entry of clear.values()) put(entry);
  return clear.size;
}

function selfSigned(root: Entry<OrgRootBody>): boolean {
  return root.signers.has(root.body.key);
}

function toOrg(body: OrgRootBody): Org {
  return { id: body.org, kind: body.kind, name: body.name, key: body.key, fingerprint: fingerprint(body.key) };
}

function toPerson(body: BundleBody): Person {
  const { user, org, role, name, hpke, sign } = body;
  return { user, org, role, name, hpke, sign };
}
