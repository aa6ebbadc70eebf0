import type { schemas } from "@breakwater/contract";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, getEngine, policyQuery, withFresh } from "../../api/index.ts";
import { formatDateTime, m } from "../../i18n/index.ts";
import { Badge, Button, Code, EmptyState, Panel, Time, toast, type Tone } from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { Comparison } from "./comparison.tsx";
import styles from "./policy.module.css";

type View = (typeof schemas.PolicyView)["_output"];
type Row = View["sets"][number];

const TONES: Readonly<Record<Row["state"], Tone>> = {
  proposed: "warn",
  cooling: "info",
  holds: "ok",
  replaced: "neutral",
  withdrawn: "neutral",
};

/** Every change, newest first, with who did what and what it changed. */
export function History({ view, onRestore }: { readonly view: View; readonly onRestore: Restore }) {
  if (view.sets.length === 0)
    return (
      <EmptyState icon="clock" title={m.policy_history_none()}>
        {m.policy_history_none_text()}
      </EmptyState>
    );
  return (
    <div className={styles.stack}>
      {view.sets.map((row) => (
        <Change key={row.id} row={row} view={view} onRestore={onRestore} />
      ))}
      {view.zero.hash !== view.hash && (
        <Panel
          title={m.policy_zero()}
          description={m.policy_restore_hint()}
          actions={onRestore && <Button onClick={() => onRestore(view.zero.text)}>{m.policy_restore()}</Button>}
        >
          <Code>{view.zero.hash}</Code>
        </Panel>
      )}
    </div>
  );
}

type Restore = ((text: string) => void) | undefined;

function Change({ row, view, onRestore }: { readonly row: Row; readonly view: View; readonly onRestore: Restore }) {
  const me = useMe();
  const client = useQueryClient();
  const [shown, setShown] = useState(row.state === "proposed");
  const decides = may(me, "approvePolicy");
  const step = useMutation({
    mutationFn: (what: "approve" | "withdraw") =>
      withFresh(async () => {
        const engine = await getEngine();
        const act = await engine.signAct({ t: "policy.change", org: me.org.id, what: `${what} ${row.hash}` });
        const path = what === "approve" ? "policyApprove" : "policyWithdraw";
        await call(path, { method: "POST", params: { set: row.id }, body: { act } });
      }),
    onSuccess: async () => {
      toast(m.policy_done());
      await client.invalidateQueries({ queryKey: policyQuery.queryKey });
    },
  });
  const names = {
    proposed: m.policy_state_proposed,
    cooling: m.policy_state_cooling,
    holds: m.policy_state_holds,
    replaced: m.policy_state_replaced,
    withdrawn: m.policy_state_withdrawn,
  };
  const open = row.state === "proposed" || row.state === "cooling";
  return (
    <Panel
      title={row.why}
      actions={
        <>
          <Badge tone={TONES[row.state]}>{names[row.state]()}</Badge>
          <Badge tone={row.loosens ? "danger" : "ok"}>{row.loosens ? m.policy_loosens() : m.policy_tightens()}</Badge>
        </>
      }
    >
      <div className={styles.stack}>
        <ul className={styles.steps}>
          <li>
            {m.policy_step_proposed({ name: row.proposed.name })} <Time at={row.proposed.at} relative />
          </li>
          {row.approved && (
            <li>
              {m.policy_step_approved({ name: row.approved.name })} <Time at={row.approved.at} relative />
            </li>
          )}
          {row.state === "cooling" && row.effective !== null && (
            <li>{m.policy_step_cooling({ time: formatDateTime(new Date(row.effective)) })}</li>
          )}
          {row.withdrawn && (
            <li>
              {m.policy_step_withdrawn({ name: row.withdrawn.name })} <Time at={row.withdrawn.at} relative />
            </li>
          )}
        </ul>
        {step.isError && <Failed error={step.error} />}
        <div className={styles.actions}>
          {decides && row.mayApprove && row.state === "proposed" && (
            <Button variant="primary" icon="check" busy={step.isPending} onClick={() => step.mutate("approve")}>
              {m.grant_approve()}
            </Button>
          )}
          {decides && open && (
            <Button busy={step.isPending} onClick={() => step.mutate("withdraw")}>
              {m.policy_withdraw()}
            </Button>
          )}
          {row.state === "replaced" && onRestore && (
            <Button onClick={() => onRestore(row.text)}>{m.policy_restore()}</Button>
          )}
          <Button variant="ghost" onClick={() => setShown(!shown)}>
            {shown ? m.policy_hide() : m.policy_show()}
          </Button>
        </div>
        {decides && row.state === "proposed" && !row.mayApprove && <p className={styles.help}>{m.policy_second()}</p>}
        {shown && <Comparison before={textOf(view, row.base)} after={row.text} title={m.policy_changes()} />}
      </div>
    </Panel>
  );
}

function textOf(view: View, hash: string): string {
  return view.sets.find((set) => set.hash === hash)?.text ?? view.zero.text;
}
