import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getEngine } from "../../api/index.ts";
import type { SealedUpload } from "../../engine/index.ts";
import { formatBytes, m } from "../../i18n/index.ts";
import { Button, Panel, Row, Time } from "../../ui/index.ts";
import styles from "./upload.module.css";

/** Sealed files of an earlier visit that the server does not have whole. */
export function Pending({
  caseId,
  onSend,
}: {
  readonly caseId: string;
  readonly onSend: (upload: SealedUpload) => void;
}) {
  const client = useQueryClient();
  const queryKey = ["uploads", caseId];
  const waiting = useQuery({
    queryKey,
    queryFn: async () => (await getEngine()).pendingUploads({ case: caseId }),
    gcTime: 0,
  });
  const forget = async (file: string): Promise<void> => {
    await (await getEngine()).forgetUpload({ file });
    await client.invalidateQueries({ queryKey });
  };
  if (!waiting.data || waiting.data.length === 0) return null;
  return (
    <Panel title={m.upload_pending_title()} description={m.upload_pending_text()}>
      <ul className={styles.pending}>
        {waiting.data.map((upload) => (
          <li key={upload.file}>
            <Row spread>
              <span>
                <strong>{upload.fileName}</strong> ·{" "}
                {formatBytes(upload.parts.reduce((sum, part) => sum + part.ctSize, 0))} ·{" "}
                <Time at={upload.created} relative />
              </span>
              <Row>
                <Button size="sm" onClick={() => void forget(upload.file)}>
                  {m.upload_forget()}
                </Button>
                <Button size="sm" variant="primary" onClick={() => onSend(upload)}>
                  {m.upload_continue()}
                </Button>
              </Row>
            </Row>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
