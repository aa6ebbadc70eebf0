import { whatOfChanges, type schemas } from "@breakwater/contract";
import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, getEngine, isApiError, type CaseRow } from "../../api/index.ts";

export type Changes = (typeof schemas.CaseChanges)["_output"];

export async function reread(client: QueryClient, caseId: string): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ["case", caseId] }),
    client.invalidateQueries({ queryKey: ["cases"] }),
    client.invalidateQueries({ queryKey: ["access"] }),
  ]);
}

/** Signs and sends a change of a case's fields: the act's `what` is the change. */
export async function sendChanges(row: CaseRow, changes: Changes): Promise<void> {
  const engine = await getEngine();
  const act = await engine.signAct({ t: "case.update", org: row.org, case: row.case, what: whatOfChanges(changes) });
  await call("case", {
    method: "PATCH",
    params: { case: row.case },
    body: { act, changes, version: row.version },
  });
}

export interface Changing {
  readonly change: (changes: Changes) => void;
  readonly busy: boolean;
  readonly error: unknown;
  /** What this person wanted when somebody else had changed the case first. */
  readonly conflict: Changes | undefined;
  readonly leave: () => void;
}

/** A change that meets somebody else's is not lost and does not win by itself: the person sees both and chooses. */
export function useChanging(row: CaseRow): Changing {
  const client = useQueryClient();
  const [conflict, setConflict] = useState<Changes>();
  const send = useMutation({
    mutationFn: (changes: Changes) => sendChanges(row, changes),
    onMutate: () => setConflict(undefined),
    onError: (error, changes) => {
      if (isApiError(error) && error.code === "request.conflict") setConflict(changes);
    },
    onSettled: () => reread(client, row.case),
  });
  return {
    change: (changes) => send.mutate(changes),
    busy: send.isPending,
    error: conflict === undefined ? (send.error ?? undefined) : undefined,
    conflict,
    leave: () => setConflict(undefined),
  };
}

/** Takes, gives or leaves a case. Without a person: oneself. */
export async function sendAssignment(
  row: CaseRow,
  way: "case.assign" | "case.unassign",
  user: string | undefined,
): Promise<void> {
  const engine = await getEngine();
  const what = user === undefined ? {} : { what: `user:${user}` };
  const act = await engine.signAct({ t: way, org: row.org, case: row.case, ...what });
  await call(way === "case.assign" ? "caseAssign" : "caseUnassign", {
    method: "POST",
    params: { case: row.case },
    body: { act, ...(user === undefined ? {} : { user }) },
  });
}
