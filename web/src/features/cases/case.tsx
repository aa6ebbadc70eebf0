import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call, caseQuery, getEngine, isApiError, type CaseRow, type CaseView } from "../../api/index.ts";
import { m, useLocale } from "../../i18n/index.ts";
import {
  Badge,
  Button,
  buttonClass,
  Confirm,
  EmptyState,
  Icon,
  Page,
  Panel,
  Split,
  Time,
  toast,
} from "../../ui/index.ts";
import { Emergencies } from "../approvals/emergencies.tsx";
import { Failed, Reads } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { LifePanel, ShreddedNote } from "../life/panel.tsx";
import { Thread } from "../messages/thread.tsx";
import { CaseFields } from "./fields.tsx";
import { Files } from "./files.tsx";
import { priorityName, priorityTone, sensitivityName, sensitivityTone, stateName, stateTone } from "./names.ts";
import { CaseSubject } from "./cells.tsx";
import { Timeline } from "./timeline.tsx";
import { useText } from "./texts.tsx";
import styles from "./cases.module.css";

export function CasePage({ caseId }: { readonly caseId: string }) {
  useLocale();
  const view = useQuery(caseQuery(caseId));
  if (isApiError(view.error) && view.error.code === "request.notFound") {
    return (
      <Page title={m.case_missing()} crumbs={<Crumbs />}>
        <EmptyState
          icon="cases"
          title={m.case_missing()}
          action={
            <Link to="/cases" className={buttonClass()}>
              {m.case_back()}
            </Link>
          }
        >
          {m.case_missing_text()}
        </EmptyState>
      </Page>
    );
  }
  if (!view.data) {
    return (
      <Page title={m.case_loading()} crumbs={<Crumbs />}>
        <Reads of={[view]} title={m.case_failed()} lines={8}>
          {() => null}
        </Reads>
      </Page>
    );
  }
  return <Opened view={view.data} />;
}

function Crumbs() {
  return <Link to="/cases">{m.nav_cases()}</Link>;
}

function Opened({ view }: { readonly view: CaseView }) {
  const row = view.case;
  const subject = useText({ kind: "subject", sealed: row.subject, place: { org: row.org, case: row.case } }, row.key);
  const title = subject && "text" in subject ? subject.text : m.case_title({ number: row.number });
  return (
    <Page
      title={title}
      heading={<CaseSubject row={row} />}
      crumbs={
        <>
          <Crumbs />
          <Icon name="chevronRight" />#{row.number}
        </>
      }
      lead={
        <span className={styles.badges}>
          <Badge tone={stateTone(row.state)}>{stateName(row.state)}</Badge>
          {row.priority !== "normal" && <Badge tone={priorityTone(row.priority)}>{priorityName(row.priority)}</Badge>}
          {row.sensitivity !== "normal" && (
            <Badge tone={sensitivityTone(row.sensitivity)}>{sensitivityName(row.sensitivity)}</Badge>
          )}
          <span className={styles.quiet}>{m.case_opened_by({ org: row.orgName })}</span>{" "}
          <Time at={row.opened} relative />
        </span>
      }
      actions={<CaseActions row={row} />}
    >
      <Emergencies caseId={row.case} />
      <Split
        main={
          <>
            <ShreddedNote view={view} />
            <Thread view={view} />
            <Files view={view} />
            <Timeline row={row} />
          </>
        }
        aside={
          <>
            <Panel title={m.case_facts()}>
              <CaseFields row={row} />
            </Panel>
            <LifePanel view={view} />
          </>
        }
      />
    </Page>
  );
}

function CaseActions({ row }: { readonly row: CaseRow }) {
  const me = useMe();
  const client = useQueryClient();
  const [closing, setClosing] = useState(false);
  const done = async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: ["case", row.case] }),
      client.invalidateQueries({ queryKey: ["cases"] }),
      client.invalidateQueries({ queryKey: ["access"] }),
    ]);
  };
  const take = useMutation({
    mutationFn: async () => {
      const engine = await getEngine();
      await call("caseAssign", {
        method: "POST",
        params: { case: row.case },
        body: { act: await engine.signAct({ t: "case.assign", org: row.org, case: row.case }) },
      });
    },
    onSuccess: async () => {
      await done();
      toast(m.case_taken());
    },
  });
  const close = useMutation({
    mutationFn: async () => {
      const engine = await getEngine();
      await call("caseClose", {
        method: "POST",
        params: { case: row.case },
        body: { act: await engine.signAct({ t: "case.close", org: row.org, case: row.case }) },
      });
    },
    onSuccess: async () => {
      await done();
      setClosing(false);
      toast(m.case_closed());
    },
  });
  if (row.state === "closed") return null;
  const mine = row.assignees.some((person) => person.user === me.user);
  return (
    <>
      {may(me, "closeCase") && <Button onClick={() => setClosing(true)}>{m.case_close()}</Button>}
      {may(me, "assignCase") && !mine && (
        <Button variant="primary" icon="user" busy={take.isPending} onClick={() => take.mutate()}>
          {m.case_take()}
        </Button>
      )}
      {may(me, "uploadFile") && (me.org.kind === "customer" || mine) && (
        <Link to="/cases/$case/upload" params={{ case: row.case }} className={buttonClass("primary")}>
          <Icon name="upload" />
          {m.case_upload_file()}
        </Link>
      )}
      {take.isError && <Failed error={take.error} />}
      <Confirm
        open={closing}
        onClose={() => setClosing(false)}
        onConfirm={() => close.mutate()}
        title={m.case_close_title({ number: row.number })}
        description={m.case_close_text()}
        action={m.case_close()}
        busy={close.isPending}
      >
        {close.isError && <Failed error={close.error} />}
      </Confirm>
    </>
  );
}
