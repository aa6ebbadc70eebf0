import { useSyncExternalStore } from "react";
import { call, getEngine, type CaseView, type MessageRow } from "../../api/index.ts";
import { schemas } from "@breakwater/contract";
import type { MessageHead } from "../../engine/index.ts";

/** A message as this page has it: who wrote it, and its words once they were opened. Memory only, forgotten with the keys. */
export interface Entry {
  readonly head: MessageHead;
  /** The case. */
  readonly place: string;
  readonly text?: string;
  /** Why there are no words. */
  readonly code?: string;
}

const MOST_AT_ONCE = 200;
/** As the server bounds one release. */
const MOST_BYTES = 6 * 1024 * 1024;
const entries = new Map<string, Entry>();
const reading = new Map<string, Promise<void>>();
const listeners = new Set<() => void>();
let version = 0;
let listening = false;

function changed(): void {
  version++;
  for (const listener of listeners) listener();
}

export function entryOf(message: string): Entry | undefined {
  return entries.get(message);
}

/** One's own words need no opening: this page wrote them. */
export function keepEntry(entry: Entry): void {
  entries.set(entry.head.message, entry);
  changed();
}

/** What was opened of every case, for the page's own search. */
export function* searchMessages(): Iterable<{ readonly case: string; readonly text: string }> {
  for (const { place, text } of entries.values()) if (text !== undefined) yield { case: place, text };
}

/** A number that grows whenever something was opened. */
export function useEntries(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => version,
  );
}

export function idOf({ message }: MessageRow): string {
  const { message: id } = message.message;
  return typeof id === "string" ? id : "";
}

/** Opens what this page has not opened yet, many messages under one leaf. One reading of a case at a time. */
export function openRows(view: CaseView, rows: readonly MessageRow[]): Promise<void> {
  const id = view.case.case;
  const running = reading.get(id);
  if (running) return running;
  const mine = readAll(view, rows).finally(() => reading.delete(id));
  reading.set(id, mine);
  return mine;
}

async function readAll(view: CaseView, rows: readonly MessageRow[]): Promise<void> {
  const engine = await getEngine();
  if (!listening) {
    listening = true;
    engine.subscribe((event) => {
      if (event.type !== "locked") return;
      entries.clear();
      changed();
    });
  }
  const place = { org: view.case.org, case: view.case.case };
  for (let closed = bounded(rows); closed.length > 0; closed = bounded(rows)) {
    const messages = closed.map(({ message }) => message);
    const { heads, ask } = await engine.prepareMessages({ ...place, messages, statements: view.statements });
    const texts = new Map<string, { readonly text: string } | { readonly code: string }>();
    if (ask) {
      const body = { act: ask.act, rpk: ask.rpk, grant: null, messages: ask.messages };
      const release = await call("release", { method: "POST", body, answer: schemas.Release });
      const opened = await engine.openMessages({ handle: ask.handle, release, statements: view.statements });
      for (const { message, ...outcome } of opened) texts.set(message, outcome);
    }
    for (const head of heads)
      entries.set(head.message, {
        head,
        place: place.case,
        ...(texts.get(head.message) ?? { code: head.code ?? "engine.failed" }),
      });
    changed();
  }
}

/** The newest first: they are what a reader looks at. */
function bounded(rows: readonly MessageRow[]): readonly MessageRow[] {
  let bytes = 0;
  return rows
    .filter((row) => !entries.has(idOf(row)))
    .slice(-MOST_AT_ONCE)
    .toReversed()
    .filter(({ message }, at) => (bytes += JSON.stringify(message).length) <= MOST_BYTES || at === 0)
    .toReversed();
}
