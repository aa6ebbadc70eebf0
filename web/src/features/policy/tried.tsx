import type { schemas } from "@breakwater/contract";
import { formatNumber, m } from "../../i18n/index.ts";
import { Badge, Time } from "../../ui/index.ts";
import styles from "./policy.module.css";

type Simulation = (typeof schemas.PolicySimulation)["_output"];

/** "12 would now be denied, 0 newly allowed", by rule and person. */
export function Tried({ found }: { readonly found: Simulation }) {
  const { denied, allowed, tried, recorded, failed, newlyDenied, newlyAllowed } = found;
  return (
    <div className={styles.stack} role="status">
      <p className={styles.verdict}>
        {m.policy_tried({ denied: formatNumber(denied), allowed: formatNumber(allowed) })}
      </p>
      <p className={styles.help}>
        {m.policy_tried_of({ tried: formatNumber(tried), recorded: formatNumber(recorded) })}
        {failed > 0 && <> {m.policy_tried_failed({ count: formatNumber(failed) })}</>}
      </p>
      <Differences title={m.policy_newly_allowed()} tone="danger" rows={newlyAllowed} />
      <Differences title={m.policy_newly_denied()} tone="warn" rows={newlyDenied} />
    </div>
  );
}

function Differences({
  title,
  tone,
  rows,
}: {
  readonly title: string;
  readonly tone: "danger" | "warn";
  readonly rows: Simulation["newlyDenied"];
}) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h3 className={styles.heading}>
        <Badge tone={tone}>{title}</Badge>
      </h3>
      <ul className={styles.rules}>
        {rows.map((row) => (
          <li key={`${row.rule} ${row.user} ${row.action}`}>
            <p className={styles.say}>
              {m.policy_difference({ name: row.name, action: row.action, count: formatNumber(row.count) })}
            </p>
            <p className={styles.help}>
              <code>{row.rule}</code> · <Time at={row.last} relative />
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
