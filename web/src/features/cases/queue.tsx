import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { casesQuery, customersQuery, type CaseRow } from "../../api/index.ts";
import { formatNumber, m, useLocale } from "../../i18n/index.ts";
import {
  Button,
  buttonClass,
  DataTable,
  EmptyState,
  Icon,
  Kbd,
  Page,
  Segmented,
  Select,
  Time,
  type Column,
} from "../../ui/index.ts";
import { Reads } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { typeName } from "./names.ts";
import { Assignees, SubjectCell } from "./cells.tsx";
import styles from "./cases.module.css";

export interface CasesSearch {
  readonly state?: "open" | "closed" | "all";
  readonly mine?: boolean;
  readonly org?: string | undefined;
}

const NO_CASES: readonly CaseRow[] = [];

export function CasesPage() {
  const me = useMe();
  useLocale();
  const search: CasesSearch = useSearch({ from: "/app/cases" });
  const navigate = useNavigate({ from: "/cases" });
  const desk = me.org.kind === "desk";
  const state = search.state ?? "open";
  const cases = useInfiniteQuery(
    casesQuery({ state: state === "all" ? undefined : state, mine: search.mine, org: search.org }),
  );
  const rows = useMemo(() => cases.data?.pages.flatMap((page) => page.cases) ?? NO_CASES, [cases.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = cases;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const filter = (next: CasesSearch) => void navigate({ search: next, replace: true });
  const filtered = search.mine === true || search.org !== undefined || state !== "open";
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
      <div className={styles.toolbar}>
        <Segmented
          label={m.case_filter_state()}
          value={state}
          onValue={(next) => filter({ ...search, state: next })}
          choices={[
            { value: "open", label: m.case_state_open() },
            { value: "closed", label: m.case_state_closed() },
            { value: "all", label: m.case_state_all() },
          ]}
        />
        {desk && (
          <Segmented
            label={m.case_filter_mine()}
            value={search.mine ? "mine" : "everyone"}
            onValue={(next) => filter({ ...search, mine: next === "mine" })}
            choices={[
              { value: "everyone", label: m.case_filter_everyone() },
              { value: "mine", label: m.case_filter_assigned_me() },
            ]}
          />
        )}
        {desk && <CustomerFilter org={search.org} onOrg={(org) => filter({ ...search, org })} />}
        <span className={styles.count} role="status">
          {cases.isSuccess &&
            (hasNextPage
              ? m.case_count_more({ count: formatNumber(rows.length) })
              : m.case_count({ count: rows.length, number: formatNumber(rows.length) }))}
        </span>
      </div>
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
              onEnd={onEnd}
              empty={<NoCases filtered={filtered} onClear={() => filter({})} mayOpen={may(me, "openCase")} />}
            />
          )}
        </Reads>
      </div>
      <p className={styles.hints} aria-hidden="true">
        <span>
          <Kbd>j</Kbd> <Kbd>k</Kbd> {m.case_hint_move()}
        </span>
        <span>
          <Kbd>Enter</Kbd> {m.keys_open()}
        </span>
        <span>
          <Kbd>?</Kbd> {m.keys_title()}
        </span>
      </p>
    </Page>
  );
}

function CustomerFilter({
  org,
  onOrg,
}: {
  readonly org: string | undefined;
  readonly onOrg: (org: string | undefined) => void;
}) {
  const customers = useQuery(customersQuery);
  const choices = customers.data?.customers ?? [];
  if (choices.length === 0) return null;
  return (
    <Select
      size="sm"
      icon="building"
      label={m.case_filter_customer()}
      value={org ?? "all"}
      onValue={(next) => onOrg(next === "all" ? undefined : next)}
      choices={[
        { value: "all", label: m.case_filter_all_customers() },
        ...choices.map((customer) => ({ value: customer.org, label: customer.name })),
      ]}
    />
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
    sort: (row) => row.number,
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
    width: "minmax(0, 11rem)",
    wideOnly: true,
    sort: (row) => row.orgName,
    cell: (row) => row.orgName,
  },
  {
    id: "type",
    header: m.case_type,
    width: "7rem",
    wideOnly: true,
    sort: (row) => row.type,
    cell: (row) => <span className={styles.quiet}>{typeName(row.type)}</span>,
  },
  {
    id: "assignee",
    header: m.case_assignee,
    width: "minmax(0, 9rem)",
    wideOnly: true,
    cell: (row) => <Assignees row={row} />,
  },
  {
    id: "files",
    header: m.case_files,
    width: "5rem",
    align: "end",
    wideOnly: true,
    sort: (row) => row.files,
    cell: (row) => formatNumber(row.files),
  },
  {
    id: "changed",
    header: m.case_changed,
    width: "7.25rem",
    align: "end",
    sort: (row) => row.changed,
    cell: (row) => <Time at={row.changed} relative />,
  },
];

/** A customer sees one customer's cases: its own. */
const OWN_COLUMNS = COLUMNS.filter((column) => column.id !== "customer");
