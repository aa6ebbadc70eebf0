import { useMemo, useState } from "react";
import { explain } from "../../api/index.ts";
import type { SanitisedText } from "../../engine/index.ts";
import { formatBytes, formatNumber, m } from "../../i18n/index.ts";
import { kindName } from "../../preview/words.ts";
import { Badge, Button, Callout, Checkbox, cx, Facts, FormActions, Panel, Stack } from "../../ui/index.ts";
import styles from "./upload.module.css";

interface OtherProps {
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

/** The last look at a text before it is sealed: what was replaced, by kind, and the text as the reader will get it. */
export function TextPreview({ told, error, onConfirm, onCancel }: OtherProps & { readonly told: SanitisedText }) {
  const lines = useMemo(() => told.head.split("\n"), [told.head]);
  const found = useMemo(() => new Set(told.found), [told.found]);
  const kinds = Object.entries(told.counts).toSorted(([, one], [, other]) => other - one);
  return (
    <Stack>
      {error !== undefined && <SealFailed error={error} />}
      <Panel
        title={told.fileName}
        description={m.upload_text_checked({
          values: formatNumber(told.checkedValues),
          encodings: formatNumber(told.checkedEncodings),
        })}
        actions={
          <>
            <Button onClick={onCancel}>{m.upload_choose_another()}</Button>
            <Button variant="primary" icon="seal" onClick={onConfirm}>
              {m.upload_confirm()}
            </Button>
          </>
        }
      >
        <Facts
          items={[
            { label: m.upload_text_kind(), value: told.kind },
            { label: m.upload_text_lines(), value: formatNumber(told.lines) },
            { label: m.upload_text_size(), value: formatBytes(told.bytesOut) },
            {
              label: m.upload_text_replaced(),
              value:
                told.total === 0 ? (
                  m.upload_text_nothing()
                ) : (
                  <span className={styles.kinds}>
                    {kinds.map(([kind, count]) => (
                      <Badge key={kind} tone="accent">
                        {kindName(kind)}: {formatNumber(count)}
                      </Badge>
                    ))}
                  </span>
                ),
            },
          ]}
        />
      </Panel>
      <Panel title={told.whole ? m.upload_text_will() : m.upload_text_begins()} flush>
        <ol className={styles.text} tabIndex={0} aria-label={m.upload_text_will()}>
          {lines.map((line, at) => (
            // A text's lines are where they are.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={at} className={cx(styles.textLine, found.has(at + 1) && styles.textFound)}>
              {line}
            </li>
          ))}
        </ol>
      </Panel>
    </Stack>
  );
}

/** Nothing can look into these bytes, and saying so is all that there is to do: the person's word goes into the manifest. */
export function RawWarning({ file, error, onConfirm, onCancel }: OtherProps & { readonly file: File }) {
  const [sure, setSure] = useState(false);
  return (
    <Panel title={file.name} description={formatBytes(file.size)}>
      <Stack>
        {error !== undefined && <SealFailed error={error} />}
        <Callout tone="warn" title={m.upload_raw_title()}>
          {m.upload_raw_text()}
        </Callout>
        <Checkbox checked={sure} onChecked={setSure} label={m.upload_raw_sure()} />
        <FormActions>
          <Button onClick={onCancel}>{m.upload_choose_another()}</Button>
          <Button variant="primary" icon="seal" disabled={!sure} onClick={onConfirm}>
            {m.upload_confirm()}
          </Button>
        </FormActions>
      </Stack>
    </Panel>
  );
}

function SealFailed({ error }: { readonly error: unknown }) {
  return (
    <Callout tone="danger" live title={m.upload_seal_failed()}>
      {explain(error).message}
    </Callout>
  );
}
