import type { InventoryItem, Provider } from "@breakwater/har";
import { useMemo, useState } from "react";
import type { Sanitised, SessionsView } from "../engine/index.ts";
import { formatDateTime, formatList, formatNumber, formatRelative, m } from "../i18n/index.ts";
import {
  Badge,
  Button,
  Callout,
  CopyButton,
  DataTable,
  EmptyState,
  Segmented,
  useNow,
  type Column,
  type Tone,
} from "../ui/index.ts";
import { baseName, download } from "./download.ts";
import type { PreviewSource } from "./source.ts";
import styles from "./preview.module.css";

export interface SessionsProps {
  readonly sanitised: Sanitised;
  readonly source: PreviewSource;
  readonly onEntry: (index: number) => void;
}

/** What was in the original that could be used by whoever holds it, and how to make it worthless. No value is in here. */
export function Sessions({ sanitised, source, onEntry }: SessionsProps) {
  const { sessions, fileName } = sanitised;
  const [which, setWhich] = useState<"sessions" | "all">("sessions");
  const now = useNow();
  const items = useMemo(
    () => (which === "all" ? sessions.items : sessions.items.filter((item) => item.session)),
    [sessions, which],
  );
  const columns = useMemo(() => sessionColumns(sessions, now), [sessions, now]);
  const save = (what: "watch" | "watchKey", ending: string) => async (): Promise<void> =>
    download(`${baseName(fileName)}.${ending}`, await source.file(what));
  const open = sessions.sessions.live + sessions.sessions.unknown > 0;
  return (
    <div className={styles.fill}>
      <div className={styles.sessions}>
        <Callout tone={sessions.sessions.live > 0 ? "danger" : open ? "warn" : "ok"} title={headline(sessions)}>
          {sessions.items.length > 0 && <p>{m.san_sessions_text()}</p>}
          {open && <How sessions={sessions} />}
        </Callout>
        <div className={styles.tools}>
          <Segmented
            label={m.san_tab_sessions()}
            value={which}
            onValue={setWhich}
            choices={[
              {
                value: "sessions",
                label: `${m.san_sessions_opening()} · ${formatNumber(sessions.items.filter((item) => item.session).length)}`,
              },
              { value: "all", label: `${m.san_sessions_all()} · ${formatNumber(sessions.items.length)}` },
            ]}
          />
          <CopyButton size="sm" label={m.san_copy()} text={asText(sessions)} />
          <Button
            size="sm"
            icon="download"
            title={m.san_watch_text()}
            onClick={() => void save("watch", "watch.json")()}
          >
            {m.san_watch_export()}
          </Button>
          <Button size="sm" icon="key" onClick={() => void save("watchKey", "watch.key")()}>
            {m.san_watch_key_export()}
          </Button>
        </div>
        <p className={styles.note}>{m.san_watch_text()}</p>
      </div>
      <DataTable
        label={m.san_tab_sessions()}
        rows={items}
        rowKey={(item) => item.id}
        columns={columns}
        onOpen={(item) => {
          const entry = item.entries.find((at) => at >= 0);
          if (entry !== undefined) onEntry(entry);
        }}
        hotkeys
        height="fill"
        rowHeight={48}
        narrowRowHeight={64}
        empty={<EmptyState icon="seal" title={m.san_sessions_empty()} />}
      />
    </div>
  );
}

export function headline({ sessions }: SessionsView): string {
  const { live, unknown, admin, expired } = sessions;
  const more =
    live > 0 && unknown > 0 ? ` ${m.san_sessions_more({ count: unknown, number: formatNumber(unknown) })}` : "";
  if (live > 0 && admin > 0) {
    const of = Math.min(admin, live);
    return m.san_sessions_live_admin({ count: live, number: formatNumber(live), admin: formatNumber(of) }) + more;
  }
  if (live > 0) return m.san_sessions_live({ count: live, number: formatNumber(live) }) + more;
  if (unknown > 0) return m.san_sessions_unknown({ count: unknown, number: formatNumber(unknown) });
  return expired > 0 ? m.san_sessions_expired() : m.san_sessions_none();
}

const HOW: Readonly<Record<Provider, () => string>> = {
  okta: m.san_how_okta,
  entra: m.san_how_entra,
  google: m.san_how_google,
  github: m.san_how_github,
  auth0: m.san_how_auth0,
  slack: m.san_how_slack,
  atlassian: m.san_how_atlassian,
  salesforce: m.san_how_salesforce,
  zendesk: m.san_how_zendesk,
};
const MAX_HOSTS = 5;

/** One sentence for each provider whose sessions may be open, and for what no provider is known of. */
function howTo({ items }: SessionsView): readonly string[] {
  const open = items.filter((item) => item.live !== "expired");
  const opening = open.filter((item) => item.session);
  const known = new Set(opening.flatMap(({ provider }) => (provider === undefined ? [] : [provider])));
  const hosts = new Set(opening.filter(({ provider }) => provider === undefined).flatMap((item) => item.hosts));
  return [
    ...[...known].map((provider) => HOW[provider]()),
    ...(hosts.size > 0 ? [m.san_how_generic({ hosts: formatList([...hosts].slice(0, MAX_HOSTS)) })] : []),
    ...(open.some(({ kind }) => kind === "password" || kind === "basic") ? [m.san_how_password()] : []),
    ...(open.some(({ kind }) => kind === "key") ? [m.san_how_key()] : []),
  ];
}

