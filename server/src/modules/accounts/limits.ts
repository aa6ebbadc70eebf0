/** Bounded memory of things that expire: challenges, seen proofs, counts. When it is full the oldest goes. */
export class Expiring<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly until: number }>();
  readonly #most: number;
  constructor(most: number) {
    this.#most = most;
  }

  set(key: string, value: Value, until: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until });
    if (this.#entries.size <= this.#most) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }

  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > now) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  take(key: string, now: number): Value | undefined {
    const value = this.get(key, now);
    this.#entries.delete(key);
    return value;
  }
}

/** At most `most` in each window, by key. */
export class RateLimit {
  readonly #windows = new Expiring<{ count: number }>(20_000);
  readonly #most: number;
  readonly #windowMs: number;
  constructor(most: number, windowMs: number) {
    this.#most = most;
    this.#windowMs = windowMs;
  }

  /** Counts one; false when it is one too many. */
  allow(key: string, now: number): boolean {
    const window = this.#windows.get(key, now);
    if (window === undefined) {
      this.#windows.set(key, { count: 1 }, now + this.#windowMs);
      return true;
    }
    window.count++;
    return window.count <= this.#most;
  }

  forget(key: string): void {
    this.#windows.delete(key);
  }
}
