import { CodedError } from "@breakwater/wire";

export type EngineErrorCode =
  | "engine.locked"
  | "engine.cancelled"
  | "engine.unavailable"
  | "engine.unknownHandle"
  | "engine.noKey"
  | "engine.noDevice"
  | "engine.noSpace"
  | "engine.keep"
  | "engine.document"
  | "engine.failed"
  | "engine.log"
  | "engine.witness"
  | "engine.rolledBack"
  | "engine.forked"
  | "engine.consistency"
  | "engine.omitted"
  | "engine.checkpoint";

/** Failures of the engine itself. Those of the packages it calls come through with their own codes. */
export class EngineError extends CodedError<EngineErrorCode> {}

/** An error as it crossed the port: any package's code, and its sentence. */
export class RemoteError extends CodedError<string> {}

export interface ErrorJson {
  readonly code: string;
  readonly message: string;
}

/** Only coded errors have sentences that were written for people and hold no secrets; anything else is kept in the worker. */
export function errorToJson(error: unknown): ErrorJson {
  if (error instanceof Error && "code" in error && typeof error.code === "string")
    return { code: error.code, message: error.message };
  if (error instanceof DOMException && error.name === "QuotaExceededError") {
    return {
      code: "engine.noSpace",
      message: "This browser has no room left for the sealed file. Free some disk space and try again.",
    };
  }
  return {
    code: "engine.failed",
    message: `The engine failed (${error instanceof Error ? error.name : typeof error}). Reload the page and try again.`,
  };
}
