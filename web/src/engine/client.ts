import type { Engine, EngineEvent, Method } from "./api.ts";
import { EngineError } from "./error.ts";
import { connect } from "./rpc.ts";

export const ENGINE_PAGE = "/engine.html";
/**
 * How long each attempt may take. Chromium now and then loads the frame and never starts its worker (seen once in
 * 500 reloads), so a new frame is tried.
 */
const READY_MS = [3_000, 7_000, 20_000] as const;

/**
 * Starts the engine. `new Worker(url)` is a Trusted Types sink and pages run under `trusted-types 'none'`, so a hidden
 * same-origin frame, whose policy differs in that one thing and which has no interface, starts the worker and hands
 * its port over.
 */
export async function connectEngine(page: Document = document): Promise<Engine> {
  for (const milliseconds of READY_MS) {
    const frame = engineFrame(page);
    const port = await waitForPort(frame, page, milliseconds);
    if (port) return facade(port, () => frame.remove());
    frame.remove();
  }
  throw new EngineError(
    "engine.unavailable",
    "The part of this page that holds your keys did not start. Reload the page.",
  );
}

function engineFrame(page: Document): HTMLIFrameElement {
  // Not sandboxed: it must be of this origin, for its keys and its storage, and its policy lets it do nothing but start the worker.
  // oxlint-disable-next-line react/iframe-missing-sandbox
  const frame = page.createElement("iframe");
  frame.hidden = true;
  frame.title = "engine";
  frame.setAttribute("aria-hidden", "true");
  frame.src = ENGINE_PAGE;
  return frame;
}

/** The worker's port; undefined when none came in time. */
function waitForPort(frame: HTMLIFrameElement, page: Document, milliseconds: number): Promise<MessagePort | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      stop();
      resolve(undefined);
    }, milliseconds);
    const listen = (event: MessageEvent): void => {
      if (
        event.source !== frame.contentWindow ||
        event.origin !== location.origin ||
        event.data !== "breakwater-engine"
      )
        return;
      const port = event.ports[0];
      if (!port) return;
      stop();
      resolve(port);
    };
    const stop = (): void => {
      clearTimeout(timer);
      removeEventListener("message", listen);
    };
    addEventListener("message", listen);
    page.body.append(frame);
  });
}

/** `engine.method(input, options)` for every method of the interface. */
function facade(port: MessagePort, onClose: () => void): Engine {
  const connection = connect(port);
  const own = {
    subscribe: (listener: (event: EngineEvent) => void) => connection.subscribe(listener),
    close: () => {
      connection.close();
      onClose();
    },
  };
  return new Proxy(own, {
    get(target, name) {
      if (name in target) return Reflect.get(target, name);
      // A promise resolving to the engine asks it for `then`.
      if (typeof name !== "string" || name === "then") return undefined;
      return (input: never, options?: never) => connection.call(name as Method, input, options);
    },
  }) as Engine;
}
