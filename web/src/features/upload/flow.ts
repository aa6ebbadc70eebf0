import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { getEngine } from "../../api/index.ts";
import type {
  Progress,
  ReceiptJson,
  Sanitised,
  SanitisedText,
  SanitiserMode,
  SealedUpload,
  StatementJson,
  VerifiedReceiptView,
} from "../../engine/index.ts";
import { startUpload, type Uploading } from "./uploader.ts";

/** Where an upload stands. A failure stands beside the stage that it can be tried again from. */
export type Stage =
  | { readonly at: "pick"; readonly error?: unknown }
  | { readonly at: "sanitise"; readonly file: File; readonly progress: Progress }
  | { readonly at: "preview"; readonly sanitised: Sanitised; readonly error?: unknown }
  | { readonly at: "text"; readonly told: SanitisedText; readonly error?: unknown }
  /** Nothing can look into it: the person decides. */
  | { readonly at: "raw"; readonly file: File; readonly error?: unknown }
  | { readonly at: "seal"; readonly from: Confirmable; readonly progress: Progress }
  | {
      readonly at: "send";
      readonly upload: SealedUpload;
      readonly progress: Progress;
      readonly paused: boolean;
      readonly error?: unknown;
    }
  | {
      readonly at: "done";
      readonly upload: SealedUpload;
      readonly receipt: ReceiptJson;
      readonly verified: VerifiedReceiptView;
    };

/** Where somebody looks before anything is sealed. */
type Confirmable = Extract<Stage, { readonly at: "preview" | "text" | "raw" }>;

type Event =
  | { readonly type: "stage"; readonly stage: Stage }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "paused"; readonly paused: boolean };

function reduce(stage: Stage, event: Event): Stage {
  if (event.type === "stage") return event.stage;
  if (event.type === "paused") return stage.at === "send" ? { ...stage, paused: event.paused } : stage;
  return "progress" in stage ? { ...stage, progress: event.progress } : stage;
}

export interface Flow {
  readonly stage: Stage;
  choose(file: File): void;
  readonly mode: SanitiserMode;
  setMode(mode: SanitiserMode): void;
  /** The preview did the work again. */
  resanitised(sanitised: Sanitised): void;
  confirm(): void;
  /** Goes on with an upload that waits in this browser, or tries again after a failure. */
  send(upload: SealedUpload): void;
  pause(): void;
  resume(): void;
  /** Stops what is under way; a sealed file that was not sent whole is deleted from this browser. */
  cancel(): void;
  restart(): void;
}

const NONE: Progress = { done: 0, total: 0 };

