import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, type ReactNode } from "react";
import { caseQuery, explain, type CaseView, type FileRow } from "../../api/index.ts";
import type { PartRole } from "../../engine/index.ts";
import { m, useLocale } from "../../i18n/index.ts";
import { Button, Callout, Dialog, EmptyState, ErrorState, Icon, Loading, Page, Panel } from "../../ui/index.ts";
import { readFacts } from "../cases/manifest.ts";
import { SealedText } from "../cases/texts.tsx";
import { useMe } from "../shell/who.ts";
import { Arrival } from "./arrival.tsx";
import { firstParts, MyRequests, useDemands } from "./demands.tsx";
import { Failure, OpenForm } from "./form.tsx";
import { ViewerFrame } from "./frame.tsx";
import { ProofButton } from "./proof.tsx";
import { SaveButton } from "./save.tsx";
import { useViewing, type Viewing } from "./viewing.ts";
import styles from "./view.module.css";

export function ViewPage({ caseId, fileId }: { readonly caseId: string; readonly fileId: string }) {
  useLocale();
  const found = useQuery(caseQuery(caseId));
  const frame = (body: ReactNode) => <Page title={m.view_title()}>{body}</Page>;
  if (found.isPending) return frame(<Loading />);
  if (found.isError) {
    const { message, help, code } = explain(found.error);
    return frame(
      <ErrorState
        title={m.view_failed()}
        message={message}
        help={help}
        code={code}
        onRetry={() => void found.refetch()}
      />,
    );
  }
  const file = found.data.files.find((one) => one.file === fileId);
  if (!file) return frame(<EmptyState icon="file" title={m.view_missing()} />);
  if (file.state !== "sealed" || !file.manifest) return frame(<EmptyState icon="clock" title={m.view_not_sealed()} />);
  return <OpenFile view={found.data} file={file} />;
}

function OpenFile({ view, file }: { readonly view: CaseView; readonly file: FileRow }) {
  const staff = useMe().org.kind === "desk";
  const viewing = useViewing(view, file, staff);
  const { state } = viewing;
  const shown = state.at === "open";
  const { case: row } = view;
  const facts = readFacts(file);
  const name = facts && (
    <SealedText
      item={{ kind: "name", sealed: facts.name, place: { org: row.org, case: row.case, file: file.file } }}
      caseKey={row.key}
    />
  );
  return (
    <Page
      title={m.view_title()}
      heading={name}
      crumbs={
        <>
          <Link to="/cases/$case" params={{ case: row.case }}>
            #{row.number}
          </Link>
          <Icon name="chevronRight" />
        </>
      }
      lead={shown ? undefined : staff ? m.view_lead() : m.view_lead_own()}
      layout={shown ? "fill" : "flow"}
      width={shown ? "full" : "narrow"}
      actions={
        shown && (
          <>
            {facts?.first === "raw" && <SaveButton view={view} file={file} staff={staff} answers={viewing.answers} />}
            <ProofButton openings={state.openings} />
            <Button icon="close" onClick={viewing.close}>
              {m.view_close()}
            </Button>
          </>
        )
      }
    >
      {shown ? (
        <Shown viewing={viewing} staff={staff} view={view} file={file} />
      ) : (
        <Asking viewing={viewing} staff={staff} view={view} file={file} />
      )}
    </Page>
  );
}

interface Opening {
  readonly viewing: Viewing;
  readonly staff: boolean;
  readonly view: CaseView;
  readonly file: FileRow;
}

const NOTHING: readonly PartRole[] = [];

function Asking({ viewing, staff, view, file }: Opening) {
  const { state } = viewing;
  const first = useMemo((): readonly PartRole[] => [readFacts(file)?.first ?? "index"], [file]);
  const demands = useDemands(view, file, first);
  if (state.at === "open") return null;
  return (
    <div className={styles.stack}>
      {state.ended !== undefined && (
        <Panel>
          <EmptyState
            icon={state.ended === "locked" ? "lock" : "clock"}
            title={state.ended === "locked" ? m.view_closed_locked() : m.view_ended()}
          >
            {m.view_ended_text()}
          </EmptyState>
        </Panel>
      )}
      {staff && <MyRequests file={file} onOpen={(row) => viewing.open(firstParts(row), viewing.answers)} />}
      <Panel>
        <OpenForm
          place={view.case}
          demands={demands}
          roles={first}
          staff={staff}
          askDuration
          initial={viewing.answers}
          step={state.step}
          error={state.error}
          onOpen={(answers) => viewing.open(first, answers)}
        />
      </Panel>
    </div>
  );
}

function Shown({ viewing, staff, view, file }: Opening) {
  const { state, frame } = viewing;
  const demands = useDemands(view, file, (state.at === "open" && state.wanted) || NOTHING);
  if (state.at !== "open") return null;
  const first = readFacts(file)?.first ?? "index";
  return (
    <div className={styles.shown}>
      {state.broken !== undefined && <Failure error={state.broken} />}
      {first === "index" ? (
        <Arrival facts={state.openings[0]?.sanitised} checks={state.checks} checking={state.checking} />
      ) : (
        <Callout tone={first === "raw" ? "warn" : "info"}>
          {first === "raw" ? m.view_raw_note() : m.view_text_note()}
        </Callout>
      )}
      <ViewerFrame ref={frame} onWant={viewing.want} onBroken={viewing.brokenPart} />
      <Dialog
        open={state.wanted !== undefined}
        onClose={viewing.unwant}
        title={state.wanted?.includes("headers") ? m.view_open_headers() : m.view_open_bodies()}
        description={m.view_part_closed_text()}
        size="sm"
      >
        {state.wanted && (
          <OpenForm
            place={view.case}
            demands={demands}
            key={state.wanted.join()}
            roles={state.wanted}
            staff={staff}
            askDuration={false}
            initial={viewing.answers}
            step={state.step}
            error={state.error}
            onOpen={(answers) => viewing.open(state.wanted ?? [], answers)}
            onCancel={viewing.unwant}
          />
        )}
      </Dialog>
    </div>
  );
}
