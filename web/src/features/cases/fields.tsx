import { mayDo, schemas } from "@breakwater/contract";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { peopleQuery, trustQuery, type CaseRow } from "../../api/index.ts";
import { formatRegion, m } from "../../i18n/index.ts";
import {
  Badge,
  Button,
  Callout,
  Facts,
  IconButton,
  Menu,
  MenuItem,
  Select,
  TextInput,
  Time,
  toast,
} from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { reread, sendAssignment, useChanging, type Changes, type Changing } from "./changing.ts";
import { CASE_TYPES, SENSITIVITIES } from "./lists.ts";
import { PRIORITIES, priorityName, sensitivityName, stateName, STATES, typeName } from "./names.ts";
import { teamsOf } from "./teams.ts";
import styles from "./cases.module.css";

/** What is known of a case, and what this person may change of it. */
export function CaseFields({ row }: { readonly row: CaseRow }) {
  const me = useMe();
  const changing = useChanging(row);
  const staff = me.org.kind === "desk";
  const runs = staff && (me.role === "lead" || me.role === "admin");
  const mine = row.assignees.some(({ user }) => user === me.user);
  const edits = may(me, "updateCase") && row.shredded === null && (!staff || runs || mine);
  const open = edits && row.state !== "closed";
  return (
    <>
      {changing.conflict && <Conflict row={row} changing={changing} wanted={changing.conflict} />}
      {changing.error !== undefined && <Failed error={changing.error} />}
      <Facts
        items={[
          {
            label: m.case_state(),
            value: edits ? (
              <StateField row={row} changing={changing} staff={staff} runs={runs} />
            ) : (
              stateName(row.state)
            ),
          },
          {
            label: m.case_priority(),
            value: open ? <PriorityField row={row} changing={changing} /> : priorityName(row.priority),
          },
          { label: m.case_assignee(), value: <People row={row} runs={runs} mine={mine} /> },
          ...(staff ? [{ label: m.case_team(), value: <Team row={row} changing={changing} edits={open} /> }] : []),
          ...(staff ? [{ label: m.case_tags(), value: <Tags row={row} changing={changing} edits={open} /> }] : []),
          { label: m.people_customer(), value: row.orgName },
          {
            label: m.case_type(),
            value: open ? (
              <Select
                size="sm"
                label={m.case_type()}
                value={row.type}
                onValue={(type) => changing.change({ type })}
                choices={CASE_TYPES.map((value) => ({ value, label: typeName(value) }))}
              />
            ) : (
              typeName(row.type)
            ),
          },
          {
            label: m.case_sensitivity(),
            value: open ? (
              <Select
                size="sm"
                label={m.case_sensitivity()}
                value={row.sensitivity}
                onValue={(sensitivity) => changing.change({ sensitivity })}
                choices={SENSITIVITIES.map((value) => ({ value, label: sensitivityName(value) }))}
              />
            ) : (
              sensitivityName(row.sensitivity)
            ),
          },
          { label: m.case_jurisdiction(), value: formatRegion(row.jurisdiction) },
          ...(row.waiting === null ? [] : [{ label: m.case_waiting(), value: <Time at={row.waiting} relative /> }]),
          { label: m.case_opened_at(), value: <Time at={row.opened} /> },
          { label: m.case_changed(), value: <Time at={row.changed} /> },
        ]}
      />
    </>
  );
}

function StateField({
  row,
  changing,
  staff,
  runs,
}: {
  readonly row: CaseRow;
  readonly changing: Changing;
  readonly staff: boolean;
  readonly runs: boolean;
}) {
  const closed = row.state === "closed";
  // Closing is an act of its own, with its own question.
  const choices = STATES.filter((state) => state === row.state || state !== "closed");
  if (closed && staff && !runs) return stateName(row.state);
  return (
    <Select
      size="sm"
      label={m.case_state()}
      value={row.state}
      disabled={changing.busy}
      onValue={(state) => {
        if (state !== "closed") changing.change({ state });
      }}
      choices={choices.map((value) => ({ value, label: stateName(value) }))}
    />
  );
}

function PriorityField({ row, changing }: { readonly row: CaseRow; readonly changing: Changing }) {
  return (
    <Select
      size="sm"
      label={m.case_priority()}
      value={row.priority}
      disabled={changing.busy}
      onValue={(priority) => changing.change({ priority })}
      choices={PRIORITIES.map((value) => ({ value, label: priorityName(value) }))}
    />
  );
}

function Conflict({
  row,
  changing,
  wanted,
}: {
  readonly row: CaseRow;
  readonly changing: Changing;
  readonly wanted: Changes;
}) {
  return (
    <Callout
      tone="warn"
      live
      title={m.case_conflict()}
      actions={
        <>
          <Button size="sm" variant="primary" onClick={() => changing.change(wanted)}>
            {m.case_conflict_mine({ what: sayChanges(wanted) })}
          </Button>
          <Button size="sm" onClick={changing.leave}>
            {m.case_conflict_theirs()}
          </Button>
        </>
      }
    >
      {m.case_conflict_text({ now: `${stateName(row.state)}, ${priorityName(row.priority)}` })}
    </Callout>
  );
}

