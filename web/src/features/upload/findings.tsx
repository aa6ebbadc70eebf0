import { DEFAULT_LIMITS } from "@breakwater/har";
import { useMemo, useState } from "react";
import type { FindingRow, Sanitised } from "../../engine/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import { Badge, DataTable, EmptyState, Select, type Column } from "../../ui/index.ts";
import { kindName, ruleName } from "./kinds.ts";
import styles from "./upload.module.css";

export interface FindingsProps {
  readonly sanitised: Sanitised;
  readonly onEntry: (index: number) => void;
}

interface Item extends FindingRow {
  readonly key: string;
  readonly where: string;
}

const ALL = "all";
/** The sanitiser lists so many places (packages/har, maxFindings) and counts the rest; values in one place are one line. */
const LISTED = DEFAULT_LIMITS.maxFindings;

/** What was replaced, by kind and place. The values themselves are not in the report. */
export function Findings({ sanitised, onEntry }: FindingsProps) {
  const [kind, setKind] = useState(ALL);
  const items = useMemo(
    () => sanitised.findings.map((row, at): Item => ({ ...row, key: String(at), where: whereOf(row) })),
    [sanitised],
  );
  const shown = useMemo(() => (kind === ALL ? items : items.filter((item) => item.kind === kind)), [items, kind]);
  const kinds = Object.entries(sanitised.counts).sort(([, a], [, b]) => b - a);
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
            { value: ALL, label: m.upload_all_kinds({ count: formatNumber(sanitised.total) }) },
            ...kinds.map(([name, count]) => ({ value: name, label: `${kindName(name)} · ${formatNumber(count)}` })),
          ]}
        />
        <span className={styles.note}>
          {m.upload_places({ total: formatNumber(sanitised.total), count: formatNumber(items.length) })}
          {items.length >= LISTED && ` · ${m.upload_unlisted({ count: formatNumber(sanitised.unlisted) })}`}
        </span>
      </div>
      <DataTable
        label={m.upload_findings()}
        rows={shown}
        rowKey={(item) => item.key}
        columns={columns()}
        onOpen={(item) => item.entry >= 0 && onEntry(item.entry)}
        height="fill"
        rowHeight={34}
        empty={<EmptyState icon="seal" title={m.upload_no_findings()} />}
      />
    </div>
  );
}

function columns(): Column<Item>[] {
  return [
    {
      id: "kind",
      header: m.upload_column_kind(),
      width: "9rem",
      cell: (row) => <Badge tone={row.confidence === "certain" ? "danger" : "warn"}>{kindName(row.kind)}</Badge>,
      sort: (row) => row.kind,
    },
    {
      id: "what",
      header: m.upload_column_what(),
      width: "minmax(0, 1fr)",
      wideOnly: true,
      cell: (row) => <span className={styles.clip}>{ruleName(row.rule)}</span>,
      sort: (row) => row.rule,
    },
    {
      id: "where",
      header: m.upload_column_where(),
      width: "minmax(0, 1.6fr)",
      cell: (row) => <code className={styles.clip}>{row.where}</code>,
      sort: (row) => row.entry,
    },
  ];
}

/** "#12 response/headers/3/value": the entry as people count, then the place in it. */
function whereOf(row: FindingRow): string {
  const place = row.pointer.replace(/^\/log\/entries\/\d+/, "").replace(/^\//, "");
  return row.entry < 0 ? place : `#${row.entry + 1} ${place}`;
}
