import type { Leaf } from "@breakwater/ledger";
import { parseQuery, type Directory, type ScopeQuery } from "./query.ts";
import type { CaseStory, Deed, FileStory, Span, Story } from "./story.ts";

/** A line of the organisation's log: its proof can be had by index. */
export interface LineRef {
  readonly index: number;
  readonly ts: string;
  readonly t: Leaf["t"];
  readonly user: string;
  readonly ses?: string;
  readonly case?: string;
  readonly file?: string;
  readonly parts?: readonly string[];
  /** How many things a list or an export held. */
  readonly n?: number;
}
/** Why a file was within somebody's reach, and when. */
export interface Reach {
  readonly user: string;
  readonly because: "assigned" | "granted";
  readonly from: string;
  readonly to: string;
}
export interface FileScope {
  readonly case: string;
  /** Null: the messages of the case. */
  readonly file: string | null;
  readonly opened: readonly LineRef[];
  readonly reach: readonly Reach[];
}
/**
 * `confirmed`: keys were released, the log says which. `potential`: something was within reach, and no key was released.
 * `listed`: names and sizes were seen, no more. `none`: nothing of all that.
 */
export interface CustomerScope {
  readonly org: string;
  readonly verdict: "confirmed" | "potential" | "listed" | "none";
  /** Files that were opened first, then those that could have been; each file once. */
  readonly files: readonly FileScope[];
  readonly listed: readonly LineRef[];
  readonly refused: readonly LineRef[];
}
export interface ScopeReport {
  readonly v: 1;
  readonly from: string;
  readonly to: string;
  /** Whose acts matched, by id. */
  readonly people: readonly string[];
  readonly sessions: readonly string[];
  /** Policy sets that were in force in the window, by hash. */
  readonly policies: readonly string[];
  /** Every organisation whose log was read, the most affected first. */
  readonly customers: readonly CustomerScope[];
}

/**
 * The scope of one question over one story. `orgs` are the organisations whose logs were read whole: an organisation that is
 * missing there is missing in the answer, never "none". Throws scope.query.
 */
export function scopeOf(story: Story, ask: ScopeQuery, orgs: readonly string[], directory: Directory): ScopeReport {
  const query = parseQuery(ask);
  const matches = matcher(query, directory);
  // Staff begin their sessions in the desk's log and act in the customers': only here are all logs read.
  const deeds = story.deeds.filter((deed) => within(deed.ts, query) && matches(traceOf(deed, story)));
  const sessions = [...story.sessions].filter(
    ([ses, session]) => overlap(session, query) !== undefined && matches({ ...session, ses }),
  );
  const suspects = suspectsOf(query, deeds, sessions, story, directory);
  const found = collect(story, deeds, suspects);
  const customers = orgs.map((org) => found.get(org)?.scope() ?? new Collected(org).scope());
  return {
    v: 1,
    from: iso(query.from),
    to: iso(query.to),
    people: [...suspects.keys()].sort(),
    sessions: sessions.map(([ses]) => ses).sort(),
    policies: policiesIn(story, query),
    customers: customers.sort((one, other) => rank(one) - rank(other) || (one.org < other.org ? -1 : 1)),
  };
}

interface Trace {
  readonly user: string;
  readonly dev: string | undefined;
  readonly ses: string | undefined;
  readonly pfx: string | undefined;
}

function traceOf({ user, dev, ses, pfx }: Deed, story: Story): Trace {
  const session = ses === undefined ? undefined : story.sessions.get(ses);
  return { user, ses, dev: dev ?? session?.dev, pfx: pfx ?? session?.pfx };
}

function matcher(query: ScopeQuery, directory: Directory): (trace: Trace) => boolean {
  const any = (wanted: readonly string[], value: (trace: Trace) => string | undefined) => {
    const set = new Set(wanted);
    return set.size === 0 ? () => true : (trace: Trace) => set.has(value(trace) ?? "");
  };
  const tests = [
    any(query.people, ({ user }) => user),
    any(query.devices, ({ dev }) => dev),
    any(query.sessions, ({ ses }) => ses),
    any(query.vendors, ({ user }) => directory.vendorOf(user)),
    any(query.networks, ({ pfx }) => pfx),
  ];
  return (trace) => tests.every((test) => test(trace));
}

/**
 * Who could have acted, and when. People and vendors who are named could act in the whole window; a device, session or network
 * only while a session of it lived, or at the moments of its acts.
 */
function suspectsOf(
  query: ScopeQuery,
  deeds: readonly Deed[],
  sessions: readonly (readonly [string, Span & { readonly user: string }])[],
  story: Story,
  directory: Directory,
): Map<string, Span[]> {
  const suspects = new Map<string, Span[]>();
  const add = (user: string, span: Span): void => void suspects.set(user, [...(suspects.get(user) ?? []), span]);
  const narrow = query.devices.length + query.sessions.length + query.networks.length > 0;
  if (narrow) {
    for (const [, session] of sessions) {
      const span = overlap(session, query);
      if (span) add(session.user, span);
    }
    for (const { user, ts } of deeds) add(user, { from: ts, to: ts + 1 });
    return suspects;
  }
  const whole = { from: query.from, to: query.to };
  const named = new Set(query.people);
  const vendors = new Set(query.vendors);
  const fits = (user: string): boolean =>
    (named.size === 0 || named.has(user)) && (vendors.size === 0 || vendors.has(directory.vendorOf(user) ?? ""));
  for (const user of everybody(story, named)) if (fits(user)) add(user, whole);
  return suspects;
}

