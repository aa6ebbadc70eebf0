import type { PartCheck, SanitisedFacts } from "../../engine/index.ts";
import { formatDateTime, formatList, formatNumber, m } from "../../i18n/index.ts";
import { Callout, Spinner } from "../../ui/index.ts";
import { ruleName } from "../../preview/words.ts";
import { keptText } from "../../preview/kept.ts";
import styles from "./view.module.css";

export interface ArrivalProps {
  readonly facts: SanitisedFacts | undefined;
  readonly checks: readonly PartCheck[];
  readonly checking: boolean;
}

/** What was said about the file when it was sealed, and whether that holds for what was opened. */
export function Arrival({ facts, checks, checking }: ArrivalProps) {
  const differs = checks.some(({ hash }) => hash === "differs");
  const unknown = checks.reduce((sum, { total, known }) => sum + total - known, 0);
  if (differs)
    return (
      <Callout tone="danger" live title={m.san_arrival_differs()}>
        {m.san_arrival_differs_text()}
      </Callout>
    );
  if (unknown > 0)
    return (
      <Callout tone="danger" live title={m.san_arrival_found({ count: unknown, number: formatNumber(unknown) })}>
        <p>{m.san_arrival_found_text({ rules: rulesIn(checks) })}</p>
        <Made facts={facts} />
      </Callout>
    );
  const problems = checks.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  return (
    <div className={styles.arrival} role="status">
      {checking ? (
        <span>
          <Spinner /> {m.san_arrival_checking()}
        </span>
      ) : problems.length > 0 ? (
        <strong>{m.san_arrival_problem({ code: formatList([...new Set(problems)]) })}</strong>
      ) : (
        checks.length > 0 && (
          <strong>{checks.some(({ known }) => known > 0) ? m.san_arrival_known() : m.san_arrival_clean()}</strong>
        )
      )}{" "}
      <Made facts={facts} />
    </div>
  );
}

function Made({ facts }: { readonly facts: SanitisedFacts | undefined }) {
  if (!facts) return <span>{m.san_arrival_nothing()}</span>;
  const time = new Date(facts.at);
  return (
    <span>
      {m.san_arrival_made({
        tool: facts.tool,
        version: facts.version,
        mode: facts.mode === "strict" ? m.san_mode_strict() : m.san_mode_support(),
        time: Number.isNaN(time.getTime()) ? facts.at : formatDateTime(time),
      })}{" "}
      {facts.sameRules ? m.san_arrival_same_rules() : m.san_arrival_other_rules()}
      {facts.kept.length > 0 && <strong> {keptText(facts.kept)}</strong>}
    </span>
  );
}

function rulesIn(checks: readonly PartCheck[]): string {
  return formatList([...new Set(checks.flatMap(({ found }) => Object.keys(found)))].map(ruleName));
}
