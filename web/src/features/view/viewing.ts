import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useReducer, useRef, useState, type RefObject } from "react";
import { getEngine, type CaseView, type FileRow } from "../../api/index.ts";
import { RemoteError, type PartCheck, type PartRole } from "../../engine/index.ts";
import { m } from "../../i18n/index.ts";
import { toast } from "../../ui/index.ts";
import type { OpenAnswers } from "./form.tsx";
import type { ViewerHandle } from "./frame.tsx";
import { fetchPart, open, WaitingForApproval, type OpenedParts, type OpeningStep } from "./opening.ts";

interface Trying {
  readonly step: OpeningStep | undefined;
  readonly error: unknown;
}
export type ViewState =
  | (Trying & { readonly at: "ask"; readonly ended: "time" | "locked" | undefined })
  | (Trying & {
      readonly at: "open";
      readonly openings: readonly OpenedParts[];
      /** Parts that the reader asked for and has not given a reason for yet. */
      readonly wanted: readonly PartRole[] | undefined;
      readonly broken: unknown;
      /** What the check of each opened part gave, and whether one is under way. */
      readonly checks: readonly PartCheck[];
      readonly checking: boolean;
    });

type Event =
  | { readonly type: "step"; readonly step: OpeningStep }
  | { readonly type: "failed"; readonly error: unknown }
  | { readonly type: "opened"; readonly parts: OpenedParts }
  | { readonly type: "want"; readonly roles: readonly PartRole[] | undefined }
  | { readonly type: "broken"; readonly error: unknown }
  | { readonly type: "checking" }
  | { readonly type: "checked"; readonly checks: readonly PartCheck[] }
  | { readonly type: "end"; readonly ended: "time" | "locked" | undefined };

const ASK: Extract<ViewState, { at: "ask" }> = { at: "ask", step: undefined, error: undefined, ended: undefined };

function reduce(state: ViewState, event: Event): ViewState {
  switch (event.type) {
    case "step":
      return { ...state, step: event.step, error: undefined };
    case "failed":
      return { ...state, step: undefined, error: event.error };
    case "opened":
      return {
        at: "open",
        step: undefined,
        error: undefined,
        wanted: undefined,
        broken: undefined,
        checks: state.at === "open" ? state.checks : [],
        checking: false,
        openings: state.at === "open" ? [...state.openings, event.parts] : [event.parts],
      };
    case "want":
      return state.at === "open" ? { ...state, wanted: event.roles, error: undefined } : state;
    case "broken":
      return state.at === "open" ? { ...state, broken: event.error } : state;
    case "checking":
      return state.at === "open" ? { ...state, checking: true } : state;
    case "checked":
      return state.at === "open" ? { ...state, checking: false, checks: [...state.checks, ...event.checks] } : state;
    case "end":
      return { ...ASK, ended: event.ended };
  }
}

export interface Viewing {
  readonly state: ViewState;
  readonly frame: RefObject<ViewerHandle | null>;
  /** What the reader said last: the next part's form begins with it. */
  readonly answers: OpenAnswers;
  open(roles: readonly PartRole[], answers: OpenAnswers): void;
  want(roles: readonly PartRole[]): void;
  unwant(): void;
  brokenPart(role: PartRole): void;
  close(): void;
}

