import { useSyncExternalStore } from "react";
import type { ApiErrorCode } from "./error.ts";

/** Why the sign-in page shows: the reason is said there in plain words. */
export type EndReason = "expired" | "refused" | "signedOut";

/** Says that there may be a session, so that a first visit need not ask the server only to be refused. Holds no secret. */
const MARK = "breakwater.session";

let ended: EndReason | undefined;
let listeners: readonly ((reason: EndReason) => void)[] = [];

export function sessionEnded(code: ApiErrorCode): void {
  // No session at all is how every visit begins: that needs no explanation.
  if (code === "session.missing") return end(undefined);
  end(code === "session.refused" || code === "session.proofInvalid" ? "refused" : "expired");
}

export function end(reason: EndReason | undefined): void {
  ended = reason;
  mark(false);
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
  mark(true);
}

export function maybeSignedIn(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return true;
  }
}

function mark(signedIn: boolean): void {
  try {
    if (signedIn) localStorage.setItem(MARK, "1");
    else localStorage.removeItem(MARK);
  } catch {
    // Without storage every visit asks the server.
  }
}

export function useEndReason(): EndReason | undefined {
  return useSyncExternalStore(onSessionEnd, () => ended);
}
