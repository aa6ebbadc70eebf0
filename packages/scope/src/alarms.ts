import type { Leaf } from "@breakwater/ledger";
import type { Line } from "./story.ts";

export const ALARMS = {
  "opened-unsigned": "A file was opened, and the act is not signed by the device of the person that it names.",
  "opened-unapproved": "A file was opened under a grant that nobody approved, and your settings ask for approval.",
  "opened-by-service": "A service account opened a file. No service account may.",
  "opened-many": "One person opened unusually many files within an hour.",
  "break-glass": "Somebody used break-glass: a file may be opened without approval.",
  "new-network": "A person acted from a network that the log has not seen them on before.",
  "refused-many": "One person was refused unusually often within an hour.",
  "policy-changed": "The rules about who may open what were changed.",
  "settings-changed": "A setting was changed.",
  "key-revoked": "A person, device, vendor or service account lost its standing.",
  shredded: "A case's keys were destroyed.",
  exported: "A list, a report or a case was exported.",
  "unknown-line": "The log holds a line of a kind that this program does not know.",
  silence: "The log has been silent for longer than its heartbeat allows.",
} as const;
export type AlarmName = keyof typeof ALARMS;

export interface Alarm {
  readonly name: AlarmName;
  readonly org: string;
  /** The line that set it off; null for silence. */
  readonly index: number | null;
  readonly ts: string;
  readonly user: string | null;
  readonly detail: string;
}
export interface AlarmLimits {
  /** Files that one person may open within an hour before it counts as many. */
  readonly openings: number;
  readonly refusals: number;
  /** Milliseconds without a line. The log beats every five minutes. */
  readonly silence: number;
  /** Whether every opening by staff needs an approval. */
  readonly approval: boolean;
}
export const DEFAULT_LIMITS: AlarmLimits = { openings: 20, refusals: 10, silence: 10 * 60_000, approval: false };

/** What a line looks like to whoever could check its signature. */
export interface CheckedLine extends Line {
  /** False when the act's signature does not hold. */
  readonly signed: boolean;
}

const HOUR = 3_600_000;
const PLAIN: Readonly<Record<string, AlarmName>> = {
  "grant.breakglass": "break-glass",
  "policy.change": "policy-changed",
  "config.change": "settings-changed",
  "key.revoke": "key-revoked",
  "key.shred": "shredded",
  "export.report": "exported",
  "export.case": "exported",
};

/** Watches one organisation's log, line by line. Time is the log's own, but for silence, which only the reader's clock can notice. */
export class Alarms {
  readonly #org: string;
  readonly #limits: AlarmLimits;
  readonly #networks = new Map<string, Set<string>>();
  readonly #opened = new Recent();
  readonly #refused = new Recent();
  readonly #approved = new Set<string>();
  #last: number | undefined;
  #silent = false;

  constructor(org: string, limits: AlarmLimits = DEFAULT_LIMITS) {
    this.#org = org;
    this.#limits = limits;
  }

  add(line: CheckedLine): Alarm[] {
    const { leaf, index } = line;
    const ts = Date.parse(leaf.ts);
    this.#last = Math.max(this.#last ?? ts, ts);
    this.#silent = false;
    const raised: Alarm[] = [];
    const raise = (name: AlarmName, detail: string): void => {
      raised.push({ name, org: this.#org, index, ts: leaf.ts, user: leaf.actor.id, detail });
    };
    const plain = PLAIN[leaf.t];
    if (plain !== undefined) raise(plain, leaf.what ?? leaf.case ?? leaf.t);
    if (leaf.t === "grant.approve" && leaf.grant !== undefined) this.#approved.add(leaf.grant);
    if (leaf.t === "key.release" && leaf.pol?.dec !== "deny") this.#release(line, ts, raise);
    if (leaf.t === "key.deny") {
      const count = this.#refused.add(leaf.actor.id, `${index}`, ts);
      if (count === this.#limits.refusals) raise("refused-many", `${count} within an hour`);
    }
    this.#network(leaf, raise);
    return raised;
  }

  /** `now` is the reader's clock. Silence is told once until the log speaks again. */
  tick(now: number): Alarm[] {
    if (this.#last === undefined || this.#silent || now - this.#last <= this.#limits.silence) return [];
    this.#silent = true;
    const minutes = Math.floor((now - this.#last) / 60_000);
    const ts = new Date(now).toISOString();
    return [{ name: "silence", org: this.#org, index: null, ts, user: null, detail: `no line for ${minutes} minutes` }];
  }

  #release({ leaf, signed }: CheckedLine, ts: number, raise: (name: AlarmName, detail: string) => void): void {
    const what = leaf.file ?? leaf.case ?? "";
    if (!signed) raise("opened-unsigned", what);
    if (leaf.actor.kind === "service") raise("opened-by-service", what);
    const unapproved = leaf.actor.kind === "staff" && leaf.file !== undefined && !this.#approved.has(leaf.grant ?? "");
    if (this.#limits.approval && unapproved) raise("opened-unapproved", what);
    const count = this.#opened.add(leaf.actor.id, what, ts);
    if (count === this.#limits.openings) raise("opened-many", `${count} files within an hour`);
  }

  /** The first network of a person is where they are known from; only a later one is news. */
  #network({ actor, net }: Leaf, raise: (name: AlarmName, detail: string) => void): void {
    if (net?.pfx === undefined || (actor.kind !== "staff" && actor.kind !== "customer")) return;
    const known = this.#networks.get(actor.id);
    if (known?.has(net.pfx) === false) raise("new-network", net.pfx);
    this.#networks.set(actor.id, (known ?? new Set()).add(net.pfx));
  }
}

/** Distinct things per person within the last hour. */
class Recent {
  readonly #seen = new Map<string, Map<string, number>>();

  /** How many there are now; only a thing that was not there already can reach a limit. */
  add(user: string, thing: string, ts: number): number {
    const own = this.#seen.get(user) ?? new Map<string, number>();
    for (const [old, at] of own) if (ts - at > HOUR) own.delete(old);
    const known = own.has(thing);
    own.set(thing, ts);
    this.#seen.set(user, own);
    return known ? 0 : own.size;
  }
}
