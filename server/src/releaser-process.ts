import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CodedError } from "@breakwater/wire";

export class ReleaserStartError extends CodedError<"releaser.start"> {}

export interface ReleaserProcess {
  /** Where it listens now; undefined while it is down. */
  url(): string | undefined;
  /** What it demands of every caller; of this start only. */
  readonly secret: string;
  readonly pid: () => number | undefined;
  /** Stops it cleanly, and by force after five seconds. */
  close(): Promise<void>;
}
export interface ReleaserProcessOptions {
  /** Its own directory, which nothing else reads. */
  readonly directory: string;
  /** What it says, and that it ended: for the server's log. */
  readonly report: (message: string) => void;
}

const PROGRAM = join(import.meta.dirname, "../../releaser/src/main.ts");
const START_MS = 30_000;
const STOP_MS = 5_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** After this long it counts as started well, and the pauses begin anew. */
const WELL_MS = 30_000;

/** Starts the releaser in a process of its own and keeps it running: what ends is started again, after growing pauses. */
export async function startReleaser({ directory, report }: ReleaserProcessOptions): Promise<ReleaserProcess> {
  let child: ChildProcess | undefined;
  let url: string | undefined;
  let closing = false;
  let pause = FIRST_PAUSE_MS;
  let timer: NodeJS.Timeout | undefined;

  const secret = randomBytes(32).toString("base64url");
  const start = async (): Promise<void> => {
    const began = Date.now();
    const started = await launch({ directory, report }, secret);
    child = started.child;
    url = started.url;
    if (closing) child.kill("SIGTERM");
    child.once("exit", (code, signal) => {
      url = undefined;
      child = undefined;
      if (closing) return;
      report(`The releaser ended (${signal ?? `exit code ${code}`}). It is started again.`);
      if (Date.now() - began > WELL_MS) pause = FIRST_PAUSE_MS;
      again();
    });
  };
  const again = (): void => {
    timer = setTimeout(() => {
      start().catch((error: unknown) => {
        report(error instanceof Error ? error.message : "The releaser did not start.");
        if (!closing) again();
      });
    }, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };

  await startPatiently(start);
  return {
    url: () => url,
    secret,
    pid: () => child?.pid,
    async close() {
      closing = true;
      clearTimeout(timer);
      const running = child;
      if (!running) return;
      const gone = once(running, "exit");
      running.kill("SIGTERM");
      const force = setTimeout(() => running.kill("SIGKILL"), STOP_MS);
      await gone;
      clearTimeout(force);
    },
  };
}

/** The releaser of a server that was killed a moment ago still holds the directory until it notices. */
async function startPatiently(start: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 5) throw error;
      await new Promise((done) => setTimeout(done, 300 * attempt));
    }
  }
}

async function launch(
  { directory, report }: ReleaserProcessOptions,
  secret: string,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", PROGRAM], {
    // Nothing of the server's environment: no database address and no credential has business there.
    env: {
      BREAKWATER_RELEASER_DATA: directory,
      BREAKWATER_RELEASER_SUPERVISED: "1",
      BREAKWATER_RELEASER_SECRET: secret,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaint = "";
  createInterface({ input: child.stderr }).on("line", (line) => {
    complaint = line;
    report(`releaser: ${line}`);
  });
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout });
  const timeout = setTimeout(() => child.kill("SIGKILL"), START_MS);
  const first = await Promise.race([
    once(lines, "line").then(([line]): unknown => line),
    once(child, "exit").then(() => undefined),
    once(child, "error").then(() => undefined),
  ]);
  clearTimeout(timeout);
  const url = typeof first === "string" ? listeningOf(first) : undefined;
  if (url === undefined) {
    child.kill("SIGKILL");
    throw new ReleaserStartError("releaser.start", `The releaser did not start. ${complaint}`.trimEnd());
  }
  return { child, url };
}

function listeningOf(line: string): string | undefined {
  const { listening } = JSON.parse(line) as { readonly listening?: unknown };
  return typeof listening === "string" && /^http:\/\/127\.0\.0\.1:\d+$/.test(listening) ? listening : undefined;
}
