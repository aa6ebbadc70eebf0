import { explain } from "../../api/index.ts";
import { formatBytes, m } from "../../i18n/index.ts";
import { Button, Callout, Panel, Progress, Row, Stack } from "../../ui/index.ts";
import type { Flow, Stage } from "./flow.ts";

/** The sealed bytes on their way. Closing the page loses nothing: they wait in this browser. */
export function Sending({ stage, flow }: { readonly stage: Extract<Stage, { at: "send" }>; readonly flow: Flow }) {
  const { done, total } = stage.progress;
  const failure = stage.error === undefined ? undefined : explain(stage.error);
  return (
    <Panel>
      <Stack>
        {failure ? (
          <Callout tone="danger" live title={m.upload_send_failed()}>
            <p>{failure.message}</p>
            {failure.help !== undefined && <p>{failure.help}</p>}
            <p>{m.upload_send_kept()}</p>
          </Callout>
        ) : (
          <Progress
            label={
              stage.paused
                ? m.upload_paused({ name: stage.upload.fileName })
                : m.upload_sending({ name: stage.upload.fileName })
            }
            value={total === 0 ? null : done / total}
            detail={m.upload_of({ done: formatBytes(done), total: formatBytes(total) })}
          />
        )}
        <Row>
          {failure ? (
            <Button variant="primary" icon="refresh" onClick={() => flow.send(stage.upload)}>
              {m.ui_retry()}
            </Button>
          ) : (
            <Button onClick={stage.paused ? flow.resume : flow.pause}>
              {stage.paused ? m.upload_resume() : m.upload_pause()}
            </Button>
          )}
          <Button onClick={flow.cancel}>{m.upload_cancel_delete()}</Button>
        </Row>
      </Stack>
    </Panel>
  );
}
