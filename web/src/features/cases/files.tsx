import { Link } from "@tanstack/react-router";
import type { CaseRow, CaseView, FileRow } from "../../api/index.ts";
import { formatBytes, formatNumber, m } from "../../i18n/index.ts";
import { Badge, buttonClass, EmptyState, Icon, Panel, Time } from "../../ui/index.ts";
import { FileMenu } from "../life/filemenu.tsx";
import { may, useMe } from "../shell/who.ts";
import { readFacts } from "./manifest.ts";
import { KeptNote } from "./keptnote.tsx";
import { SealedText } from "./texts.tsx";
import styles from "./cases.module.css";

export function Files({ view }: { readonly view: CaseView }) {
  const me = useMe();
  const { case: row, files } = view;
  const mayUpload =
    may(me, "uploadFile") &&
    row.state !== "closed" &&
    (me.org.kind === "customer" || row.assignees.some(({ user }) => user === me.user));
  return (
    <Panel title={m.case_files()} description={m.case_files_text()} flush>
      {files.length === 0 ? (
        <EmptyState
          icon="file"
          title={m.file_none()}
          action={
            mayUpload && (
              <Link to="/cases/$case/upload" params={{ case: row.case }} className={buttonClass("primary")}>
                <Icon name="upload" />
                {m.case_upload_file()}
              </Link>
            )
          }
        >
          {mayUpload ? m.file_none_text_customer() : m.file_none_text_desk()}
        </EmptyState>
      ) : (
        <ul className={styles.files}>
          {files.map((file) => (
            <File key={file.file} file={file} view={view} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function File({ file, view }: { readonly file: FileRow; readonly view: CaseView }) {
  const facts = readFacts(file);
  const { case: row } = view;
  return (
    <li className={styles.file}>
      <Icon
        name={file.state === "sealed" ? "seal" : "upload"}
        className={file.state === "sealed" ? styles.sealed : styles.faint}
      />
      <div className={styles.fileText}>
        <span className={styles.fileName}>
          {facts ? (
            <SealedText
              item={{ kind: "name", sealed: facts.name, place: { org: row.org, case: row.case, file: file.file } }}
              caseKey={row.key}
            />
          ) : (
            m.file_uploading_name()
          )}
        </span>
        <span className={styles.fileFacts}>
          <Time at={file.created} relative />
          {facts && <span>{formatBytes(facts.size)}</span>}
          {facts && facts.redacted > 0 && (
            <span>{m.file_redacted({ count: facts.redacted, number: formatNumber(facts.redacted) })}</span>
          )}
        </span>
        {facts?.doc && (
          <KeptNote
            item={{ kind: "san", sealed: facts.doc, place: { org: row.org, case: row.case, file: file.file } }}
            caseKey={row.key}
          />
        )}
      </div>
      {facts?.first === "raw" && <Badge tone="warn">{m.file_raw()}</Badge>}
      <FileState file={file} row={row} />
      {file.state === "sealed" && file.deleted === null && row.shredded === null && (
        <Link
          to="/cases/$case/files/$file"
          params={{ case: row.case, file: file.file }}
          className={buttonClass("secondary", "sm")}
        >
          {m.file_open()}
        </Link>
      )}
      <FileMenu file={file} view={view} />
    </li>
  );
}

function FileState({ file, row }: { readonly file: FileRow; readonly row: CaseRow }) {
  // Shredding frees the room of every file; one that was gone before says so.
  if (file.deleted !== null && (row.shredded === null || file.deleted < row.shredded))
    return <Badge tone="neutral">{m.life_file_deleted()}</Badge>;
  if (row.shredded !== null) return <Badge tone="danger">{m.life_file_shredded()}</Badge>;
  if (file.state !== "sealed") return <Badge tone="warn">{m.file_uploading()}</Badge>;
  if (file.held || row.held) return <Badge tone="warn">{m.life_file_held()}</Badge>;
  return <Badge tone="ok">{m.file_sealed()}</Badge>;
}
