import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Fragment, useCallback, useMemo, useState } from "react";
import { casesQuery, type CaseRow } from "../../api/index.ts";
import { formatNumber, m, useLocale } from "../../i18n/index.ts";
import {
  Badge,
  Button,
  buttonClass,
  DataTable,
  EmptyState,
  Icon,
  Kbd,
  Page,
  Time,
  useNow,
  type Column,
} from "../../ui/index.ts";
import { Reads } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { Assignees, SubjectCell } from "./cells.tsx";
import { FilterBar } from "./filterbar.tsx";
import { narrowing, queryOf, type CasesSearch } from "./filters.ts";
import { priorityName, stateName, stateTone } from "./names.ts";
import { QUICK_KEYS, QuickChange, type Quick } from "./quick.tsx";
import { Searched } from "./searched.tsx";
import styles from "./cases.module.css";

const NO_CASES: readonly CaseRow[] = [];

export function CasesPage() {
  const me = useMe();
  useLocale();
  const search = useSearch({ from: "/app/cases" });
  const navigate = useNavigate({ from: "/cases" });
  const desk = me.org.kind === "desk";
  const [quick, setQuick] = useState<Quick>();
  const now = useNow();
  const cases = useInfiniteQuery(casesQuery(queryOf(search, now.getTime())));
  const rows = useMemo(() => cases.data?.pages.flatMap((page) => page.cases) ?? NO_CASES, [cases.data]);
  const total = cases.data?.pages[0]?.total ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = cases;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const onSearch = (next: CasesSearch) => void navigate({ search: next, replace: true });
  const onKey = (key: string, row: CaseRow): boolean => {
    const kind = QUICK_KEYS[key];
    if (kind === undefined || !may(me, kind === "assign" ? "assignCase" : "updateCase")) return false;
    setQuick({ kind, row });
    return true;
  };
  const count = cases.isSuccess ? m.case_count({ count: total, number: formatNumber(total) }) : "";
  return (
    <Page
      title={m.nav_cases()}
      layout="fill"
      actions={
        may(me, "openCase") && (
          <Link to="/cases/new" className={buttonClass("primary")}>
            <Icon name="plus" />
            {m.case_new()}
          </Link>
        )
      }
    >
      <FilterBar search={search} onSearch={onSearch} count={count} />
      {search.q !== undefined && <Searched words={search.q} rows={rows} />}
      <div className={styles.tableCard}>
        <Reads of={[cases]} title={m.case_list_failed()} lines={10}>
          {() => (
            <DataTable
              label={m.nav_cases()}
              rows={rows}
              rowKey={(row) => row.case}
              columns={desk ? COLUMNS : OWN_COLUMNS}
              height="fill"
              hotkeys
              onOpen={(row) => void navigate({ to: "/cases/$case", params: { case: row.case } })}
              onKey={onKey}
              onEnd={onEnd}
              empty={
                <NoCases filtered={narrowing(search) > 0} onClear={() => onSearch({})} mayOpen={may(me, "openCase")} />
              }
            />
          )}
        </Reads>
      </div>
      {quick && <QuickChange quick={quick} onClose={() => setQuick(undefined)} />}
      <p className={styles.hints} aria-hidden="true">
        <Hint keys={["j", "k"]} does={m.case_hint_move()} />
        <Hint keys={["Enter"]} does={m.keys_open()} />
        <Hint keys={["/"]} does={m.keys_search()} />
        {desk && <Hint keys={["a"]} does={m.keys_assign()} />}
        <Hint keys={["s"]} does={m.keys_state()} />
        <Hint keys={["p"]} does={m.keys_priority()} />
        <Hint keys={["?"]} does={m.keys_title()} />
      </p>
    </Page>
  );
}

function Hint({ keys, does }: { readonly keys: readonly string[]; readonly does: string }) {
  return (
    <span>
      {keys.map((key) => (
        <Fragment key={key}>
          <Kbd>{key}</Kbd>{" "}
        </Fragment>
      ))}
      {does}
    </span>
  );
}

function NoCases({
  filtered,
  mayOpen,
  onClear,
}: {
  readonly filtered: boolean;
  readonly mayOpen: boolean;
  readonly onClear: () => void;
}) {
  if (filtered) {
    return (
      <EmptyState
        icon="filter"
        title={m.case_none_filtered()}
        action={<Button onClick={onClear}>{m.case_filter_clear()}</Button>}
      >
        {m.case_none_filtered_text()}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="cases"
      title={m.case_none()}
      action={
        mayOpen && (
          <Link to="/cases/new" className={buttonClass("primary")}>
            <Icon name="plus" />
            {m.case_new()}
          </Link>
        )
      }
    >
      {mayOpen ? m.case_none_text_customer() : m.case_none_text_desk()}
    </EmptyState>
  );
}

const COLUMNS: readonly Column<CaseRow>[] = [
  {
    id: "number",
    header: m.case_number,
    width: "4.5rem",
    wideOnly: true,
    cell: (row) => <span className={styles.number}>#{row.number}</span>,
  },
  {
    id: "subject",
    header: m.case_subject,
    width: "minmax(0, 1fr)",
    cell: (row, narrow) => <SubjectCell row={row} narrow={narrow} />,
  },
  {
    id: "customer",
    header: m.people_customer,
    width: "minmax(0, 10rem)",
    wideOnly: true,
    cell: (row) => row.orgName,
  },
  {
    id: "state",
    header: m.case_state,
    width: "minmax(0, 11.5rem)",
    wideOnly: true,
    cell: (row) => <Badge tone={stateTone(row.state)}>{stateName(row.state)}</Badge>,
  },
  {
    id: "priority",
    header: m.case_priority,
    width: "5.5rem",
    wideOnly: true,
    cell: (row) => (
      <span className={row.priority === "normal" ? styles.faint : undefined}>{priorityName(row.priority)}</span>
    ),
  },
  {
    id: "assignee",
    header: m.case_assignee,
    width: "minmax(0, 9rem)",
    wideOnly: true,
    cell: (row) => <Assignees row={row} />,
  },
  {
    id: "waiting",
    header: m.case_waiting,
    width: "7rem",
    align: "end",
    wideOnly: true,
    cell: (row) => (row.waiting === null ? null : <Time at={row.waiting} relative />),
  },
  {
    id: "changed",
    header: m.case_changed,
    width: "7.25rem",
    align: "end",
    cell: (row) => <Time at={row.changed} relative />,
  },
];

/** A customer sees one customer's cases: its own. */
const OWN_COLUMNS = COLUMNS.filter((column) => column.id !== "customer");
