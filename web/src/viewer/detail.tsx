import type { BodiesLine, JsonObject, JsonValue } from "@breakwater/har";
import { useMemo, useState, type ReactNode } from "react";
import type { PartRole } from "../engine/api.ts";
import { formatBytes, formatDateTime, formatList, formatNumber, m } from "../i18n/index.ts";
import { Button, EmptyState, Facts, IconButton, Spinner, Tabs } from "../ui/index.ts";
import { Body } from "./body.tsx";
import { Status } from "./entries.tsx";
import { Mark } from "./mark.tsx";
import { arrayOf, bodiesOf, objectOf, stringOf, type ShownBody } from "./shapes.ts";
import type { PartState, Row, Snapshot, ViewerStore } from "./store.ts";
import styles from "./viewer.module.css";

export interface DetailProps {
  readonly store: ViewerStore;
  readonly snapshot: Snapshot;
  readonly row: Row;
  readonly query: string;
  readonly onClose: () => void;
  readonly onWant: (roles: readonly PartRole[]) => void;
}

type TabName = "overview" | "headers" | "cookies" | "query" | "request" | "response";

/** One request in full, as far as it is open. Everything from the file is shown as text and never as markup. */
export function Detail({ store, snapshot, row, query, onClose, onWant }: DetailProps) {
  const [tab, setTab] = useState<TabName>("overview");
  const { parts, busy } = snapshot;
  const headers = useMemo(
    () => (parts.headers === "open" ? objectOf(store.headers(row)?.entry) : undefined),
    [store, row, parts.headers],
  );
  const request = objectOf(headers?.["request"]);
  const response = objectOf(headers?.["response"]);
  const locked = (role: PartRole, roles: readonly PartRole[]) => (
    <Locked state={parts[role] ?? "closed"} roles={roles} busy={busy} onWant={onWant} />
  );
  const pairs = (groups: readonly (readonly [string, readonly JsonValue[]])[]) =>
    headers ? <Groups groups={groups} query={query} /> : locked("headers", ["headers"]);
  return (
    <section className={styles.pane} aria-label={m.view_detail()}>
      <div className={styles.paneHead}>
        <h2 className={styles.paneTitle}>
          <Status value={row.status} /> {row.method} {row.host}
          {row.path}
        </h2>
        <IconButton icon="close" size="sm" label={m.ui_close()} onClick={onClose} />
      </div>
      <div className={styles.tabs}>
        <Tabs<TabName>
          label={m.view_detail()}
          value={tab}
          onValue={setTab}
          tabs={[
            { value: "overview", label: m.view_tab_overview(), content: <Overview row={row} /> },
            {
              value: "headers",
              label: m.view_tab_headers(),
              content: pairs([
                [m.view_request_headers(), arrayOf(request["headers"])],
                [m.view_response_headers(), arrayOf(response["headers"])],
              ]),
            },
            {
              value: "cookies",
              label: m.view_tab_cookies(),
              content: pairs([
                [m.view_request_cookies(), arrayOf(request["cookies"])],
                [m.view_response_cookies(), arrayOf(response["cookies"])],
              ]),
            },
            {
              value: "query",
              label: m.view_tab_query(),
              content: pairs([[m.view_tab_query(), arrayOf(request["queryString"])]]),
            },
            {
              value: "request",
              label: m.view_tab_request(),
              content: (
                <Bodies
                  line={store.bodies("requestBodies", row)}
                  query={query}
                  otherwise={locked("requestBodies", ["requestBodies"])}
                />
              ),
            },
            {
              value: "response",
              label: m.view_tab_response(),
              content: (
                <Bodies
                  line={store.bodies("responseBodies", row)}
                  query={query}
                  otherwise={locked("responseBodies", ["responseBodies"])}
                />
              ),
            },
          ]}
        />
      </div>
    </section>
  );
}

