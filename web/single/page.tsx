import { HarError } from "@breakwater/har";
import { useMemo, useRef, useState } from "react";
import type { Progress, Sanitised, SanitiserMode } from "../src/engine/api.ts";
import { EngineError } from "../src/engine/error.ts";
import { getLocale, locales, m, setLocale, useLocale, type Locale } from "../src/i18n/index.ts";
import { baseName, download } from "../src/preview/download.ts";
import { Dropzone } from "../src/preview/dropzone.tsx";
import { Preview } from "../src/preview/preview.tsx";
import { refusalText } from "../src/preview/refusals.ts";
import { Working } from "../src/preview/working.tsx";
import { Button, cx, ErrorState, Panel, Select, Stack } from "../src/ui/index.ts";
import { openFile, sourceOf, type Opened } from "./source.ts";
import styles from "./page.module.css";

type Stage =
  | { readonly at: "pick"; readonly error?: unknown }
  | { readonly at: "work"; readonly name: string; readonly progress: Progress }
  | { readonly at: "look"; readonly opened: Opened };

const NAMES: Readonly<Record<Locale, string>> = { en: "English", ja: "日本語", nl: "Nederlands" };

/** The whole sanitiser on one page that talks to nobody. */
export function SinglePage() {
  useLocale();
  const [stage, setStage] = useState<Stage>({ at: "pick" });
  const [mode, setMode] = useState<SanitiserMode>("support");
  const abort = useRef<AbortController | undefined>(undefined);
  const choose = async (file: File): Promise<void> => {
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    setStage({ at: "work", name: file.name, progress: { done: 0, total: 0 } });
    const { signal } = mine;
    const progress = (now: Progress): void => {
      if (!signal.aborted) setStage({ at: "work", name: file.name, progress: now });
    };
    try {
      const opened = await openFile(file, mode, { signal, progress });
      if (!signal.aborted) setStage({ at: "look", opened });
    } catch (error) {
      if (!signal.aborted) setStage({ at: "pick", error });
    }
  };
  const back = (): void => {
    abort.current?.abort();
    if (stage.at === "look") stage.opened.work.close();
    setStage({ at: "pick" });
  };
  return (
    <div className={cx(styles.page, stage.at === "look" && styles.filled)}>
      <header className={styles.head}>
        <div className={styles.title}>
          <h1>{m.san_single_title()}</h1>
          {stage.at !== "look" && <p>{m.san_single_lead()}</p>}
        </div>
        <Select
          label={m.san_single_language()}
          size="sm"
          icon="globe"
          value={getLocale()}
          onValue={setLocale}
          choices={locales.map((value) => ({ value, label: NAMES[value] }))}
        />
      </header>
      <main className={styles.main}>
        {stage.at === "pick" && (
          <Stack>
            {stage.error !== undefined && (
              <Panel>
                <ErrorState
                  title={m.san_single_refused()}
                  message={explain(stage.error).message}
                  code={codeOf(stage.error)}
                />
              </Panel>
            )}
            <Dropzone
              onFile={(file) => void choose(file)}
              mode={mode}
              onMode={setMode}
              hint={m.san_single_drop_hint()}
              promises={[m.upload_promise_local()]}
            />
          </Stack>
        )}
        {stage.at === "work" && (
          <Working label={m.upload_sanitising({ name: stage.name })} progress={stage.progress} onCancel={back} />
        )}
        {stage.at === "look" && (
          <Looking
            opened={stage.opened}
            onSanitised={(sanitised) => setStage({ at: "look", opened: { ...stage.opened, sanitised } })}
            onBack={back}
          />
        )}
      </main>
    </div>
  );
}

function Looking({
  opened: { work, sanitised },
  onSanitised,
  onBack,
}: {
  readonly opened: Opened;
  readonly onSanitised: (sanitised: Sanitised) => void;
  readonly onBack: () => void;
}) {
  const source = useMemo(() => sourceOf(work, explain), [work]);
  const save = async (what: "report" | "result", ending: string): Promise<void> =>
    download(`${baseName(sanitised.fileName)}.${ending}`, await source.file(what));
  return (
    <Preview
      sanitised={sanitised}
      source={source}
      onSanitised={onSanitised}
      actions={
        <>
          <Button onClick={onBack}>{m.upload_choose_another()}</Button>
          <Button icon="download" onClick={() => void save("report", "report.json")}>
            {m.san_report_download()}
          </Button>
          <Button variant="primary" icon="download" onClick={() => void save("result", "sanitized.har")}>
            {m.san_single_save()}
          </Button>
        </>
      }
    />
  );
}

function codeOf(error: unknown): string | undefined {
  return error instanceof HarError || error instanceof EngineError ? error.code : undefined;
}

/** A defect of ours may quote what it was reading, so only sentences that were written for people are shown. */
function explain(error: unknown): { readonly message: string } {
  const code = codeOf(error);
  const own = error instanceof Error && code !== undefined ? error.message : m.san_single_fault();
  return { message: refusalText(code) ?? own };
}
