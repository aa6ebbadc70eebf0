import type { IncomingMessage } from "node:http";

/**
 * Ends a request whose body is not here in time, and with it the connection. Node's own limit (requestTimeout) would hold
 * for uploads too, which may take hours.
 */
export function endSlowBody(request: IncomingMessage, ms: number): void {
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, ms);
  timer.unref();
  request.once("close", () => clearTimeout(timer));
}
