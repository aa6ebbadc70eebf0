import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { CaseView } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import {
  Button,
  buttonClass,
  Callout,
  Field,
  Icon,
  IconButton,
  Kbd,
  Menu,
  MenuItem,
  Select,
  TextArea,
} from "../../ui/index.ts";
import { FileName } from "../cases/filename.tsx";
import { stateName, STATES, type CaseState } from "../cases/names.ts";
import { Failed } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { Snippet } from "./message.tsx";
import type { WritingDesk } from "./outbox.ts";
import styles from "./messages.module.css";

const MAX_FILES = 20;
type After = CaseState | "keep";

export function Composer({ view, desk }: { readonly view: CaseView; readonly desk: WritingDesk }) {
  const me = useMe();
  const { case: row } = view;
  const { text, reply, files, loaded } = useSyncExternalStore(desk.subscribe, desk.state);
  const staff = me.org.kind === "desk";
  const closed = row.state === "closed";
  const [chosen, setChosen] = useState<After | undefined>();
  const after: After = chosen ?? (closed || !staff ? "waiting-desk" : "waiting-customer");
  const field = useRef<HTMLTextAreaElement>(null);
  useFocusKey(field);
  useEffect(() => {
    if (reply !== undefined) field.current?.focus();
  }, [reply]);
  const send = useMutation({
    mutationFn: () => desk.send(view, after === "keep" || after === row.state ? undefined : after),
    onSuccess: () => setChosen(undefined),
  });
  const ready = text.trim() !== "" && loaded && !send.isPending;
  if (closed && staff) return <Note>{m.message_closed_case()}</Note>;
  if (row.shredded !== null) return null;
  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) send.mutate();
      }}
    >
      {closed && (
        <Callout tone="info" icon="info">
          {m.message_reopens()}
        </Callout>
      )}
      {reply !== undefined && (
        <div className={styles.replying}>
          <Icon name="reply" />
          <span className={styles.snippet}>
            <Snippet of={reply} />
          </span>
          <IconButton
            icon="close"
            size="sm"
            label={m.message_no_reply()}
            onClick={() => desk.edit({ reply: undefined })}
          />
        </div>
      )}
      <Field label={m.message_write()} hint={m.message_hint()}>
        <TextArea
          ref={field}
          value={text}
          onValue={(next) => desk.edit({ text: next })}
          rows={4}
          maxLength={60_000}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            if (ready) send.mutate();
          }}
        />
      </Field>
      {files.length > 0 && (
        <ul className={styles.attachments} aria-label={m.message_attachments()}>
          {files.map((file) => (
            <li key={file} className={styles.attachment}>
              <Icon name="file" />
              <FileName file={file} view={view} />
              <IconButton
                icon="close"
                size="sm"
                label={m.message_detach()}
                onClick={() => desk.edit({ files: files.filter((one) => one !== file) })}
              />
            </li>
          ))}
        </ul>
      )}
      {send.isError && <Failed error={send.error} />}
      <div className={styles.actions}>
        <Attach view={view} files={files} onFiles={(next) => desk.edit({ files: next })} />
        {may(me, "uploadFile") && !closed && (
          <Link to="/cases/$case/upload" params={{ case: row.case }} className={buttonClass("ghost", "sm")}>
            <Icon name="upload" />
            {m.case_upload_file()}
          </Link>
        )}
        <span className={styles.push} />
        <Select
          size="sm"
          label={m.message_after()}
          value={after}
          onValue={setChosen}
          choices={[
            ...(closed ? [] : [{ value: "keep" as const, label: m.message_keep_state() }]),
            ...STATES.filter((state) => state !== "closed").map((state) => ({ value: state, label: stateName(state) })),
          ]}
        />
        <Button type="submit" variant="primary" icon="send" busy={send.isPending} disabled={!ready}>
          {m.message_send()}
        </Button>
        <span className={styles.keys} aria-hidden="true">
          <Kbd>Ctrl</Kbd> <Kbd>Enter</Kbd>
        </span>
      </div>
    </form>
  );
}

function Note({ children }: { readonly children: string }) {
  return (
    <div className={styles.note}>
      <Callout tone="info" icon="info">
        {children}
      </Callout>
    </div>
  );
}

function Attach({
  view,
  files,
  onFiles,
}: {
  readonly view: CaseView;
  readonly files: readonly string[];
  readonly onFiles: (files: readonly string[]) => void;
}) {
  const free = view.files.filter((file) => file.state === "sealed" && !files.includes(file.file));
  if (free.length === 0 || files.length >= MAX_FILES) return null;
  return (
    <Menu
      align="start"
      trigger={
        <Button size="sm" variant="ghost" icon="file">
          {m.message_attach()}
        </Button>
      }
    >
      {free.map((file) => (
        <MenuItem key={file.file} icon="file" onSelect={() => onFiles([...files, file.file])}>
          <FileName file={file.file} view={view} />
        </MenuItem>
      ))}
    </Menu>
  );
}

/** `r` begins to write, wherever the focus is but in a field. */
function useFocusKey(field: React.RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key !== "r" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const { target } = event;
      if (target instanceof Element && target.closest("input, textarea, [role=dialog], [role=menu], [role=listbox]"))
        return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [field]);
}
