import { useCallback, useEffect, useState } from "react";

export type Loaded<T> =
  | { readonly at: "loading" }
  | { readonly at: "ready"; readonly value: T }
  | { readonly at: "failed"; readonly error: unknown };

/** Loads when its inputs change and forgets at once what is out of sight: recorded content must not stay in memory. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>): readonly [Loaded<T>, () => void] {
  const [state, setState] = useState<{ readonly of: unknown; readonly loaded: Loaded<T> }>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    load(abort.signal).then(
      (value) => !abort.signal.aborted && setState({ of: load, loaded: { at: "ready", value } }),
      (error: unknown) => !abort.signal.aborted && setState({ of: load, loaded: { at: "failed", error } }),
    );
    return () => abort.abort();
  }, [load, attempt]);
  const retry = useCallback(() => {
    setState(undefined);
    setAttempt((count) => count + 1);
  }, []);
  return [state?.of === load ? state.loaded : { at: "loading" }, retry];
}
