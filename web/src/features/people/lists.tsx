import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { customersQuery, peopleQuery, type CustomerRow, type PersonRow } from "../../api/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import { Badge, Button, EmptyState, Time, type Column } from "../../ui/index.ts";
import { roleName } from "../shell/names.ts";
import { useMe } from "../shell/who.ts";
import { Listed } from "./listed.tsx";
import { StandingBadge } from "./standing.tsx";
import styles from "./people.module.css";

const MEMBER_COLUMNS: readonly Column<PersonRow>[] = [
  {
    id: "name",
    header: m.people_name,
    width: "minmax(0, 1.4fr)",
    sort: (row) => row.name,
    cell: (row, narrow) => <MemberName row={row} narrow={narrow} />,
  },
  {
    id: "email",
    header: m.field_email,
    width: "minmax(0, 1.4fr)",
    wideOnly: true,
    sort: (row) => row.email,
    cell: (row) => <span className={styles.quiet}>{row.email}</span>,
  },
  {
    id: "role",
    header: m.people_role,
    width: "9rem",
    sort: (row) => row.role,
    cell: (row) => <RoleName role={row.role} />,
  },
  {
    id: "standing",
    header: m.people_standing,
    width: "7.5rem",
    sort: (row) => row.standing,
    cell: (row) => <StandingBadge standing={row.standing} />,
  },
  {
    id: "since",
    header: m.people_since,
    width: "8rem",
    align: "end",
    wideOnly: true,
    sort: (row) => row.created,
    cell: (row) => <Time at={row.created} relative />,
  },
];

function MemberName({ row, narrow }: { readonly row: PersonRow; readonly narrow: boolean }) {
  const me = useMe();
  return (
    <span className={styles.name}>
      {row.name}
      {row.user === me.user && <Badge>{m.people_you()}</Badge>}
      {narrow && <span className={styles.second}>{row.email}</span>}
    </span>
  );
}

/** A role within the reader's own organisation. */
export function RoleName({ role }: { readonly role: PersonRow["role"] }) {
  const { org } = useMe();
  return roleName(org.kind, role);
}

const NO_PEOPLE: readonly PersonRow[] = [];

/** A row leads to the person. */
export function Members() {
  const { org } = useMe();
  const navigate = useNavigate();
  const people = useQuery(peopleQuery);
  const rows = useMemo(
    () => people.data?.people.filter((person) => person.org === org.id) ?? NO_PEOPLE,
    [people.data, org],
  );
  return (
    <Listed
      of={people}
      label={m.people_tab_members()}
      rows={rows}
      rowKey={(row) => row.user}
      columns={MEMBER_COLUMNS}
      onOpen={(row) => void navigate({ to: "/people/$user", params: { user: row.user } })}
      empty={<EmptyState icon="people" title={m.people_empty()} />}
    />
  );
}

const CUSTOMER_COLUMNS: readonly Column<CustomerRow>[] = [
  {
    id: "name",
    header: m.people_customer,
    width: "minmax(0, 1fr)",
    sort: (row) => row.name,
    cell: (row) => row.name,
  },
  {
    id: "people",
    header: m.people_tab_people,
    width: "6.5rem",
    align: "end",
    sort: (row) => row.people,
    cell: (row) => formatNumber(row.people),
  },
  {
    id: "cases",
    header: m.nav_cases,
    width: "5.5rem",
    align: "end",
    sort: (row) => row.cases,
    cell: (row) => formatNumber(row.cases),
  },
  {
    id: "since",
    header: m.people_since,
    width: "8rem",
    align: "end",
    wideOnly: true,
    sort: (row) => row.created,
    cell: (row) => <Time at={row.created} relative />,
  },
];

const NO_CUSTOMERS: readonly CustomerRow[] = [];

/** A row leads to the customer's cases. */
export function Customers({ onInvite }: { readonly onInvite: (() => void) | undefined }) {
  const customers = useQuery(customersQuery);
  const navigate = useNavigate();
  return (
    <Listed
      of={customers}
      label={m.people_tab_customers()}
      rows={customers.data?.customers ?? NO_CUSTOMERS}
      rowKey={(row) => row.org}
      columns={CUSTOMER_COLUMNS}
      narrowRowHeight={44}
      onOpen={(row) => void navigate({ to: "/cases", search: { org: row.org } })}
      empty={
        <EmptyState
          icon="building"
          title={m.people_no_customers()}
          action={
            onInvite && (
              <Button icon="plus" onClick={onInvite}>
                {m.people_invite_customer()}
              </Button>
            )
          }
        >
          {m.people_no_customers_text()}
        </EmptyState>
      }
    />
  );
}
