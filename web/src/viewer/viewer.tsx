import { useDeferredValue, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { PartRole } from "../engine/api.ts";
import { formatNumber, m, useLocale } from "../i18n/index.ts";
import { Button, EmptyState, Hidden, Icon, SearchBox, Spinner, useSearchKeys } from "../ui/index.ts";
import { Detail } from "./detail.tsx";
import { Entries } from "./entries.tsx";
import { Legend } from "./waterfall.tsx";
import { useSearch } from "./search.ts";
import type { Snapshot, ViewerStore } from "./store.ts";
import { WatermarkLayer } from "./watermark.tsx";
import { WholeView } from "./wholeview.tsx";
import styles from "./viewer.module.css";

export interface ViewerProps {
  readonly store: ViewerStore;
  /** The person wants to see more: the page asks for a reason and opens it. */
  readonly onWant: (roles: readonly PartRole[]) => void;
}

export function Viewer({ store, onWant }: ViewerProps) {
  useLocale();
  const snapshot = useSyncExternalStore(store.subscribe, store.snapshot);
  const [typed, setTyped] = useState("");
  const query = useDeferredValue(typed.trim());
  const [selected, setSelected] = useState<number | undefined>();
  const found = useSearch(store, snapshot.rows, query, snapshot.parts);
  const search = useRef<HTMLInputElement>(null);
  const row = selected === undefined ? undefined : snapshot.rows[selected];
  useSearchKeys(search, () => {
    if (selected !== undefined) setSelected(undefined);
    else setTyped("");
  });
  if (snapshot.whole) {
    return (
      <div className={styles.viewer}>
        <WholeView
          whole={snapshot.whole}
          end={snapshot.until === undefined ? null : <TimeLeft until={snapshot.until} />}
        />
        {snapshot.watermark && <WatermarkLayer mark={snapshot.watermark} />}
      </div>
    );
  }
  const { index, text, raw } = snapshot.parts;
  if (text === "loading" || raw === "loading") return <EmptyState icon="clock" title={m.view_decrypting()} />;
  if ([index, text, raw].includes("broken")) return <EmptyState icon="warn" title={m.view_part_broken()} />;
  return (
    <div className={styles.viewer}>
      <div className={styles.top}>
        <SearchBox
          field={search}
          label={m.view_search()}
          placeholder={m.view_search_hint()}
          value={typed}
          onValue={setTyped}
        />
        <span className={styles.found} role="status">
          {found.searching && <Spinner />}
          {query === ""
            ? m.view_requests({ count: formatNumber(snapshot.rows.length) })
            : m.view_matches({ count: formatNumber(found.rows.length), total: formatNumber(snapshot.rows.length) })}
        </span>
        <Parts snapshot={snapshot} onWant={onWant} />
        {snapshot.until !== undefined && <TimeLeft until={snapshot.until} />}
      </div>
      <div className={row ? styles.panes : styles.onePane}>
        <div className={styles.pane}>
          <Entries
            label={m.view_entries()}
            rows={found.rows}
            all={snapshot.rows}
            selected={selected}
            onSelect={(item) => setSelected(item.index)}
            compact={row !== undefined}
            showFindings={false}
            empty={
              <EmptyState
                icon="search"
                title={
                  snapshot.parts.index === "loading"
                    ? m.view_decrypting()
                    : query === ""
                      ? m.view_no_entries()
                      : m.view_no_matches()
                }
              />
            }
          />
          {!row && (
            <div className={styles.legend}>
              <Legend />
            </div>
          )}
        </div>
        {row && (
          <Detail
            key={row.index}
            store={store}
            snapshot={snapshot}
            row={row}
            query={query}
            onClose={() => setSelected(undefined)}
            onWant={onWant}
          />
        )}
      </div>
      {snapshot.watermark && <WatermarkLayer mark={snapshot.watermark} />}
    </div>
  );
}

const BODIES = ["requestBodies", "responseBodies"] as const;

/** What is open and what is not: a file opens part by part. */
function Parts({ snapshot, onWant }: { readonly snapshot: Snapshot; readonly onWant: ViewerProps["onWant"] }) {
  const { parts, busy } = snapshot;
  const bodies = BODIES.filter((role) => parts[role] === "closed" || parts[role] === "broken");
  return (
    <div className={styles.parts}>
      {(parts.headers === "closed" || parts.headers === "broken") && (
        <Button size="sm" icon="lock" busy={busy} onClick={() => onWant(["headers"])}>
          {m.view_open_headers()}
        </Button>
      )}
      {bodies.length > 0 && (
        <Button size="sm" icon="lock" busy={busy} onClick={() => onWant(bodies)}>
          {m.view_open_bodies()}
        </Button>
      )}
    </div>
  );
}

function TimeLeft({ until }: { readonly until: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.floor((until - now) / 1000));
  const text = `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  return (
    <span className={seconds < 300 ? styles.soon : styles.left} title={m.view_time_left()}>
      <Icon name="clock" />
      <Hidden>{m.view_time_left()}</Hidden>
      {text}
    </span>
  );
}
