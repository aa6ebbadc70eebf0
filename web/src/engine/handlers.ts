import type { EngineEvent } from "./api.ts";
import { EngineError } from "./error.ts";
import type { Handlers } from "./rpc.ts";

export function onEvent(_send: (event: EngineEvent) => void): void {}
export const handlers = new Proxy({} as Handlers, {
  get: (_, name) => () => Promise.reject(new EngineError("engine.unavailable", String(name))),
});
