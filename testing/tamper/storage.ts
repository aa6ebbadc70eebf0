/**
 * As much of IndexedDB as the engine's database.ts uses: one store per name, values by key. The engine's own code then
 * runs in Node as in a browser.
 */
export function installStorage(): void {
  const stores = new Map<string, Map<string, unknown>>();
  const later = (run: () => void): void => queueMicrotask(run);
  const request = (target: EventTarget, result: unknown): object => Object.assign(target, { result });
  const objectStore = (name: string): object => {
    const values = stores.get(name) ?? new Map<string, unknown>();
    stores.set(name, values);
    return {
      get: (key: string) => request(new EventTarget(), structuredClone(values.get(key))),
      getAll: () => request(new EventTarget(), [...values.values()]),
      put: (value: unknown, key: string) => request(new EventTarget(), values.set(key, structuredClone(value))),
      delete: (key: string) => request(new EventTarget(), values.delete(key)),
    };
  };
  const database = {
    objectStoreNames: { contains: () => true },
    transaction() {
      const transaction = Object.assign(new EventTarget(), { objectStore });
      later(() => transaction.dispatchEvent(new Event("complete")));
      return transaction;
    },
  };
  const open = (): object => {
    const opening = request(new EventTarget(), database) as EventTarget;
    later(() => opening.dispatchEvent(new Event("success")));
    return opening;
  };
  Object.defineProperty(globalThis, "indexedDB", { value: { open }, configurable: true });
}
