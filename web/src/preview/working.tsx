import { formatBytes, m } from "../i18n/index.ts";
import { Button, Panel, Progress, Stack } from "../ui/index.ts";

/** Long work that can be stopped. */
export function Working({
  label,
  progress,
  onCancel,
}: {
  readonly label: string;
  readonly progress: { readonly done: number; readonly total: number };
  readonly onCancel: () => void;
}) {
  const { done, total } = progress;
  return (
    <Panel>
      <Stack>
        <Progress
          label={label}
          value={total === 0 ? null : done / total}
          detail={total === 0 ? undefined : m.upload_of({ done: formatBytes(done), total: formatBytes(total) })}
        />
        <div>
          <Button onClick={onCancel}>{m.ui_cancel()}</Button>
        </div>
      </Stack>
    </Panel>
  );
}
