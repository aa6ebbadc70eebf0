import { Link } from "@tanstack/react-router";
import type { CaseRow } from "../../api/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import { Badge, cx, Hidden } from "../../ui/index.ts";
import { useMe } from "../shell/who.ts";
import { priorityName, priorityTone, sensitivityName, sensitivityTone, stateName, typeName } from "./names.ts";
import { SealedText } from "./texts.tsx";
import styles from "./cases.module.css";

export function CaseSubject({ row }: { readonly row: CaseRow }) {
  return (
    <SealedText
      item={{ kind: "subject", sealed: row.subject, place: { org: row.org, case: row.case } }}
      caseKey={row.key}
    />
  );
}

/** The subject is the row's link; on narrow screens it carries what the hidden columns say. */
export function SubjectCell({ row, narrow }: { readonly row: CaseRow; readonly narrow: boolean }) {
  const me = useMe();
  const line = (
    <span className={styles.subject}>
      {row.unread > 0 && (
        <span className={styles.unread} title={m.queue_unread({ number: formatNumber(row.unread) })}>
          <Hidden>{m.queue_unread({ number: formatNumber(row.unread) })}</Hidden>
        </span>
      )}
      <Link
        to="/cases/$case"
        params={{ case: row.case }}
        className={cx(styles.subjectLink, row.unread === 0 && styles.read)}
        tabIndex={-1}
      >
        <CaseSubject row={row} />
      </Link>
      {row.sensitivity !== "normal" && (
        <Badge tone={sensitivityTone(row.sensitivity)}>{sensitivityName(row.sensitivity)}</Badge>
      )}
      {(row.priority === "urgent" || (narrow && row.priority === "high")) && (
        <Badge tone={priorityTone(row.priority)}>{priorityName(row.priority)}</Badge>
      )}
      {!narrow && row.tags.map((tag) => <Badge key={tag}>{tag}</Badge>)}
    </span>
  );
  if (!narrow) return line;
  return (
    <>
      {line}
      <span className={styles.second}>
        #{row.number} · {me.org.kind === "desk" ? row.orgName : typeName(row.type)} · {stateName(row.state)}
      </span>
    </>
  );
}

export function Assignees({ row }: { readonly row: CaseRow }) {
  if (row.assignees.length === 0) return <span className={styles.faint}>{m.case_unassigned()}</span>;
  return row.assignees.map((person) => person.name).join(", ");
}
