import { useMemo, type ReactNode } from "react";
import { formatBytes, formatNumber, m } from "../i18n/index.ts";
import { DataTable, type Column } from "../ui/index.ts";
import { spanOf, Waterfall, type Bar } from "./waterfall.tsx";
import styles from "./entries.module.css";

/** One request and its answer, as tables show it: in the preview before sealing and in the viewer after opening. */
export interface EntryItem extends Bar {
  readonly index: number;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status: number;
  readonly mime: string;
  readonly size: number;
  readonly findings: number;
}

export interface EntriesProps<Row extends EntryItem> {
  readonly label: string;
  readonly rows: readonly Row[];
  /** All rows of the file: the time line's scale stays when a search hides some. */
  readonly all: readonly Row[];
  readonly selected: number | undefined;
  readonly onSelect: (row: Row) => void;
  /** Beside a detail panel there is room for less. */
  readonly compact: boolean;
  readonly showFindings: boolean;
  readonly empty: ReactNode;
  readonly hotkeys?: boolean;
}

export function Entries<Row extends EntryItem>({
  label,
  rows,
  all,
  selected,
  onSelect,
  compact,
  showFindings,
  empty,
  hotkeys = true,
}: EntriesProps<Row>) {
  const span = useMemo(() => spanOf(all), [all]);
  const columns = useMemo(() => columnsFor(span, compact, showFindings), [span, compact, showFindings]);
  return (
    <DataTable
      label={label}
      rows={rows}
      rowKey={(row) => String(row.index)}
      columns={columns}
      onOpen={onSelect}
      hotkeys={hotkeys}
      height="fill"
      rowHeight={32}
      empty={empty}
      selected={selected === undefined ? undefined : String(selected)}
    />
  );
}

function columnsFor(span: number, compact: boolean, showFindings: boolean): Column<EntryItem>[] {
  const columns: (Column<EntryItem> & { readonly inCompact?: boolean })[] = [
    {
      id: "index",
      header: "#",
      width: "3.25rem",
      align: "end",
      wideOnly: true,
      cell: (row) => <span className={styles.dim}>{row.index + 1}</span>,
      sort: (row) => row.index,
    },
    {
      id: "method",
      header: m.view_column_method(),
      width: "4.5rem",
      wideOnly: true,
      cell: (row) => <span className={styles.method}>{row.method}</span>,
      sort: (row) => row.method,
    },
    {
      id: "url",
      header: m.view_column_url(),
      width: "minmax(0, 2fr)",
      inCompact: true,
      cell: (row, narrow) => <Url row={row} narrow={narrow} />,
      sort: (row) => row.host + row.path,
    },
    {
      id: "status",
      header: m.view_column_status(),
      width: "4rem",
      inCompact: true,
      cell: (row) => <Status value={row.status} />,
      sort: (row) => row.status,
    },
    {
      id: "mime",
      header: m.view_column_type(),
      width: "minmax(0, 0.7fr)",
      wideOnly: true,
      cell: (row) => <span className={styles.clip}>{shortMime(row.mime)}</span>,
      sort: (row) => row.mime,
    },
    {
      id: "size",
      header: m.view_column_size(),
      width: "5rem",
      align: "end",
      wideOnly: true,
      cell: (row) => formatBytes(row.size),
      sort: (row) => row.size,
    },
    {
      id: "time",
      header: m.view_column_time(),
      width: "5.5rem",
      align: "end",
      wideOnly: true,
      cell: (row) => m.view_ms({ value: formatNumber(Math.round(row.time)) }),
      sort: (row) => row.time,
    },
    {
      id: "bar",
      header: m.view_column_waterfall(),
      width: "minmax(7rem, 1.4fr)",
      wideOnly: true,
      cell: (row) => <Waterfall bar={row} span={span} />,
      sort: (row) => row.start,
    },
  ];
  if (showFindings) {
    columns.splice(4, 0, {
      id: "findings",
      header: m.upload_column_replaced(),
      width: "5.5rem",
      align: "end",
      inCompact: true,
      cell: (row) => <Count value={row.findings} />,
      sort: (row) => row.findings,
    });
  }
  return columns.filter((column) => !compact || column.inCompact || column.id === "method");
}

function Url({ row, narrow }: { readonly row: EntryItem; readonly narrow: boolean }) {
  return (
    <span className={narrow ? styles.stacked : styles.url} title={`${row.host}${row.path}`}>
      <span className={styles.host}>{narrow ? `${row.method} ${row.host}` : row.host}</span>
      <span className={styles.path}>{row.path}</span>
    </span>
  );
}

/** 0 is how recorders write that no answer came. */
export function Status({ value }: { readonly value: number }) {
  if (value === 0) return <span className={styles.failed}>—</span>;
  return <span className={value >= 400 ? styles.failed : value >= 300 ? styles.moved : styles.fine}>{value}</span>;
}

function Count({ value }: { readonly value: number }) {
  return value === 0 ? (
    <span className={styles.dim}>0</span>
  ) : (
    <span className={styles.count}>{formatNumber(value)}</span>
  );
}

function shortMime(mime: string): string {
  return mime.replace(/^application\//, "").replace(/^text\//, "");
}
