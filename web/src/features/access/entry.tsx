import type { ReactNode } from "react";
import type { AccessLine, AccessView } from "../../engine/index.ts";
import { m } from "../../i18n/index.ts";
import { Callout, Code, CopyButton, Facts, Icon, IconButton, Time, type Fact } from "../../ui/index.ts";
import { purposeName } from "../view/purposes.ts";
import { stepText } from "../view/steps.ts";
import { partNames } from "./lines.tsx";
import { sentence } from "./sentence.ts";
import styles from "./access.module.css";

/** One line explained, and everything that somebody needs to check it with other software. */
export function EntryPane({
  line,
  view,
  onClose,
}: {
  readonly line: AccessLine;
  readonly view: AccessView;
  readonly onClose: () => void;
}) {
  return (
    <section className={styles.pane} aria-label={m.access_entry({ index: String(line.index) })}>
      <div className={styles.paneHead}>
        <h2 className={styles.paneTitle}>{m.access_entry({ index: String(line.index) })}</h2>
        <IconButton icon="close" size="sm" label={m.ui_close()} onClick={onClose} />
      </div>
      <div className={styles.scroll}>
        <p className={styles.sentence}>{sentence(line)}</p>
        <Outcome line={line} />
        <Facts items={facts(line)} />
        <Block title={m.access_raw()} copy={line.raw}>
          <pre className={styles.raw}>{pretty(line.raw)}</pre>
        </Block>
        <Block title={m.access_hash()} copy={line.leafHash}>
          <Code>{line.leafHash}</Code>
        </Block>
        <Block title={m.access_path()} copy={line.inclusion.join("\n")}>
          {line.inclusion.length === 0 ? (
            <p className={styles.dim}>{m.access_path_none()}</p>
          ) : (
            <ol className={styles.path}>
              {line.inclusion.map((hash) => (
                <li key={hash}>
                  <Code>{hash}</Code>
                </li>
              ))}
            </ol>
          )}
        </Block>
        <Block title={m.access_root()} copy={view.root}>
          <Code>{view.root}</Code>
        </Block>
        <Block title={m.access_checkpoint()} copy={view.checkpoint}>
          <pre className={styles.raw}>{view.checkpoint}</pre>
        </Block>
      </div>
    </section>
  );
}

function Outcome({ line }: { readonly line: AccessLine }) {
  if (!line.proof.ok) {
    return (
      <Callout tone="danger" title={m.access_fails()}>
        <p>{line.proof.message}</p>
        <code>{line.proof.code}</code>
      </Callout>
    );
  }
  return (
    <div>
      <h3 className={styles.blockTitle}>{m.access_checked()}</h3>
      <ol className={styles.steps}>
        {line.proof.steps.map((step) => (
          <li key={step.step}>
            <Icon name="check" />
            {stepText(step)}
          </li>
        ))}
      </ol>
    </div>
  );
}

function facts(line: AccessLine): Fact[] {
  const items: Fact[] = [];
  const add = (label: string, value: ReactNode): void => {
    items.push({ label, value });
  };
  if (line.actor.name !== "") add(m.access_fact_who(), `${line.actor.name} · ${line.actor.org}`);
  if (line.why !== undefined) add(m.access_column_why(), purposeName(line.why));
  if (line.text !== undefined) add(m.access_reason_words(), line.text);
  else if (line.raw.includes('"x":{')) add(m.access_reason_words(), m.access_reason_sealed());
  if (line.parts.length > 0) add(m.access_column_parts(), partNames(line.parts));
  if (line.decision !== undefined)
    add(m.access_fact_policy(), line.decision === "allow" ? m.access_allow() : m.access_deny());
  if (line.ts !== "") add(m.access_fact_logged(), <Time at={line.ts} />);
  if (line.at !== undefined) add(m.access_fact_signed(), <Time at={line.at} />);
  if (line.case !== undefined) add(m.access_fact_case(), <Code>{line.case}</Code>);
  if (line.file !== undefined) add(m.access_fact_file(), <Code>{line.file}</Code>);
  return items;
}

function Block({
  title,
  copy,
  children,
}: {
  readonly title: string;
  readonly copy: string;
  readonly children: ReactNode;
}) {
  return (
    <div className={styles.block}>
      <div className={styles.blockHead}>
        <h3 className={styles.blockTitle}>{title}</h3>
        <CopyButton size="sm" text={copy} />
      </div>
      {children}
    </div>
  );
}

function pretty(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}
