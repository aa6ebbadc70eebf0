import { useCallback, useEffect, useState } from "react";

export type Loaded<T> =
  | { readonly at: "loading" }
  | { readonly at: "ready"; readonly value: T }
  | { readonly at: "failed"; readonly error: unknown };

const LOADING = { at: "loading" } as const;

/** Loads when its inputs change and forgets at once what is out of sight: recorded content must not stay in memory. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>): readonly [Loaded<T>, () => void] {
  const [state, setState] = useState<{ readonly of: unknown; readonly loaded: Loaded<T> }>();
  const start = useCallback(() => {
    const abort = new AbortController();
    const run = async (): Promise<void> => {
      let loaded: Loaded<T>;
      try {
        loaded = { at: "ready", value: await load(abort.signal) };
      } catch (error) {
        loaded = { at: "failed", error };
      }
      if (!abort.signal.aborted) setState({ of: load, loaded });
    };
    void run();
    return abort;
  }, [load]);
  useEffect(() => {
    const abort = start();
    return () => abort.abort();
  }, [start]);
  const retry = useCallback(() => {
    setState(undefined);
    start();
  }, [start]);
  return [state?.of === load ? state.loaded : LOADING, retry];
}