function everybody(story: Story, named: ReadonlySet<string>): Set<string> {
  const users = new Set(named);
  for (const { assigned } of story.cases.values()) for (const { user } of assigned) users.add(user);
  for (const { user } of story.grants.values()) users.add(user);
  for (const { user } of story.deeds) users.add(user);
  return users;
}

class Collected {
  readonly #org: string;
  readonly #files = new Map<string, { case: string; file: string | null; opened: LineRef[]; reach: Reach[] }>();
  readonly #listed: LineRef[] = [];
  readonly #refused: LineRef[] = [];

  constructor(org: string) {
    this.#org = org;
  }

  deed(deed: Deed): void {
    const line = refOf(deed);
    if (deed.what === "listed") this.#listed.push(line);
    else if (deed.what === "refused") this.#refused.push(line);
    else this.#thing(deed.case ?? "", deed.file ?? null).opened.push(line);
  }

  reach(thing: FileStory, reach: Reach): void {
    this.#thing(thing.case, thing.file).reach.push(reach);
  }

  #thing(caseId: string, file: string | null): { readonly opened: LineRef[]; readonly reach: Reach[] } {
    const key = `${caseId} ${file ?? ""}`;
    const known = this.#files.get(key) ?? { case: caseId, file, opened: [], reach: [] };
    this.#files.set(key, known);
    return known;
  }

  scope(): CustomerScope {
    const files = [...this.#files]
      .sort(
        ([key, one], [otherKey, other]) =>
          Number(other.opened.length > 0) - Number(one.opened.length > 0) || (key < otherKey ? -1 : 1),
      )
      .map(([, file]) => file);
    const confirmed = files.some(({ opened }) => opened.length > 0);
    const verdict = confirmed
      ? "confirmed"
      : files.length > 0
        ? "potential"
        : this.#listed.length > 0
          ? "listed"
          : "none";
    return { org: this.#org, verdict, files, listed: this.#listed, refused: this.#refused };
  }
}

function collect(
  story: Story,
  deeds: readonly Deed[],
  suspects: ReadonlyMap<string, readonly Span[]>,
): Map<string, Collected> {
  const found = new Map<string, Collected>();
  const of = (org: string): Collected => {
    const known = found.get(org) ?? new Collected(org);
    found.set(org, known);
    return known;
  };
  for (const deed of deeds) of(deed.org).deed(deed);
  for (const told of story.cases.values())
    for (const [file, reach] of reaches(told, suspects)) of(told.org).reach(file, reach);
  for (const grant of story.grants.values()) {
    const file = story.cases.get(grant.case)?.files.find((one) => one.file === grant.file);
    if (!file) continue;
    for (const reach of reachable(file, [grant], grant.user, "granted", suspects)) of(file.org).reach(file, reach);
  }
  return found;
}

/** Assigned, while the case was open, the file sealed and its keys not destroyed: that is what the desk's rules demand of staff. */
function* reaches(
  story: CaseStory,
  suspects: ReadonlyMap<string, readonly Span[]>,
): Iterable<readonly [FileStory, Reach]> {
  for (const assigned of story.assigned) {
    if (!suspects.has(assigned.user)) continue;
    const spans = story.open.map((open) => overlap(assigned, open)).filter((span) => span !== undefined);
    for (const file of story.files)
      for (const reach of reachable(file, spans, assigned.user, "assigned", suspects)) yield [file, reach];
  }
}

function* reachable(
  file: FileStory,
  spans: readonly Span[],
  user: string,
  because: Reach["because"],
  suspects: ReadonlyMap<string, readonly Span[]>,
): Iterable<Reach> {
  for (const span of spans) {
    const there = overlap(span, file);
    if (!there) continue;
    // One moment is enough to say that it was within reach.
    for (const suspect of suspects.get(user) ?? []) {
      const both = overlap(there, suspect);
      if (both) {
        yield { user, because, from: iso(both.from), to: iso(both.to) };
        break;
      }
    }
  }
}

/** A set is in force from when it was first seen until the next one is. */
function policiesIn(story: Story, { from, to }: ScopeQuery): string[] {
  const seen = [...story.policies].sort(([, one], [, other]) => one - other);
  return seen.filter(([, at], i) => at < to && (seen[i + 1]?.[1] ?? Infinity) > from).map(([set]) => set);
}

function refOf({ index, ts, t, user, ses, case: caseId, file, parts, n }: Deed): LineRef {
  return {
    index,
    ts: iso(ts),
    t,
    user,
    ...(ses === undefined ? {} : { ses }),
    ...(caseId === undefined ? {} : { case: caseId }),
    ...(file === undefined ? {} : { file }),
    ...(parts.length === 0 ? {} : { parts }),
    ...(n === undefined ? {} : { n }),
  };
}

function rank({ verdict }: CustomerScope): number {
  return ["confirmed", "potential", "listed", "none"].indexOf(verdict);
}

function within(ts: number, { from, to }: Span): boolean {
  return ts >= from && ts < to;
}

function overlap(one: Readonly<Span>, other: Readonly<Span>): Span | undefined {
  const from = Math.max(one.from, other.from);
  const to = Math.min(one.to, other.to);
  return from < to ? { from, to } : undefined;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
