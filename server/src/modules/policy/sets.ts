import type { Sql } from "@breakwater/sql";
import { loadRules, PolicyError, type RuleSet } from "./cedar.ts";
import { readSets, type StoredSet } from "./tables.ts";

/**
 * Which rules hold. INVARIANT: a set that does not validate against this program's schema never holds; what held before it
 * does. The whole is replaced at once, in memory, after the transaction that changed it; a crash before that leaves the old.
 */
export class Sets {
  readonly schema: string;
  readonly #zero: RuleSet & { readonly text: string };
  readonly #sql: Sql | undefined;
  readonly #report: (error: unknown) => void;
  readonly #loaded = new Map<string, RuleSet>();
  /** Approved and not withdrawn, the one that holds latest first. */
  #approved: readonly StoredSet[] = [];

  constructor(
    text: string,
    schema: string,
    { sql, report }: { readonly sql?: Sql | undefined; readonly report: (error: unknown) => void },
  ) {
    this.schema = schema;
    this.#zero = { ...loadRules(text, schema), text };
    this.#sql = sql;
    this.#report = report;
  }

  /** Reads the sets again. Called at the start and after each change. */
  async reload(): Promise<void> {
    if (this.#sql === undefined) return;
    const sets = await readSets(this.#sql.db);
    const usable = sets.filter((set) => set.effective !== null && set.withdrawn === null && this.#load(set));
    this.#approved = usable.toSorted((a, b) => (b.effective?.getTime() ?? 0) - (a.effective?.getTime() ?? 0));
  }

  at(now: number): RuleSet & { readonly text: string } {
    const found = this.#approved.find(({ effective }) => effective !== null && effective.getTime() <= now);
    const rules = found && this.#loaded.get(found.hash);
    return found && rules ? { ...rules, text: found.text } : this.#zero;
  }

  get zero(): { readonly hash: string; readonly text: string } {
    return { hash: this.#zero.hash, text: this.#zero.text };
  }

  #load({ hash, text }: StoredSet): boolean {
    if (this.#loaded.has(hash)) return true;
    try {
      this.#loaded.set(hash, loadRules(text, this.schema));
      return true;
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      this.#report(error);
      return false;
    }
  }
}

/**
 * Whether a set lets nothing through that its base did not, whatever is asked: it only takes permits away and only adds rules
 * that forbid, and leaves all others as they were to the letter. Anything else may loosen, and is treated as if it did.
 */
export function onlyTightens(base: RuleSet, next: RuleSet): boolean {
  const same = (of: RuleSet, id: string, text: string): boolean => of.rules.get(id)?.text === text;
  const permits = [...next.rules].filter(([, { effect }]) => effect === "permit");
  const forbids = [...base.rules].filter(([, { effect }]) => effect === "forbid");
  return (
    permits.every(([id, { text }]) => same(base, id, text)) && forbids.every(([id, { text }]) => same(next, id, text))
  );
}
