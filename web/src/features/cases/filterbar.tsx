import { schemas } from "@breakwater/contract";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { customersQuery, peopleQuery, trustQuery } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Button, SearchBox, Select, TextInput, useSearchKeys } from "../../ui/index.ts";
import { useMe } from "../shell/who.ts";
import { narrowing, type CasesSearch } from "./filters.ts";
import { CASE_TYPES, SENSITIVITIES } from "./lists.ts";
import { PRIORITIES, priorityName, sensitivityName, stateName, STATES, typeName } from "./names.ts";
import { teamsOf } from "./teams.ts";
import { Views } from "./views.tsx";
import styles from "./cases.module.css";

const TYPING_MS = 250;

export interface FilterBarProps {
  readonly search: CasesSearch;
  readonly onSearch: (search: CasesSearch) => void;
  readonly count: string;
}

export function FilterBar({ search, onSearch, count }: FilterBarProps) {
  const me = useMe();
  const desk = me.org.kind === "desk";
  const set = narrowing(search);
  const [more, setMore] = useState(false);
  const change = (next: CasesSearch): void => onSearch({ ...search, ...next });
  return (
    <>
      <div className={styles.toolbar}>
        <Words search={search} onWords={(q) => change({ q })} />
        <Views search={search} onSearch={onSearch} />
        <Choose
          label={m.case_filter_state()}
          all={m.queue_state_all()}
          value={search.state === "all" ? undefined : (search.state ?? "active")}
          onValue={(state) => change({ state: state ?? "all" })}
          choices={[
            { value: "active", label: m.queue_state_active() },
            ...STATES.map((value) => ({ value, label: stateName(value) })),
          ]}
        />
        <Select
          size="sm"
          label={m.queue_sort()}
          value={search.sort ?? "number"}
          onValue={(sort) => change({ sort: sort === "number" ? undefined : sort })}
          choices={[
            { value: "number", label: m.queue_sort_number() },
            { value: "changed", label: m.queue_sort_changed() },
            { value: "priority", label: m.queue_sort_priority() },
            { value: "waiting", label: m.queue_sort_waiting() },
          ]}
        />
        <Button size="sm" variant="ghost" icon="filter" aria-expanded={more || set > 0} onClick={() => setMore(!more)}>
          {set === 0 ? m.queue_filters() : m.queue_filters_set({ count: set })}
        </Button>
        {set > 0 && (
          <Button
            size="sm"
            variant="ghost"
            onClick={() => onSearch(search.sort === undefined ? {} : { sort: search.sort })}
          >
            {m.queue_clear()}
          </Button>
        )}
        <span className={styles.count} role="status">
          {count}
        </span>
      </div>
      {(more || set > 0) && (
        <div className={styles.toolbar} role="group" aria-label={m.queue_filters()}>
          <Choose
            label={m.case_priority()}
            all={m.queue_priority_all()}
            value={search.priority}
            onValue={(priority) => change({ priority })}
            choices={PRIORITIES.map((value) => ({ value, label: priorityName(value) }))}
          />
          <Choose
            label={m.case_type()}
            all={m.queue_type_all()}
            value={search.type}
            onValue={(type) => change({ type })}
            choices={CASE_TYPES.map((value) => ({ value, label: typeName(value) }))}
          />
          <Choose
            label={m.case_sensitivity()}
            all={m.queue_sensitivity_all()}
            value={search.sensitivity}
            onValue={(sensitivity) => change({ sensitivity })}
            choices={SENSITIVITIES.map((value) => ({ value, label: sensitivityName(value) }))}
          />
          <Choose
            label={m.queue_seen()}
            all={m.queue_seen_all()}
            value={search.unread ? "unread" : undefined}
            onValue={(value) => change({ unread: value === "unread" ? true : undefined })}
            choices={[{ value: "unread", label: m.queue_view_unread() }]}
          />
          <Choose
            label={m.case_waiting()}
            all={m.queue_waiting_all()}
            value={search.waiting === undefined ? undefined : String(search.waiting)}
            onValue={(hours) => change({ waiting: hours === undefined ? undefined : Number(hours) })}
            choices={[4, 24, 72, 168].map((hours) => ({
              value: String(hours),
              label: m.queue_waiting_hours({ hours }),
            }))}
          />
          {desk && <DeskFilters search={search} onChange={change} />}
        </div>
      )}
    </>
  );
}

