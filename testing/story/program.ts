import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");
const START_MS = 60_000;
const STOP_MS = 15_000;
const run = promisify(execFile);

export interface Program {
  readonly url: string;
  readonly data: string;
  /** The one-time link that it printed. */
  readonly link: string;
  /** Everything that it wrote so far, to both streams. */
  output(): string;
  /** The processes that it started, by command line; empty where the system does not say. */
  children(): string[];
  /** Stops it as Ctrl-C does, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** A folder of this run's own. */
export function freshFolder(what: string): string {
  return mkdtempSync(join(tmpdir(), `breakwater-${what}-`));
}

/** Builds the pages unless they are up to date. */
export async function buildPages(): Promise<void> {
  await run(process.execPath, ["tools/build.mjs"], { cwd: ROOT });
}

/** Starts the program that people start, with everything it can log. */
export async function startProgram(data: string): Promise<Program> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "server/src/main.ts"], {
    cwd: ROOT,
    env: { ...process.env, BREAKWATER_DATA: data, BREAKWATER_URL: url, BREAKWATER_LOG: "debug" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => (output += chunk));
  }
  const link = await printedLink(child, () => output);
  return {
    url,
    data,
    link,
    output: () => output,
    children: () => childrenOf(child.pid),
    async stop() {
      if (child.exitCode !== null) return child.exitCode;
      const gone = once(child, "exit");
      child.kill("SIGINT");
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await gone;
      clearTimeout(force);
      return child.exitCode;
    },
  };
}

async function printedLink(child: ChildProcess, output: () => string): Promise<string> {
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    const link = /http:\/\/localhost:\d+\/enrol#\S+/.exec(output())?.[0];
    if (link !== undefined) return link;
    if (child.exitCode !== null)
      throw new Error(`The program ended with ${child.exitCode} before it printed a link:\n${output()}`);
    await new Promise((done) => setTimeout(done, 50));
  }
  child.kill("SIGKILL");
  throw new Error(`The program printed no link within ${START_MS / 1000} s:\n${output()}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  return address.port;
}

function childrenOf(pid: number | undefined): string[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(list)) return [];
  const pids = readFileSync(list, "utf8").trim().split(/\s+/);
  return pids
    .filter(existsProcess)
    .map((id) => readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ").trim());
}

function existsProcess(id: string): boolean {
  return id !== "" && existsSync(`/proc/${id}/cmdline`);
}

/** `npx breakwater …`, without npx's start-up time. */
export async function breakwater(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(ROOT, "cli/bin/breakwater.mjs"), ...args], { cwd: ROOT });
  return stdout;
}