/** One file being looked at. When its time is over, its keys are locked or the page is left, everything opened is dropped. */
export function useViewing(view: CaseView, file: FileRow, staff: boolean): Viewing {
  const [state, dispatch] = useReducer(reduce, ASK);
  const client = useQueryClient();
  const frame = useRef<ViewerHandle>(null);
  const abort = useRef(new AbortController());
  const [answers, setAnswers] = useState<OpenAnswers>({
    purpose: staff ? "diagnose" : "own-file",
    text: "",
    minutes: 60,
    uses: ORDINARY_USES,
  });
  const openings = state.at === "open" ? state.openings : NOTHING;
  const until = openings[0]?.until;

  const end = useCallback((ended: "time" | "locked" | undefined): void => {
    abort.current.abort();
    abort.current = new AbortController();
    dispatch({ type: "end", ended });
  }, []);
  useEffect(() => {
    if (until === undefined) return;
    const timer = setTimeout(() => end("time"), until - Date.now());
    return () => clearTimeout(timer);
  }, [until, end]);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let gone = false;
    const follow = async (): Promise<void> => {
      const engine = await getEngine();
      if (!gone) stop = engine.subscribe((event) => event.type === "locked" && end("locked"));
    };
    void follow();
    return () => {
      gone = true;
      stop?.();
      abort.current.abort();
    };
  }, [end]);

  const start = async (roles: readonly PartRole[], given: OpenAnswers): Promise<void> => {
    const { signal } = abort.current;
    setAnswers(given);
    frame.current?.setBusy(true);
    try {
      const minutes = until === undefined ? given.minutes : Math.max(1, Math.floor((until - Date.now()) / 60_000));
      const parts = await open(
        { view, file, roles, ...given, minutes, staff },
        (step) => dispatch({ type: "step", step }),
        signal,
      );
      dispatch({ type: "opened", parts: until === undefined ? parts : { ...parts, until } });
      await nextFrame();
      try {
        const shown: ShownPart[] = [];
        for (const role of roles) {
          const ciphertext = await show(file, frame, { ...parts, until: until ?? parts.until }, role, signal);
          if (ciphertext) shown.push({ role, ciphertext });
        }
        frame.current?.setBusy(false);
        dispatch({ type: "checking" });
        dispatch({ type: "checked", checks: await check(parts.handle, shown, signal) });
      } catch (error) {
        if (!signal.aborted) dispatch({ type: "broken", error });
      } finally {
        await forget(parts.handle);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof WaitingForApproval) {
        toast(m.grant_wait_title());
        dispatch({ type: "want", roles: undefined });
        dispatch({ type: "failed", error: undefined });
        void client.invalidateQueries({ queryKey: ["grants"] });
      } else dispatch({ type: "failed", error });
    } finally {
      frame.current?.setBusy(false);
    }
  };
  return {
    state,
    frame,
    answers,
    open: (roles, given) => void start(roles, given),
    want: (roles) => dispatch({ type: "want", roles }),
    unwant: () => dispatch({ type: "want", roles: undefined }),
    brokenPart: (role) => dispatch({ type: "broken", error: new RemoteError("cipher.truncated", role) }),
    close: () => end(undefined),
  };
}

/** Each part is opened once, and once more after a reload or two. */
const ORDINARY_USES = 12;
const NOTHING: readonly OpenedParts[] = [];

/** From the server to the engine as ciphertext, from the engine to the sandbox as text. */
async function show(
  file: FileRow,
  frame: RefObject<ViewerHandle | null>,
  parts: OpenedParts,
  role: PartRole,
  signal: AbortSignal,
): Promise<Blob | undefined> {
  const ciphertext = await fetchPart(file, role, signal);
  const viewer = frame.current;
  if (!viewer) return undefined;
  const port = await viewer.receive(role, { reader: parts.reader, at: parts.at, leaf: parts.leafIndex }, parts.until);
  await (await getEngine()).decryptPart({ handle: parts.handle, role, ciphertext, port }, { signal });
  return ciphertext;
}

interface ShownPart {
  readonly role: PartRole;
  readonly ciphertext: Blob;
}

/** While the reader reads already: is each part the one that was sanitised, and what do today's rules say to it? */
async function check(handle: string, shown: readonly ShownPart[], signal: AbortSignal): Promise<PartCheck[]> {
  const engine = await getEngine();
  const checks: PartCheck[] = [];
  // What is no recording has no document to compare with.
  for (const part of shown.filter(({ role }) => role !== "text" && role !== "raw"))
    checks.push(await engine.checkPart({ handle, ...part }, { signal }));
  return checks;
}

/** The engine forgets a part's key as soon as the part has been decrypted. */
async function forget(handle: string): Promise<void> {
  await (await getEngine()).dropRelease({ handle });
}

/** The sandbox's frame is there after the next paint. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
}
