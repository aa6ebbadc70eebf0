import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../src/postgres.ts";

export const SERVER = join(import.meta.dirname, "../../server/src/main.ts");
const START_MS = 120_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The real server program with its embedded engines and its releaser, in a directory that outlives every start. */
export class House {
  readonly directory: string;
  readonly url: string;
  #child: ChildProcess | undefined;
  #said = "";
  #complained = "";

  private constructor(directory: string, url: string) {
    this.directory = directory;
    this.url = url;
  }

  static async build(): Promise<House> {
    return new House(mkdtempSync(join(tmpdir(), "house-")), `http://localhost:${await freePort()}`);
  }

  /** Milliseconds until it serves. Throws what it said when it does not. */
  async start(): Promise<number> {
    const began = Date.now();
    this.#said = "";
    this.#complained = "";
    const child = startServer({ BREAKWATER_DATA: this.directory, BREAKWATER_URL: this.url });
    this.#child = child;
    child.stdout?.on("data", (chunk: Buffer) => (this.#said += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (this.#complained += chunk.toString()));
    const limit = setTimeout(() => child.kill("SIGKILL"), START_MS);
    try {
      while (!this.#said.includes("Ctrl-C stops it.")) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`The server did not start.\n${this.said}`);
        await sleep(10);
      }
    } finally {
      clearTimeout(limit);
    }
    return Date.now() - began;
  }

  /** Everything that the program wrote since its last start. */
  get said(): string {
    return `${this.#said}${this.#complained}`;
  }

  get enrolment(): string {
    return /\S+\/enrol#\S+/.exec(this.#said)?.[0] ?? "";
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** By its lock file; undefined while none is running. */
  releaserPid(): number | undefined {
    try {
      return Number.parseInt(readFileSync(join(this.directory, "releaser/lock"), "utf8"), 10) || undefined;
    } catch {
      return undefined;
    }
  }

  async stop(signal: NodeJS.Signals): Promise<Ended> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null)
      return { code: child?.exitCode ?? null, signal: null };
    const exit = once(child, "exit");
    child.kill(signal);
    const [code, by] = (await exit) as [number | null, NodeJS.Signals | null];
    return { code, signal: by };
  }

  /** Names of the stored blobs, and of what is half written. */
  blobs(): { readonly stored: readonly string[]; readonly incoming: readonly string[] } {
    const all = readdirSync(join(this.directory, "blobs"), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const isIncoming = (path: string): boolean => path.endsWith("incoming");
    return {
      stored: all.filter(({ parentPath }) => !isIncoming(parentPath)).map(({ name }) => name),
      incoming: all.filter(({ parentPath }) => isIncoming(parentPath)).map(({ name }) => name),
    };
  }

  staged(): readonly string[] {
    return readdirSync(join(this.directory, "uploads"));
  }

  async destroy(): Promise<void> {
    await this.stop("SIGKILL");
    // The releaser ends when it notices; it must not write into a directory that is going away.
    const pid = this.releaserPid();
    if (pid !== undefined) await until(() => !alive(pid), 5_000);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function startServer(environment: Readonly<Record<string, string>>, uid?: number): ChildProcess {
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", SERVER], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

/** Runs the server until it ends by itself. */
export async function runServer(
  environment: Readonly<Record<string, string>>,
  uid?: number,
): Promise<Ended & { readonly text: string }> {
  const child = startServer(environment, uid);
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const limit = setTimeout(() => child.kill("SIGKILL"), START_MS);
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  clearTimeout(limit);
  return { code, signal, text };
}

export function alive(pid: number): boolean {
  try {
    // A zombie answers signals; it has ended all the same.
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

/** Milliseconds until it holds. */
export async function until(holds: () => boolean | Promise<boolean>, limit: number): Promise<number> {
  const began = Date.now();
  while (!(await holds())) {
    if (Date.now() - began > limit)
      throw new Error(`This did not come to hold within ${limit} ms: ${holds.toString()}`);
    await sleep(15);
  }
  return Date.now() - began;
}
