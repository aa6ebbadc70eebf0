import { setTimeout as sleep } from "node:timers/promises";
import { Refused } from "../src/desk-client.ts";

/** Everybody's requests pass here, so that all can be made to wait while the server is away or is being checked. */
export class Gate {
  #open = false;
  #waiting: (() => void)[] = [];
  readonly #workers: number;
  #idle: (() => void) | undefined;

  constructor(workers: number) {
    this.#workers = workers;
  }

  open(): void {
    this.#open = true;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Settles when every worker waits: nothing is under way any more. */
  async close(): Promise<void> {
    this.#open = false;
    if (this.#waiting.length < this.#workers) await new Promise<void>((idle) => (this.#idle = idle));
  }

  async pass(): Promise<void> {
    if (this.#open) return;
    await new Promise<void>((go) => {
      this.#waiting.push(go);
      if (this.#waiting.length === this.#workers) this.#idle?.();
    });
  }

  /** Asks until there is an answer. A refusal is an answer; a broken connection, and a server that lacks its releaser, are none. */
  async insist<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      await this.pass();
      try {
        return await ask();
      } catch (error) {
        if (!isUnanswered(error)) throw error;
        await sleep(20);
      }
    }
  }
}

export function isUnanswered(error: unknown): boolean {
  // fetch says TypeError for every broken connection.
  if (error instanceof TypeError) return error.message === "fetch failed" || error.message === "terminated";
  return error instanceof Refused && error.status === 503;
}
