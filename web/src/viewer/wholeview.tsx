import { useVirtualizer } from "@tanstack/react-virtual";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { formatBytes, formatNumber, m } from "../i18n/index.ts";
import { Checkbox, cx, SearchBox, useSearchKeys } from "../ui/index.ts";
import { findLines, hexRow, hexRows, type Whole } from "./whole.ts";
import styles from "./wholeview.module.css";

const LINE_PX = 20;
/** Of one line on the screen; the rest is there to be searched. */
const MOST_CHARS = 20_000;

/** Text with its line numbers, or bytes. Nothing in it is rendered, linked, loaded or run. */
export function WholeView({ whole, end }: { readonly whole: Whole; readonly end: React.ReactNode }) {
  const { lines, bytes } = whole;
  const [typed, setTyped] = useState("");
  const [wrap, setWrap] = useState(true);
  const [only, setOnly] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useSearchKeys(field, () => setTyped(""));
  const query = useDeferredValue(typed.trim());
  const hits = useMemo(() => (lines && query !== "" ? findLines(lines, query) : undefined), [lines, query]);
  const rows = hits && only ? hits : undefined;
  return (
    <div className={styles.whole}>
      <div className={styles.top}>
        {lines && (
          <>
            <SearchBox
              field={field}
              label={m.view_text_search()}
              placeholder={m.view_text_search()}
              value={typed}
              onValue={setTyped}
            />
            <Checkbox checked={wrap} onChecked={setWrap} label={m.view_text_wrap()} />
            {hits && <Checkbox checked={only} onChecked={setOnly} label={m.view_text_only()} />}
          </>
        )}
        <span className={styles.count} role="status">
          {hits
            ? m.view_text_hits({ count: formatNumber(hits.length) })
            : lines
              ? m.view_text_lines({ count: formatNumber(lines.length) })
              : m.view_text_bytes({ size: formatBytes(bytes.length) })}
        </span>
        {end}
      </div>
      {lines ? (
        <Lines key={only ? query : ""} lines={lines} rows={rows} query={query} first={hits?.[0]} wrap={wrap} />
      ) : (
        <Hex bytes={bytes} />
      )}
    </div>
  );
}

function Lines({
  lines,
  rows,
  query,
  first,
  wrap,
}: {
  readonly lines: readonly string[];
  /** Only these. */
  readonly rows: readonly number[] | undefined;
  readonly query: string;
  readonly first: number | undefined;
  readonly wrap: boolean;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  // Its values are read while rendering, never memoised or handed on.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: rows?.length ?? lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 30,
    ...(rows === undefined && first !== undefined ? { initialOffset: first * LINE_PX } : {}),
  });
  return (
    // A region that scrolls is reached by the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} className={styles.scroller} tabIndex={0} role="region" aria-label={m.view_text()}>
      <div className={styles.body} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const at = rows?.[item.index] ?? item.index;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className={cx(styles.line, wrap && styles.wrap)}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <span className={styles.number} aria-hidden="true">
                {at + 1}
              </span>
              <span className={styles.text}>
                <Marked text={(lines[at] ?? "").slice(0, MOST_CHARS)} words={query} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Marked({ text, words }: { readonly text: string; readonly words: string }) {
  if (words === "") return text;
  const at = text.toLowerCase().indexOf(words.toLowerCase());
  if (at === -1) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + words.length)}</mark>
      {text.slice(at + words.length)}
    </>
  );
}

function Hex({ bytes }: { readonly bytes: Uint8Array }) {
  const scroller = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: hexRows(bytes),
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 30,
  });
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} className={styles.scroller} tabIndex={0} role="region" aria-label={m.view_text()}>
      <div className={styles.body} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = hexRow(bytes, item.index);
          return (
            <div key={item.key} className={styles.line} style={{ transform: `translateY(${item.start}px)` }}>
              <span className={styles.number}>{row.at}</span>
              <span className={styles.hex}>{row.hex}</span>
              <span className={styles.text}>{row.text}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
