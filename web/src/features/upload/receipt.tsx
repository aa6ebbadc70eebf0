import { formatDateTime, formatNumber, m } from "../../i18n/index.ts";
import { Button, Callout, Code, Facts, Panel, Row, Stack, Time } from "../../ui/index.ts";
import { download } from "../../preview/download.ts";
import type { Stage } from "./flow.ts";

/** The file is logged and witnessed, and this browser has checked it: the receipt proves it without anybody's help. */
export function Done({
  stage,
  onClose,
  onAnother,
}: {
  readonly stage: Extract<Stage, { at: "done" }>;
  readonly onClose: () => void;
  readonly onAnother: () => void;
}) {
  const { verified, upload, receipt } = stage;
  return (
    <Stack>
      <Callout tone="ok" live title={m.upload_done_title({ name: upload.fileName })}>
        {m.upload_done_text({
          desk: verified.desk,
          size: formatNumber(verified.size),
          time: formatDateTime(new Date(verified.cosigned * 1000)),
        })}
      </Callout>
      <Panel title={m.upload_receipt()} description={m.upload_receipt_text()}>
        <Stack>
          <Facts
            items={[
              { label: m.upload_receipt_logged(), value: <Time at={verified.at} /> },
              {
                label: m.upload_receipt_entry(),
                value: m.upload_receipt_entry_value({
                  index: formatNumber(verified.index),
                  size: formatNumber(verified.size),
                }),
              },
              { label: m.upload_receipt_log(), value: <Code>{verified.origin}</Code> },
              { label: m.upload_receipt_hash(), value: <Code>{verified.man}</Code> },
            ]}
          />
          <Row>
            <Button
              variant="primary"
              icon="download"
              onClick={() => download(`breakwater-receipt-${upload.file}.json`, JSON.stringify(receipt, null, 1))}
            >
              {m.upload_receipt_download()}
            </Button>
            <Button onClick={onAnother}>{m.upload_another()}</Button>
            <Button onClick={onClose}>{m.upload_back_to_case()}</Button>
          </Row>
        </Stack>
      </Panel>
    </Stack>
  );
}
