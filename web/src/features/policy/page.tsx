import type { schemas } from "@breakwater/contract";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { policyQuery } from "../../api/index.ts";
import { m, useLocale } from "../../i18n/index.ts";
import { Badge, Code, EmptyState, Field, Page, Panel, Tabs, TextInput } from "../../ui/index.ts";
import { Reads } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { Editor } from "./editor.tsx";
import { History } from "./history.tsx";
import styles from "./policy.module.css";

export const POLICY_TABS = ["rules", "edit", "history"] as const;
type View = (typeof schemas.PolicyView)["_output"];

/** The desk's rules: what they say, what they would say, and what they said. */
export function PolicyPage() {
  const me = useMe();
  useLocale();
  const navigate = useNavigate({ from: "/policy" });
  const { tab = "rules" } = useSearch({ from: "/app/policy" });
  const found = useQuery(policyQuery);
  /** An earlier text that somebody wants to go back to. */
  const [draft, setDraft] = useState<string>();
  const open = found.data?.sets.filter(({ state }) => state === "proposed" || state === "cooling").length;
  const go = (next: (typeof POLICY_TABS)[number]): void => void navigate({ search: { tab: next }, replace: true });
  return (
    <Page title={m.policy_title()} lead={m.policy_lead()} width="normal">
      <Reads of={[found]} title={m.policy_failed()} lines={8}>
        {() =>
          found.data && (
            <Tabs
              label={m.policy_title()}
              value={tab}
              onValue={go}
              tabs={[
                { value: "rules", label: m.policy_tab_rules(), content: <Rules view={found.data} /> },
                ...(may(me, "proposePolicy")
                  ? [
                      {
                        value: "edit" as const,
                        label: m.policy_tab_edit(),
                        content: (
                          <Editor
                            key={`${found.data.hash} ${draft ?? ""}`}
                            view={found.data}
                            draft={draft}
                            onProposed={() => {
                              setDraft(undefined);
                              go("history");
                            }}
                          />
                        ),
                      },
                    ]
                  : []),
                {
                  value: "history",
                  label: m.policy_tab_history(),
                  count: open || undefined,
                  content: (
                    <History
                      view={found.data}
                      onRestore={
                        may(me, "proposePolicy")
                          ? (text) => {
                              setDraft(text);
                              go("edit");
                            }
                          : undefined
                      }
                    />
                  ),
                },
              ]}
            />
          )
        }
      </Reads>
    </Page>
  );
}

function Rules({ view }: { readonly view: View }) {
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const rules = useMemo(
    () => view.rules.filter(({ id, say }) => id.includes(wanted) || say.toLowerCase().includes(wanted)),
    [view.rules, wanted],
  );
  const group = (effect: "permit" | "forbid", title: string, description: string) => {
    const own = rules.filter((rule) => rule.effect === effect);
    return (
      own.length > 0 && (
        <Panel title={title} description={description} flush>
          <ul className={styles.rules}>
            {own.map((rule) => (
              <li key={rule.id}>
                <p className={styles.say}>{rule.say}</p>
                {rule.help !== null && <p className={styles.help}>{rule.help}</p>}
                <code className={styles.id}>{rule.id}</code>
              </li>
            ))}
          </ul>
        </Panel>
      )
    );
  };
  return (
    <div className={styles.stack}>
      <p className={styles.set}>
        <Badge tone="ok">{m.policy_state_holds()}</Badge> <Code>{view.hash}</Code>
      </p>
      <Field label={m.policy_search()}>
        <TextInput value={text} onValue={setText} type="search" />
      </Field>
      {rules.length === 0 && <EmptyState icon="search" title={m.policy_search_none()} />}
      {group("permit", m.policy_permits(), m.policy_permits_text())}
      {group("forbid", m.policy_forbids(), m.policy_forbids_text())}
    </div>
  );
}
