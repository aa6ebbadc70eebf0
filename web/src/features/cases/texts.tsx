import { useEffect, useSyncExternalStore } from "react";
import { getEngine } from "../../api/index.ts";
import type { OpenedText, StatementJson, TextItem } from "../../engine/index.ts";
import { m } from "../../i18n/index.ts";
import { Icon, Skeleton } from "../../ui/index.ts";
import styles from "./cases.module.css";

/**
 * Sealed texts, opened by the engine in batches: whatever rows come on the screen within a moment ask together. Opened
 * texts are kept while the keys are unlocked and forgotten with them.
 */
const MAX_BATCH = 100;
const opened = new Map<string, OpenedText>();
const waiting = new Map<string, { readonly item: TextItem; readonly key: StatementJson }>();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
let listening = false;

function idOf(item: TextItem): string {
  return `${item.kind} ${item.place.case} ${item.place.file ?? ""} ${item.sealed.ct}`;
}

/** Everything that is open now, for the page's own search. */
export function* openedTexts(): Iterable<{ readonly case: string; readonly text: string }> {
  for (const [id, outcome] of opened) if ("text" in outcome) yield { case: id.split(" ")[1] ?? "", text: outcome.text };
}

function ask(item: TextItem, key: StatementJson): void {
  const id = idOf(item);
  if (opened.has(id) || waiting.has(id)) return;
  waiting.set(id, { item, key });
  timer ??= setTimeout(() => void flush(), 8);
}

async function flush(): Promise<void> {
  timer = undefined;
  const batch = [...waiting].slice(0, MAX_BATCH);
  if (batch.length === 0) return;
  const answers = await openBatch(batch.map(([, entry]) => entry));
  batch.forEach(([id], at) => {
    waiting.delete(id);
    const answer = answers[at];
    if (answer) opened.set(id, answer);
  });
  for (const listener of listeners) listener();
  if (waiting.size > 0) timer ??= setTimeout(() => void flush(), 0);
}

async function openBatch(
  batch: readonly { readonly item: TextItem; readonly key: StatementJson }[],
): Promise<readonly OpenedText[]> {
  try {
    const engine = await getEngine();
    if (!listening) {
      listening = true;
      engine.subscribe((event) => {
        if (event.type === "locked") opened.clear();
      });
    }
    return await engine.openTexts({
      items: batch.map(({ item }) => item),
      keys: [...new Set(batch.map(({ key }) => key))],
    });
  } catch (error) {
    const code =
      error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "engine.failed";
    return batch.map(() => ({ code }));
  }
}

export function useText(item: TextItem, key: StatementJson): OpenedText | undefined {
  const id = idOf(item);
  const text = useSyncExternalStore(subscribe, () => opened.get(id));
  useEffect(() => {
    if (text === undefined) ask(item, key);
  });
  return text;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A sealed text: a grey bar while it is being opened, its words, or that it stays closed to this reader. */
export function SealedText({ item, caseKey }: { readonly item: TextItem; readonly caseKey: StatementJson }) {
  const text = useText(item, caseKey);
  if (text === undefined) return <Skeleton width="medium" />;
  if ("text" in text) return text.text;
  return (
    <span className={styles.closed} title={text.code}>
      <Icon name="lock" />
      {m.case_subject_closed()}
    </span>
  );
}
