import { Progress as Base } from "@base-ui/react/progress";
import { cx } from "./cx.ts";
import styles from "./progress.module.css";

export interface ProgressProps {
  /** What is under way: the accessible name, shown above the bar. */
  readonly label: string;
  /** 0 to 1; null while the end is not known. */
  readonly value: number | null;
  /** To the right of the label, e.g. "12 of 40 MB". */
  readonly detail?: string | undefined;
}

export function Progress({ label, value, detail }: ProgressProps) {
  const percent = value === null ? null : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <Base.Root className={styles.progress} value={percent}>
      <div className={styles.row}>
        <Base.Label className={styles.label}>{label}</Base.Label>
        {detail !== undefined && <span className={styles.detail}>{detail}</span>}
      </div>
      <Base.Track className={styles.track}>
        <Base.Indicator className={styles.indicator} />
      </Base.Track>
    </Base.Root>
  );
}

export function Spinner({ className }: { readonly className?: string | undefined }) {
  return <span className={cx(styles.spinner, className)} aria-hidden="true" />;
}
