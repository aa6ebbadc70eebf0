import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { casesQuery, customersQuery, invitesQuery, peopleQuery, type CaseRow } from "../../api/index.ts";
import { m, useLocale } from "../../i18n/index.ts";
import { Badge, buttonClass, EmptyState, Icon, Page, Panel, Stack, Time } from "../../ui/index.ts";
import { CaseSubject } from "../cases/cells.tsx";
import { StoragePanel } from "../life/storage.tsx";
import { Reads } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { FirstSteps } from "./firststeps.tsx";
import styles from "./home.module.css";

/** What to do next, for whoever looks. */
export function HomePage() {
  const me = useMe();
  useLocale();
  return (
    <Page
      title={m.home_title()}
      heading={m.home_hello({ name: me.name })}
      width="normal"
      actions={
        may(me, "openCase") && (
          <Link to="/cases/new" className={buttonClass("primary")}>
            <Icon name="plus" />
            {m.case_new()}
          </Link>
        )
      }
    >
      {me.org.kind === "desk" ? <DeskHome /> : <CustomerHome />}
    </Page>
  );
}

function DeskHome() {
  const me = useMe();
  const admin = may(me, "inviteStaff");
  const open = useInfiniteQuery(casesQuery({ state: "active" }));
  const mine = useInfiniteQuery(casesQuery({ state: "active", mine: "true" }));
  const people = useQuery(peopleQuery);
  const customers = useQuery(customersQuery);
  const invites = useQuery({ ...invitesQuery, enabled: admin });
  const rows = open.data?.pages.flatMap((page) => page.cases) ?? [];
  const mineRows = mine.data?.pages.flatMap((page) => page.cases) ?? [];
  const waiting = rows.filter((row) => row.assignees.length === 0);
  const known = open.isSuccess && people.isSuccess && customers.isSuccess && (invites.isSuccess || !admin);
  const progress = {
    staff: (people.data?.people.filter((person) => person.org === me.org.id).length ?? 0) > 1,
    staffInvited: invites.data?.invites.some((invite) => invite.for === "staff") ?? false,
    customer: (customers.data?.customers.length ?? 0) > 0,
    customerInvited: invites.data?.invites.some((invite) => invite.for === "customer") ?? false,
    cases: rows.length > 0 || (customers.data?.customers.some((customer) => customer.cases > 0) ?? false),
  };
  return (
    <Stack gap="md">
      {admin && known && !(progress.staff && progress.customer && progress.cases) && <FirstSteps progress={progress} />}
      <div className={styles.columns}>
        <CasePanel title={m.home_mine()} of={mine} rows={mineRows} empty={m.home_mine_none()} search={{ mine: true }} />
        <CasePanel title={m.home_waiting()} of={open} rows={waiting} empty={m.home_waiting_none()} search={{}} />
      </div>
    </Stack>
  );
}

function CustomerHome() {
  const me = useMe();
  const open = useInfiniteQuery(casesQuery({ state: "active" }));
  const rows = open.data?.pages.flatMap((page) => page.cases) ?? [];
  return (
    <Stack gap="md">
      <div className={styles.promises}>
        <Promise icon="seal" title={m.home_promise_sanitise()} text={m.home_promise_sanitise_text()} />
        <Promise icon="lock" title={m.home_promise_seal()} text={m.home_promise_seal_text()} />
        <Promise icon="access" title={m.home_promise_access()} text={m.home_promise_access_text()} />
      </div>
      <CasePanel
        title={m.home_your_cases({ org: me.org.name })}
        of={open}
        rows={rows}
        empty={m.case_none()}
        search={{}}
        action={may(me, "openCase")}
      />
      <StoragePanel />
    </Stack>
  );
}

function Promise({
  icon,
  title,
  text,
}: {
  readonly icon: "seal" | "lock" | "access";
  readonly title: string;
  readonly text: string;
}) {
  return (
    <div className={styles.promise}>
      <Icon name={icon} className={styles.promiseIcon} />
      <h2 className={styles.promiseTitle}>{title}</h2>
      <p className={styles.promiseText}>{text}</p>
    </div>
  );
}

interface CasePanelProps {
  readonly title: string;
  readonly of: { readonly isPending: boolean; readonly error: Error | null; readonly refetch: () => unknown };
  readonly rows: readonly CaseRow[];
  readonly empty: string;
  readonly search: { readonly mine?: boolean };
  readonly action?: boolean;
}

const SHOWN = 8;

function CasePanel({ title, of, rows, empty, search, action = false }: CasePanelProps) {
  return (
    <Panel
      title={title}
      flush
      actions={
        rows.length > 0 && (
          <Link to="/cases" search={search} className={styles.all}>
            {m.home_all_cases()}
          </Link>
        )
      }
    >
      <Reads of={[of]} title={m.case_list_failed()}>
        {() =>
          rows.length === 0 ? (
            <EmptyState
              icon="cases"
              title={empty}
              action={
                action && (
                  <Link to="/cases/new" className={buttonClass()}>
                    {m.case_new()}
                  </Link>
                )
              }
            />
          ) : (
            <ul className={styles.list}>
              {rows.slice(0, SHOWN).map((row) => (
                <li key={row.case}>
                  <Link to="/cases/$case" params={{ case: row.case }} className={styles.item}>
                    <span className={styles.itemNumber}>#{row.number}</span>
                    <span className={styles.itemSubject}>
                      <CaseSubject row={row} />
                    </span>
                    <span className={styles.itemOrg}>{row.orgName}</span>
                    {row.files > 0 && <Badge icon="file">{row.files}</Badge>}
                    <span className={styles.itemTime}>
                      <Time at={row.changed} relative />
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Reads>
    </Panel>
  );
}
