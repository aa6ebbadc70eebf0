import { mayDo } from "@breakwater/contract";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { peopleQuery, type CaseRow } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Dialog, EmptyState, Kbd } from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { useMe } from "../shell/who.ts";
import { reread, sendAssignment, sendChanges } from "./changing.ts";
import { PRIORITIES, priorityName, stateName, STATES } from "./names.ts";
import styles from "./cases.module.css";

export type QuickKind = "assign" | "state" | "priority";
export interface Quick {
  readonly kind: QuickKind;
  readonly row: CaseRow;
}

interface Choice {
  readonly key: string;
  readonly label: string;
  readonly current: boolean;
  readonly act: () => Promise<void>;
}

/** The keys of the queue: a change of the case under the cursor, chosen with a digit. */
export const QUICK_KEYS: Readonly<Record<string, QuickKind>> = { a: "assign", s: "state", p: "priority" };

/** Stays on the queue: one key for what, one for which. */
export function QuickChange({ quick, onClose }: { readonly quick: Quick; readonly onClose: () => void }) {
  const { kind, row } = quick;
  const client = useQueryClient();
  const choices = useChoices(quick);
  const send = useMutation({
    mutationFn: (choice: Choice) => choice.act(),
    onSettled: () => reread(client, row.case),
    onSuccess: onClose,
  });
  useDigits((digit) => {
    const choice = choices[digit - 1];
    if (!choice || send.isPending) return false;
    send.mutate(choice);
    return true;
  });
  const titles = { assign: m.queue_assign, state: m.queue_state, priority: m.queue_priority } as const;
  return (
    <Dialog open onClose={onClose} title={titles[kind]({ number: row.number })} size="sm">
      {choices.length === 0 && <EmptyState icon="user" title={m.queue_nobody()} />}
      <ul className={styles.choices}>
        {choices.map((choice, at) => (
          <li key={choice.key}>
            <button
              type="button"
              className={styles.choice}
              aria-pressed={choice.current}
              disabled={send.isPending}
              onClick={() => send.mutate(choice)}
            >
              {at < 9 && <Kbd>{String(at + 1)}</Kbd>}
              <span>{choice.label}</span>
              {choice.current && <span className={styles.faint}>{m.queue_now()}</span>}
            </button>
          </li>
        ))}
      </ul>
      {send.isError && <Failed error={send.error} />}
    </Dialog>
  );
}

/** A digit chooses, wherever in the dialog the focus is. */
function useDigits(onDigit: (digit: number) => boolean): void {
  const handler = useRef(onDigit);
  useEffect(() => {
    handler.current = onDigit;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
      if (handler.current(Number(event.key))) event.preventDefault();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

function useChoices({ kind, row }: Quick): readonly Choice[] {
  const me = useMe();
  const people = useQuery({ ...peopleQuery, enabled: kind === "assign" });
  if (kind === "state") {
    return STATES.filter((state) => state !== "closed").map((state) => ({
      key: state,
      label: stateName(state),
      current: state === row.state,
      act: () => sendChanges(row, { state }),
    }));
  }
  if (kind === "priority") {
    return PRIORITIES.map((priority) => ({
      key: priority,
      label: priorityName(priority),
      current: priority === row.priority,
      act: () => sendChanges(row, { priority }),
    }));
  }
  const staff = (people.data?.people ?? []).filter(
    ({ org, role }) => org === me.org.id && mayDo("assignCase", { orgKind: me.org.kind, role }),
  );
  return staff
    .toSorted((one, other) => Number(other.user === me.user) - Number(one.user === me.user))
    .map(({ user, name }) => {
      const current = row.assignees.some((assignee) => assignee.user === user);
      const who = user === me.user ? undefined : user;
      return {
        key: user,
        label: user === me.user ? m.queue_me({ name }) : name,
        current,
        act: () => sendAssignment(row, current ? "case.unassign" : "case.assign", who),
      };
    });
}
