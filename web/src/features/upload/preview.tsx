import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { explain, getEngine } from "../../api/index.ts";
import type { EntryRow, Sanitised } from "../../engine/index.ts";
import { formatBytes, formatList, formatNumber, m } from "../../i18n/index.ts";
import { Button, Callout, EmptyState, ErrorState, IconButton, Loading, Segmented } from "../../ui/index.ts";
import { Entries } from "../../viewer/entries.tsx";
import { Legend } from "../../viewer/waterfall.tsx";
import { BeforeAfter } from "./beforeafter.tsx";
import { Findings } from "./findings.tsx";
import { kindName } from "./kinds.ts";
import styles from "./upload.module.css";

export interface PreviewProps {
  readonly sanitised: Sanitised;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

/** What will be sealed, before anything is: the last look is the customer's. */
export function Preview({ sanitised, error, onConfirm, onCancel }: PreviewProps) {
  const [view, setView] = useState<"entries" | "findings">("entries");
  const [selected, setSelected] = useState<number | undefined>();
  const failure = error === undefined ? undefined : explain(error);
  const open = selected === undefined ? undefined : sanitised.entries[selected];
  return (
    <div className={styles.preview}>
      {failure && (
        <Callout tone="danger" live title={m.upload_seal_failed()}>
          {failure.message}
        </Callout>
      )}
      <Summary sanitised={sanitised} onConfirm={onConfirm} onCancel={onCancel} />
      <div className={open ? styles.panes : styles.onePane}>
        <div className={styles.pane}>
          <div className={styles.bar}>
            <Segmented
              label={m.upload_view()}
              value={view}
              onValue={setView}
              choices={[
                { value: "entries", label: `${m.upload_entries()} · ${formatNumber(sanitised.entries.length)}` },
                { value: "findings", label: `${m.upload_findings()} · ${formatNumber(sanitised.total)}` },
              ]}
            />
            {view === "entries" && !open && <Legend />}
          </div>
          {view === "entries" ? (
            <Entries
              label={m.upload_entries()}
              rows={sanitised.entries}
              all={sanitised.entries}
              selected={selected}
              onSelect={(row) => setSelected(row.index)}
              compact={open !== undefined}
              showFindings
              empty={<EmptyState icon="file" title={m.upload_no_entries()} />}
            />
          ) : (
            <Findings sanitised={sanitised} onEntry={setSelected} />
          )}
        </div>
        {open && <EntryPane handle={sanitised.handle} row={open} onClose={() => setSelected(undefined)} />}
      </div>
    </div>
  );
}

/** One plain sentence, then the decision. */
function Summary({ sanitised, onConfirm, onCancel }: Omit<PreviewProps, "error">) {
  const top = Object.entries(sanitised.counts)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 4)
    .map(([kind, count]) => `${formatNumber(count)} ${kindName(kind)}`);
  const facts = {
    name: sanitised.fileName,
    entries: formatNumber(sanitised.entries.length),
    total: formatNumber(sanitised.total),
  };
  return (
    <section className={styles.summary} aria-label={m.upload_summary()}>
      <div className={styles.summaryText}>
        <p className={styles.sentence}>
          {sanitised.total === 0
            ? m.upload_sentence_none(facts)
            : m.upload_sentence({ ...facts, kinds: formatList(top) })}
        </p>
        <p className={styles.note}>
          {m.upload_checked({
            values: formatNumber(sanitised.checkedValues),
            encodings: formatNumber(sanitised.checkedEncodings),
          })}{" "}
          {m.upload_sizes({ before: formatBytes(sanitised.bytesIn), after: formatBytes(sanitised.bytesOut) })}
          {sanitised.masked > 0 && ` ${m.upload_masked({ count: formatNumber(sanitised.masked) })}`}
        </p>
      </div>
      <div className={styles.decide}>
        <Button onClick={onCancel}>{m.upload_choose_another()}</Button>
        <Button variant="primary" icon="seal" onClick={onConfirm}>
          {m.upload_confirm()}
        </Button>
      </div>
    </section>
  );
}

function EntryPane({
  handle,
  row,
  onClose,
}: {
  readonly handle: string;
  readonly row: EntryRow;
  readonly onClose: () => void;
}) {
  const preview = useQuery({
    queryKey: ["preview", handle, row.index],
    queryFn: async ({ signal }) => (await getEngine()).previewEntry({ handle, index: row.index }, { signal }),
    // What was recorded must not stay in memory once it is out of sight.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (
    <section className={styles.pane} aria-label={m.upload_before_after()}>
      <div className={styles.paneHead}>
        <h2 className={styles.paneTitle}>
          <span className={styles.paneNumber}>#{row.index + 1}</span> {row.method} {row.host}
          {row.path}
        </h2>
        <IconButton icon="close" size="sm" label={m.ui_close()} onClick={onClose} />
      </div>
      {preview.isPending && <Loading lines={8} />}
      {preview.isError && (
        <ErrorState
          title={m.upload_entry_failed()}
          message={explain(preview.error).message}
          onRetry={() => void preview.refetch()}
        />
      )}
      {preview.data && <BeforeAfter preview={preview.data} />}
    </section>
  );
}
