import { isObject, type JsonObject, type JsonValue } from "@breakwater/har";
import { useCallback, useMemo, useState } from "react";
import type { EntryPreview, EntryRow, ValueRow } from "../engine/index.ts";
import { formatBytes, formatNumber, m } from "../i18n/index.ts";
import { EmptyState, ErrorState, IconButton, Loading, Tabs } from "../ui/index.ts";
import { Status } from "../viewer/entries.tsx";
import { arrayOf, objectOf, prettyJson, stringOf } from "../viewer/shapes.ts";
import { BeforeAfter } from "./beforeafter.tsx";
import type { PreviewSource } from "./source.ts";
import { useLoaded } from "./useloaded.ts";
import { ValuesHere } from "./values.tsx";
import styles from "./preview.module.css";

export interface EntryPaneProps {
  readonly source: PreviewSource;
  readonly row: EntryRow;
  readonly onClose: () => void;
  readonly onKeep: (row: ValueRow) => void;
}

type TabName = "compare" | "headers" | "cookies" | "query" | "request" | "response" | "values";

/** One request, as it was and as it will be sealed. */
export function EntryPane({ source, row, onClose, onKeep }: EntryPaneProps) {
  const load = useCallback((signal: AbortSignal) => source.entry(row.index, signal), [source, row.index]);
  const [preview, retry] = useLoaded(load);
  return (
    <section className={styles.pane} aria-label={m.upload_before_after()}>
      <div className={styles.paneHead}>
        <h2 className={styles.paneTitle}>
          <span className={styles.note}>#{row.index + 1}</span> <Status value={row.status} /> {row.method} {row.host}
          {row.path}
        </h2>
        <IconButton icon="close" size="sm" label={m.ui_close()} onClick={onClose} />
      </div>
      {preview.at === "loading" && <Loading lines={8} />}
      {preview.at === "failed" && (
        <ErrorState title={m.upload_entry_failed()} message={source.explain(preview.error).message} onRetry={retry} />
      )}
      {preview.at === "ready" && <Shown preview={preview.value} onKeep={onKeep} />}
    </section>
  );
}

function Shown({ preview, onKeep }: { readonly preview: EntryPreview; readonly onKeep: EntryPaneProps["onKeep"] }) {
  const [tab, setTab] = useState<TabName>("compare");
  const { before, after, values, bytes } = preview;
  const left = useMemo(() => parse(before), [before]);
  const right = useMemo(() => parse(after), [after]);
  const found = <ValuesHere rows={values} onKeep={onKeep} />;
  if (before === undefined || after === undefined)
    return (
      <div className={styles.fill}>
        <EmptyState icon="file" title={m.upload_entry_too_large({ size: formatBytes(bytes) })} />
        {found}
      </div>
    );
  const pairs = (...lists: readonly PairList[]) => <Pairs lists={lists} left={left} right={right} />;
  return (
    <div className={styles.tabs}>
      <Tabs<TabName>
        label={m.view_detail()}
        value={tab}
        onValue={setTab}
        tabs={[
          {
            value: "compare",
            label: m.san_tab_compare(),
            content: <BeforeAfter before={before} after={after} />,
          },
          {
            value: "headers",
            label: m.view_tab_headers(),
            content: pairs(
              { title: m.view_request_headers(), at: ["request", "headers"] },
              { title: m.view_response_headers(), at: ["response", "headers"] },
            ),
          },
          {
            value: "cookies",
            label: m.view_tab_cookies(),
            content: pairs(
              { title: m.view_request_cookies(), at: ["request", "cookies"] },
              { title: m.view_response_cookies(), at: ["response", "cookies"] },
            ),
          },
          {
            value: "query",
            label: m.view_tab_query(),
            content: pairs({ title: m.view_tab_query(), at: ["request", "queryString"] }),
          },
          {
            value: "request",
            label: m.view_tab_request(),
            content: <Bodies left={left} right={right} at={["request", "postData"]} />,
          },
          {
            value: "response",
            label: m.view_tab_response(),
            content: <Bodies left={left} right={right} at={["response", "content"]} />,
          },
          { value: "values", label: m.san_tab_values_here(), count: values.length, content: found },
        ]}
      />
    </div>
  );
}

function parse(text: string | undefined): JsonObject {
  const value: JsonValue = text === undefined ? null : JSON.parse(text);
  return isObject(value) ? value : {};
}

interface PairList {
  readonly title: string;
  readonly at: readonly [string, string];
}

function memberOf(entry: JsonObject, [first, second]: readonly [string, string]): JsonValue | undefined {
  return objectOf(entry[first])[second];
}

/** Names, with the value as it was and as it is: what stands at the same place in both. */
function Pairs({
  lists,
  left,
  right,
}: {
  readonly lists: readonly PairList[];
  readonly left: JsonObject;
  readonly right: JsonObject;
}) {
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={lists[0]?.title ?? ""}>
      {lists.map(({ title, at }) => {
        const before = arrayOf(memberOf(left, at));
        const after = arrayOf(memberOf(right, at));
        const rows = Array.from({ length: Math.max(before.length, after.length) }, (_, i) => ({
          name: stringOf(objectOf(after[i] ?? before[i])["name"]),
          before: stringOf(objectOf(before[i])["value"]),
          after: stringOf(objectOf(after[i])["value"]),
        }));
        return (
          <table key={title} className={styles.pairs}>
            <caption>
              {title} · {formatNumber(rows.length)}
            </caption>
            <thead>
              <tr>
                <th scope="col">{m.san_column_name()}</th>
                <th scope="col">{m.san_column_before()}</th>
                <th scope="col">{m.san_column_after()}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={i} className={row.before === row.after ? undefined : styles.changed}>
                  <th scope="row">{row.name}</th>
                  <td>{shorten(row.before)}</td>
                  <td>{shorten(row.after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        );
      })}
    </div>
  );
}

const LONGEST = 4000;

function shorten(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function Bodies({
  left,
  right,
  at,
}: {
  readonly left: JsonObject;
  readonly right: JsonObject;
  readonly at: readonly [string, string];
}) {
  const before = bodyText(memberOf(left, at));
  const after = bodyText(memberOf(right, at));
  if (before === "" && after === "") return <EmptyState icon="file" title={m.san_body_none()} />;
  return <BeforeAfter before={before} after={after} />;
}

/** Indented where it is JSON, so that a change is a line and not the whole body. */
function bodyText(value: JsonValue | undefined): string {
  const body = objectOf(value);
  const text = stringOf(body["text"]);
  const fields = arrayOf(body["params"]).map((field) => {
    const { name, value: content } = objectOf(field);
    return `${stringOf(name)}=${stringOf(content)}`;
  });
  const shown = prettyJson(text) ?? text;
  return [...fields, ...(shown === "" ? [] : [shown])].join("\n");
}
