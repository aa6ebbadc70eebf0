import type { BundleBody, InviteBody, OrgRootBody } from "./bodies.ts";
import { unambiguous, type Entry, type Heap } from "./heap.ts";
import { History, readHistory, type KnownStanding } from "./history.ts";
import { authority, fitsRole, selfSigned, toOrg, type Org, type People, type Person } from "./people.ts";

export interface Chained {
  readonly people: People;
  readonly history: History;
}

/** Alternations between "who chains" and "whose word counts" that are followed; each needs an administrator's signature. */
const MOST_ROUNDS = 32;

/**
 * Who chains depends on whose invitations count, and that on the standing and roles that those who chain signed. Both are
 * read in turn until nothing changes. INVARIANT: when that does not settle, every ending that was seen in the end counts.
 */
export function chain(
  heap: Heap,
  desk: Org,
  pinnedCustomers: readonly Org[],
  known: readonly KnownStanding[],
): Chained {
  let history = new History(known);
  let before = "";
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const people = chainPeople(heap, desk, pinnedCustomers, history);
    const next = readHistory(heap, people, known);
    if (next.counted === before) return { people: settled(people, history), history };
    ({ history, counted: before } = next);
  }
  const last = readHistory(heap, chainPeople(heap, desk, pinnedCustomers, history), known).history;
  const endings = [...history.standings(), ...last.standings()].filter(({ state }) => state !== "active");
  const strict = new History(endings);
  return { people: settled(chainPeople(heap, desk, pinnedCustomers, strict), strict), history: strict };
}

/** With the roles and the standing that they have now. */
function settled(people: People, history: History): People {
  const now = (person: Person): Person => ({
    ...person,
    role: history.role(person),
    standing: history.state("user", person.user),
  });
  const persons = new Map([...people.persons].map(([user, person]) => [user, now(person)]));
  const bySign = new Map([...people.bySign].map(([sign, list]) => [sign, list.map(now)]));
  return { ...people, persons, bySign };
}

/**
 * Protocol 2.2: roots endorse their first administrators, administrators' invitations endorse customers' roots and
 * further people, and so on until nothing new chains. INVARIANT: an earlier link of the chain is never replaced by a
 * later one, so an invited person can never take the id of whoever is trusted already.
 */
function chainPeople(heap: Heap, desk: Org, pinnedCustomers: readonly Org[], history: History): People {
  const people: People = { desk, orgs: new Map(), persons: new Map(), bySign: new Map() };
  for (const customer of pinnedCustomers) people.orgs.set(customer.id, customer);
  people.orgs.set(desk.id, desk);
  const contested = new Set<string>();
  for (;;) {
    const invites = heap.invite.filter((invite) => inviteHolds(invite, people, history));
    const added = addOrgs(heap, invites, people, contested) + addPersons(heap, invites, people, contested);
    if (added === 0) return people;
  }
}

function inviteHolds(invite: Entry<InviteBody>, people: People, history: History): boolean {
  const { body, signers } = invite;
  const kind = body.for === "staff" ? "desk" : "customer";
  if (!fitsRole({ kind }, body.role, body.vendor)) return false;
  const org = body.for === "customer" ? people.desk : people.orgs.get(body.org);
  if (!org || (body.for !== "customer" && org.kind !== kind)) return false;
  return authority(signers, org, people, history, body.created);
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
    return org !== undefined && bundle.signers.has(org.key) && fitsRole(org, bundle.body.role, bundle.body.vendor);
  });
  // Roots first and alone: nobody invited may contest whom a root names.
  const added = add(
    byRoot,
    (bundle) => bundle.body.user,
    contested,
    (bundle) => addPerson(people, bundle.body),
  );
  if (added > 0) return added;
  const invited = onceEach(
    bundles,
    invites,
    ({ body }, invite) =>
      invite.body.for !== "customer" &&
      people.orgs.has(body.org) &&
      invite.body.org === body.org &&
      invite.body.role === body.role &&
      invite.body.vendor === body.vendor,
  );
  return add(
    invited,
    (bundle) => bundle.body.user,
    contested,
    (bundle) => addPerson(people, bundle.body),
  );
}

/** What an invitation's key endorsed in time. An invitation works once: one that endorses two things endorses neither. */
function onceEach<B extends OrgRootBody | BundleBody>(
  candidates: readonly Entry<B>[],
  invites: readonly Entry<InviteBody>[],
  fits: (candidate: Entry<B>, invite: Entry<InviteBody>) => boolean,
): Entry<B>[] {
  const bySigner = new Map<string, Entry<B>[]>();
  for (const one of candidates) {
    for (const signer of one.signers) bySigner.set(signer, [...(bySigner.get(signer) ?? []), one]);
  }
  const chosen = new Set<Entry<B>>();
  for (const invite of invites) {
    const endorsed = (bySigner.get(invite.body.key) ?? []).filter(
      (one) => one.body.created >= invite.body.created && one.body.created <= invite.body.until && fits(one, invite),
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

function addPerson({ persons, bySign }: People, body: BundleBody): void {
  const { user, org, role, name, hpke, sign, vendor } = body;
  const person: Person = {
    user,
    org,
    role,
    name,
    hpke,
    sign,
    standing: "active",
    ...(vendor === undefined ? {} : { vendor }),
  };
  persons.set(user, person);
  bySign.set(sign, [...(bySign.get(sign) ?? []), person]);
}
