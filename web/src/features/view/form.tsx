import { useState } from "react";
import { explain, isApiError } from "../../api/index.ts";
import type { PartRole, Purpose } from "../../engine/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import { Button, Callout, Field, Form, FormActions, Icon, Select, TextArea } from "../../ui/index.ts";
import { Denial } from "../approvals/denial.tsx";
import { DemandFields, type Demands } from "./demands.tsx";
import type { OpeningStep } from "./opening.ts";
import { PURPOSE_NAMES, STAFF_PURPOSES } from "./purposes.ts";
import styles from "./view.module.css";

export interface OpenAnswers {
  readonly purpose: Purpose;
  readonly text: string;
  readonly minutes: number;
  readonly uses: number;
  /** What is asked for, where that is more than is opened now. */
  readonly parts?: readonly PartRole[] | undefined;
}
export interface OpenFormProps {
  /** What the customer demands of the desk's people. */
  readonly demands?: Demands | undefined;
  readonly place: { readonly org: string; readonly case: string };
  readonly roles: readonly PartRole[];
  readonly staff: boolean;
  readonly initial: OpenAnswers;
  /** The time of the first opening also bounds the later ones. */
  readonly askDuration: boolean;
  readonly step: OpeningStep | undefined;
  readonly error: unknown;
  readonly onOpen: (answers: OpenAnswers) => void;
  readonly onCancel?: () => void;
}

const MINUTES = ["15", "60", "240", "480"] as const;
const MIN_REASON = 3;

export function OpenForm(props: OpenFormProps) {
  const { roles, staff, initial, askDuration, step, error, onOpen, onCancel, demands, place } = props;
  const [answers, setAnswers] = useState(initial);
  const [tried, setTried] = useState(false);
  const missing = staff && answers.text.trim().length < MIN_REASON;
  const asks = staff && demands?.approval === true && answers.purpose !== "break-glass";
  const submit = (): void => {
    setTried(true);
    if (!missing) onOpen(answers);
  };
  return (
    <Form onSubmit={submit}>
      <div className={styles.what}>
        <Icon name="unlock" />
        <div>
          <strong>{m.view_what()}</strong>
          {roles.includes("index") && <p>{m.view_what_index()}</p>}
          {roles.includes("text") && <p>{m.view_what_text()}</p>}
          {roles.includes("raw") && <p>{m.view_what_raw()}</p>}
          {roles.includes("headers") && <p>{m.view_what_headers()}</p>}
          {(roles.includes("requestBodies") || roles.includes("responseBodies")) && <p>{m.view_what_bodies()}</p>}
        </div>
      </div>
      {staff && demands?.approval && (
        <DemandFields demands={demands} roles={roles} answers={answers} onAnswers={setAnswers} />
      )}
      {staff && (
        <>
          {answers.purpose !== "break-glass" && (
            <Field label={m.view_purpose()}>
              <Select
                value={answers.purpose}
                onValue={(purpose) => setAnswers({ ...answers, purpose })}
                choices={STAFF_PURPOSES.map((value) => ({ value, label: PURPOSE_NAMES[value]() }))}
              />
            </Field>
          )}
          <Field
            label={m.view_reason()}
            hint={m.view_reason_hint()}
            error={tried && missing ? m.view_reason_missing() : undefined}
          >
            <TextArea
              value={answers.text}
              onValue={(text) => setAnswers({ ...answers, text })}
              rows={2}
              maxLength={1000}
            />
          </Field>
        </>
      )}
      {askDuration && answers.purpose !== "break-glass" && (
        <Field label={m.view_duration()}>
          <Select
            value={String(answers.minutes)}
            onValue={(minutes) => setAnswers({ ...answers, minutes: Number(minutes) })}
            choices={MINUTES.map((value) => ({ value: value as string, label: durationName(Number(value)) }))}
          />
        </Field>
      )}
      {error !== undefined && <Denial error={error} place={place} onAgain={submit} />}
      <FormActions>
        {onCancel && <Button onClick={onCancel}>{m.ui_cancel()}</Button>}
        <Button type="submit" variant="primary" icon="unlock" busy={step !== undefined}>
          {step === undefined ? (asks ? m.grant_ask_send() : m.view_open()) : STEP_NAMES[step]()}
        </Button>
      </FormActions>
    </Form>
  );
}

const STEP_NAMES = {
  grant: m.view_step_grant,
  release: m.view_step_release,
  verify: m.view_step_verify,
  fetch: m.view_step_fetch,
} as const;

function durationName(minutes: number): string {
  return minutes <= 60
    ? m.view_minutes({ count: formatNumber(minutes) })
    : m.view_hours({ count: formatNumber(minutes / 60) });
}

export function Failure({ error }: { readonly error: unknown }) {
  const { message, help, code } = explain(error);
  const leaf = isApiError(error) ? error.leaf : undefined;
  return (
    <Callout tone="danger" live title={m.view_open_failed()}>
      <p>{message}</p>
      {help !== undefined && <p>{help}</p>}
      {leaf !== undefined && <p>{m.view_denied_leaf({ index: formatNumber(leaf) })}</p>}
      {code !== undefined && <code>{code}</code>}
    </Callout>
  );
}
