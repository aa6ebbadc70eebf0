import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { EntryRow, Sanitised, ValueRow } from "../engine/index.ts";
import { formatBytes, formatList, formatNumber, m } from "../i18n/index.ts";
import { EmptyState, SearchBox, Segmented, Spinner, useSearchKeys } from "../ui/index.ts";
import { Entries } from "../viewer/entries.tsx";
import { Legend } from "../viewer/waterfall.tsx";
import { EntryPane } from "./entrypane.tsx";
import { KeepDialog, KeptList, useKeepWork } from "./keepdialog.tsx";
import { Sessions, headline } from "./sessions.tsx";
import type { PreviewSource } from "./source.ts";
import { Values } from "./values.tsx";
import { kindName } from "./words.ts";
import styles from "./preview.module.css";

export interface PreviewProps {
  readonly sanitised: Sanitised;
  readonly source: PreviewSource;
  /** The work was done again, with one value more or less kept. */
  readonly onSanitised: (sanitised: Sanitised) => void;
  /** What can be decided about the file as a whole. */
  readonly actions: ReactNode;
}

type View = "entries" | "values" | "sessions";

/** What was found and what will be handed on, before anything is: the last look is its owner's. */
export function Preview({ sanitised, source, onSanitised, actions }: PreviewProps) {
  const [view, setView] = useState<View>("entries");
  const [selected, setSelected] = useState<number | undefined>();
  const [wanted, setWanted] = useState<ValueRow | undefined>();
  const [typed, setTyped] = useState("");
  const query = useDeferredValue(typed.trim());
  const field = useRef<HTMLInputElement>(null);
  const found = useSearch(sanitised, source, query);
  const work = useKeepWork(source, onSanitised);
  useSearchKeys(field, () => {
    if (selected !== undefined) setSelected(undefined);
    else setTyped("");
  });
  const onKeep = useCallback((row: ValueRow) => setWanted(row), []);
  const onEntry = useCallback((index: number) => setSelected(index), []);
  const open = selected === undefined ? undefined : sanitised.entries[selected];
  const { sessions } = sanitised.sessions;
  const risk = sessions.live + sessions.unknown;
  return (
    <div className={styles.preview}>
      <Summary sanitised={sanitised} actions={actions} onSessions={() => setView("sessions")} />
      <KeptList sanitised={sanitised} work={work} />
      <div className={styles.bar}>
        <div className={styles.views}>
          <Segmented
            label={m.upload_view()}
            value={view}
            onValue={setView}
            choices={[
              { value: "entries", label: `${m.upload_entries()} · ${formatNumber(sanitised.entries.length)}` },
              { value: "values", label: `${m.san_tab_values()} · ${formatNumber(sanitised.values.length)}` },
              {
                value: "sessions",
                label: `${m.san_tab_sessions()} · ${formatNumber(risk)}`,
                ...(risk > 0 ? { icon: "warn" as const } : {}),
              },
            ]}
          />
        </div>
        {view === "entries" && (
          <>
            <SearchBox
              field={field}
              label={m.san_search()}
              placeholder={m.san_search_hint()}
              value={typed}
              onValue={setTyped}
            />
            <span className={styles.found} role="status">
              {found.searching && <Spinner />}
              {query !== "" &&
                m.san_matches({
                  count: formatNumber(found.rows.length),
                  total: formatNumber(sanitised.entries.length),
                })}
            </span>
          </>
        )}
      </div>
      <div className={open ? styles.panes : styles.onePane}>
        <div className={styles.pane}>
          {view === "entries" && (
            <>
              <Entries
                label={m.upload_entries()}
                rows={found.rows}
                all={sanitised.entries}
                selected={selected}
                onSelect={(row) => setSelected(row.index)}
                compact={open !== undefined}
                showFindings
                empty={
                  <EmptyState
                    icon={query === "" ? "file" : "search"}
                    title={query === "" ? m.upload_no_entries() : m.san_no_matches()}
                  />
                }
              />
              {!open && (
                <div className={styles.legend}>
                  <Legend />
                </div>
              )}
            </>
          )}
          {view === "values" && <Values sanitised={sanitised} onEntry={onEntry} onKeep={onKeep} />}
          {view === "sessions" && <Sessions sanitised={sanitised} source={source} onEntry={onEntry} />}
        </div>
        {open && (
          <EntryPane
            key={open.index}
            source={source}
            row={open}
            onClose={() => setSelected(undefined)}
            onKeep={onKeep}
          />
        )}
      </div>
      {wanted && (
        <KeepDialog
          row={wanted}
          work={work}
          onClose={() => {
            work.stop();
            setWanted(undefined);
          }}
        />
      )}
    </div>
  );
}

/** One plain sentence about what was done, one about what is still open. */
function Summary({
  sanitised,
  actions,
  onSessions,
}: {
  readonly sanitised: Sanitised;
  readonly actions: ReactNode;
  readonly onSessions: () => void;
}) {
  const top = Object.entries(sanitised.counts)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 4)
    .map(([kind, count]) => `${formatNumber(count)} ${kindName(kind)}`);
  const facts = {
    name: sanitised.fileName,
    entries: formatNumber(sanitised.entries.length),
    total: formatNumber(sanitised.total),
  };
  const { live, unknown } = sanitised.sessions.sessions;
  return (
    <section className={styles.summary} aria-label={m.upload_summary()}>
      <div className={styles.summaryText}>
        <p className={styles.sentence}>
          {sanitised.total === 0
            ? m.upload_sentence_none(facts)
            : m.upload_sentence({ ...facts, kinds: formatList(top) })}
        </p>
        <p className={styles.note}>
          {m.upload_checked({
            values: formatNumber(sanitised.checkedValues),
            encodings: formatNumber(sanitised.checkedEncodings),
          })}{" "}
          {m.upload_sizes({ before: formatBytes(sanitised.bytesIn), after: formatBytes(sanitised.bytesOut) })}
          {sanitised.masked > 0 && ` ${m.upload_masked({ count: formatNumber(sanitised.masked) })}`}
        </p>
        {live + unknown > 0 && (
          <button type="button" className={styles.alarm} onClick={onSessions}>
            {headline(sanitised.sessions)}
          </button>
        )}
      </div>
      <div className={styles.decide}>{actions}</div>
    </section>
  );
}

interface Found {
  readonly rows: readonly EntryRow[];
  readonly searching: boolean;
}

const WAIT_MS = 150;

/** What the list shows is searched at once, the cleaned content as soon as it was read. */
function useSearch(sanitised: Sanitised, source: PreviewSource, query: string): Found {
  const { entries } = sanitised;
  const [deep, setDeep] = useState<{
    readonly of: unknown;
    readonly query: string;
    readonly hits: ReadonlySet<number>;
  }>();
  useEffect(() => {
    if (query === "") return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      source.search(query, abort.signal).then(
        (hits) => !abort.signal.aborted && setDeep({ of: entries, query, hits: new Set(hits) }),
        // A search that was overtaken or whose file is gone has nothing to show.
        () => !abort.signal.aborted && setDeep({ of: entries, query, hits: new Set() }),
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [source, entries, query]);
  const current = deep !== undefined && deep.of === entries && deep.query === query ? deep : undefined;
  const rows = useMemo(() => {
    if (query === "") return entries;
    const plain = query.toLowerCase();
    return entries.filter(
      (row) =>
        current?.hits.has(row.index) === true ||
        `${row.method} ${row.host}${row.path} ${row.status} ${row.mime}`.toLowerCase().includes(plain),
    );
  }, [entries, query, current]);
  return { rows, searching: query !== "" && current === undefined };
}
