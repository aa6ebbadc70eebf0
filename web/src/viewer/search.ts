import { useEffect, useState } from "react";
import type { Row, Snapshot, ViewerStore } from "./store.ts";

/** Rows between two looks at the clock. */
const STRIDE = 64;
const SLICE_MS = 12;

export interface Found {
  readonly rows: readonly Row[];
  readonly searching: boolean;
}

/** Searches everything that is open, in slices, so that typing stays smooth over thousands of entries. */
export function useSearch(store: ViewerStore, rows: readonly Row[], query: string, parts: Snapshot["parts"]): Found {
  const [found, setFound] = useState<{ readonly query: string; readonly rows: readonly Row[]; readonly done: boolean }>(
    { query: "", rows: [], done: true },
  );
  useEffect(() => {
    if (query === "") return;
    let stopped = false;
    const matches = matcher(query);
    const hits: Row[] = [];
    const step = (from: number): void => {
      if (stopped) return;
      const began = performance.now();
      let at = from;
      while (at < rows.length && (at === from || at % STRIDE !== 0 || performance.now() - began < SLICE_MS)) {
        const row = rows[at];
        if (row && [...store.texts(row, parts)].some(matches)) hits.push(row);
        at++;
      }
      setFound({ query, rows: [...hits], done: at >= rows.length });
      if (at < rows.length) setTimeout(() => step(at), 0);
    };
    step(0);
    return () => {
      stopped = true;
    };
  }, [store, rows, query, parts]);
  if (query === "") return { rows, searching: false };
  return found.query === query ? { rows: found.rows, searching: !found.done } : { rows: found.rows, searching: true };
}

/** The parts are JSON text, in which quotes and line breaks are escaped: both spellings count. */
function matcher(query: string): (text: string) => boolean {
  const plain = query.toLowerCase();
  const escaped = JSON.stringify(query).slice(1, -1).toLowerCase();
  return (text) => {
    const lower = text.toLowerCase();
    return lower.includes(plain) || (escaped !== plain && lower.includes(escaped));
  };
}
