import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, getEngine, peopleQuery, trustQuery, type PersonRow, withFresh } from "../../api/index.ts";
import { teamsQuery, type TeamRow } from "../../api/people.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import {
  Badge,
  Button,
  Checkbox,
  Confirm,
  Dialog,
  DialogActions,
  EmptyState,
  Field,
  Form,
  Row,
  Stack,
  TextInput,
  Time,
  toast,
  type Column,
} from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { refreshPeople } from "./change.ts";
import { Listed } from "./listed.tsx";
import styles from "./people.module.css";

const COLUMNS: readonly Column<TeamRow>[] = [
  {
    id: "name",
    header: m.people_team,
    width: "minmax(0, 1fr)",
    sort: (row) => row.name,
    cell: (row) => (
      <span className={styles.name}>
        {row.name}
        {row.main && <Badge tone="info">{m.people_team_main()}</Badge>}
      </span>
    ),
  },
  {
    id: "members",
    header: m.people_tab_people,
    width: "6.5rem",
    align: "end",
    sort: (row) => row.members.length,
    cell: (row) => formatNumber(row.members.length),
  },
  {
    id: "epoch",
    header: m.people_team_key,
    width: "6.5rem",
    align: "end",
    wideOnly: true,
    sort: (row) => row.epoch,
    cell: (row) => formatNumber(row.epoch),
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
const NONE: readonly TeamRow[] = [];

export function Teams() {
  const me = useMe();
  const teams = useQuery(teamsQuery);
  const [making, setMaking] = useState(false);
  const [open, setOpen] = useState<string>();
  const shown = teams.data?.teams.find((team) => team.team === open);
  return (
    <Stack gap="sm">
      {may(me, "managePeople") && (
        <Row>
          <Button icon="plus" onClick={() => setMaking(true)}>
            {m.people_team_new()}
          </Button>
        </Row>
      )}
      <Listed
        of={teams}
        label={m.people_tab_teams()}
        rows={teams.data?.teams ?? NONE}
        rowKey={(row) => row.team}
        columns={COLUMNS}
        narrowRowHeight={44}
        onOpen={(row) => setOpen(row.team)}
        empty={<EmptyState icon="people" title={m.people_teams_empty()} />}
      />
      {making && <NewTeamDialog onClose={() => setMaking(false)} />}
      {shown && <TeamDialog team={shown} onClose={() => setOpen(undefined)} />}
    </Stack>
  );
}

/** Whoever may hold a team's key: the organisation's own people who were not removed. */
function useOwnPeople(): readonly PersonRow[] {
  const { org } = useMe();
  const people = useQuery(peopleQuery);
  return people.data?.people.filter((one) => one.org === org.id && one.standing !== "revoked") ?? [];
}

function NewTeamDialog({ onClose }: { readonly onClose: () => void }) {
  const me = useMe();
  const client = useQueryClient();
  const people = useOwnPeople();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set([me.user]));
  const send = async (): Promise<void> => {
    const engine = await getEngine();
    const { statements } = await client.fetchQuery({ ...trustQuery, staleTime: 0 });
    const { team: _, ...body } = await engine.makeTeam({
      org: me.org.id,
      name: name.trim(),
      users: [...chosen],
      statements,
    });
    await call("teams", { method: "POST", body });
  };
  const make = useMutation({
    mutationFn: () => withFresh(send),
    onSuccess: async () => {
      toast(m.people_team_made({ name: name.trim() }));
      onClose();
      await refreshPeople(client);
    },
  });
  return (
    <Dialog open onClose={onClose} title={m.people_team_new()} description={m.people_team_new_text()}>
      <Form onSubmit={() => name.trim() !== "" && make.mutate()}>
        <Field label={m.people_team_name()}>
          <TextInput value={name} onValue={setName} maxLength={100} autoFocus />
        </Field>
        <fieldset className={styles.choices}>
          <legend>{m.people_tab_people()}</legend>
          {people.map((person) => (
            <Checkbox
              key={person.user}
              label={person.name}
              checked={chosen.has(person.user)}
              // Without its maker in it, nobody could pass the team's key on.
              disabled={person.user === me.user}
              onChecked={(checked) => {
                const next = new Set(chosen);
                if (checked) next.add(person.user);
                else next.delete(person.user);
                setChosen(next);
              }}
            />
          ))}
        </fieldset>
        {make.isError && <Failed error={make.error} />}
        <DialogActions>
          <Button onClick={onClose}>{m.ui_cancel()}</Button>
          <Button type="submit" variant="primary" busy={make.isPending}>
            {m.people_team_make()}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}

function TeamDialog({ team, onClose }: { readonly team: TeamRow; readonly onClose: () => void }) {
  const me = useMe();
  const people = useOwnPeople();
  const [removing, setRemoving] = useState<PersonRow>();
  const add = useAdd(team);
  const remove = useRemove(team, () => setRemoving(undefined));
  const manages = may(me, "managePeople");
  const [members, others] = [true, false].map((inside) =>
    people.filter(({ user }) => team.members.includes(user) === inside),
  );
  return (
    <Dialog open onClose={onClose} title={team.name} description={m.people_team_text({ epoch: team.epoch })}>
      <Stack gap="sm">
        {add.isError && <Failed error={add.error} />}
        <ul className={styles.members}>
          {members?.map((person) => (
            <li key={person.user}>
              <span>{person.name}</span>
              {manages && person.user !== me.user && (
                <Button size="sm" variant="ghost" onClick={() => setRemoving(person)}>
                  {m.people_team_remove()}
                </Button>
              )}
            </li>
          ))}
          {manages &&
            others?.map((person) => (
              <li key={person.user} className={styles.outside}>
                <span>{person.name}</span>
                <Button
                  size="sm"
                  icon="plus"
                  busy={add.isPending && add.variables === person.user}
                  onClick={() => add.mutate(person.user)}
                >
                  {m.people_team_add()}
                </Button>
              </li>
            ))}
        </ul>
        {removing && (
          <Confirm
            open
            danger
            title={m.people_team_remove_title({ name: removing.name, team: team.name })}
            description={m.people_team_remove_text()}
            action={m.people_team_remove()}
            busy={remove.isPending}
            onClose={() => setRemoving(undefined)}
            onConfirm={() => remove.mutate(removing.user)}
          >
            {remove.isError && <Failed error={remove.error} />}
          </Confirm>
        )}
      </Stack>
    </Dialog>
  );
}

function useAdd({ team }: TeamRow) {
  const me = useMe();
  const client = useQueryClient();
  const send = async (user: string): Promise<void> => {
    const engine = await getEngine();
    const { statements } = await client.fetchQuery({ ...trustQuery, staleTime: 0 });
    const body = await engine.addTeamMember({ org: me.org.id, team, users: [user], statements });
    await call("teamMembers", { method: "POST", params: { team }, body });
  };
  return useMutation({
    mutationFn: (user: string) => withFresh(() => send(user)),
    onSuccess: () => refreshPeople(client),
  });
}

/** The team's next key, for everybody else. Its open cases follow by themselves (rotation.tsx). */
function useRemove({ team, members }: TeamRow, onDone: () => void) {
  const me = useMe();
  const client = useQueryClient();
  const send = async (user: string): Promise<void> => {
    const engine = await getEngine();
    const { statements } = await client.fetchQuery({ ...trustQuery, staleTime: 0 });
    const users = members.filter((one) => one !== user);
    const body = await engine.rotateTeam({ org: me.org.id, team, users, statements });
    await call("teamRotate", { method: "POST", params: { team }, body });
  };
  return useMutation({
    mutationFn: (user: string) => withFresh(() => send(user)),
    onSuccess: async () => {
      onDone();
      await refreshPeople(client);
    },
  });
}
