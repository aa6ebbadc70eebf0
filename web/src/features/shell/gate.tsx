import type { ReactNode } from "react";
import { useEffect } from "react";
import { m } from "../../i18n/index.ts";
import { cx, Mark } from "../../ui/index.ts";
import { Preferences } from "./preferences.tsx";
import styles from "./gate.module.css";

export interface GateProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** The frame of pages before the door: enrol, sign in, unlock. */
export function Gate({ title, lead, wide = false, children }: GateProps) {
  useEffect(() => {
    document.title = `${title} · Breakwater`;
  }, [title]);
  return (
    <div className={styles.gate}>
      <header className={styles.top}>
        <span className={styles.brand}>
          <Mark />
          Breakwater
        </span>
        <Preferences />
      </header>
      <main className={styles.main} id="content">
        <div className={cx(styles.card, wide && styles.wide)}>
          <div className={styles.head}>
            <h1 className={styles.title}>{title}</h1>
            {lead !== undefined && <div className={styles.lead}>{lead}</div>}
          </div>
          {children}
        </div>
      </main>
      <footer className={styles.foot}>{m.gate_promise()}</footer>
    </div>
  );
}
