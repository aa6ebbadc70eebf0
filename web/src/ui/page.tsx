import { useEffect, type ReactNode } from "react";
import { cx } from "./cx.ts";
import styles from "./page.module.css";

export interface PageProps {
  /** The h1, and the document's title. */
  readonly title: string;
  /** Shown in place of the title's text, e.g. while a subject is being decrypted. */
  readonly heading?: ReactNode;
  readonly crumbs?: ReactNode;
  /** One line under the title. */
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  /** `fill`: the body takes the height that is left and scrolls by itself (tables, viewers). */
  readonly layout?: "flow" | "fill";
  readonly width?: "narrow" | "normal" | "full";
  readonly children: ReactNode;
}

export function Page({ title, heading, crumbs, lead, actions, layout = "flow", width = "full", children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Breakwater`;
  }, [title]);
  return (
    <div className={cx(styles.page, layout === "fill" && styles.fill, styles[width])}>
      <header className={styles.head}>
        {crumbs !== undefined && <div className={styles.crumbs}>{crumbs}</div>}
        <div className={styles.row}>
          <div className={styles.titles}>
            <h1 className={styles.title}>{heading ?? title}</h1>
            {lead !== undefined && <div className={styles.lead}>{lead}</div>}
          </div>
          {actions !== undefined && <div className={styles.actions}>{actions}</div>}
        </div>
      </header>
      <div className={styles.body}>{children}</div>
    </div>
  );
}

export interface PanelProps {
  readonly title?: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  /** Tables and lists go to the edge. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Panel({ title, description, actions, flush = false, children }: PanelProps) {
  return (
    <section className={styles.panel}>
      {(title !== undefined || actions !== undefined) && (
        <div className={styles.panelHead}>
          <div className={styles.panelText}>
            {title !== undefined && <h2 className={styles.panelTitle}>{title}</h2>}
            {description !== undefined && <p className={styles.panelDescription}>{description}</p>}
          </div>
          {actions !== undefined && <div className={styles.actions}>{actions}</div>}
        </div>
      )}
      <div className={flush ? styles.panelFlush : styles.panelBody}>{children}</div>
    </section>
  );
}

export interface Fact {
  readonly label: string;
  readonly value: ReactNode;
}
/** Name and value pairs: the head of a case, a receipt. */
export function Facts({ items }: { readonly items: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {items.map((item) => (
        <div key={item.label} className={styles.fact}>
          <dt>{item.label}</dt>
          <dd>{item.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Vertical rhythm between blocks. */
export function Stack({ gap = "md", children }: { readonly gap?: "sm" | "md" | "lg"; readonly children: ReactNode }) {
  return <div className={cx(styles.stack, styles[`gap-${gap}`])}>{children}</div>;
}

/** A row that wraps. */
export function Row({ children, spread = false }: { readonly children: ReactNode; readonly spread?: boolean }) {
  return <div className={cx(styles.line, spread && styles.spread)}>{children}</div>;
}

/** Two columns on wide screens: the work, and what is known about it. */
export function Split({ main, aside }: { readonly main: ReactNode; readonly aside: ReactNode }) {
  return (
    <div className={styles.split}>
      <div className={styles.splitMain}>{main}</div>
      <aside className={styles.splitAside}>{aside}</aside>
    </div>
  );
}
