import { call, getEngine, isApiError, type CaseView } from "../../api/index.ts";
import type { Draft, OutgoingMessage } from "../../engine/index.ts";
import { keepEntry } from "./opened.ts";

export interface Writer {
  readonly user: string;
  readonly name: string;
  readonly staff: boolean;
}
export type Sending = OutgoingMessage & {
  readonly status: "sending" | "waiting" | "failed";
  readonly error?: unknown;
};
export interface Desk {
  readonly loaded: boolean;
  readonly text: string;
  readonly reply: string | undefined;
  readonly files: readonly string[];
  readonly outbox: readonly Sending[];
}

const EMPTY: Desk = { loaded: false, text: "", reply: undefined, files: [], outbox: [] };
const SAVE_MS = 250;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * What one person writes on one case. INVARIANT: a word is in the sealed draft or in the sealed outbox until the server said
 * that it has it; both are one record, so no moment is between them.
 */
export class WritingDesk {
  readonly #org: string;
  readonly #case: string;
  #state: Desk = EMPTY;
  #loading: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #wait = FIRST_RETRY_MS;
  #delivering = false;
  readonly #listeners = new Set<() => void>();
  #onDelivered: (() => void) | undefined;
  #writer: Writer | undefined;

  constructor(org: string, caseId: string) {
    this.#org = org;
    this.#case = caseId;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly state = (): Desk => this.#state;

  /** Reads what an earlier visit left, and sends what was on its way. */
  open(writer: Writer, onDelivered: () => void): Promise<void> {
    this.#writer = writer;
    this.#onDelivered = onDelivered;
    this.#loading ??= this.#load();
    return this.#loading;
  }

  edit(change: Partial<Pick<Desk, "text" | "reply" | "files">>): void {
    this.#set({ ...this.#state, ...change });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), SAVE_MS);
  }

  /** Seals and stores what there is now. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#state.loaded) return;
    const { text, reply, files, outbox } = this.#state;
    const nothing = text === "" && reply === undefined && files.length === 0 && outbox.length === 0;
    const plain = outbox.map(({ status: _status, error: _error, ...message }) => message);
    const draft: Draft | undefined = nothing ? undefined : { text, reply, files, outbox: plain };
    try {
      await (await getEngine()).writeDraft({ case: this.#case, draft });
    } catch {
      // Locked, or the disk is full: the words stay on the page, and the next key stroke tries again.
    }
  }

  async send(view: CaseView, state: string | undefined): Promise<void> {
    const { text, reply, files } = this.#state;
    const engine = await getEngine();
    const place = { org: this.#org, case: this.#case };
    const sealed = await engine.sealMessage({ ...place, text, reply, files, statements: view.statements });
    const sending: Sending = { ...sealed, text, reply, files, state, status: "sending" };
    // Sealing takes a moment; what was written in it belongs to the next message.
    const now = this.#state;
    const left = {
      text: now.text.startsWith(text) ? now.text.slice(text.length) : now.text,
      reply: now.reply === reply ? undefined : now.reply,
      files: now.files === files ? [] : now.files,
    };
    this.#set({ ...now, ...left, outbox: [...now.outbox, sending] });
    await this.flush();
    // The next word can be written while this one is on its way.
    void this.#deliver();
  }

  retry(id: string): void {
    this.#mark(id, { status: "sending" });
    void this.#deliver();
  }

  /** Takes a message back that the server did not take: its words return to where they were written. */
  takeBack(id: string): void {
    const back = this.#state.outbox.find((one) => one.id === id);
    if (!back) return;
    const text = [back.text, this.#state.text].filter((part) => part !== "").join("\n\n");
    const outbox = this.#state.outbox.filter((one) => one.id !== id);
    this.#set({ ...this.#state, text, reply: back.reply, files: back.files, outbox });
    void this.flush();
  }

  async #load(): Promise<void> {
    const draft = await (await getEngine()).readDraft({ case: this.#case });
    const outbox = (draft?.outbox ?? []).map((message): Sending => ({ ...message, status: "sending" }));
    const before = this.#state;
    this.#set({
      loaded: true,
      text: before.text === "" ? (draft?.text ?? "") : before.text,
      reply: before.reply ?? draft?.reply,
      files: before.files.length > 0 ? before.files : (draft?.files ?? []),
      outbox: [...outbox, ...before.outbox],
    });
    addEventListener("online", () => void this.#deliver());
    await this.#deliver();
  }

  /** In their order: an answer must not arrive before the question. */
  async #deliver(): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (;;) {
        const next = this.#state.outbox.find(({ status }) => status !== "failed");
        if (!next || !(await this.#post(next))) return;
      }
    } finally {
      this.#delivering = false;
    }
  }

  async #post(message: Sending): Promise<boolean> {
    this.#mark(message.id, { status: "sending" });
    try {
      const engine = await getEngine();
      const what = message.state === undefined ? {} : { what: `state:${message.state}` };
      const act = await engine.signAct({
        t: "case.message",
        org: this.#org,
        case: this.#case,
        man: message.man,
        ...what,
      });
      const params = { case: this.#case };
      await call("caseMessages", { method: "POST", params, body: { message: message.message, act } });
    } catch (error) {
      if (isApiError(error) && !passing(error.code)) {
        this.#mark(message.id, { status: "failed", error });
        return true;
      }
      this.#mark(message.id, { status: "waiting", error });
      this.#retry = setTimeout(() => void this.#deliver(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, LONGEST_RETRY_MS);
      return false;
    }
    this.#wait = FIRST_RETRY_MS;
    this.#keep(message);
    this.#set({ ...this.#state, outbox: this.#state.outbox.filter(({ id }) => id !== message.id) });
    await this.flush();
    this.#onDelivered?.();
    return true;
  }

  #keep({ id, text, reply, files, created }: Sending): void {
    const writer = this.#writer;
    if (!writer) return;
    const { user, name, staff } = writer;
    const head = { message: id, by: user, name, staff, created, files, ...(reply === undefined ? {} : { reply }) };
    keepEntry({ head, place: this.#case, text });
  }

  #mark(id: string, change: Pick<Sending, "status"> & { readonly error?: unknown }): void {
    const outbox = this.#state.outbox.map((one) => {
      const { error: _error, ...rest } = one;
      return one.id === id ? { ...rest, ...change } : one;
    });
    this.#set({ ...this.#state, outbox });
  }

  #set(next: Desk): void {
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}

/** What a later attempt may change by itself. */
function passing(code: string): boolean {
  return (
    code === "network.failed" ||
    code.startsWith("session.") ||
    code === "server.failed" ||
    code === "log.unavailable" ||
    code === "request.rateLimited"
  );
}

const desks = new Map<string, WritingDesk>();

/** One for each person and case on this page, whatever part of it shows. */
export function writingDesk(
  user: string,
  { org, case: caseId }: { readonly org: string; readonly case: string },
): WritingDesk {
  const name = `${user} ${caseId}`;
  const found = desks.get(name) ?? new WritingDesk(org, caseId);
  desks.set(name, found);
  return found;
}