/** The customer's side of a file: sanitise, look, seal, send, verify the receipt (docs/protocol.md 7). */
export function useUploadFlow(
  place: { readonly org: string; readonly case: string; readonly statements: readonly StatementJson[] },
  onFinished: () => void,
): Flow {
  const [stage, dispatch] = useReducer(reduce, { at: "pick" });
  const [mode, setMode] = useState<SanitiserMode>("support");
  const abort = useRef<AbortController | undefined>(undefined);
  const uploading = useRef<Uploading | undefined>(undefined);
  const go = useCallback((next: Stage) => dispatch({ type: "stage", stage: next }), []);
  const onProgress = useCallback((progress: Progress) => dispatch({ type: "progress", progress }), []);
  const begin = (): AbortSignal => {
    abort.current?.abort();
    abort.current = new AbortController();
    return abort.current.signal;
  };
  useEffect(() => () => abort.current?.abort(), []);
  useWarnBeforeLeaving(stage.at === "sanitise" || stage.at === "seal" || stage.at === "send");

  const choose = (file: File): void => {
    const signal = begin();
    go({ at: "sanitise", file, progress: NONE });
    const run = async (): Promise<void> => {
      try {
        const looked = await look(file, mode, { signal, onProgress });
        // Cancelled in the last moment: what was made is not kept.
        if (signal.aborted) await drop(looked);
        else go(looked);
      } catch (error) {
        if (!signal.aborted) go({ at: "pick", error });
      }
    };
    void run();
  };
  const send = (upload: SealedUpload): void => {
    const signal = begin();
    go({
      at: "send",
      upload,
      progress: { done: 0, total: upload.parts.reduce((sum, { ctSize }) => sum + ctSize, 0) },
      paused: false,
    });
    const run = async (): Promise<void> => {
      try {
        const result = await finish(upload, signal, onProgress, (started) => {
          uploading.current = started;
        });
        go({ at: "done", upload, ...result });
        onFinished();
      } catch (error) {
        go(signal.aborted ? { at: "pick" } : { at: "send", upload, progress: NONE, paused: false, error });
      }
    };
    void run();
  };
  const confirm = (): void => {
    if (stage.at !== "preview" && stage.at !== "text" && stage.at !== "raw") return;
    const { error: _error, ...from } = stage;
    const signal = begin();
    go({ at: "seal", from, progress: NONE });
    const run = async (): Promise<SealedUpload> => {
      const engine = await getEngine();
      return engine.seal({ handle: await handleOf(from), ...place }, { signal, onProgress });
    };
    run().then(send, (error: unknown) => go(signal.aborted ? from : { ...from, error }));
  };
  const cancel = (): void => {
    abort.current?.abort();
    if (stage.at === "preview" || stage.at === "text") void drop(stage);
    if (stage.at === "send") void getEngine().then((engine) => engine.forgetUpload({ file: stage.upload.file }));
    if (stage.at !== "seal") go({ at: "pick" });
  };
  const setPaused = (paused: boolean): void => {
    if (paused) uploading.current?.pause();
    else uploading.current?.resume();
    dispatch({ type: "paused", paused });
  };
  return {
    stage,
    mode,
    setMode,
    resanitised: (sanitised) => go({ at: "preview", sanitised }),
    choose,
    confirm,
    send,
    cancel,
    pause: () => setPaused(true),
    resume: () => setPaused(false),
    restart: () => go({ at: "pick" }),
  };
}

/** Recordings and text go through the sanitiser; what is neither waits for the person's word. */
async function look(
  file: File,
  mode: SanitiserMode,
  options: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
): Promise<Confirmable> {
  const engine = await getEngine();
  const kind = await engine.fileKind({ file }, { signal: options.signal });
  if (kind === "binary") return { at: "raw", file };
  if (kind.startsWith("har")) return { at: "preview", sanitised: await engine.sanitise({ file, mode }, options) };
  return { at: "text", told: await engine.sanitiseText({ file, mode }, options) };
}

/** The time of the confirmation is the time at which the person pressed the button beside the warning. */
async function handleOf(from: Confirmable): Promise<string> {
  if (from.at === "preview") return from.sanitised.handle;
  if (from.at === "text") return from.told.handle;
  const engine = await getEngine();
  return (await engine.takeRaw({ file: from.file, confirmed: new Date().toISOString() })).handle;
}

async function drop(stage: Confirmable): Promise<void> {
  if (stage.at === "raw") return;
  const { handle } = stage.at === "preview" ? stage.sanitised : stage.told;
  await (await getEngine()).dropSanitised({ handle });
}

/** Sends, verifies the receipt, and only then forgets the sealed bytes. */
async function finish(
  upload: SealedUpload,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
  onStarted: (uploading: Uploading) => void,
): Promise<{ readonly receipt: ReceiptJson; readonly verified: VerifiedReceiptView }> {
  const engine = await getEngine();
  const uploading = startUpload(engine, upload, onProgress, signal);
  onStarted(uploading);
  const receipt = await uploading.done;
  const verified = await engine.verifyReceipt({ receipt });
  await engine.forgetUpload({ file: upload.file });
  return { receipt, verified };
}

function useWarnBeforeLeaving(busy: boolean): void {
  useEffect(() => {
    if (!busy) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [busy]);
}
