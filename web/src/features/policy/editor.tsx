import { schemas } from "@breakwater/contract";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { call, getEngine, policyQuery, withFresh } from "../../api/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import { Badge, Button, Callout, Field, Form, FormActions, Panel, TextArea, TextInput, toast } from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { useMe } from "../shell/who.ts";
import { Comparison } from "./comparison.tsx";
import { Tried } from "./tried.tsx";
import styles from "./policy.module.css";

type View = (typeof schemas.PolicyView)["_output"];
const CHECK_AFTER_MS = 500;

/** Change the text, see at the line what is wrong, what it changes, and what it would have changed; then propose it. */
export function Editor({
  view,
  draft,
  onProposed,
}: {
  readonly view: View;
  readonly draft: string | undefined;
  readonly onProposed: () => void;
}) {
  const me = useMe();
  const client = useQueryClient();
  const [text, setText] = useState(draft ?? view.text);
  const [why, setWhy] = useState("");
  const area = useRef<HTMLDivElement>(null);
  const settled = useSettled(text);
  const changed = text !== view.text;
  const checked = useQuery({
    queryKey: ["policy", "check", settled],
    queryFn: ({ signal }) =>
      call("policyCheck", { method: "POST", body: { text: settled }, answer: schemas.PolicyChecked, signal }),
    enabled: settled !== view.text && settled.trim() !== "",
    gcTime: 0,
  });
  const problems = changed && settled === text ? (checked.data?.problems ?? []) : [];
  const hash = changed && settled === text ? (checked.data?.hash ?? undefined) : undefined;
  const tried = useMutation({
    mutationFn: () => call("policySimulate", { method: "POST", body: { text }, answer: schemas.PolicySimulation }),
  });
  const propose = useMutation({
    mutationFn: () =>
      withFresh(async () => {
        const engine = await getEngine();
        const act = await engine.signAct({ t: "policy.change", org: me.org.id, what: `propose ${hash ?? ""}` });
        await call("policy", { method: "POST", body: { text, why: why.trim(), act } });
      }),
    onSuccess: async () => {
      toast(m.policy_proposed());
      await client.invalidateQueries({ queryKey: policyQuery.queryKey });
      onProposed();
    },
  });
  const goTo = (line: number, column: number): void => {
    const control = area.current?.querySelector("textarea");
    if (!control) return;
    const before = text
      .split("\n")
      .slice(0, line - 1)
      .join("\n");
    const at = Math.min(text.length, (line > 1 ? before.length + 1 : 0) + column - 1);
    control.focus();
    control.setSelectionRange(at, at);
    control.scrollTop = ((line - 4) / text.split("\n").length) * control.scrollHeight;
  };
  return (
    <Form className={styles.stack ?? ""} onSubmit={() => propose.mutate()}>
      <Panel
        title={m.policy_text()}
        description={m.policy_text_hint()}
        actions={changed && <Button onClick={() => setText(view.text)}>{m.policy_reset()}</Button>}
      >
        <div className={styles.stack} ref={area}>
          <Field label={m.policy_text_label()}>
            <TextArea
              value={text}
              onValue={setText}
              rows={24}
              spellCheck={false}
              maxLength={256_000}
              className={styles.editor ?? ""}
            />
          </Field>
          {problems.length > 0 && (
            <Callout tone="danger" live title={m.policy_wrong({ count: formatNumber(problems.length) })}>
              <ul className={styles.problems}>
                {problems.map((problem) => (
                  <li key={`${problem.line} ${problem.column} ${problem.message}`}>
                    <Button size="sm" variant="ghost" onClick={() => goTo(problem.line, problem.column)}>
                      {m.policy_place({ line: formatNumber(problem.line), column: formatNumber(problem.column) })}
                    </Button>{" "}
                    {problem.message}
                    {problem.help !== undefined && <span className={styles.help}> {problem.help}</span>}
                  </li>
                ))}
              </ul>
            </Callout>
          )}
          {checked.isError && <Failed error={checked.error} />}
          {hash !== undefined && (
            <p className={styles.set}>
              <Badge tone="ok" icon="check">
                {m.policy_valid()}
              </Badge>
            </p>
          )}
        </div>
      </Panel>
      {changed && <Comparison before={view.text} after={text} title={m.policy_changes()} />}
      {changed && (
        <Panel
          title={m.policy_try()}
          description={m.policy_try_text()}
          actions={
            <Button busy={tried.isPending} disabled={hash === undefined} onClick={() => tried.mutate()}>
              {m.policy_try_button()}
            </Button>
          }
        >
          {tried.isError && <Failed error={tried.error} />}
          {tried.data && <Tried found={tried.data} />}
        </Panel>
      )}
      {changed && (
        <Panel title={m.policy_propose()} description={m.policy_propose_text()}>
          <div className={styles.stack}>
            <Field label={m.policy_why()}>
              <TextInput value={why} onValue={setWhy} maxLength={500} />
            </Field>
            {propose.isError && <Failed error={propose.error} />}
            <FormActions>
              <Button
                type="submit"
                variant="primary"
                icon="seal"
                busy={propose.isPending}
                disabled={hash === undefined || why.trim().length < 3}
              >
                {m.policy_propose()}
              </Button>
            </FormActions>
          </div>
        </Panel>
      )}
    </Form>
  );
}

/** The text, once nobody has typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), CHECK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
