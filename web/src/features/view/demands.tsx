import { useQuery } from "@tanstack/react-query";
import { grantsQuery, settingsQuery, type CaseView, type FileRow, type GrantRow } from "../../api/index.ts";
import type { PartRole } from "../../engine/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import { Button, Callout, Checkbox, Field, Panel, Select, Stack } from "../../ui/index.ts";
import { GrantCard } from "../approvals/card.tsx";
import { factsOf, partName } from "../approvals/grant.ts";
import { useMe } from "../shell/who.ts";
import type { OpenAnswers } from "./form.tsx";
import { rolesOfFile } from "./opening.ts";
import styles from "./view.module.css";

/** What opening this file demands of the desk's people. */
export interface Demands {
  readonly approval: boolean;
  /** Whether the reader may open without waiting. */
  readonly emergency: boolean;
  /** Parts that may be asked for besides. */
  readonly further: readonly PartRole[];
}

export function useDemands(view: CaseView, file: FileRow, roles: readonly PartRole[]): Demands | undefined {
  const me = useMe();
  const staff = me.org.kind === "desk";
  const settings = useQuery({ ...settingsQuery(view.case.org), enabled: staff });
  if (!staff || !settings.data) return undefined;
  return {
    approval: settings.data.approve !== "none" || view.case.sensitivity === "restricted",
    emergency: settings.data.breakGlass && (me.role === "lead" || me.role === "admin"),
    further: rolesOfFile(file).filter((role) => !roles.includes(role)),
  };
}

const USES = ["1", "3", "12"] as const;

/** The part of the form that only an opening with approval has. */
export function DemandFields({
  demands,
  roles,
  answers,
  onAnswers,
}: {
  readonly demands: Demands;
  readonly roles: readonly PartRole[];
  readonly answers: OpenAnswers;
  readonly onAnswers: (answers: OpenAnswers) => void;
}) {
  const parts = answers.parts ?? roles;
  const emergency = answers.purpose === "break-glass";
  return (
    <Stack>
      <Callout>{m.grant_ask_text()}</Callout>
      {demands.further.length > 0 && (
        <fieldset className={styles.parts}>
          <legend>{m.grant_ask_parts()}</legend>
          {roles.map((role) => (
            <Checkbox key={role} checked disabled onChecked={() => undefined} label={partName(role)} />
          ))}
          {demands.further.map((role) => (
            <Checkbox
              key={role}
              checked={parts.includes(role)}
              onChecked={(checked) =>
                onAnswers({ ...answers, parts: checked ? [...parts, role] : parts.filter((one) => one !== role) })
              }
              label={partName(role)}
            />
          ))}
        </fieldset>
      )}
      <Field label={m.grant_uses()}>
        <Select
          value={String(answers.uses)}
          onValue={(uses) => onAnswers({ ...answers, uses: Number(uses) })}
          choices={USES.map((value) => ({ value: value as string, label: formatNumber(Number(value)) }))}
        />
      </Field>
      {demands.emergency && (
        <>
          <Checkbox
            checked={emergency}
            onChecked={(checked) =>
              onAnswers({ ...answers, purpose: checked ? "break-glass" : "diagnose", minutes: 60 })
            }
            label={m.grant_ask_emergency()}
          />
          {emergency && (
            <Callout tone="danger" live>
              {m.grant_ask_emergency_text()}
            </Callout>
          )}
        </>
      )}
    </Stack>
  );
}

/** The reader's own requests for this file that are not over: they change by themselves when somebody answers. */
export function MyRequests({ file, onOpen }: { readonly file: FileRow; readonly onOpen: (row: GrantRow) => void }) {
  const found = useQuery(grantsQuery("mine"));
  const rows = found.data?.grants.filter((row) => row.file.file === file.file && isCurrent(row)) ?? [];
  return rows.map((row) => (
    <Panel
      key={row.id}
      title={row.state === "waiting" ? m.grant_wait_title() : m.grant_ready_title()}
      description={row.state === "waiting" ? m.grant_wait_text() : undefined}
      actions={
        row.state === "live" && (
          <Button variant="primary" icon="unlock" onClick={() => onOpen(row)}>
            {m.grant_ready_open()}
          </Button>
        )
      }
    >
      <GrantCard row={row} flat />
    </Panel>
  ));
}

function isCurrent(row: GrantRow): boolean {
  return row.state === "waiting" || (row.state === "live" && row.approvals.length > 0);
}

/** What an approved request opens first. */
export function firstParts(row: GrantRow): readonly PartRole[] {
  const { parts } = factsOf(row);
  return parts.includes("index") ? ["index"] : parts;
}
