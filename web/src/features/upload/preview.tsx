import { useMemo } from "react";
import { explain, getEngine } from "../../api/index.ts";
import type { Sanitised } from "../../engine/index.ts";
import { m } from "../../i18n/index.ts";
import { Preview } from "../../preview/preview.tsx";
import type { PreviewSource } from "../../preview/source.ts";
import { baseName, download } from "../../preview/download.ts";
import { Button, Callout } from "../../ui/index.ts";
import styles from "./upload.module.css";

export interface UploadPreviewProps {
  readonly sanitised: Sanitised;
  readonly error: unknown;
  readonly onSanitised: (sanitised: Sanitised) => void;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

/** The last look before sealing. */
export function UploadPreview({ sanitised, error, onSanitised, onConfirm, onCancel }: UploadPreviewProps) {
  const { handle, fileName } = sanitised;
  const source = useMemo(() => engineSource(handle), [handle]);
  const failure = error === undefined ? undefined : explain(error);
  const report = async (): Promise<void> => download(`${baseName(fileName)}.report.json`, await source.file("report"));
  return (
    <div className={styles.fill}>
      {failure && (
        <Callout tone="danger" live title={m.upload_seal_failed()}>
          {failure.message}
        </Callout>
      )}
      <Preview
        sanitised={sanitised}
        source={source}
        onSanitised={onSanitised}
        actions={
          <>
            <Button onClick={onCancel}>{m.upload_choose_another()}</Button>
            <Button icon="download" onClick={() => void report()}>
              {m.san_report_download()}
            </Button>
            <Button variant="primary" icon="seal" onClick={onConfirm}>
              {m.upload_confirm()}
            </Button>
          </>
        }
      />
    </div>
  );
}

function engineSource(handle: string): PreviewSource {
  return {
    entry: async (index, signal) => (await getEngine()).previewEntry({ handle, index }, { signal }),
    search: async (query, signal) => (await getEngine()).searchEntries({ handle, query }, { signal }),
    keep: async (change, options) => (await getEngine()).keepValue({ handle, ...change }, options),
    file: async (what) => (await getEngine()).sanitiserFile({ handle, what }),
    explain,
  };
}
