import { randomUUID } from "node:crypto";
import type { Sql } from "@breakwater/sql";
import type { PolicyRequest } from "./facts.ts";
import { insertDecisions, pruneDecisions, type StoredDecision } from "./tables.ts";

const DAY_MS = 86_400_000;
export const KEEP_DECISIONS_MS = 90 * DAY_MS;
const KEEP_ROWS = 100_000;
const FLUSH_MS = 2_000;
const PRUNE_MS = 3_600_000;
/** What waits while the database is away; older ones are dropped, for they are history and not evidence. The log is evidence. */
const MOST_WAITING = 5_000;
const BATCH = 500;

/** Questions about evidence and rules, so that a change of the rules can be tried on what people really did. */
const KEPT = /^(grant|key|policy|settings)\.|^file\.fetch$|^case\.(assign|close)$/u;

export class DecisionRecord {
  readonly #sql: Sql;
  readonly #report: (error: unknown) => void;
  readonly #now: () => number;
  #waiting: StoredDecision[] = [];
  #writing: Promise<void> = Promise.resolve();
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(deps: { readonly sql: Sql; readonly now: () => number; readonly report: (error: unknown) => void }) {
    this.#sql = deps.sql;
    this.#now = deps.now;
    this.#report = deps.report;
    this.#timers = [
      setInterval(() => void this.flush(), FLUSH_MS).unref(),
      setInterval(() => void this.#prune(), PRUNE_MS).unref(),
    ];
  }

  note(request: PolicyRequest, dec: "allow" | "deny", at: number): void {
    if (!KEPT.test(request.action)) return;
    this.#waiting.push({
      id: randomUUID(),
      at: new Date(at),
      user_id: request.subject.user,
      action: request.action,
      dec,
      request: JSON.stringify({ ...request, now: at }),
    });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  flush(): Promise<void> {
    this.#writing = this.#write(this.#writing).catch(this.#report);
    return this.#writing;
  }

  async #write(before: Promise<void>): Promise<void> {
    await before;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH);
      await insertDecisions(this.#sql, batch);
      this.#waiting = this.#waiting.slice(batch.length);
    }
  }

  async #prune(): Promise<void> {
    await pruneDecisions(this.#sql, new Date(this.#now() - KEEP_DECISIONS_MS), KEEP_ROWS).catch(this.#report);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.flush();
  }
}
