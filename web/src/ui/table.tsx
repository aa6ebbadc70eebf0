import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
  type RowData,
  type SortingState,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { useMedia } from "./media.ts";
import { rowKeys } from "./rowkeys.ts";
import { useHotkeys } from "./hotkeys.ts";
import styles from "./table.module.css";

export interface Column<Row> {
  readonly id: string;
  /** A function where columns are made once and the language may change. */
  readonly header: string | (() => string);
  /** `narrow`: there is room for little, other columns are hidden. */
  readonly cell: (row: Row, narrow: boolean) => ReactNode;
  /** A CSS grid track: "6rem", "minmax(0, 1fr)". */
  readonly width: string;
  readonly align?: "start" | "end";
  /** Hidden on narrow screens; its most important part then belongs in another column's cell. */
  readonly wideOnly?: boolean;
  /** Makes the column sortable. */
  readonly sort?: (row: Row) => string | number;
}

export interface DataTableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
  /** Enter, or a click on the row. */
  readonly onOpen?: (row: Row) => void;
  /** Any other key, with the row under the cursor; true when it was one of the list's own. */
  readonly onKey?: (key: string, row: Row) => boolean;
  /** j, k and Enter work wherever the focus is, unless it is in a field or a dialog. */
  readonly hotkeys?: boolean;
  /** `fill` takes the height of its parent; `content` grows with its rows up to a bound. */
  readonly height?: "fill" | "content";
  readonly rowHeight?: number;
  readonly narrowRowHeight?: number;
  /** Which rows are on screen: for work that is only worth doing there (decrypting names). */
  readonly onVisible?: (from: number, to: number) => void;
  /** Near the end of the rows: load more. */
  readonly onEnd?: () => void;
  /** Shown in place of rows. */
  readonly empty?: ReactNode;
  readonly selected?: string | undefined;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });
const NO_SORT: SortingState = [];

