import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { customersQuery, invitesQuery, peopleQuery, type CustomerRow, type PersonRow } from "../../api/index.ts";
import { formatNumber, m, useLocale } from "../../i18n/index.ts";
import { Badge, Button, DataTable, EmptyState, Page, Tabs, Time, type Column } from "../../ui/index.ts";
import { Reads } from "../shell/failed.tsx";
import { roleName } from "../shell/names.ts";
import { may, useMe } from "../shell/who.ts";
import { InviteDialog, type InviteKind } from "./invite.tsx";
import { Invitations } from "./invitations.tsx";
import styles from "./people.module.css";

export type PeopleTab = "members" | "customers" | "invitations";

export function PeoplePage() {
  const me = useMe();
  useLocale();
  const { tab = "members", invite } = useSearch({ from: "/app/people" });
  const navigate = useNavigate({ from: "/people" });
  const [kind, setKind] = useState<InviteKind | undefined>(invite);
  const desk = me.org.kind === "desk";
  const mayInvite = may(me, "inviteStaff") || may(me, "inviteMember");
  const invites = useQuery({ ...invitesQuery, enabled: mayInvite });
  const open = invites.data?.invites.filter((row) => row.usedBy === null && Date.parse(row.until) > Date.now()).length;
  return (
    <Page
      title={m.people_title()}
      lead={desk ? m.people_lead_desk() : m.people_lead_customer()}
      width="normal"
      actions={
        mayInvite && (
          <>
            {may(me, "inviteCustomer") && (
              <Button icon="building" onClick={() => setKind("customer")}>
                {m.people_invite_customer()}
              </Button>
            )}
            <Button variant="primary" icon="plus" onClick={() => setKind(desk ? "staff" : "member")}>
              {desk ? m.people_invite_staff() : m.people_invite_member()}
            </Button>
          </>
        )
      }
    >
      <Tabs
        label={m.people_title()}
        value={tab}
        onValue={(next) => void navigate({ search: { tab: next }, replace: true })}
        tabs={[
          { value: "members", label: m.people_tab_members(), content: <Members org={me.org.id} /> },
          ...(desk ? [{ value: "customers" as const, label: m.people_tab_customers(), content: <Customers onInvite={may(me, "inviteCustomer") ? () => setKind("customer") : undefined} /> }] : []),
          ...(mayInvite ? [{ value: "invitations" as const, label: m.people_tab_invitations(), count: open === 0 ? undefined : open, content: <Invitations /> }] : []),
        ]}
      />
      {kind && (
        <InviteDialog
          kind={kind}
          onClose={() => {
            setKind(undefined);
            void navigate({ search: { tab: "invitations" }, replace: true });
          }}
          onCancel={() => setKind(undefined)}
        />
      )}
    </Page>
  );
}

function Members({ org }: { readonly org: string }) {
  const me = useMe();
  const people = useQuery(peopleQuery);
  const locale = useLocale();
  const columns = useMemo(
    (): readonly Column<PersonRow>[] => [
      {
        id: "name",
        header: m.people_name(),
        width: "minmax(0, 1.4fr)",
        sort: (row) => row.name,
        cell: (row, narrow) => (
          <span className={styles.name}>
            {row.name}
            {row.user === me.user && <Badge>{m.people_you()}</Badge>}
            {narrow && <span className={styles.second}>{row.email}</span>}
          </span>
        ),
      },
      { id: "email", header: m.field_email(), width: "minmax(0, 1.4fr)", wideOnly: true, sort: (row) => row.email, cell: (row) => <span className={styles.quiet}>{row.email}</span> },
      { id: "role", header: m.people_role(), width: "9rem", sort: (row) => row.role, cell: (row) => roleName(me.org.kind, row.role) },
      { id: "since", header: m.people_since(), width: "8rem", align: "end", wideOnly: true, sort: (row) => row.created, cell: (row) => <Time at={row.created} relative /> },
    ],
    [me, locale],
  );
  const rows = useMemo(() => people.data?.people.filter((person) => person.org === org) ?? [], [people.data, org]);
  return (
    <Reads of={[people]} title={m.people_failed()}>
      {() => (
        <div className={styles.card}>
          <DataTable label={m.people_tab_members()} rows={rows} rowKey={(row) => row.user} columns={columns} empty={<EmptyState icon="people" title={m.people_empty()} />} />
        </div>
      )}
    </Reads>
  );
}

function Customers({ onInvite }: { readonly onInvite: (() => void) | undefined }) {
  const customers = useQuery(customersQuery);
  const navigate = useNavigate();
  const locale = useLocale();
  const columns = useMemo(
    (): readonly Column<CustomerRow>[] => [
      { id: "name", header: m.people_customer(), width: "minmax(0, 1fr)", sort: (row) => row.name, cell: (row) => row.name },
      { id: "people", header: m.people_tab_people(), width: "6.5rem", align: "end", sort: (row) => row.people, cell: (row) => formatNumber(row.people) },
      { id: "cases", header: m.nav_cases(), width: "5.5rem", align: "end", sort: (row) => row.cases, cell: (row) => formatNumber(row.cases) },
      { id: "since", header: m.people_since(), width: "8rem", align: "end", wideOnly: true, sort: (row) => row.created, cell: (row) => <Time at={row.created} relative /> },
    ],
    [locale],
  );
  return (
    <Reads of={[customers]} title={m.people_failed()}>
      {() => (
        <div className={styles.card}>
          <DataTable
            label={m.people_tab_customers()}
            rows={customers.data?.customers ?? NO_CUSTOMERS}
            rowKey={(row) => row.org}
            columns={columns}
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
        </div>
      )}
    </Reads>
  );
}

const NO_CUSTOMERS: readonly CustomerRow[] = [];
