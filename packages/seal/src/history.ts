import type { PersonRole, RoleBody, Standing, StandingBody, StandingOf } from "./bodies.ts";
import { unambiguous, type Entry, type Heap } from "./heap.ts";
import { authority, fitsRole, type Org, type People, type Person } from "./people.ts";

/** A standing that was found to count. `own`: a person's word about a device of their own. */
export interface KnownStanding {
  readonly of: StandingOf;
  readonly id: string;
  readonly by: "org" | "own";
  readonly state: Standing;
  readonly created: string;
}

/** Who may do what since when: the standing and role statements that count, by whom they are about. */
export class History {
  readonly #standings = new Map<string, KnownStanding[]>();
  readonly #roles = new Map<string, RoleBody[]>();

  constructor(known: readonly KnownStanding[] = []) {
    for (const one of known) this.addStanding(one);
  }

  addStanding(standing: KnownStanding): void {
    push(this.#standings, `${standing.of} ${standing.id}`, standing);
  }

  addRole(role: RoleBody): void {
    push(this.#roles, role.user, role);
  }

  /** Without `at`: now. What the organisation says and what a person says of their own device are kept apart; the stricter counts. */
  state(of: StandingOf, id: string, at?: string): Standing {
    const all = this.#standings.get(`${of} ${id}`);
    if (!all) return "active";
    const heard = at === undefined ? all : all.filter(({ created }) => created <= at);
    return stricter(newest(heard, "org"), newest(heard, "own"));
  }

  role({ user, role }: Pick<Person, "user" | "role">, at?: string): PersonRole {
    let found: RoleBody | undefined;
    for (const one of this.#roles.get(user) ?? []) {
      if ((at === undefined || one.created <= at) && (!found || found.created < one.created)) found = one;
    }
    return found?.role ?? role;
  }

  /** A person counts as active only while their vendor does. */
  active({ user, vendor }: Pick<Person, "user" | "vendor">, at?: string): boolean {
    return (
      this.state("user", user, at) === "active" &&
      (vendor === undefined || this.state("vendor", vendor, at) === "active")
    );
  }

  *standings(): Iterable<KnownStanding> {
    for (const list of this.#standings.values()) yield* list;
  }

  *roles(): Iterable<RoleBody> {
    for (const list of this.#roles.values()) yield* list;
  }
}

const RANK: Readonly<Record<Standing, number>> = { active: 0, suspended: 1, revoked: 2 };

export function stricter(a: Standing, b: Standing): Standing {
  return RANK[a] >= RANK[b] ? a : b;
}

/** Revoked is for good; otherwise the newest, and of several at one time the strictest. */
function newest(heard: readonly KnownStanding[], by: KnownStanding["by"]): Standing {
  let last = "";
  let state: Standing = "active";
  for (const one of heard) {
    if (one.by !== by) continue;
    if (one.state === "revoked") return "revoked";
    if (one.created > last) [last, state] = [one.created, one.state];
    else if (one.created === last) state = stricter(state, one.state);
  }
  return state;
}

/**
 * The statements of the heap that count, given who chains. Read in the order of `created`: whether a signer still had a say
 * is asked of what came before, so an administrator who was removed removes nobody afterwards, and two who remove each other
 * at the same time are both removed.
 */
export function readHistory(
  heap: Heap,
  people: People,
  known: readonly KnownStanding[],
): { readonly history: History; readonly counted: string } {
  const history = new History(known);
  const owners = deviceOwners(heap, people);
  const services = serviceOrgs(heap, people);
  const entries: Entry<StandingBody | RoleBody>[] = [...heap.standing, ...heap.role];
  entries.sort((a, b) => (a.body.created < b.body.created ? -1 : a.body.created > b.body.created ? 1 : 0));
  const counted: string[] = [];
  for (let from = 0; from < entries.length;) {
    const { created } = entries[from]?.body ?? { created: "" };
    const group: Entry<StandingBody | RoleBody>[] = [];
    for (let next = entries[from]; next?.body.created === created; next = entries[++from]) group.push(next);
    const holding = group.flatMap((entry) => {
      const { body, signers } = entry;
      const event =
        body.t === "role"
          ? roleEvent(body, signers, people, history)
          : standingEvent(body, signers, { people, history, owners, services });
      return event === undefined ? [] : [{ event, text: entry.text }];
    });
    // Two roles for one person at one time count as none.
    const roles = holding.map(({ event }) => ("role" in event ? event.user : ""));
    for (const { event, text } of holding) {
      if ("role" in event && roles.filter((user) => user === event.user).length > 1) continue;
      if ("role" in event) history.addRole(event);
      else history.addStanding(event);
      counted.push(text);
    }
  }
  return { history, counted: counted.toSorted().join("\n") };
}

interface Standpoint {
  readonly people: People;
  readonly history: History;
  readonly owners: ReadonlyMap<string, Person>;
  readonly services: ReadonlyMap<string, string>;
}

function standingEvent(
  body: StandingBody,
  signers: ReadonlySet<string>,
  { people, history, owners, services }: Standpoint,
): KnownStanding | undefined {
  const { of, id, state, created } = body;
  const org = people.orgs.get(body.org);
  if (!org) return undefined;
  const owner = of === "device" ? owners.get(id) : undefined;
  const home = {
    user: people.persons.get(id)?.org,
    device: owner?.org,
    vendor: people.desk.id,
    service: services.get(id),
  }[of];
  if (home !== org.id) return undefined;
  if (authority(signers, org, people, history, created)) return { of, id, by: "org", state, created };
  if (owner && signers.has(owner.sign) && history.active(owner, created)) return { of, id, by: "own", state, created };
  return undefined;
}

function roleEvent(
  body: RoleBody,
  signers: ReadonlySet<string>,
  people: People,
  history: History,
): RoleBody | undefined {
  const org = people.orgs.get(body.org);
  const person = people.persons.get(body.user);
  if (!org || person?.org !== org.id || !fitsRole(org, body.role, person.vendor)) return undefined;
  const others = new Set([...signers].filter((key) => key !== person.sign));
  return authority(others, org, people, history, body.created) ? body : undefined;
}

function deviceOwners(heap: Heap, people: People): Map<string, Person> {
  const own = heap.device.filter(({ body, signers }) => signers.has(people.persons.get(body.user)?.sign ?? ""));
  const owners = new Map<string, Person>();
  for (const [dev, { body }] of unambiguous(own, ({ body }) => body.dev)) {
    const person = people.persons.get(body.user);
    if (person) owners.set(dev, person);
  }
  return owners;
}

function serviceOrgs(heap: Heap, people: People): Map<string, string> {
  const homes = new Map<string, Set<string>>();
  for (const { body, signers } of heap.service) {
    const org: Org | undefined = people.orgs.get(body.org);
    if (org && authority(signers, org, people, new History(), body.created))
      homes.set(body.service, (homes.get(body.service) ?? new Set()).add(org.id));
  }
  return new Map([...homes].flatMap(([service, orgs]) => (orgs.size === 1 ? [[service, [...orgs][0] ?? ""]] : [])));
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
