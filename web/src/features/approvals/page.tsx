import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { grantsQuery } from "../../api/index.ts";
import { m, useLocale } from "../../i18n/index.ts";
import { EmptyState, Page, Stack, Tabs } from "../../ui/index.ts";
import { Reads } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { GrantCard } from "./card.tsx";
import { LifeSettings } from "../life/settings.tsx";
import { SettingsForm } from "./settings.tsx";
import styles from "./approvals.module.css";

export const APPROVAL_TABS = ["waiting", "mine", "emergencies", "settings"] as const;

/** Who may open: what waits for the reader, what they asked for, what was opened in an emergency, and who must approve. */
export function ApprovalsPage() {
  const me = useMe();
  useLocale();
  const navigate = useNavigate({ from: "/approvals" });
  const decides = may(me, "decideGrant");
  const { tab = decides ? "waiting" : "mine" } = useSearch({ from: "/app/approvals" });
  const waiting = useQuery({ ...grantsQuery("waiting"), enabled: decides });
  const emergencies = useQuery(grantsQuery("emergencies"));
  const count = (rows: readonly unknown[] | undefined): number | undefined => rows?.length || undefined;
  return (
    <Page
      title={m.grant_title()}
      lead={me.org.kind === "desk" ? m.grant_lead_desk() : m.grant_lead_customer()}
      width="normal"
    >
      <Tabs
        label={m.grant_title()}
        value={tab}
        onValue={(next) => void navigate({ search: { tab: next }, replace: true })}
        tabs={[
          ...(decides
            ? [
                {
                  value: "waiting" as const,
                  label: m.grant_tab_waiting(),
                  count: count(waiting.data?.grants),
                  content: <List list="waiting" empty={m.grant_none_waiting()} text={m.grant_none_waiting_text()} />,
                },
              ]
            : []),
          ...(may(me, "requestGrant")
            ? [
                {
                  value: "mine" as const,
                  label: m.grant_tab_mine(),
                  content: <List list="mine" empty={m.grant_none_mine()} text={m.grant_none_mine_text()} />,
                },
              ]
            : []),
          {
            value: "emergencies" as const,
            label: m.grant_tab_emergencies(),
            count: count(emergencies.data?.grants),
            content: (
              <List list="emergencies" empty={m.grant_none_emergencies()} text={m.grant_none_emergencies_text()} />
            ),
          },
          {
            value: "settings" as const,
            label: m.settings_title(),
            content: (
              <Stack>
                <SettingsForm />
                <LifeSettings />
              </Stack>
            ),
          },
        ]}
      />
    </Page>
  );
}

function List({
  list,
  empty,
  text,
}: {
  readonly list: "waiting" | "mine" | "emergencies";
  readonly empty: string;
  readonly text: string;
}) {
  const found = useQuery(grantsQuery(list));
  return (
    <Reads of={[found]} title={m.grant_failed()}>
      {() =>
        found.data?.grants.length === 0 ? (
          <EmptyState icon="check" title={empty}>
            {text}
          </EmptyState>
        ) : (
          <div className={styles.list}>
            {found.data?.grants.map((row) => (
              <GrantCard key={row.id} row={row} />
            ))}
          </div>
        )
      }
    </Reads>
  );
}