function sayChanges({ state, priority, type, sensitivity, tags }: Changes): string {
  return [
    ...(state === undefined ? [] : [stateName(state)]),
    ...(priority === undefined ? [] : [priorityName(priority)]),
    ...(type === undefined ? [] : [typeName(type)]),
    ...(sensitivity === undefined ? [] : [sensitivityName(sensitivity)]),
    ...(tags ?? []),
  ].join(", ");
}

function People({ row, runs, mine }: { readonly row: CaseRow; readonly runs: boolean; readonly mine: boolean }) {
  const me = useMe();
  const client = useQueryClient();
  const gives = may(me, "assignOthers") && (runs || mine) && row.state !== "closed";
  const change = useMutation({
    mutationFn: ({ way, user }: { readonly way: "case.assign" | "case.unassign"; readonly user: string | undefined }) =>
      sendAssignment(row, way, user),
    onSettled: () => reread(client, row.case),
    onSuccess: (_, { way }) => toast(way === "case.assign" ? m.case_given() : m.case_left()),
  });
  return (
    <div className={styles.people}>
      {row.assignees.length === 0 && <span className={styles.faint}>{m.case_unassigned()}</span>}
      {row.assignees.map(({ user, name }) => (
        <span key={user} className={styles.person}>
          {name}
          {(runs || user === me.user) && row.state !== "closed" && (
            <IconButton
              icon="close"
              size="sm"
              label={user === me.user ? m.case_leave() : m.case_unassign({ name })}
              onClick={() => change.mutate({ way: "case.unassign", user: user === me.user ? undefined : user })}
            />
          )}
        </span>
      ))}
      {gives && <Give row={row} onGive={(user) => change.mutate({ way: "case.assign", user })} />}
      {change.isError && <Failed error={change.error} />}
    </div>
  );
}

function Give({ row, onGive }: { readonly row: CaseRow; readonly onGive: (user: string | undefined) => void }) {
  const me = useMe();
  const people = useQuery(peopleQuery);
  const free = (people.data?.people ?? []).filter(
    ({ user, org, role }) =>
      org === me.org.id &&
      mayDo("assignCase", { orgKind: "desk", role }) &&
      row.assignees.every((assignee) => assignee.user !== user),
  );
  if (free.length === 0) return null;
  return (
    <Menu
      align="start"
      trigger={
        <Button size="sm" variant="ghost" icon="plus" data-case-assign="">
          {m.case_give()}
        </Button>
      }
    >
      {free.map(({ user, name }) => (
        <MenuItem key={user} icon="user" onSelect={() => onGive(user === me.user ? undefined : user)}>
          {name}
        </MenuItem>
      ))}
    </Menu>
  );
}

function Team({
  row,
  changing,
  edits,
}: {
  readonly row: CaseRow;
  readonly changing: Changing;
  readonly edits: boolean;
}) {
  const me = useMe();
  const trust = useQuery(trustQuery);
  const teams = teamsOf(trust.data?.statements ?? [], me.org.id);
  const name = teams.find(({ team }) => team === row.team)?.name ?? m.case_team_none();
  if (!edits || teams.length === 0) return name;
  return (
    <Select
      size="sm"
      label={m.case_team()}
      value={row.team ?? "none"}
      disabled={changing.busy}
      onValue={(team) => changing.change({ team: team === "none" ? null : team })}
      choices={[
        { value: "none", label: m.case_team_none() },
        ...teams.map(({ team, name: label }) => ({ value: team, label })),
      ]}
    />
  );
}

function Tags({
  row,
  changing,
  edits,
}: {
  readonly row: CaseRow;
  readonly changing: Changing;
  readonly edits: boolean;
}) {
  const [word, setWord] = useState("");
  const tag = word.trim().toLowerCase();
  const fits = schemas.Tag.safeParse(tag).success && !row.tags.includes(tag) && row.tags.length < schemas.MAX_TAGS;
  return (
    <div className={styles.people}>
      {row.tags.length === 0 && !edits && <span className={styles.faint}>{m.case_tags_none()}</span>}
      {row.tags.map((one) => (
        <span key={one} className={styles.person}>
          <Badge icon="tag">{one}</Badge>
          {edits && (
            <IconButton
              icon="close"
              size="sm"
              label={m.case_tag_remove({ tag: one })}
              onClick={() => changing.change({ tags: row.tags.filter((other) => other !== one) })}
            />
          )}
        </span>
      ))}
      {edits && (
        <form
          className={styles.tagForm}
          onSubmit={(event) => {
            event.preventDefault();
            if (!fits) return;
            changing.change({ tags: [...row.tags, tag] });
            setWord("");
          }}
        >
          <TextInput
            value={word}
            onValue={setWord}
            maxLength={31}
            aria-label={m.case_tag_add()}
            placeholder={m.case_tag_add()}
          />
        </form>
      )}
    </div>
  );
}
