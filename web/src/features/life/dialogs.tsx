import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, getEngine, withFresh, type CaseView, type FileRow } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import {
  Button,
  Callout,
  Confirm,
  Dialog,
  DialogActions,
  Field,
  Form,
  TextArea,
  TextInput,
  toast,
} from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";

interface Asking {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly view: CaseView;
}

function useRead(caseId: string): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await Promise.all(
      [["case", caseId], ["cases"], ["access"]].map((queryKey) => client.invalidateQueries({ queryKey })),
    );
  };
}

/** Shredding cannot be undone: the person types the case's number, and signs it. */
export function ShredDialog({ open, onClose, view }: Asking) {
  const { case: row } = view;
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const again = useRead(row.case);
  const right = typed.trim().replace(/^#/, "") === String(row.number);
  const shred = useMutation({
    mutationFn: () =>
      withFresh(async () => {
        const engine = await getEngine();
        const act = await engine.signAct({ t: "key.shred", org: row.org, case: row.case, what: `case:${row.number}` });
        await call("caseShred", { method: "POST", params: { case: row.case }, body: { number: row.number, act } });
      }),
    onSuccess: async () => {
      await again();
      setTyped("");
      onClose();
      toast(m.life_shredded());
    },
  });
  return (
    <Dialog open={open} onClose={onClose} title={m.life_shred_title({ number: row.number })} size="sm">
      <Form
        onSubmit={() => {
          setTried(true);
          if (right) shred.mutate();
        }}
      >
        <Callout tone="danger">{m.life_shred_text({ files: view.files.length })}</Callout>
        <Field
          label={m.life_shred_type({ number: row.number })}
          error={tried && !right ? m.life_shred_wrong() : undefined}
        >
          <TextInput value={typed} onValue={setTyped} autoComplete="off" inputMode="numeric" />
        </Field>
        {shred.isError && <Failed error={shred.error} />}
        <DialogActions>
          <Button onClick={onClose}>{m.ui_cancel()}</Button>
          <Button type="submit" variant="danger" busy={shred.isPending}>
            {m.life_shred_do()}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}

export function HoldDialog({
  open,
  onClose,
  view,
  held,
  file,
}: Asking & { readonly held: boolean; readonly file?: string }) {
  const { case: row } = view;
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const again = useRead(row.case);
  const hold = useMutation({
    mutationFn: (lifting: boolean) =>
      withFresh(async () => {
        const engine = await getEngine();
        const place = { org: row.org, case: row.case, ...(file === undefined ? {} : { file }) };
        const act = await engine.signAct({
          t: lifting ? "file.unhold" : "file.hold",
          ...place,
          reason: { text: reason.trim(), statements: view.statements },
        });
        const body = { act, ...(file === undefined ? {} : { file }) };
        await call("caseHold", { method: "POST", params: { case: row.case }, body });
      }),
    // The page may have heard of it before this: what was done is what was asked.
    onSuccess: async (_, lifted: boolean) => {
      await again();
      setReason("");
      setTried(false);
      onClose();
      toast(lifted ? m.life_unheld_toast() : m.life_held_toast());
    },
  });
  return (
    <Dialog open={open} onClose={onClose} title={held ? m.life_unhold() : m.life_hold()} size="sm">
      <Form
        onSubmit={() => {
          setTried(true);
          if (reason.trim() !== "") hold.mutate(held);
        }}
      >
        <p>{held ? m.life_unhold_text() : m.life_hold_text()}</p>
        <Field
          label={m.life_reason()}
          hint={m.life_reason_hint()}
          error={tried && reason.trim() === "" ? m.field_needed() : undefined}
        >
          <TextArea value={reason} onValue={setReason} rows={3} maxLength={1000} />
        </Field>
        {hold.isError && <Failed error={hold.error} />}
        <DialogActions>
          <Button onClick={onClose}>{m.ui_cancel()}</Button>
          <Button type="submit" variant="primary" busy={hold.isPending}>
            {held ? m.life_unhold() : m.life_hold()}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}

export function DeleteDialog({ open, onClose, view, file }: Asking & { readonly file: FileRow }) {
  const { case: row } = view;
  const again = useRead(row.case);
  const remove = useMutation({
    mutationFn: () =>
      withFresh(async () => {
        const engine = await getEngine();
        const act = await engine.signAct({ t: "file.delete", org: row.org, case: row.case, file: file.file });
        await call("fileDelete", { method: "POST", params: { file: file.file }, body: { act } });
      }),
    onSuccess: async () => {
      await again();
      onClose();
      toast(m.life_deleted_toast());
    },
  });
  return (
    <Confirm
      open={open}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title={m.life_delete_title()}
      description={m.life_delete_text()}
      action={m.life_delete()}
      danger
      busy={remove.isPending}
    >
      {remove.isError && <Failed error={remove.error} />}
    </Confirm>
  );
}