/** What only the desk sorts by: customers, people, teams and tags. */
function DeskFilters({
  search,
  onChange,
}: {
  readonly search: CasesSearch;
  readonly onChange: (next: CasesSearch) => void;
}) {
  const me = useMe();
  const customers = useQuery(customersQuery);
  const people = useQuery(peopleQuery);
  const trust = useQuery(trustQuery);
  const teams = teamsOf(trust.data?.statements ?? [], me.org.id);
  return (
    <>
      <Choose
        label={m.case_filter_customer()}
        all={m.case_filter_all_customers()}
        value={search.org}
        onValue={(org) => onChange({ org })}
        choices={(customers.data?.customers ?? []).map(({ org, name }) => ({ value: org, label: name }))}
      />
      <Choose
        label={m.case_assignee()}
        all={m.queue_assignee_all()}
        value={search.assignee}
        onValue={(assignee) => onChange({ assignee, mine: undefined })}
        choices={[
          { value: "none", label: m.case_unassigned() },
          ...(people.data?.people ?? [])
            .filter(({ org }) => org === me.org.id)
            .map(({ user, name }) => ({ value: user, label: name })),
        ]}
      />
      {teams.length > 1 && (
        <Choose
          label={m.case_team()}
          all={m.queue_team_all()}
          value={search.team}
          onValue={(team) => onChange({ team })}
          choices={teams.map(({ team, name }) => ({ value: team, label: name }))}
        />
      )}
      <TagFilter tag={search.tag} onTag={(tag) => onChange({ tag })} />
    </>
  );
}

function TagFilter({
  tag,
  onTag,
}: {
  readonly tag: string | undefined;
  readonly onTag: (tag: string | undefined) => void;
}) {
  const [word, setWord] = useState(tag ?? "");
  return (
    <form
      className={styles.tagForm}
      onSubmit={(event) => {
        event.preventDefault();
        const next = word.trim().toLowerCase();
        onTag(schemas.Tag.safeParse(next).success ? next : undefined);
      }}
    >
      <TextInput value={word} onValue={setWord} maxLength={31} aria-label={m.queue_tag()} placeholder={m.queue_tag()} />
    </form>
  );
}

/** One of several, or all of them. */
function Choose<Value extends string>({
  label,
  all,
  value,
  onValue,
  choices,
}: {
  readonly label: string;
  readonly all: string;
  readonly value: Value | undefined;
  readonly onValue: (value: Value | undefined) => void;
  readonly choices: readonly { readonly value: Value; readonly label: string }[];
}) {
  return (
    <Select
      size="sm"
      label={label}
      value={value ?? "all"}
      onValue={(next) => onValue(next === "all" ? undefined : choices.find((choice) => choice.value === next)?.value)}
      choices={[
        { value: "all", label: all },
        ...choices.map((choice) => ({ value: String(choice.value), label: choice.label })),
      ]}
    />
  );
}

/** The server looks for numbers, names and tags; what it cannot read, the page looks for among what it opened. */
function Words({
  search,
  onWords,
}: {
  readonly search: CasesSearch;
  readonly onWords: (q: string | undefined) => void;
}) {
  const [text, setText] = useState(search.q ?? "");
  const field = useRef<HTMLInputElement>(null);
  const latest = useRef(onWords);
  useEffect(() => {
    latest.current = onWords;
  });
  useSearchKeys(field, () => setText(""));
  const asked = search.q ?? "";
  useEffect(() => {
    if (text === asked) return;
    const timer = setTimeout(() => latest.current(text === "" ? undefined : text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, asked]);
  return (
    <div className={styles.words}>
      <SearchBox
        label={m.queue_search()}
        placeholder={m.queue_search_hint()}
        value={text}
        onValue={setText}
        field={field}
      />
    </div>
  );
}
