import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { call, explain, getEngine, meQuery } from "../../api/index.ts";
import { rotationQuery, teamsQuery } from "../../api/people.ts";
import { m } from "../../i18n/index.ts";
import { Callout, Progress } from "../../ui/index.ts";
import { may, useMe } from "../shell/who.ts";

/** How far the new keys after a removal are, for the page that shows it. */
interface State {
  readonly done: number;
  readonly total: number;
  readonly problem: string | undefined;
}
let state: State | undefined;
const listeners = new Set<() => void>();

function set(next: State | undefined): void {
  state = next;
  for (const listener of listeners) listener();
}

/**
 * New keys after somebody was removed, or a case came to another team: in the page of any administrator who is there, a batch
 * at a time. The server knows what is left, so a page that is closed costs nothing but time.
 */
export function useRotation(): void {
  const me = useMe();
  const client = useQueryClient();
  const org = me.org.id;
  const { data } = useQuery({ ...rotationQuery, enabled: may(me, "managePeople") });
  const waiting = data !== undefined && (data.teams.length > 0 || data.cases.length > 0);
  useEffect(() => {
    if (!waiting) return;
    const controller = new AbortController();
    // One page does it; the others of this browser look on.
    void navigator.locks.request("breakwater-rotation", { ifAvailable: true }, async (lock) => {
      if (lock) await work(client, org, controller.signal).catch(stopped);
    });
    return () => controller.abort();
  }, [client, org, waiting]);
}

function stopped(error: unknown): void {
  if (state) set({ ...state, problem: explain(error).message });
  else set({ done: 0, total: 0, problem: explain(error).message });
}

async function work(client: QueryClient, org: string, signal: AbortSignal): Promise<void> {
  const engine = await getEngine();
  let total = 0;
  while (!signal.aborted) {
    const rotation = await client.fetchQuery({ ...rotationQuery, staleTime: 0 });
    if (rotation.teams.length > 0) {
      set({ done: 0, total: 0, problem: undefined });
      const { teams } = await client.fetchQuery({ ...teamsQuery, staleTime: 0 });
      for (const { team, remove } of rotation.teams) {
        const users = teams.find((one) => one.team === team)?.members.filter((user) => !remove.includes(user)) ?? [];
        const body = await engine.rotateTeam({ org, team, users, statements: rotation.statements });
        await call("teamRotate", { method: "POST", params: { team }, body });
      }
      // The next keys reach this page like everybody's.
      const { teamKeys } = await client.fetchQuery({ ...meQuery, staleTime: 0 });
      await engine.holdTeams({ teamKeys });
      continue;
    }
    if (rotation.cases.length === 0) break;
    total = Math.max(total, rotation.left);
    set({ done: total - rotation.left, total, problem: undefined });
    const body = await engine.rekeyCases(rotation);
    if (body.cases.length === 0)
      return set({ done: total - rotation.left, total, problem: m.people_rotation_not_held() });
    await call("rotation", { method: "POST", body });
  }
  set(undefined);
}

export function RotationProgress() {
  const now = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
  if (!now) return null;
  if (now.problem !== undefined)
    return (
      <Callout tone="warn" title={m.people_rotation_stopped()}>
        {now.problem} {m.people_rotation_safe()}
      </Callout>
    );
  return (
    <Callout tone="info" title={m.people_rotation_title()}>
      <Progress
        label={m.people_rotation_title()}
        value={now.total === 0 ? null : now.done / now.total}
        detail={m.people_rotation_detail({ done: now.done, total: now.total })}
      />
      {m.people_rotation_safe()}
    </Callout>
  );
}
