import { useEffect, useRef, useState } from "react";
import type { KeepChange, Sanitised, ValueRow } from "../engine/index.ts";
import { formatBytes, formatNumber, m } from "../i18n/index.ts";
import { Button, Callout, Dialog, DialogActions, Field, Form, Progress, TextArea } from "../ui/index.ts";
import type { PreviewSource } from "./source.ts";
import { kindName, ruleName } from "./words.ts";
import styles from "./preview.module.css";

const MIN_REASON = 3;
const MAX_REASON = 150;

export interface KeepDialogProps {
  readonly row: ValueRow;
  readonly work: KeepWork;
  readonly onClose: () => void;
}

/** A loosening: what it is, that it is recorded, and for secrets why. */
export function KeepDialog({ row, work, onClose }: KeepDialogProps) {
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const missing = row.keep === "reason" && reason.trim().length < MIN_REASON;
  const { standIn } = row;
  const submit = (): void => {
    setTried(true);
    if (!missing && standIn !== undefined) work.start({ standIn, keep: true, reason }, onClose);
  };
  return (
    <Dialog open onClose={onClose} title={m.san_keep_title()} size="sm">
      <Form onSubmit={submit}>
        <p>
          <strong>{kindName(row.kind)}</strong> · {row.rules.map(ruleName).join("; ")}
        </p>
        <p>{m.san_keep_text({ count: row.places, number: formatNumber(row.places) })}</p>
        <Callout>{m.san_keep_recorded()}</Callout>
        {row.keep === "reason" && <Callout tone="warn">{m.san_keep_secret()}</Callout>}
        <Field
          label={m.san_keep_reason()}
          hint={m.san_keep_reason_hint()}
          optional={row.keep !== "reason"}
          error={tried && missing ? m.san_keep_reason_missing() : undefined}
        >
          <TextArea value={reason} onValue={setReason} rows={2} maxLength={MAX_REASON} />
        </Field>
        <KeepState work={work} />
        <DialogActions>
          <Button onClick={onClose}>{m.ui_cancel()}</Button>
          <Button type="submit" variant="primary" busy={work.state.at === "busy"}>
            {m.san_keep_confirm()}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}

/** The values that stay readable, each with its way back. */
export function KeptList({ sanitised, work }: { readonly sanitised: Sanitised; readonly work: KeepWork }) {
  const { kept } = sanitised;
  if (kept.length === 0) return null;
  return (
    <Callout tone="warn" title={m.san_kept_title({ count: kept.length, number: formatNumber(kept.length) })}>
      <ul className={styles.kept}>
        {kept.map((one) => (
          <li key={one.standIn}>
            <span>
              {m.san_kept_row({ count: one.places, number: formatNumber(one.places), rule: ruleName(one.rule) })}
              {one.reason !== "" && ` · ${one.reason}`}
            </span>
            <Button
              size="sm"
              busy={work.state.at === "busy"}
              onClick={() => work.start({ standIn: one.standIn, keep: false, reason: "" }, () => undefined)}
            >
              {m.san_redo()}
            </Button>
          </li>
        ))}
      </ul>
      <KeepState work={work} />
    </Callout>
  );
}

function KeepState({ work }: { readonly work: KeepWork }) {
  const { state } = work;
  if (state.at === "failed")
    return (
      <Callout tone="danger" live title={m.san_keep_failed()}>
        {work.explain(state.error).message}
      </Callout>
    );
  if (state.at !== "busy") return null;
  const { done, total } = state;
  return (
    <Progress
      label={m.san_working()}
      value={total === 0 ? null : done / total}
      detail={total === 0 ? undefined : m.upload_of({ done: formatBytes(done), total: formatBytes(total) })}
    />
  );
}

type KeepStateNow =
  | { readonly at: "idle" }
  | { readonly at: "busy"; readonly done: number; readonly total: number }
  | { readonly at: "failed"; readonly error: unknown };

export interface KeepWork {
  readonly state: KeepStateNow;
  readonly explain: PreviewSource["explain"];
  start(change: KeepChange, onDone: () => void): void;
  /** Stops what is under way; what was there stays. */
  stop(): void;
}

export function useKeepWork(source: PreviewSource, onSanitised: (sanitised: Sanitised) => void): KeepWork {
  const [state, setState] = useState<KeepStateNow>({ at: "idle" });
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const start: KeepWork["start"] = (change, onDone) => {
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    setState({ at: "busy", done: 0, total: 0 });
    const run = async (): Promise<void> => {
      try {
        const sanitised = await source.keep(change, {
          signal: mine.signal,
          onProgress: ({ done, total }) => !mine.signal.aborted && setState({ at: "busy", done, total }),
        });
        setState({ at: "idle" });
        onSanitised(sanitised);
        onDone();
      } catch (error) {
        setState(mine.signal.aborted ? { at: "idle" } : { at: "failed", error });
      }
    };
    void run();
  };
  return {
    state,
    explain: source.explain,
    start,
    stop: () => {
      abort.current?.abort();
      setState({ at: "idle" });
    },
  };
}