export function DataTable<Row extends RowData>(props: DataTableProps<Row>) {
  const {
    label,
    rows,
    rowKey,
    columns,
    onOpen,
    onKey: onOther,
    hotkeys = false,
    height = "content",
    onVisible,
    onEnd,
    empty,
    selected,
  } = props;
  const narrow = useMedia("(max-width: 40rem)");
  const rowHeight = narrow ? (props.narrowRowHeight ?? 56) : (props.rowHeight ?? 38);
  const shown = useMemo(() => columns.filter((column) => !(narrow && column.wideOnly)), [columns, narrow]);
  const [sorting, setSorting] = useState(NO_SORT);
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>();
    return helper.columns(
      shown.map((column) =>
        column.sort
          ? helper.accessor(column.sort, { id: column.id, enableSorting: true })
          : helper.display({ id: column.id, enableSorting: false }),
      ),
    );
  }, [shown]);
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: rowKey,
    state: { sorting },
    onSortingChange: setSorting,
  });
  const model = table.getRowModel().rows;

  const base = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const [focused, setFocused] = useState(false);
  // Its values are read while rendering, never memoised or handed on.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: model.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => model[index]?.id ?? index,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;

  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  useEffect(() => {
    if (last >= 0) onVisible?.(first, last);
    if (onEnd && model.length > 0 && last >= model.length - 20) onEnd();
  }, [first, last, model.length, onVisible, onEnd]);

  const move = rowKeys({
    count: model.length,
    active,
    page: () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 1),
    onMove: (to) => {
      setActive(to);
      virtual.scrollToIndex(to, { align: "auto" });
    },
    onOpen: (at) => {
      const row = model[at];
      if (!row || !onOpen) return false;
      onOpen(row.original);
      return true;
    },
  });
  const onKey = (event: globalThis.KeyboardEvent | KeyboardEvent): boolean => {
    if (move(event)) return true;
    const row = model[active];
    if (!row || event.ctrlKey || event.metaKey || event.altKey || !onOther?.(event.key, row.original)) return false;
    event.preventDefault();
    return true;
  };
  useHotkeys(hotkeys, onKey, scroller);

  const grid = { "--columns": shown.map((column) => column.width).join(" ") } as CSSProperties; // React's type leaves custom properties out
  return (
    <div className={cx(styles.table, height === "fill" && styles.fill)} style={grid}>
      <div
        ref={scroller}
        className={styles.scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={model.length + 1}
        aria-colcount={shown.length}
        aria-activedescendant={focused && active >= first && active <= last ? `${base}-${active}` : undefined}
        tabIndex={0}
        onFocus={(event) => event.target === event.currentTarget && setFocused(true)}
        onBlur={() => setFocused(false)}
        onKeyDown={(event) => {
          if (event.target === event.currentTarget && onKey(event)) event.stopPropagation();
        }}
      >
        <div role="rowgroup" className={styles.head}>
          <div role="row" aria-rowindex={1} className={styles.row}>
            {shown.map((column) => (
              <Head key={column.id} column={column} sorting={sorting} onSort={(next) => setSorting(next)} />
            ))}
          </div>
        </div>
        {model.length === 0 && empty !== undefined && (
          <div role="rowgroup">
            <div role="row">
              <div role="gridcell">{empty}</div>
            </div>
          </div>
        )}
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = model[item.index];
            if (!row) return null;
            return (
              <DataRow
                key={row.id}
                id={`${base}-${item.index}`}
                row={row.original}
                columns={shown}
                index={item.index}
                offset={item.start}
                height={item.size}
                narrow={narrow}
                active={item.index === active}
                selected={selected === undefined ? undefined : row.id === selected}
                onActive={setActive}
                onOpen={onOpen}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface DataRowProps<Row> {
  readonly id: string;
  readonly row: Row;
  readonly columns: readonly Column<Row>[];
  readonly index: number;
  readonly offset: number;
  readonly height: number;
  readonly narrow: boolean;
  readonly active: boolean;
  readonly selected: boolean | undefined;
  readonly onActive: (index: number) => void;
  readonly onOpen: ((row: Row) => void) | undefined;
}

function DataRow<Row>(props: DataRowProps<Row>) {
  const { id, row, columns, index, offset, height, narrow, active, selected, onActive, onOpen } = props;
  return (
    // The grid around it has the keyboard: rows are its active descendants (ARIA APG, grid).
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={cx(styles.row, styles.data, onOpen && styles.opens, active && styles.active)}
      style={{ height, transform: `translateY(${offset}px)` }}
      onClick={(event) => {
        onActive(index);
        // A click on a control or a link within the row is that control's.
        if (!(event.target instanceof Element && event.target.closest("a, button, input"))) onOpen?.(row);
      }}
    >
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={cx(styles.cell, column.align === "end" && styles.end)}>
          {column.cell(row, narrow)}
        </div>
      ))}
    </div>
  );
}

function headerOf<Row>({ header }: Column<Row>): string {
  return typeof header === "string" ? header : header();
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly sorting: SortingState;
  readonly onSort: (next: SortingState) => void;
}

function Head<Row>({ column, sorting, onSort }: HeadProps<Row>) {
  const sorted = sorting.find((entry) => entry.id === column.id);
  const direction = sorted === undefined ? "none" : sorted.desc ? "descending" : "ascending";
  return (
    <div
      role="columnheader"
      aria-sort={column.sort ? direction : undefined}
      className={cx(styles.cell, styles.headCell, column.align === "end" && styles.end)}
    >
      {column.sort ? (
        <button
          type="button"
          className={styles.sort}
          onClick={() =>
            onSort(
              direction === "none"
                ? [{ id: column.id, desc: false }]
                : direction === "ascending"
                  ? [{ id: column.id, desc: true }]
                  : [],
            )
          }
        >
          {headerOf(column)}
          <Icon
            name="chevronDown"
            className={cx(styles.arrow, direction === "ascending" && styles.up, direction === "none" && styles.none)}
          />
        </button>
      ) : (
        headerOf(column)
      )}
    </div>
  );
}
