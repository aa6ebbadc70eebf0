import { useSyncExternalStore } from "react";
import type { ApiErrorCode } from "./error.ts";

/** Why the sign-in page shows: the reason is said there in plain words. */
export type EndReason = "expired" | "refused" | "signedOut";

let ended: EndReason | undefined;
let listeners: readonly ((reason: EndReason) => void)[] = [];

export function sessionEnded(code: ApiErrorCode): void {
  // No session at all is how every visit begins: that needs no explanation.
  if (code === "session.missing") return end(undefined);
  end(code === "session.refused" || code === "session.proofInvalid" ? "refused" : "expired");
}

export function end(reason: EndReason | undefined): void {
  ended = reason;
  for (const listener of listeners) listener(reason ?? "expired");
}

export function onSessionEnd(listener: (reason: EndReason) => void): () => void {
  listeners = [...listeners, listener];
  return () => {
    listeners = listeners.filter((other) => other !== listener);
  };
}

export function sessionBegan(): void {
  ended = undefined;
}

export function useEndReason(): EndReason | undefined {
  return useSyncExternalStore(onSessionEnd, () => ended);
}