function Overview({ row }: { readonly row: Row }) {
  const { line } = row;
  const started = new Date(line.startedDateTime);
  const ms = (value: number) => m.view_ms({ value: formatNumber(Math.round(value * 10) / 10) });
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={m.view_tab_overview()}>
      <Facts
        items={[
          { label: m.view_column_status(), value: `${row.status} ${line.statusText}`.trim() },
          { label: m.view_fact_protocol(), value: `${line.scheme} ${line.httpVersion}`.trim() },
          { label: m.view_fact_started(), value: Number.isNaN(started.getTime()) ? "—" : formatDateTime(started) },
          { label: m.view_column_time(), value: ms(row.time) },
          { label: m.view_column_type(), value: line.responseMimeType || "—" },
          { label: m.view_column_size(), value: formatBytes(row.size) },
          ...(line.error === "" ? [] : [{ label: m.view_fact_error(), value: line.error }]),
        ]}
      />
      <table className={styles.pairs}>
        <caption>{m.view_fact_timings()}</caption>
        <tbody>
          {Object.entries(line.timings).map(([phase, value]) => (
            <tr key={phase}>
              <th scope="row">{phase}</th>
              <td>{value < 0 ? "—" : ms(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Groups({
  groups,
  query,
}: {
  readonly groups: readonly (readonly [string, readonly JsonValue[]])[];
  readonly query: string;
}) {
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={formatList(groups.map(([title]) => title))}>
      {groups.map(([title, items]) => (
        <table key={title} className={styles.pairs}>
          <caption>
            {title} · {formatNumber(items.length)}
          </caption>
          <tbody>
            {items.map((item, at) => (
              <Pair key={at} item={objectOf(item)} query={query} />
            ))}
          </tbody>
        </table>
      ))}
    </div>
  );
}

function Pair({ item, query }: { readonly item: JsonObject; readonly query: string }) {
  const { name, value, ...attributes } = item;
  const rest = Object.entries(attributes).filter(([, one]) => one !== null && one !== "" && one !== false);
  return (
    <tr>
      <th scope="row">
        <Mark text={stringOf(name)} query={query} />
      </th>
      <td>
        <Mark text={stringOf(value)} query={query} />
        {rest.length > 0 && (
          <span className={styles.attributes}>
            {rest.map(([key, one]) => (one === true ? key : `${key}=${stringOf(one)}`)).join("; ")}
          </span>
        )}
      </td>
    </tr>
  );
}

function Bodies({
  line,
  query,
  otherwise,
}: {
  readonly line: BodiesLine | undefined;
  readonly query: string;
  readonly otherwise: ReactNode;
}) {
  const bodies = useMemo((): readonly ShownBody[] => (line ? bodiesOf(line) : []), [line]);
  if (!line) return otherwise;
  if (bodies.length === 0) return <EmptyState icon="file" title={m.view_no_body()} />;
  return (
    <div className={styles.scroll}>
      {bodies.map((body) => (
        <Body key={body.place} body={body} query={query} />
      ))}
    </div>
  );
}

/** A part that is not open yet: its own opening, its own reason, its own line in the log. */
function Locked({
  state,
  roles,
  busy,
  onWant,
}: {
  readonly state: PartState;
  readonly roles: readonly PartRole[];
  readonly busy: boolean;
  readonly onWant: DetailProps["onWant"];
}) {
  if (state === "loading") {
    return (
      <div className={styles.waiting} role="status">
        <Spinner /> {m.view_decrypting()}
      </div>
    );
  }
  return (
    <EmptyState
      icon="lock"
      title={state === "broken" ? m.view_part_broken() : m.view_part_closed()}
      action={
        <Button icon="unlock" busy={busy} onClick={() => onWant(roles)}>
          {roles[0] === "headers" ? m.view_open_headers() : m.view_open_bodies()}
        </Button>
      }
    >
      {m.view_part_closed_text()}
    </EmptyState>
  );
}
