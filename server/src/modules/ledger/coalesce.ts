/**
 * At most one run per key at a time; calls that arrive during a run share the next one. So every caller gets a run
 * that began after the call, and a thousand callers cost two runs.
 */
export function coalesce<T>(run: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  const waiting = new Map<string, Promise<T>>();
  return (key) => {
    const queued = waiting.get(key);
    if (queued) return queued;
    const begin = async (): Promise<T> => {
      await running.get(key)?.catch(() => {});
      waiting.delete(key);
      const mine = run(key);
      running.set(key, mine);
      try {
        return await mine;
      } finally {
        if (running.get(key) === mine) running.delete(key);
      }
    };
    const next = begin();
    waiting.set(key, next);
    // With nothing running, `begin` has already started: later calls must not share it.
    return next;
  };
}
