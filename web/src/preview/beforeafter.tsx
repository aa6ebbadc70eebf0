import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { formatNumber, m } from "../i18n/index.ts";
import { Checkbox, cx, EmptyState } from "../ui/index.ts";
import { compare, onlyChanges, type CompareRow } from "./compare.ts";
import styles from "./beforeafter.module.css";

const ROW = 19;
/** A line this long is cut for showing: a page does not lay out megabytes in one line. */
const LONGEST = 2000;
const WORD = /[A-Za-z0-9_-]/;

/** One text as recorded and as it will be sealed. The left side never leaves this browser. */
export function BeforeAfter({ before, after }: { readonly before: string; readonly after: string }) {
  const [all, setAll] = useState(false);
  const rows = useMemo(() => compare(before, after), [before, after]);
  const shown = useMemo(() => (all ? rows : onlyChanges(rows)), [rows, all]);
  const changed = rows.some((row) => row.kind === "changed");
  return (
    <div className={styles.compare}>
      <div className={styles.head}>
        <span className={cx(styles.side, styles.old)}>{m.upload_before()}</span>
        <span className={cx(styles.side, styles.new)}>{m.upload_after()}</span>
        <Checkbox checked={all} onChecked={setAll} label={m.upload_all_lines()} />
      </div>
      {changed || all ? <Lines rows={shown} /> : <EmptyState icon="check" title={m.upload_nothing_replaced()} />}
    </div>
  );
}

function Lines({ rows }: { readonly rows: readonly CompareRow[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  // The virtualizer is read while rendering and never memoised: nothing here is compiled by React Compiler.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 20,
  });
  return (
    <div ref={scroller} className={styles.scroller} tabIndex={0} role="region" aria-label={m.upload_before_after()}>
      <div className={styles.body} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          return row ? (
            <div key={item.key} className={styles.row} style={{ transform: `translateY(${item.start}px)` }}>
              <Line row={row} />
            </div>
          ) : null;
        })}
      </div>
    </div>
  );
}

function Line({ row }: { readonly row: CompareRow }) {
  if (row.kind === "gap")
    return <div className={styles.gap}>{m.upload_lines_same({ count: formatNumber(row.rows) })}</div>;
  const [before, after] =
    row.kind === "changed"
      ? marked(row.before, row.after)
      : [[row.before, "", ""] as const, [row.after, "", ""] as const];
  return (
    <>
      <code className={cx(styles.line, row.kind === "changed" && styles.removed)}>
        <Marked pieces={before} />
      </code>
      <code className={cx(styles.line, row.kind === "changed" && styles.added)}>
        <Marked pieces={after} />
      </code>
    </>
  );
}

function Marked({ pieces: [head, middle, tail] }: { readonly pieces: readonly [string, string, string] }) {
  return (
    <>
      {shortened(head)}
      {middle !== "" && <mark className={styles.mark}>{middle}</mark>}
      {tail}
    </>
  );
}

const HEAD = 56;

/** A long line is cut in its equal beginning, so that what changed is in sight. */
function shortened(head: string): string {
  return head.length > HEAD ? `${head.slice(0, 30)}…${head.slice(-20)}` : head;
}

/** What two lines have in common at their ends, and the middle that differs. */
function marked(
  before: string,
  after: string,
): readonly [readonly [string, string, string], readonly [string, string, string]] {
  const a = before.slice(0, LONGEST);
  const b = after.slice(0, LONGEST);
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start++;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  // Whole words: that two secrets begin or end with the same letter says nothing.
  while (start > 0 && WORD.test(a[start - 1] ?? "") && WORD.test(a[start] ?? b[start] ?? "")) start--;
  while (
    end > 0 &&
    WORD.test(a[a.length - end] ?? "") &&
    WORD.test(a[a.length - end - 1] ?? b[b.length - end - 1] ?? "")
  )
    end--;
  const cut = (line: string): readonly [string, string, string] => [
    line.slice(0, start),
    line.slice(start, line.length - end),
    line.slice(line.length - end),
  ];
  return [cut(a), cut(b)];
}
