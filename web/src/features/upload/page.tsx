import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { caseQuery, explain, type CaseView } from "../../api/index.ts";
import { m, useLocale } from "../../i18n/index.ts";
import { ErrorState, Icon, Loading, Page, Panel, Stack } from "../../ui/index.ts";
import { Working } from "../../preview/working.tsx";
import { refusalText } from "../../preview/refusals.ts";
import { Dropzone } from "../../preview/dropzone.tsx";
import { useUploadFlow, type Flow } from "./flow.ts";
import { Pending } from "./pending.tsx";
import { RawWarning, TextPreview } from "./other.tsx";
import { UploadPreview } from "./preview.tsx";
import { Done } from "./receipt.tsx";
import { Sending } from "./sending.tsx";
import styles from "./upload.module.css";

export function UploadPage({ caseId }: { readonly caseId: string }) {
  useLocale();
  const found = useQuery(caseQuery(caseId));
  const frame = (body: ReactNode) => (
    <Page title={m.upload_any_title()} width="full">
      {body}
    </Page>
  );
  if (found.isPending) return frame(<Loading />);
  if (found.isError) {
    const { message, help, code } = explain(found.error);
    return frame(
      <ErrorState
        title={m.upload_case_failed()}
        message={message}
        help={help}
        code={code}
        onRetry={() => void found.refetch()}
      />,
    );
  }
  return <Uploader view={found.data} />;
}

function Uploader({ view }: { readonly view: CaseView }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { org, case: id, number } = view.case;
  const place = { org, case: id, statements: view.statements };
  const flow = useUploadFlow(place, () => void client.invalidateQueries({ queryKey: ["case", id] }));
  const wide = flow.stage.at === "preview";
  const crumbs = (
    <>
      <Link to="/cases/$case" params={{ case: id }}>
        #{number}
      </Link>
      <Icon name="chevronRight" />
    </>
  );
  return (
    <Page
      title={m.upload_any_title()}
      crumbs={crumbs}
      lead={LEADS[flow.stage.at]()}
      layout={wide ? "fill" : "flow"}
      width={wide ? "full" : "normal"}
    >
      <Steps at={flow.stage.at} />
      <Stages flow={flow} place={place} onClose={() => void navigate({ to: "/cases/$case", params: { case: id } })} />
    </Page>
  );
}

const LEADS = {
  pick: m.upload_lead_pick,
  sanitise: m.upload_lead_sanitise,
  preview: m.upload_lead_preview,
  text: m.upload_lead_text,
  raw: m.upload_lead_raw,
  seal: m.upload_lead_seal,
  send: m.upload_lead_send,
  done: m.upload_lead_done,
} as const;

interface StagesProps {
  readonly flow: Flow;
  readonly place: { readonly org: string; readonly case: string };
  readonly onClose: () => void;
}

function Stages({ flow, place, onClose }: StagesProps) {
  const { stage } = flow;
  switch (stage.at) {
    case "pick":
      return (
        <Stack>
          {stage.error !== undefined && <Refused error={stage.error} />}
          <Dropzone
            onFile={flow.choose}
            mode={flow.mode}
            onMode={flow.setMode}
            hint={m.upload_any_hint()}
            promises={[m.upload_promise_local(), m.upload_promise_sealed(), m.upload_promise_log()]}
          />
          <Pending caseId={place.case} onSend={flow.send} />
        </Stack>
      );
    case "sanitise":
      return (
        <Working
          label={m.upload_sanitising({ name: stage.file.name })}
          progress={stage.progress}
          onCancel={flow.cancel}
        />
      );
    case "preview":
      return (
        <UploadPreview
          sanitised={stage.sanitised}
          error={stage.error}
          onSanitised={flow.resanitised}
          onConfirm={flow.confirm}
          onCancel={flow.cancel}
        />
      );
    case "text":
      return <TextPreview told={stage.told} error={stage.error} onConfirm={flow.confirm} onCancel={flow.cancel} />;
    case "raw":
      return <RawWarning file={stage.file} error={stage.error} onConfirm={flow.confirm} onCancel={flow.cancel} />;
    case "seal":
      return <Working label={m.upload_sealing()} progress={stage.progress} onCancel={flow.cancel} />;
    case "send":
      return <Sending stage={stage} flow={flow} />;
    case "done":
      return <Done stage={stage} onClose={onClose} onAnother={flow.restart} />;
  }
}

/** Why a file is not taken, in the reader's language; nothing of it was sent. */
function Refused({ error }: { readonly error: unknown }) {
  const { message, help, code } = explain(error);
  return (
    <Panel>
      <ErrorState
        title={m.upload_refused_title()}
        message={refusalText(code) ?? message}
        help={help ?? m.upload_refused_help()}
        code={code}
      />
    </Panel>
  );
}

const ORDER = ["pick", "preview", "send", "done"] as const;
const STEP_NAMES = {
  pick: m.upload_step_choose,
  preview: m.upload_step_check,
  send: m.upload_step_send,
  done: m.upload_step_receipt,
} as const;
const STEP_OF = { pick: 0, sanitise: 0, preview: 1, text: 1, raw: 1, seal: 2, send: 2, done: 3 } as const;

function Steps({ at }: { readonly at: keyof typeof STEP_OF }) {
  const now = STEP_OF[at];
  return (
    <ol className={styles.steps} aria-label={m.upload_steps()}>
      {ORDER.map((step, index) => (
        <li
          key={step}
          className={index < now ? styles.past : index === now ? styles.now : styles.next}
          aria-current={index === now ? "step" : undefined}
        >
          <span className={styles.stepNumber} aria-hidden="true">
            {index + 1}
          </span>
          {STEP_NAMES[step]()}
        </li>
      ))}
    </ol>
  );
}
