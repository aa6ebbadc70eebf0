import type { QueryClient } from "@tanstack/react-query";
import { schemas } from "@breakwater/contract";
import { call, getEngine, type PersonRow, withFresh } from "../../api/index.ts";
import type { PersonRole } from "../../engine/index.ts";

export type Standing = PersonRow["standing"];

const KEYS = ["people", "devices", "sessions", "teams", "rotation", "trust"];

export async function refreshPeople(client: QueryClient): Promise<void> {
  await Promise.all(KEYS.map((key) => client.invalidateQueries({ queryKey: [key] })));
}

/** Signed in the browser, by whoever decides it. False: the releaser does not have it yet and is told again. */
export function changeStanding(change: {
  readonly org: string;
  readonly of: "user" | "device";
  readonly id: string;
  readonly state: Standing;
  readonly why: string;
}): Promise<boolean> {
  return withFresh(async () => {
    const engine = await getEngine();
    const body = await engine.signStanding(change);
    const { told } = await call("standing", { method: "POST", body, answer: schemas.StandingDone });
    return told;
  });
}

export function changeRole(change: {
  readonly org: string;
  readonly user: string;
  readonly role: PersonRole;
}): Promise<void> {
  return withFresh(async () => {
    const engine = await getEngine();
    await call("roles", { method: "POST", body: await engine.signRole(change) });
  });
}
