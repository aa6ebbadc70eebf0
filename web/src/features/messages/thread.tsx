import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { call, messagesQuery, type CaseRow, type CaseView, type Me, type MessageRow } from "../../api/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import { Button, Callout, EmptyState, Panel } from "../../ui/index.ts";
import { Failed, Reads } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { Composer } from "./composer.tsx";
import { Outgoing, Said } from "./message.tsx";
import { entryOf, idOf, openRows, useEntries } from "./opened.ts";
import { writingDesk, type WritingDesk } from "./outbox.ts";
import styles from "./messages.module.css";

/** A long conversation begins with its end. */
const FIRST_SHOWN = 50;
const NO_ROWS: readonly MessageRow[] = [];

/** Who reads what was written on a case: the customer's own people, and staff on the case. */
export function mayCorrespond(me: Me, row: CaseRow): boolean {
  return may(me, "writeMessage") && (me.org.kind === "customer" || row.assignees.some(({ user }) => user === me.user));
}

export function Thread({ view }: { readonly view: CaseView }) {
  const me = useMe();
  const { case: row } = view;
  if (mayCorrespond(me, row)) return <Open view={view} me={me} />;
  return (
    <Panel title={m.message_title()} description={m.message_text()}>
      <Callout tone="info" icon="lock">
        {row.messages === 0
          ? m.message_none_take()
          : m.message_take({ count: row.messages, number: formatNumber(row.messages) })}
      </Callout>
    </Panel>
  );
}

function Open({ view, me }: { readonly view: CaseView; readonly me: Me }) {
  const { case: row } = view;
  const client = useQueryClient();
  const messages = useQuery(messagesQuery(row.case));
  const rows = messages.data ?? NO_ROWS;
  const desk = useMemo(() => writingDesk(me.user, row), [me.user, row]);
  const opening = useOpening(view, rows);
  useSeen(view, messages.isSuccess && opening.done);
  useEffect(() => {
    const writer = { user: me.user, name: me.name, staff: me.org.kind === "desk" };
    const delivered = (): void => {
      void client.invalidateQueries({ queryKey: ["case", row.case] });
      void client.invalidateQueries({ queryKey: ["cases"] });
    };
    void desk.open(writer, delivered);
    const keep = (): void => void desk.flush();
    addEventListener("pagehide", keep);
    return () => {
      removeEventListener("pagehide", keep);
      keep();
    };
  }, [desk, client, me, row.case]);
  return (
    <Panel title={m.message_title()} description={m.message_text()} flush>
      <Reads of={[messages]} title={m.message_failed()} lines={6}>
        {() => <Conversation view={view} rows={rows} desk={desk} />}
      </Reads>
      {opening.error !== undefined && (
        <div className={styles.note}>
          <Failed error={opening.error} onRetry={opening.retry} />
        </div>
      )}
      <Composer view={view} desk={desk} />
    </Panel>
  );
}

function Conversation({
  view,
  rows,
  desk,
}: {
  readonly view: CaseView;
  readonly rows: readonly MessageRow[];
  readonly desk: WritingDesk;
}) {
  const { outbox } = useSyncExternalStore(desk.subscribe, desk.state);
  const [all, setAll] = useState(false);
  const shown = all ? rows : rows.slice(-FIRST_SHOWN);
  const hidden = rows.length - shown.length;
  const known = new Set(rows.map(idOf));
  const waiting = outbox.filter(({ id }) => !known.has(id));
  if (rows.length === 0 && waiting.length === 0) {
    return (
      <EmptyState icon="mail" title={m.message_none()}>
        {m.message_none_text()}
      </EmptyState>
    );
  }
  return (
    <>
      {hidden > 0 && (
        <div className={styles.earlier}>
          <Button size="sm" variant="ghost" onClick={() => setAll(true)}>
            {m.message_earlier({ count: hidden, number: formatNumber(hidden) })}
          </Button>
        </div>
      )}
      <ol className={styles.thread} aria-label={m.message_title()} aria-live="polite" aria-relevant="additions">
        {shown.map((row) => (
          <Said
            key={row.seq}
            id={idOf(row)}
            entry={entryOf(idOf(row))}
            view={view}
            onReply={() => desk.edit({ reply: idOf(row) })}
          />
        ))}
        {waiting.map((sending) => (
          <Outgoing key={sending.id} sending={sending} view={view} desk={desk} />
        ))}
      </ol>
    </>
  );
}

interface Opening {
  readonly done: boolean;
  readonly error: unknown;
  readonly retry: () => void;
}

/** Asks for the words of what came and is not open yet. */
function useOpening(view: CaseView, rows: readonly MessageRow[]): Opening {
  useEntries();
  const [error, setError] = useState<unknown>();
  const closed = rows.filter((row) => entryOf(idOf(row)) === undefined).length;
  useEffect(() => {
    if (closed === 0 || error !== undefined) return;
    openRows(view, rows).catch(setError);
  }, [view, rows, closed, error]);
  return { done: closed === 0, error, retry: () => setError(undefined) };
}

/** Tells the server how much of the case was seen, once it is on the screen of somebody who looks at it. */
function useSeen({ case: row }: CaseView, opened: boolean): void {
  const client = useQueryClient();
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const look = (): void => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  const { case: id, activity, unread } = row;
  useEffect(() => {
    if (!opened || !visible || unread === 0) return;
    void tellSeen(client, id, activity);
  }, [opened, visible, unread, activity, id, client]);
}

async function tellSeen(client: QueryClient, id: string, activity: number): Promise<void> {
  try {
    await call("caseSeen", { method: "POST", params: { case: id }, body: { activity } });
  } catch {
    // It is said again with the next news.
    return;
  }
  client.setQueryData<CaseView>(["case", id], (view) => view && { ...view, case: { ...view.case, unread: 0 } });
  await client.invalidateQueries({ queryKey: ["cases"] });
}
