import type { UseQueryResult } from "@tanstack/react-query";
import { DataTable, type DataTableProps } from "../../ui/index.ts";
import { m } from "../../i18n/index.ts";
import { Reads } from "../shell/failed.tsx";
import styles from "./people.module.css";

export interface ListedProps<Row> extends DataTableProps<Row> {
  /** What the rows come from: while it is read, or when it cannot be, that is said in their place. */
  readonly of: UseQueryResult;
  /** It stands in a panel, which has the frame. */
  readonly framed?: boolean;
}

/** A virtual list in a frame, as every tab of this page has one. */
export function Listed<Row extends object>({ of, framed = true, ...table }: ListedProps<Row>) {
  return (
    <Reads of={[of]} title={m.people_failed()}>
      {() => (
        <div className={framed ? styles.card : undefined}>
          <DataTable {...table} />
        </div>
      )}
    </Reads>
  );
}
