import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { formatBytes, m } from "../i18n/index.ts";
import { Segmented } from "../ui/index.ts";
import { Mark } from "./mark.tsx";
import { hexLine, hexLines, objectOf, prettyJson, stringOf, type ShownBody } from "./shapes.ts";
import styles from "./viewer.module.css";

type Mode = "pretty" | "text" | "hex";
const ROW = 18;
/** Lines longer than this are cut into several: one line of megabytes would stop the page. */
const LONGEST_LINE = 400;

/** A body as text, as indented JSON or as bytes; never as a page, an image or a script. */
export function Body({ body, query }: { readonly body: ShownBody; readonly query: string }) {
  const pretty = useMemo(() => prettyJson(body.text), [body.text]);
  const bytes = useMemo(() => body.bytes ?? new TextEncoder().encode(body.text), [body]);
  const [chosen, setChosen] = useState<Mode | undefined>();
  const mode = chosen ?? (pretty === undefined ? (body.text === "" && bytes.length > 0 ? "hex" : "text") : "pretty");
  const choices = [
    ...(pretty === undefined ? [] : [{ value: "pretty" as const, label: "JSON" }]),
    { value: "text" as const, label: m.view_body_text() },
    { value: "hex" as const, label: m.view_body_hex() },
  ];
  return (
    <figure className={styles.body}>
      <figcaption className={styles.bodyHead}>
        <span>
          {body.mime || body.place} · {formatBytes(bytes.length)}
        </span>
        <Segmented label={m.view_body_mode()} value={mode} onValue={setChosen} choices={choices} />
      </figcaption>
      {body.params.length > 0 && (
        <table className={styles.pairs}>
          <caption>{m.view_body_fields()}</caption>
          <tbody>
            {body.params.map((param, at) => (
              <tr key={at}>
                <th scope="row">{stringOf(objectOf(param)["name"])}</th>
                <td>
                  <Mark text={stringOf(objectOf(param)["value"] ?? objectOf(param)["fileName"])} query={query} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {mode === "hex" ? (
        <Hex bytes={bytes} />
      ) : (
        <TextLines text={mode === "pretty" ? (pretty ?? body.text) : body.text} query={query} />
      )}
    </figure>
  );
}

function Hex({ bytes }: { readonly bytes: Uint8Array }) {
  return <Lines count={hexLines(bytes)} lineAt={(at) => hexLine(bytes, at)} query="" />;
}

function TextLines({ text, query }: { readonly text: string; readonly query: string }) {
  const lines = useMemo(() => wrap(text), [text]);
  return <Lines count={lines.length} lineAt={(at) => lines[at] ?? ""} query={query} />;
}

function wrap(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    if (line.length <= LONGEST_LINE) return [line];
    return Array.from({ length: Math.ceil(line.length / LONGEST_LINE) }, (_, at) =>
      line.slice(at * LONGEST_LINE, (at + 1) * LONGEST_LINE),
    );
  });
}

function Lines({
  count,
  lineAt,
  query,
}: {
  readonly count: number;
  readonly lineAt: (at: number) => string;
  readonly query: string;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  // The virtualizer is read while rendering and never memoised: nothing here is compiled by React Compiler.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 20,
  });
  return (
    <div ref={scroller} className={styles.lines} tabIndex={0} role="region" aria-label={m.view_body_content()}>
      <div className={styles.linesBody} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <code key={item.key} className={styles.lineText} style={{ transform: `translateY(${item.start}px)` }}>
            <Mark text={lineAt(item.index)} query={query} />
          </code>
        ))}
      </div>
    </div>
  );
}
