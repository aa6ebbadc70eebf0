import type { ReactNode } from "react";
import { cx } from "./cx.ts";
import { Button } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { m } from "../i18n/index.ts";
import type { Tone } from "./badge.tsx";
import styles from "./states.module.css";

export interface EmptyStateProps {
  readonly icon?: IconName;
  readonly title: string;
  /** Why it is empty, and what fills it. */
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

export function EmptyState({ icon = "info", title, children, action }: EmptyStateProps) {
  return (
    <div className={styles.state}>
      <span className={styles.badge}>
        <Icon name={icon} large />
      </span>
      <p className={styles.title}>{title}</p>
      {children !== undefined && <div className={styles.text}>{children}</div>}
      {action !== undefined && <div className={styles.action}>{action}</div>}
    </div>
  );
}

export interface ErrorStateProps {
  /** What could not be done. */
  readonly title: string;
  /** What was wrong. */
  readonly message: string;
  /** What to do. */
  readonly help?: string | undefined;
  /** The machine's code, for a report. */
  readonly code?: string | undefined;
  readonly onRetry?: (() => void) | undefined;
}

export function ErrorState({ title, message, help, code, onRetry }: ErrorStateProps) {
  return (
    <div className={styles.state} role="alert">
      <span className={cx(styles.badge, styles.bad)}>
        <Icon name="warn" large />
      </span>
      <p className={styles.title}>{title}</p>
      <div className={styles.text}>
        <p>{message}</p>
        {help !== undefined && <p>{help}</p>}
        {code !== undefined && <code className={styles.code}>{code}</code>}
      </div>
      {onRetry && (
        <div className={styles.action}>
          <Button icon="refresh" onClick={onRetry}>
            {m.ui_retry()}
          </Button>
        </div>
      )}
    </div>
  );
}

const CALLOUT_ICONS: Record<Tone, IconName> = {
  neutral: "info",
  accent: "seal",
  ok: "check",
  warn: "warn",
  danger: "warn",
  info: "info",
};

export interface CalloutProps {
  readonly tone?: Tone;
  readonly title?: string;
  readonly icon?: IconName;
  /** Announce it at once: for what came as the answer to an act. */
  readonly live?: boolean;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

export function Callout({ tone = "info", title, icon, live = false, actions, children }: CalloutProps) {
  return (
    <div
      className={cx(styles.callout, styles[tone])}
      role={live ? (tone === "danger" ? "alert" : "status") : undefined}
    >
      <Icon name={icon ?? CALLOUT_ICONS[tone]} className={styles.calloutIcon} />
      <div className={styles.calloutText}>
        {title !== undefined && <p className={styles.calloutTitle}>{title}</p>}
        {children}
      </div>
      {actions !== undefined && <div className={styles.calloutActions}>{actions}</div>}
    </div>
  );
}

/** A grey bar where text will be. The region that waits carries aria-busy. */
export function Skeleton({
  width = "full",
  lines = 1,
}: {
  readonly width?: "short" | "medium" | "full";
  readonly lines?: number;
}) {
  return (
    <span className={styles.skeletons} aria-hidden="true">
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className={cx(styles.skeleton, styles[`width-${width}`])} />
      ))}
    </span>
  );
}

/** A whole region that loads: silent for a moment, so that fast answers do not flicker. */
export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div className={styles.loading} role="status" aria-busy="true">
      <span className={styles.hidden}>{m.ui_loading()}</span>
      <Skeleton lines={lines} />
    </div>
  );
}

/** For screen readers only. */
export function Hidden({ children, live = false }: { readonly children: ReactNode; readonly live?: boolean }) {
  return (
    <span className={styles.hidden} role={live ? "status" : undefined}>
      {children}
    </span>
  );
}
