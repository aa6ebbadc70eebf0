import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { join } from "node:path";

export const BIN = join(import.meta.dirname, "../bin/breakwater.mjs");

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface How {
  readonly input?: Uint8Array | string;
  readonly cwd?: string;
  readonly uid?: number;
}

/** Runs the real command to its end. */
export function breakwater(args: readonly string[], how: How = {}): Ran {
  return spawnSync(process.execPath, [BIN, ...args], { encoding: "utf8", timeout: 60_000, maxBuffer: 1 << 28, ...how });
}

/** Starts the real command, for a test to disturb. */
export function started(args: readonly string[], cwd: string): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { cwd, stdio: ["pipe", "pipe", "pipe"] });
}

export function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
}

export const SECRET = "s3cr3tcookievalue9876";

/** A recording with that many requests, each with the secret in it. */
export function recording(requests: number): string {
  const entry = (i: number) => ({
    startedDateTime: "2026-01-01T00:00:00.000Z",
    time: 1,
    request: {
      method: "GET",
      url: `https://app.example/page/${i}`,
      httpVersion: "HTTP/1.1",
      cookies: [{ name: "sid", value: SECRET }],
      headers: [{ name: "Cookie", value: `sid=${SECRET}` }],
      queryString: [],
      headersSize: -1,
      bodySize: 0,
    },
    response: {
      status: 200,
      statusText: "OK",
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: [],
      content: { size: 5, mimeType: "text/plain", text: `hello ${i}` },
      redirectURL: "",
      headersSize: -1,
      bodySize: 5,
    },
    cache: {},
    timings: { send: 0, wait: 1, receive: 0 },
  });
  return JSON.stringify({
    log: {
      version: "1.2",
      creator: { name: "test", version: "1" },
      entries: Array.from({ length: requests }, (_, i) => entry(i)),
    },
  });
}
