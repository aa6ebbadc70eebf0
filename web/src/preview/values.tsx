import { useMemo, useState } from "react";
import type { Sanitised, ValueRow } from "../engine/index.ts";
import { formatNumber, m } from "../i18n/index.ts";
import { Badge, Button, Callout, DataTable, EmptyState, Select, type Column } from "../ui/index.ts";
import { kindAbout, kindName, ruleName } from "./words.ts";
import styles from "./preview.module.css";

export interface ValuesProps {
  readonly sanitised: Sanitised;
  readonly onEntry: (index: number) => void;
  readonly onKeep: (row: ValueRow) => void;
}

const ALL = "all";

/** What was replaced, by kind: what it is, why it went, where it stood. The values themselves are nowhere in here. */
export function Values({ sanitised, onEntry, onKeep }: ValuesProps) {
  const [kind, setKind] = useState(ALL);
  const { values, counts, total, unlisted } = sanitised;
  const shown = useMemo(() => (kind === ALL ? values : values.filter((row) => row.kind === kind)), [values, kind]);
  const columns = useMemo(() => valueColumns(onEntry, onKeep), [onEntry, onKeep]);
  const kinds = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const about = kind === ALL ? undefined : kindAbout(kind);
  return (
    <div className={styles.fill}>
      <div className={styles.bar}>
        <Select
          label={m.upload_filter_kind()}
          size="sm"
          icon="filter"
          value={kind}
          onValue={setKind}
          choices={[
            { value: ALL, label: m.upload_all_kinds({ count: formatNumber(total) }) },
            ...kinds.map(([name, count]) => ({ value: name, label: `${kindName(name)} · ${formatNumber(count)}` })),
          ]}
        />
        <span className={styles.note}>
          {m.san_values_note({ values: formatNumber(values.length), places: formatNumber(total) })}
          {unlisted > 0 && ` ${m.san_values_more({ count: formatNumber(unlisted) })}`}
        </span>
      </div>
      {about !== undefined && (
        <div className={styles.about}>
          <Callout title={kindName(kind)}>{about}</Callout>
        </div>
      )}
      <DataTable
        label={m.san_tab_values()}
        rows={shown}
        rowKey={keyOf}
        columns={columns}
        onOpen={(row) => {
          const entry = row.entries.find((at) => at >= 0);
          if (entry !== undefined) onEntry(entry);
        }}
        hotkeys
        height="fill"
        rowHeight={38}
        narrowRowHeight={64}
        empty={<EmptyState icon="seal" title={m.upload_no_findings()} />}
      />
    </div>
  );
}

/** The values of one request. */
export function ValuesHere({
  rows,
  onKeep,
}: {
  readonly rows: readonly ValueRow[];
  readonly onKeep: ValuesProps["onKeep"];
}) {
  const columns = useMemo(
    () => valueColumns(() => undefined, onKeep).filter(({ id }) => id !== "requests" && id !== "places"),
    [onKeep],
  );
  return (
    <DataTable
      label={m.san_tab_values_here()}
      rows={rows}
      rowKey={keyOf}
      columns={columns}
      height="fill"
      rowHeight={38}
      narrowRowHeight={64}
      empty={<EmptyState icon="check" title={m.upload_nothing_replaced()} />}
    />
  );
}

function keyOf(row: ValueRow): string {
  return row.standIn ?? row.rules.join();
}

function valueColumns(onEntry: ValuesProps["onEntry"], onKeep: ValuesProps["onKeep"]): Column<ValueRow>[] {
  return [
    {
      id: "kind",
      header: m.upload_column_kind(),
      width: "minmax(7rem, 9rem)",
      cell: (row) => <Badge tone={row.confidence === "certain" ? "danger" : "warn"}>{kindName(row.kind)}</Badge>,
      sort: (row) => row.kind,
    },
    {
      id: "what",
      header: m.upload_column_what(),
      width: "minmax(0, 1.6fr)",
      wideOnly: true,
      cell: (row) => (
        <span className={styles.clip} title={row.rules.map(ruleName).join("; ")}>
          {ruleName(row.rules.find((rule) => rule !== "echo") ?? "echo")}
        </span>
      ),
      sort: (row) => row.rules.join(),
    },
    {
      id: "standIn",
      header: m.san_column_value(),
      width: "minmax(0, 1.3fr)",
      cell: (row, narrow) => (
        <span className={styles.stacked}>
          {row.standIn === undefined ? (
            <span className={styles.note}>{m.san_mask()}</span>
          ) : (
            <code className={styles.clip}>{row.standIn}</code>
          )}
          {narrow && <Keep row={row} onKeep={onKeep} />}
        </span>
      ),
    },
    {
      id: "places",
      header: m.san_column_places(),
      width: "5rem",
      align: "end",
      wideOnly: true,
      cell: (row) => formatNumber(row.places),
      sort: (row) => row.places,
    },
    {
      id: "requests",
      header: m.san_column_requests(),
      width: "minmax(0, 1fr)",
      wideOnly: true,
      cell: (row) => <Requests row={row} onEntry={onEntry} />,
      sort: (row) => row.entries[0] ?? -1,
    },
    {
      id: "keep",
      header: m.san_column_keep(),
      width: "10rem",
      wideOnly: true,
      cell: (row) => <Keep row={row} onKeep={onKeep} />,
      sort: (row) => row.keep,
    },
  ];
}

const SHOWN = 3;

function Requests({ row, onEntry }: { readonly row: ValueRow; readonly onEntry: (index: number) => void }) {
  const listed = row.entries.filter((at) => at >= 0);
  if (listed.length === 0) return <span className={styles.note}>{m.san_outside()}</span>;
  const more = row.carriedBy - Math.min(SHOWN, listed.length);
  return (
    <span className={styles.clip}>
      {listed.slice(0, SHOWN).map((at) => (
        <button key={at} type="button" className={styles.link} onClick={() => onEntry(at)}>
          #{at + 1}
        </button>
      ))}
      {more > 0 && (
        <span className={styles.note}>{m.san_requests_more({ count: more, number: formatNumber(more) })}</span>
      )}
    </span>
  );
}

function Keep({ row, onKeep }: { readonly row: ValueRow; readonly onKeep: (row: ValueRow) => void }) {
  if (row.keep === "live")
    return (
      <span className={styles.danger} title={m.san_keep_live_text()}>
        {m.san_keep_live()}
      </span>
    );
  if (row.keep === "never") return <span className={styles.note}>{m.san_keep_never()}</span>;
  return (
    <Button size="sm" variant="ghost" onClick={() => onKeep(row)}>
      {m.san_keep()}
    </Button>
  );
}
