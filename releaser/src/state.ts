import type { TreeHead } from "@breakwater/ledger";
import type { KnownStanding } from "@breakwater/seal";
import { fromBase64url, toBase64url } from "@breakwater/wire";
import { ReleaserError } from "./error.ts";
import { Orders } from "./orders.ts";
import type {
  HeadRecord,
  KeyRecord,
  PinRecord,
  Record,
  ReleaseRecord,
  SettingsRecord,
  StandingRecord,
} from "./record.ts";

const HOUR_MS = 3_600_000;
/** A leaf is fresh for a minute and a grant lives 8 hours: older releases can neither be replayed nor counted. */
const KEEP_MS = 24 * HOUR_MS;

export interface Limits {
  /** Releases per hour. */
  readonly perActor: number;
  readonly perOrg: number;
}
/** The grant that a release uses, with how often it may be used in all. */
export interface Use {
  readonly id: string;
  readonly hash: string;
  readonly max: number;
}

/**
 * What the journal says, in memory. Every method is synchronous: what it checks is still so when it changes something.
 * Callers append the record that they applied and await it before they answer.
 */
export class State {
  #pin: PinRecord | undefined;
  readonly #heads = new Map<string, HeadRecord>();
  readonly #keys = new Map<string, KeyRecord>();
  /** By leaf, in the order of release. */
  readonly #releases = new Map<string, ReleaseRecord>();
  readonly #standings = new Map<string, StandingRecord>();
  /** By organisation. */
  readonly #settings = new Map<string, SettingsRecord>();
  readonly orders = new Orders();
  /** Signatures of the acts that were released. */
  readonly #acts = new Set<string>();
  readonly #limits: Limits;

  constructor(records: Iterable<Record>, limits: Limits) {
    this.#limits = limits;
    for (const record of records) this.apply(record);
  }

  get pin(): PinRecord | undefined {
    return this.#pin;
  }

  head(origin: string): TreeHead | undefined {
    const head = this.#heads.get(origin);
    return head && { size: head.size, root: fromBase64url(head.root) };
  }

  madeKey(caseId: string): boolean {
    return this.#keys.has(caseId);
  }

  /** In the order in which they came; only ever more. */
  get standings(): readonly StandingRecord[] {
    return [...this.#standings.values()];
  }

  get knownStandings(): number {
    return this.#standings.size;
  }

  /** Those of these that are not known yet. */
  newStandings(found: readonly KnownStanding[]): readonly StandingRecord[] {
    return found
      .map(({ of, id, by, state, created }): StandingRecord => ({ t: "standing", of, id, by, state, created }))
      .filter((record) => !this.#standings.has(standingKey(record)));
  }

  /** The newest word of the organisation that this releaser was told. */
  settings(org: string): SettingsRecord | undefined {
    return this.#settings.get(org);
  }

  /** A leaf, and the act that its actor signed, is released once: a log that holds an act twice releases nothing twice. */
  checkNew({ leaf, act }: { readonly leaf: string; readonly act: string }): void {
    if (this.#releases.has(leaf) || this.#acts.has(act))
      throw new ReleaserError(
        "release.replayed",
        "The shares under this leaf or for this act were released before. Ask for a new release.",
      );
  }

  /** Uses and rates, over all releases that count. */
  checkCounts(
    release: { readonly actor: string; readonly org: string; readonly now: number },
    use: Use | undefined,
  ): void {
    let uses = 0;
    let byActor = 0;
    let byOrg = 0;
    for (const { at, actor, org, grant } of this.#releases.values()) {
      if (use && grant?.id === use.id) {
        if (grant.hash !== use.hash)
          throw new ReleaserError("release.grant", `Another grant was used under the id ${use.id}.`);
        uses++;
      }
      if (at <= release.now - HOUR_MS) continue;
      if (actor === release.actor) byActor++;
      if (org === release.org) byOrg++;
    }
    if (use && uses >= use.max)
      throw new ReleaserError(
        "release.grantSpent",
        `The grant ${use.id} was used ${uses} times, which is all it allows. Request a new one.`,
      );
    if (byActor >= this.#limits.perActor) {
      throw new ReleaserError(
        "release.rateActor",
        `${release.actor} opened files ${byActor} times in an hour; the releaser allows ${this.#limits.perActor}.`,
      );
    }
    if (byOrg >= this.#limits.perOrg) {
      throw new ReleaserError(
        "release.rateOrg",
        `Files of ${release.org} were opened ${byOrg} times in an hour; the releaser allows ${this.#limits.perOrg}.`,
      );
    }
  }

  apply(record: Record): void {
    if (record.t === "pin") this.#pin = record;
    else if (record.t === "head") this.#heads.set(record.origin, record);
    else if (record.t === "key") this.#keys.set(record.case, record);
    else if (record.t === "standing") this.#standings.set(standingKey(record), record);
    else if (record.t === "settings") {
      const before = this.#settings.get(record.org);
      if (!before || before.created < record.created) this.#settings.set(record.org, record);
    } else if (record.t === "order") this.orders.apply(record);
    else {
      this.#heads.set(record.head.origin, record.head);
      this.#releases.set(record.leaf, record);
      if (record.act !== undefined) this.#acts.add(record.act);
      this.#forget(record.at);
    }
  }

  /** The records that say all this again. */
  *records(): Iterable<Record> {
    if (this.#pin) yield this.#pin;
    yield* this.#keys.values();
    yield* this.#standings.values();
    yield* this.#settings.values();
    yield* this.orders.records();
    yield* this.#releases.values();
    // Behind the releases: the newest head of a log must be the last that is read.
    yield* this.#heads.values();
  }

  #forget(now: number): void {
    for (const [leaf, { at, act }] of this.#releases) {
      if (at > now - KEEP_MS) break;
      this.#releases.delete(leaf);
      if (act !== undefined) this.#acts.delete(act);
    }
  }
}

function standingKey({ of, id, by, state, created }: KnownStanding): string {
  return `${of} ${id} ${by} ${state} ${created}`;
}

export function headRecord(origin: string, head: TreeHead): HeadRecord {
  return { t: "head", origin, size: head.size, root: toBase64url(head.root) };
}
