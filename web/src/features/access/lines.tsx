import { useMemo, type ReactNode } from "react";
import type { AccessLine } from "../../engine/index.ts";
import { formatList, m } from "../../i18n/index.ts";
import { Badge, DataTable, Time, type Column } from "../../ui/index.ts";
import { purposeName } from "../view/purposes.ts";
import { sentence } from "./sentence.ts";
import styles from "./access.module.css";

export interface LinesProps {
  readonly lines: readonly AccessLine[];
  readonly selected: number | undefined;
  readonly compact: boolean;
  readonly onSelect: (line: AccessLine) => void;
  readonly onEnd: () => void;
  readonly empty: ReactNode;
}

export function Lines({ lines, selected, compact, onSelect, onEnd, empty }: LinesProps) {
  const columns = useMemo(() => columnsFor(compact), [compact]);
  return (
    <DataTable
      label={m.access_table()}
      rows={lines}
      rowKey={(line) => String(line.index)}
      columns={columns}
      onOpen={onSelect}
      onEnd={onEnd}
      hotkeys
      height="fill"
      empty={empty}
      selected={selected === undefined ? undefined : String(selected)}
    />
  );
}

const PART_NAMES: Readonly<Record<string, () => string>> = {
  index: m.access_part_index,
  headers: m.access_part_headers,
  requestBodies: m.access_part_request,
  responseBodies: m.access_part_response,
};

export function partNames(parts: readonly string[]): string {
  return formatList(parts.map((part) => (Object.hasOwn(PART_NAMES, part) ? PART_NAMES[part]?.() : undefined) ?? part));
}

function columnsFor(compact: boolean): Column<AccessLine>[] {
  const columns: Column<AccessLine>[] = [
    {
      id: "index",
      header: "#",
      width: "4rem",
      align: "end",
      wideOnly: true,
      cell: (line) => <span className={styles.dim}>{line.index}</span>,
      sort: (line) => line.index,
    },
    {
      id: "when",
      header: m.access_column_when(),
      width: "11rem",
      wideOnly: true,
      cell: (line) => (line.ts === "" ? "—" : <Time at={line.ts} />),
      sort: (line) => line.ts,
    },
    {
      id: "what",
      header: m.access_column_what(),
      width: "minmax(0, 1.3fr)",
      cell: (line, narrow) => <What line={line} narrow={narrow} />,
    },
  ];
  if (!compact) {
    columns.push(
      {
        id: "parts",
        header: m.access_column_parts(),
        width: "minmax(0, 1.2fr)",
        wideOnly: true,
        cell: (line) => <span className={styles.clip}>{partNames(line.parts)}</span>,
      },
      {
        id: "why",
        header: m.access_column_why(),
        width: "minmax(0, 1.6fr)",
        wideOnly: true,
        cell: (line) => <Why line={line} />,
      },
    );
  }
  columns.push({
    id: "proof",
    header: m.access_column_proof(),
    width: "7rem",
    align: "end",
    cell: (line) => <ProofBadge line={line} />,
  });
  return columns;
}

function What({ line, narrow }: { readonly line: AccessLine; readonly narrow: boolean }) {
  return (
    <span className={styles.what}>
      <span className={styles.clip}>{sentence(line)}</span>
      {narrow && line.ts !== "" && (
        <span className={styles.dim}>
          <Time at={line.ts} relative /> {line.why !== undefined && `· ${purposeName(line.why)}`}
        </span>
      )}
    </span>
  );
}

function Why({ line }: { readonly line: AccessLine }) {
  if (line.why === undefined) return null;
  return (
    <span className={styles.clip}>
      {purposeName(line.why)}
      {line.text !== undefined && <span className={styles.dim}> · {line.text}</span>}
    </span>
  );
}

export function ProofBadge({ line }: { readonly line: AccessLine }) {
  return line.proof.ok ? (
    <Badge tone="ok" icon="check">
      {m.access_proof_ok()}
    </Badge>
  ) : (
    <Badge tone="danger" icon="warn">
      {m.access_proof_bad()}
    </Badge>
  );
}
