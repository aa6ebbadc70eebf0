import { useMemo } from "react";
import { m } from "../../i18n/index.ts";
import { cx } from "../../ui/cx.ts";
import { Hidden, Panel } from "../../ui/index.ts";
import { diffLines, hunks } from "./diff.ts";
import styles from "./policy.module.css";

/** What changes, line by line; the sign says it as well as the colour. */
export function Comparison({
  before,
  after,
  title,
}: {
  readonly before: string;
  readonly after: string;
  readonly title: string;
}) {
  const lines = useMemo(() => hunks(diffLines(before, after)), [before, after]);
  return (
    <Panel title={title} flush>
      <div className={styles.diff} tabIndex={0} role="region" aria-label={title}>
        {lines.map((line, i) =>
          line === "gap" ? (
            // oxlint-disable-next-line react/no-array-index-key -- a gap has no name but its place
            <div key={i} className={styles.gap}>
              ⋯
            </div>
          ) : (
            <div key={`${line.before ?? ""} ${line.after ?? ""}`} className={cx(styles.line, styles[line.kind])}>
              <span className={styles.number}>{line.after ?? line.before}</span>
              <span className={styles.sign} aria-hidden="true">
                {line.kind === "added" ? "+" : line.kind === "removed" ? "−" : " "}
              </span>
              {line.kind !== "same" && (
                <Hidden>{line.kind === "added" ? m.policy_line_added() : m.policy_line_removed()}</Hidden>
              )}
              <span>{line.text}</span>
            </div>
          ),
        )}
      </div>
    </Panel>
  );
}
