import { useSyncExternalStore } from "react";
import { connectEngine, type Engine, type EngineState } from "../engine/index.ts";

/** One engine per page, started on first use and kept. */
let connecting: Promise<Engine> | undefined;
let state: EngineState | undefined;
let lockReason: "idle" | "asked" | "start" = "start";
const listeners = new Set<() => void>();

export function getEngine(): Promise<Engine> {
  connecting ??= start().catch((error: unknown) => {
    connecting = undefined;
    throw error;
  });
  return connecting;
}

async function start(): Promise<Engine> {
  const engine = await connectEngine();
  engine.subscribe((event) => {
    if (event.type === "unlocked") set(event.state);
    else {
      lockReason = event.reason;
      set(undefined);
    }
  });
  const now = await engine.state();
  if (now.user !== undefined) set(now);
  return engine;
}

function set(next: EngineState | undefined): void {
  state = next;
  for (const listener of listeners) listener();
}

/** After an unlock that the caller did itself: the event may come a moment later than the answer. */
export function noteUnlocked(next: EngineState): void {
  set(next);
}

export async function lockEngine(): Promise<void> {
  const engine = await getEngine();
  await engine.lock();
  lockReason = "asked";
  set(undefined);
}

/** Undefined while locked. */
export function useEngineState(): EngineState | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

export function whyLocked(): "idle" | "asked" | "start" {
  return lockReason;
}

export function isUnlocked(): boolean {
  return state !== undefined;
}