function How({ sessions }: { readonly sessions: SessionsView }) {
  return (
    <>
      <p className={styles.howTitle}>{m.san_sessions_how()}</p>
      <ul className={styles.how}>
        {howTo(sessions).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  );
}

const KINDS: Readonly<Record<InventoryItem["kind"], () => string>> = {
  cookie: m.san_cred_cookie,
  bearer: m.san_cred_bearer,
  basic: m.san_cred_basic,
  jwt: m.san_cred_jwt,
  token: m.san_cred_token,
  password: m.san_cred_password,
  key: m.san_cred_key,
};
const STATES = { live: m.san_live, expired: m.san_expired, unknown: m.san_unknown } as const;
const TONES: Readonly<Record<InventoryItem["live"], Tone>> = { live: "danger", unknown: "warn", expired: "neutral" };

function nameOf(item: InventoryItem): string {
  return item.names.length === 0 ? KINDS[item.kind]() : `${KINDS[item.kind]()} ${item.names.join(", ")}`;
}

function personOf(item: InventoryItem, { persons }: SessionsView): string {
  return item.person === undefined ? "" : (persons[Number(item.person.slice(1)) - 1] ?? "");
}

function sessionColumns(view: SessionsView, now: Date): Column<InventoryItem>[] {
  return [
    {
      id: "credential",
      header: m.san_column_credential(),
      width: "minmax(0, 1.2fr)",
      cell: (item, narrow) => (
        <span className={styles.stacked}>
          <span className={styles.clip}>{nameOf(item)}</span>
          {narrow && <State item={item} />}
        </span>
      ),
      sort: nameOf,
    },
    {
      id: "state",
      header: m.san_column_state(),
      width: "minmax(8rem, 12rem)",
      wideOnly: true,
      cell: (item) => <State item={item} />,
      sort: (item) => ["live", "unknown", "expired"].indexOf(item.live),
    },
    {
      id: "expires",
      header: m.san_column_expires(),
      width: "minmax(7rem, 11rem)",
      cell: (item) => <Expires item={item} now={now} />,
      sort: (item) => item.expires ?? "",
    },
    {
      id: "requests",
      header: m.san_column_requests(),
      width: "5.5rem",
      align: "end",
      wideOnly: true,
      cell: (item) => formatNumber(item.carriedBy),
      sort: (item) => item.carriedBy,
    },
    {
      id: "hosts",
      header: m.san_column_hosts(),
      width: "minmax(0, 1.2fr)",
      wideOnly: true,
      cell: (item) => (
        <span className={styles.clip} title={item.hosts.join(", ")}>
          {item.hosts.join(", ")}
        </span>
      ),
      sort: (item) => item.hosts[0] ?? "",
    },
    {
      id: "person",
      header: m.san_column_person(),
      width: "minmax(0, 1fr)",
      wideOnly: true,
      cell: (item) => <span className={styles.clip}>{personOf(item, view)}</span>,
      sort: (item) => personOf(item, view),
    },
    {
      id: "logs",
      header: m.san_column_logs(),
      width: "minmax(0, 1fr)",
      wideOnly: true,
      cell: (item) => <code className={styles.clip}>{item.logFields.join(", ")}</code>,
      sort: (item) => item.logFields.join(),
    },
  ];
}

function State({ item }: { readonly item: InventoryItem }) {
  return (
    <span className={styles.badges}>
      <Badge tone={TONES[item.live]}>{STATES[item.live]()}</Badge>
      {item.admin && <Badge tone="danger">{m.san_admin()}</Badge>}
    </span>
  );
}

function Expires({ item, now }: { readonly item: InventoryItem; readonly now: Date }) {
  if (item.expires === undefined) return <span className={styles.note}>{m.san_expires_unknown()}</span>;
  const at = new Date(item.expires);
  return (
    <span className={styles.stacked}>
      <span className={styles.clip}>{formatDateTime(at)}</span>
      <span className={styles.note}>{formatRelative(at, now)}</span>
    </span>
  );
}

/** For a mail or a ticket: the headline, what to do, and one line for each credential that may be open. */
function asText(view: SessionsView): string {
  const lines = view.items
    .filter((item) => item.session && item.live !== "expired")
    .map((item) =>
      [
        nameOf(item),
        STATES[item.live]() + (item.admin ? ` (${m.san_admin()})` : ""),
        item.expires ?? m.san_expires_unknown(),
        item.hosts.join(" "),
        personOf(item, view),
        item.logFields.join(" "),
      ]
        .filter((part) => part !== "")
        .join(" · "),
    );
  return [headline(view), "", ...howTo(view), "", ...lines].join("\n");
}
