import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { customersQuery, explain, type Me } from "../../api/index.ts";
import type { AccessLine } from "../../engine/index.ts";
import { m, useLocale } from "../../i18n/index.ts";
import { Button, buttonClass, EmptyState, ErrorState, Loading, Page, Segmented, Select } from "../../ui/index.ts";
import { useMe } from "../shell/who.ts";
import { download } from "../../preview/download.ts";
import { EntryPane } from "./entry.tsx";
import { Lines } from "./lines.tsx";
import { accessQuery, isWhole } from "./load.ts";
import { Verdict } from "./verdict.tsx";
import styles from "./access.module.css";

export interface AccessPageProps {
  readonly caseId: string | undefined;
  readonly fileId: string | undefined;
}

const FILTERS = {
  all: () => true,
  opened: (line: AccessLine) => line.type === "key.release",
  refused: (line: AccessLine) => line.type === "key.deny" || line.decision === "deny",
  files: (line: AccessLine) => line.type.startsWith("file."),
} as const;
type Filter = keyof typeof FILTERS;

/** Who opened what, when and why, with every proof checked here (docs/protocol.md 9). */
export function AccessPage({ caseId, fileId }: AccessPageProps) {
  useLocale();
  const me = useMe();
  const [org, setOrg] = useState(me.org.id);
  const [filter, setFilter] = useState<Filter>("all");
  const [selected, setSelected] = useState<number | undefined>();
  const found = useInfiniteQuery(accessQuery({ org, case: caseId, file: fileId }));
  const pages = found.data?.pages;
  const lines = useMemo(() => (pages ?? []).flatMap(({ view }) => view.lines), [pages]);
  const shown = useMemo(() => lines.filter(FILTERS[filter]), [lines, filter]);
  const open = lines.find(({ index }) => index === selected);
  const head = pages?.[0]?.view;
  return (
    <Page
      title={m.access_title()}
      lead={caseId === undefined && fileId === undefined ? m.access_lead() : m.access_lead_case()}
      layout="fill"
      actions={
        <>
          {me.org.kind === "desk" && <OrgSelect me={me} org={org} onOrg={setOrg} />}
          {(caseId ?? fileId) !== undefined && (
            <Link to="/access" search={{}} className={buttonClass()}>
              {m.access_all()}
            </Link>
          )}
          <Button
            icon="download"
            disabled={!pages}
            onClick={() =>
              pages &&
              download(
                `breakwater-access-${org}.json`,
                JSON.stringify(
                  pages.map(({ access, view }) => ({ ok: view.ok, problem: view.problem, access })),
                  null,
                  1,
                ),
              )
            }
          >
            {m.access_export()}
          </Button>
        </>
      }
    >
      {found.isPending && <Loading lines={8} />}
      {found.isError && !pages && (
        <ErrorState
          title={m.access_failed()}
          message={explain(found.error).message}
          help={explain(found.error).help}
          code={explain(found.error).code}
          onRetry={() => void found.refetch()}
        />
      )}
      {pages && head && (
        <div className={styles.page}>
          <Verdict pages={pages.map(({ view }) => view)} whole={isWhole({ case: caseId, file: fileId })} />
          <div className={styles.filters}>
            <Segmented
              label={m.access_filter()}
              value={filter}
              onValue={setFilter}
              choices={[
                { value: "all", label: m.access_filter_all() },
                { value: "opened", label: m.access_filter_opened() },
                { value: "refused", label: m.access_filter_refused() },
                { value: "files", label: m.access_filter_files() },
              ]}
            />
          </div>
          <div className={open ? styles.panes : styles.onePane}>
            <div className={styles.pane}>
              <Lines
                lines={shown}
                selected={selected}
                compact={open !== undefined}
                onSelect={(line) => setSelected(line.index)}
                onEnd={() => found.hasNextPage && !found.isFetchingNextPage && void found.fetchNextPage()}
                empty={
                  <EmptyState icon="access" title={m.access_none()}>
                    {m.access_none_text()}
                  </EmptyState>
                }
              />
            </div>
            {open && (
              <EntryPane
                line={open}
                view={pages.find(({ view }) => view.lines.includes(open))?.view ?? head}
                onClose={() => setSelected(undefined)}
              />
            )}
          </div>
        </div>
      )}
    </Page>
  );
}

/** Each customer has its own log; the desk has one too. */
function OrgSelect({
  me,
  org,
  onOrg,
}: {
  readonly me: Me;
  readonly org: string;
  readonly onOrg: (org: string) => void;
}) {
  const customers = useQuery(customersQuery);
  const choices = [
    { value: me.org.id, label: m.access_own_desk({ name: me.org.name }) },
    ...(customers.data?.customers ?? []).map((customer) => ({ value: customer.org, label: customer.name })),
  ];
  return <Select label={m.access_org()} icon="building" value={org} onValue={onOrg} choices={choices} />;
}
