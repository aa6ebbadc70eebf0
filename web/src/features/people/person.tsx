import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { peopleQuery, type PersonRow } from "../../api/index.ts";
import { teamsQuery } from "../../api/people.ts";
import { m, useLocale } from "../../i18n/index.ts";
import { Button, Confirm, EmptyState, Facts, OptionCards, Page, Panel, Stack, Time, toast } from "../../ui/index.ts";
import { Failed, Reads } from "../shell/failed.tsx";
import { roleName } from "../shell/names.ts";
import { may, useMe } from "../shell/who.ts";
import { changeRole, refreshPeople } from "./change.ts";
import { Devices } from "./devices.tsx";
import { ROLE_DETAILS, rolesToGive } from "./roles.ts";
import { RotationProgress } from "./rotation.tsx";
import { EndSessions, Sessions } from "./sessions.tsx";
import { StandingBadge, StandingDialog } from "./standing.tsx";

/** Everything about one person: who they are, what they may, where they are signed in, and the ways to change that. */
export function PersonPage({ user }: { readonly user: string }) {
  useLocale();
  const people = useQuery(peopleQuery);
  const person = people.data?.people.find((one) => one.user === user);
  return (
    <Page
      title={person?.name ?? m.people_title()}
      width="normal"
      crumbs={<Link to="/people">{m.people_title()}</Link>}
      lead={person?.email}
      actions={person && <Acts person={person} />}
    >
      <Reads of={[people]} title={m.people_failed()}>
        {() => (person ? <Person person={person} /> : <EmptyState icon="user" title={m.people_unknown()} />)}
      </Reads>
    </Page>
  );
}

function Person({ person }: { readonly person: PersonRow }) {
  const me = useMe();
  const teams = useQuery(teamsQuery);
  const own = person.org === me.org.id;
  const kind = own ? me.org.kind : "customer";
  const names = teams.data?.teams.filter(({ members }) => members.includes(person.user)).map(({ name }) => name) ?? [];
  const sees = own && (person.user === me.user || may(me, "managePeople"));
  return (
    <Stack>
      <RotationProgress />
      <Panel>
        <Facts
          items={[
            { label: m.people_standing(), value: <StandingBadge standing={person.standing} /> },
            { label: m.people_role(), value: roleName(kind, person.role) },
            { label: m.people_may(), value: ROLE_DETAILS[`${kind}:${person.role}`]?.() ?? "" },
            ...(own ? [{ label: m.people_tab_teams(), value: names.join(", ") || m.people_no_team() }] : []),
            { label: m.people_since(), value: <Time at={person.created} /> },
          ]}
        />
      </Panel>
      {sees && (
        <>
          <Panel title={m.people_tab_devices()} flush>
            <Devices whose={{ user: person.user }} framed={false} />
          </Panel>
          <Panel title={m.people_tab_sessions()} actions={<EndSessions user={person.user} name={person.name} />} flush>
            <Sessions whose={{ user: person.user }} framed={false} />
          </Panel>
        </>
      )}
    </Stack>
  );
}

function Acts({ person }: { readonly person: PersonRow }) {
  const me = useMe();
  const [asking, setAsking] = useState<PersonRow["standing"] | "role">();
  const close = (): void => setAsking(undefined);
  if (!may(me, "managePeople") || person.org !== me.org.id || person.user === me.user) return null;
  if (person.standing === "revoked") return null;
  return (
    <>
      <Button onClick={() => setAsking("role")}>{m.people_role_change()}</Button>
      {person.standing === "active" ? (
        <Button icon="lock" onClick={() => setAsking("suspended")}>
          {m.people_suspend()}
        </Button>
      ) : (
        <Button icon="unlock" onClick={() => setAsking("active")}>
          {m.people_resume()}
        </Button>
      )}
      <Button variant="danger" onClick={() => setAsking("revoked")}>
        {m.people_remove()}
      </Button>
      {asking === "role" && <RoleDialog person={person} onClose={close} />}
      {asking !== undefined && asking !== "role" && (
        <StandingDialog
          change={{ org: me.org.id, of: "user", id: person.user, name: person.name, state: asking }}
          onClose={close}
        />
      )}
    </>
  );
}

function RoleDialog({ person, onClose }: { readonly person: PersonRow; readonly onClose: () => void }) {
  const me = useMe();
  const client = useQueryClient();
  const [role, setRole] = useState(person.role);
  const change = useMutation({
    mutationFn: () => changeRole({ org: me.org.id, user: person.user, role }),
    onSuccess: async () => {
      toast(m.people_role_changed({ name: person.name, role: roleName(me.org.kind, role) }));
      onClose();
      await refreshPeople(client);
    },
  });
  return (
    <Confirm
      open
      title={m.people_role_title({ name: person.name })}
      description={m.people_role_text()}
      action={m.people_role_change()}
      busy={change.isPending}
      onClose={onClose}
      onConfirm={() => (role === person.role ? onClose() : change.mutate())}
    >
      <OptionCards
        label={m.people_role()}
        value={role}
        onValue={setRole}
        choices={rolesToGive(me.org.kind, person.vendor !== null).map((one) => ({
          value: one,
          label: roleName(me.org.kind, one),
          detail: ROLE_DETAILS[`${me.org.kind}:${one}`]?.() ?? "",
        }))}
      />
      {change.isError && <Failed error={change.error} />}
    </Confirm>
  );
}
