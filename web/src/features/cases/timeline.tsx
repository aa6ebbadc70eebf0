import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { readAccess, type CaseRow } from "../../api/index.ts";
import type { AccessView } from "../../engine/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import { Badge, Callout, EmptyState, Icon, Panel, Time, type IconName } from "../../ui/index.ts";
import { Reads } from "../shell/failed.tsx";
import { groupLines, type LineGroup } from "./groups.ts";
import { leafSentence } from "./leaf.ts";
import styles from "./cases.module.css";

const SHOWN = 100;

/** What the ledger says about this case, each line checked here before it is shown as proven. */
export function Timeline({ row }: { readonly row: CaseRow }) {
  const verified = useQuery({
    queryKey: ["access", "case", row.case],
    queryFn: ({ signal }) => readAccess({ org: row.org, case: row.case, limit: SHOWN, keys: [row.key], signal }),
    // Decrypted reasons must not outlive this page in a cache.
    gcTime: 0,
  });
  return (
    <Panel
      title={m.timeline_title()}
      description={m.timeline_text()}
      actions={
        verified.data &&
        (verified.data.ok ? (
          <Badge tone="ok" icon="check">
            {m.timeline_proven({ count: verified.data.lines.length, number: formatNumber(verified.data.lines.length) })}
          </Badge>
        ) : (
          <Badge tone="danger" icon="warn">
            {m.timeline_not_proven()}
          </Badge>
        ))
      }
      flush
    >
      <Reads of={[verified]} title={m.timeline_failed()} lines={4}>
        {() => (verified.data ? <Lines view={verified.data} row={row} /> : null)}
      </Reads>
    </Panel>
  );
}

function Lines({ view, row }: { readonly view: AccessView; readonly row: CaseRow }) {
  const names = new Map([
    ...view.lines.map(({ actor }) => [actor.id, actor.name] as const),
    ...row.assignees.map(({ user, name }) => [user, name] as const),
  ]);
  if (view.lines.length === 0 && !view.problem) return <EmptyState icon="clock" title={m.timeline_none()} />;
  return (
    <>
      {view.problem && (
        <div className={styles.problem}>
          <Callout tone="danger" title={m.timeline_not_proven()}>
            {view.problem.message}
          </Callout>
        </div>
      )}
      <ol className={styles.timeline}>
        {groupLines(view.lines).map((group) => (
          <Line key={group.line.index} group={group} names={names} />
        ))}
      </ol>
      <div className={styles.timelineFoot}>
        <Link to="/access" search={{ case: row.case }}>
          {m.case_access_link()}
        </Link>
      </div>
    </>
  );
}

function Line({ group, names }: { readonly group: LineGroup; readonly names: ReadonlyMap<string, string> }) {
  const { line, count, ok } = group;
  const sentence = leafSentence(line, names);
  return (
    <li className={styles.line}>
      <span className={styles.lineIcon}>
        <Icon name={iconOf(line.type)} />
      </span>
      <span className={styles.lineText}>
        {count === 1 ? sentence : m.timeline_times({ sentence, number: formatNumber(count) })}
        {line.text !== undefined && <q className={styles.reason}>{line.text}</q>}
      </span>
      <span className={styles.lineEnd}>
        {!ok && <Badge tone="danger">{m.timeline_line_bad()}</Badge>}
        <Time at={line.ts} relative />
      </span>
    </li>
  );
}

function iconOf(type: string): IconName {
  if (type === "key.deny") return "warn";
  if (type.startsWith("key.")) return "key";
  if (type.startsWith("file.")) return "file";
  if (type.startsWith("grant.")) return "clock";
  if (type === "case.message" || type === "case.read") return "mail";
  if (type === "case.assign" || type === "case.unassign") return "user";
  if (type.startsWith("releaser.")) return "lock";
  return "cases";
}
