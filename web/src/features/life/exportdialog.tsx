import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { CaseView } from "../../api/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import { Button, Callout, Dialog, DialogActions, Field, Form, Progress, TextInput, toast } from "../../ui/index.ts";
import { strengthOf } from "../enrol/strength.ts";
import { Failed } from "../shell/failed.tsx";
import { exportCase } from "./exporting.ts";

/** Takes the case away in one file, locked with a passphrase. */
export function ExportDialog({
  open,
  onClose,
  view,
}: {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly view: CaseView;
}) {
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const [done, setDone] = useState<{ readonly files: number; readonly of: number }>();
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const enough = strengthOf(passphrase).enough;
  const run = useMutation({
    mutationFn: () => {
      abort.current = new AbortController();
      return exportCase(view, passphrase, (files, of) => setDone({ files, of }), abort.current.signal);
    },
    onSuccess: () => {
      setPassphrase("");
      setAgain("");
      onClose();
      toast(m.life_export_done());
    },
    onSettled: () => setDone(undefined),
  });
  const close = (): void => {
    abort.current?.abort();
    onClose();
  };
  return (
    <Dialog open={open} onClose={close} title={m.life_export_title({ number: view.case.number })} size="sm">
      <Form
        onSubmit={() => {
          setTried(true);
          if (enough && passphrase === again) run.mutate();
        }}
      >
        <Callout>{m.life_export_text()}</Callout>
        <Field
          label={m.life_export_passphrase()}
          hint={m.life_export_hint()}
          error={tried && !enough ? m.life_export_weak() : undefined}
        >
          <TextInput
            value={passphrase}
            onValue={setPassphrase}
            type="password"
            autoComplete="new-password"
            maxLength={256}
          />
        </Field>
        <Field label={m.secure_again()} error={tried && passphrase !== again ? m.secure_differs() : undefined}>
          <TextInput value={again} onValue={setAgain} type="password" autoComplete="new-password" maxLength={256} />
        </Field>
        {done && (
          <Progress
            label={m.life_export_progress()}
            value={done.of === 0 ? null : done.files / done.of}
            detail={m.life_export_files({ files: formatNumber(done.files), of: formatNumber(done.of) })}
          />
        )}
        {run.isError && <Failed error={run.error} />}
        <DialogActions>
          <Button onClick={close}>{m.ui_cancel()}</Button>
          <Button type="submit" variant="primary" icon="download" busy={run.isPending}>
            {m.life_export_do()}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
