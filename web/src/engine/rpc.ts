import type { CallOptions, EngineEvent, EngineMethods, Method, Progress } from "./api.ts";
import { EngineError, errorToJson, RemoteError, type ErrorJson } from "./error.ts";

/** Messages on the port between a page and the engine. One call has one id; `progress` may come many times, `done` or `failed` once. */
type ToEngine =
  | { readonly kind: "call"; readonly id: number; readonly method: Method; readonly input: unknown }
  | { readonly kind: "cancel"; readonly id: number };
type FromEngine =
  | { readonly kind: "progress"; readonly id: number; readonly progress: Progress }
  | { readonly kind: "done"; readonly id: number; readonly output: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: ErrorJson }
  | { readonly kind: "event"; readonly event: EngineEvent };

export interface CallContext {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}
export type Handlers = {
  readonly [M in Method]: (input: EngineMethods[M][0], context: CallContext) => Promise<EngineMethods[M][1]>;
};

/** The engine's end: answers calls on the port until it closes. Returns how to send events. */
export function serve(port: MessagePort, handlers: Handlers): (event: EngineEvent) => void {
  const running = new Map<number, AbortController>();
  const send = (message: FromEngine): void => port.postMessage(message);
  port.addEventListener("message", ({ data }: MessageEvent<ToEngine>) => {
    if (data.kind === "cancel") {
      running.get(data.id)?.abort(new EngineError("engine.cancelled", "Cancelled."));
      return;
    }
    const { id, method, input } = data;
    const controller = new AbortController();
    running.set(id, controller);
    const context: CallContext = {
      signal: controller.signal,
      progress: (progress) => send({ kind: "progress", id, progress }),
    };
    // The compiler cannot see that `input` belongs to `method`; both come from connect() below, whose types tie them.
    const handler = handlers[method] as ((input: unknown, context: CallContext) => Promise<unknown>) | undefined;
    void Promise.resolve()
      .then(() => {
        if (!handler) throw new EngineError("engine.unavailable", `The engine has no method "${method}".`);
        return handler(input, context);
      })
      .then(
        (output) => send({ kind: "done", id, output }),
        (error: unknown) =>
          send({
            kind: "failed",
            id,
            error: errorToJson(controller.signal.aborted ? controller.signal.reason : error),
          }),
      )
      .finally(() => running.delete(id));
  });
  port.start();
  return (event) => send({ kind: "event", event });
}

export interface Connection {
  call<M extends Method>(method: M, input: EngineMethods[M][0], options?: CallOptions): Promise<EngineMethods[M][1]>;
  subscribe(listener: (event: EngineEvent) => void): () => void;
  close(): void;
}

interface Pending {
  readonly done: (output: unknown) => void;
  readonly failed: (error: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** The page's end. */
export function connect(port: MessagePort): Connection {
  const pending = new Map<number, Pending>();
  const listeners = new Set<(event: EngineEvent) => void>();
  let last = 0;
  port.addEventListener("message", ({ data }: MessageEvent<FromEngine>) => {
    if (data.kind === "event") {
      for (const listener of listeners) listener(data.event);
      return;
    }
    const call = pending.get(data.id);
    if (!call) return;
    if (data.kind === "progress") {
      call.onProgress?.(data.progress);
      return;
    }
    pending.delete(data.id);
    if (data.kind === "done") call.done(data.output);
    else call.failed(new RemoteError(data.error.code, data.error.message));
  });
  port.start();
  const call: Connection["call"] = (method, input, options = {}) => {
    const { signal, onProgress } = options;
    if (signal?.aborted) return Promise.reject(new RemoteError("engine.cancelled", "Cancelled."));
    const id = ++last;
    const cancel = (): void => port.postMessage({ kind: "cancel", id } satisfies ToEngine);
    signal?.addEventListener("abort", cancel, { once: true });
    const answer = new Promise<EngineMethods[typeof method][1]>((done, failed) => {
      // The engine's handler for this method has exactly this output type.
      pending.set(id, { done: done as (output: unknown) => void, failed, onProgress });
    });
    port.postMessage({ kind: "call", id, method, input } satisfies ToEngine, portsIn(input));
    return answer.finally(() => signal?.removeEventListener("abort", cancel));
  };
  return {
    call,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      for (const { failed } of pending.values())
        failed(new RemoteError("engine.unavailable", "The engine was closed."));
      pending.clear();
      port.close();
    },
  };
}

/** Ports are the one thing in our inputs that must be transferred instead of copied. */
function portsIn(input: unknown): Transferable[] {
  if (typeof input !== "object" || input === null) return [];
  return Object.values(input).filter((value) => value instanceof MessagePort);
}
