import { isObject, type JsonValue } from "./json.ts";
import { InventoryCollector, type Inventory } from "./inventory.ts";
import type { Observer } from "./observer.ts";
import type { Finding, Refused, Report } from "./report.ts";
import type { Confidence, Kind, RuleId } from "./rules.ts";
import { sanitise, type SanitiseOptions } from "./sanitise.ts";
import { hostOf } from "./session.ts";
import type { Sink, Source } from "./source.ts";

/** Findings of one rule in one kind of place. */
export interface PlaceCount {
  readonly rule: RuleId;
  readonly kind: Kind;
  readonly confidence: Confidence;
  /** Pointer below the entry with a star for list positions. */
  readonly place: string;
  readonly count: number;
  /** The first entry with it, or -1 for the part outside the entries. */
  readonly first: number;
}

/** What a file holds, without any of it. */
export interface Inspection {
  readonly entries: number;
  readonly bytes: number;
  readonly hosts: readonly { readonly host: string; readonly entries: number; readonly findings: number }[];
  readonly counts: Report["counts"];
  readonly places: readonly PlaceCount[];
  readonly refused: readonly Refused[];
  readonly inventory: Inventory;
}

const MAX_HOSTS = 10_000;
const MAX_HOST_PER_ENTRY = 1_000_000;
const nowhere: Sink = { write: () => undefined };

class HostCounter implements Observer {
  readonly entriesOf = new Map<string, number>();
  readonly #hostOf: string[] = [];
  readonly #next: Observer;
  constructor(next: Observer) {
    this.#next = next;
  }
  entry(index: number, entry: JsonValue): void {
    const request = isObject(entry) ? entry["request"] : undefined;
    const host = hostOf(isObject(request) ? request["url"] : undefined) ?? "";
    if (this.entriesOf.has(host) || this.entriesOf.size < MAX_HOSTS)
      this.entriesOf.set(host, (this.entriesOf.get(host) ?? 0) + 1);
    if (index < MAX_HOST_PER_ENTRY) this.#hostOf[index] = host;
    this.#next.entry(index, entry);
  }
  secret(value: string, rule: RuleId, entry: number): void {
    this.#next.secret(value, rule, entry);
  }
  hostOfEntry(index: number): string | undefined {
    return this.#hostOf[index];
  }
}

/** Says what is in a file: hosts, what is secret where, which sessions. Writes nothing. */
export async function inspect(source: Source, options: SanitiseOptions & { readonly now: Date }): Promise<Inspection> {
  const collector = new InventoryCollector();
  const hosts = new HostCounter(collector);
  try {
    const report = await sanitise(source, nowhere, { ...options, observer: hosts });
    const found = new Map<string, number>();
    for (const { entry } of report.findings) {
      const host = hosts.hostOfEntry(entry);
      if (host !== undefined) found.set(host, (found.get(host) ?? 0) + 1);
    }
    const listed = [...hosts.entriesOf].map(([host, entries]) => ({ host, entries, findings: found.get(host) ?? 0 }));
    return {
      entries: report.entries,
      bytes: report.bytesIn,
      hosts: listed.sort((a, b) => b.findings - a.findings || b.entries - a.entries),
      counts: report.counts,
      places: placesOf(report.findings),
      refused: report.refused,
      inventory: collector.inventory(options.now),
    };
  } finally {
    collector.close();
  }
}

/** Findings grouped by rule and kind of place, the most frequent first. */
export function placesOf(findings: readonly Finding[]): readonly PlaceCount[] {
  const groups = new Map<string, { finding: Finding; place: string; count: number }>();
  for (const finding of findings) {
    const below = finding.entry < 0 ? finding.pointer : finding.pointer.replace(/^\/log\/entries\/\d+/, "");
    const place = below.replace(/\/\d+(?=\/|$)/g, "/*");
    const group = groups.get(`${finding.rule} ${place}`);
    if (group === undefined) groups.set(`${finding.rule} ${place}`, { finding, place, count: 1 });
    else group.count++;
  }
  return [...groups.values()]
    .sort((a, b) => b.count - a.count || (a.place < b.place ? -1 : 1))
    .map(({ finding, place, count }) => ({
      rule: finding.rule,
      kind: finding.kind,
      confidence: finding.confidence,
      place,
      count,
      first: finding.entry,
    }));
}

/** Is the file free of what the rules find? `report.counts.total` is 0 and nothing was refused exactly then. */
export async function scan(
  source: Source,
  options: SanitiseOptions,
): Promise<{ readonly clean: boolean; readonly report: Report }> {
  const report = await sanitise(source, nowhere, options);
  return { clean: report.counts.total === 0 && report.refused.length === 0, report };
}
