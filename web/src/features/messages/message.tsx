import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useExplain, type CaseView } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Badge, Button, cx, Icon, Skeleton, Time } from "../../ui/index.ts";
import { FileName } from "../cases/filename.tsx";
import { Markdown } from "./markdown.tsx";
import { entryOf, type Entry } from "./opened.ts";
import type { Sending, WritingDesk } from "./outbox.ts";
import styles from "./messages.module.css";

const SNIPPET = 120;

/** A message that the server has: its writer, and its words once they were opened. */
export function Said({
  id,
  entry,
  view,
  onReply,
}: {
  readonly id: string;
  readonly entry: Entry | undefined;
  readonly view: CaseView;
  readonly onReply: () => void;
}) {
  if (!entry) {
    return (
      <li className={styles.item} id={id}>
        <Skeleton lines={2} />
      </li>
    );
  }
  const { head, text, code } = entry;
  return (
    <li className={cx(styles.item, head.staff && styles.staff)} id={id}>
      <Head name={head.name} staff={head.staff} at={head.created}>
        <Button
          size="sm"
          variant="ghost"
          icon="reply"
          onClick={onReply}
          aria-label={m.message_reply_to({ name: head.name })}
        >
          {m.message_reply()}
        </Button>
      </Head>
      {head.reply !== undefined && <Answers to={head.reply} />}
      {text === undefined ? <Closed code={code} /> : <Markdown text={text} />}
      <Attachments files={head.files} view={view} />
    </li>
  );
}

/** One's own words on their way. */
export function Outgoing({
  sending,
  view,
  desk,
}: {
  readonly sending: Sending;
  readonly view: CaseView;
  readonly desk: WritingDesk;
}) {
  const { id, status, text, reply, files, created, error } = sending;
  const explained = useExplain(error);
  return (
    <li className={cx(styles.item, styles.outgoing)} id={id}>
      <Head name={m.message_you()} staff={undefined} at={created}>
        <span role="status" className={styles.status}>
          {status === "sending" && m.message_sending()}
          {status === "waiting" && <Badge tone="warn">{m.message_waiting()}</Badge>}
          {status === "failed" && <Badge tone="danger">{m.message_not_sent()}</Badge>}
        </span>
      </Head>
      {reply !== undefined && <Answers to={reply} />}
      <Markdown text={text} />
      <Attachments files={files} view={view} />
      {status === "failed" && (
        <div className={styles.failed}>
          {explained && <span>{explained.message}</span>}
          <Button size="sm" onClick={() => desk.retry(id)}>
            {m.ui_retry()}
          </Button>
          <Button size="sm" variant="ghost" onClick={() => desk.takeBack(id)}>
            {m.message_take_back()}
          </Button>
        </div>
      )}
    </li>
  );
}

function Head({
  name,
  staff,
  at,
  children,
}: {
  readonly name: string;
  readonly staff: boolean | undefined;
  readonly at: string;
  readonly children: ReactNode;
}) {
  return (
    <div className={styles.head}>
      <span className={styles.name}>{name}</span>
      {staff !== undefined && (
        <Badge tone={staff ? "accent" : "neutral"}>{staff ? m.message_desk() : m.people_customer()}</Badge>
      )}
      <Time at={at} relative />
      <span className={styles.headEnd}>{children}</span>
    </div>
  );
}

function Answers({ to }: { readonly to: string }) {
  return (
    <a className={styles.answers} href={`#${to}`}>
      <Icon name="reply" />
      <Snippet of={to} />
    </a>
  );
}

/** The beginning of what is answered. */
export function Snippet({ of }: { readonly of: string }) {
  const entry = entryOf(of);
  if (!entry) return m.message_earlier_one();
  const text = (entry.text ?? "").replace(/[*_`>#]+/g, "").trim();
  return `${entry.head.name}: ${text.length > SNIPPET ? `${text.slice(0, SNIPPET)}…` : text}`;
}

function Closed({ code }: { readonly code: string | undefined }) {
  const forged = code === "message.signature" || code === "trust.person";
  return (
    <p className={forged ? styles.forged : styles.closed}>
      <Icon name={forged ? "warn" : "lock"} />
      {forged ? m.message_forged() : m.message_closed()}
    </p>
  );
}

function Attachments({ files, view }: { readonly files: readonly string[]; readonly view: CaseView }) {
  if (files.length === 0) return null;
  return (
    <ul className={styles.attachments} aria-label={m.message_attachments()}>
      {files.map((file) => (
        <li key={file}>
          <Link to="/cases/$case/files/$file" params={{ case: view.case.case, file }} className={styles.attachment}>
            <Icon name="file" />
            <FileName file={file} view={view} />
          </Link>
        </li>
      ))}
    </ul>
  );
}
