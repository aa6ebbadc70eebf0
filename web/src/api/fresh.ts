import { useSyncExternalStore } from "react";
import { isApiError } from "./error.ts";

/** Who waits for the person to show that it is they. One dialog serves all that ask meanwhile. */
interface Waiting {
  readonly done: () => void;
  readonly refused: (error: unknown) => void;
}
let waiting: readonly Waiting[] = [];
const listeners = new Set<() => void>();

function set(next: readonly Waiting[]): void {
  waiting = next;
  for (const listener of listeners) listener();
}

/**
 * Does something for which the server may want the person themself (protocol 4.2): when it does, the dialog opens, and the
 * whole is done once more, because acts that were signed before the dialog are too old after it.
 */
export async function withFresh<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isApiError(error) || error.code !== "verify.needed") throw error;
    await new Promise<void>((done, refused) => set([...waiting, { done, refused: () => refused(error) }]));
    return act();
  }
}

export function useFreshWanted(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => waiting.length > 0,
  );
}

export function answerFresh(shown: boolean): void {
  const all = waiting;
  set([]);
  for (const { done, refused } of all) (shown ? done : refused)(undefined);
}
