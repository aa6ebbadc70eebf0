import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  parseOrderDone,
  parseReleaseAnswer,
  parseStatement,
  type OrderRequest,
  type ReleaseAnswer,
  type ReleaseRequest,
  type SignedOrderDone,
  type Statement,
} from "@breakwater/seal";
import type { Json } from "@breakwater/wire";
import type { Releaser } from "./world.ts";

export interface Refused {
  readonly status: number;
  readonly code: string;
  readonly size?: number;
}

const SECRET = "the secret of the tests";
export const CALLER = { authorization: `Bearer ${SECRET}` };

/** The real program in a process of its own. */
export class RunningReleaser implements Releaser {
  readonly child: ChildProcess;
  readonly url: string;
  readonly directory: string;
  /** Its signing key. */
  readonly sign: string;
  private constructor(
    child: ChildProcess,
    said: { readonly listening: string; readonly sign: string },
    directory: string,
  ) {
    const { listening: url, sign } = said;
    this.sign = sign;
    this.child = child;
    this.url = url;
    this.directory = directory;
  }

  static async start(
    directory = mkdtempSync(join(tmpdir(), "releaser-")),
    env: Record<string, string> = {},
    { settled = true }: { readonly settled?: boolean } = {},
  ): Promise<RunningReleaser> {
    const child = spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts")], {
      env: {
        ...process.env,
        BREAKWATER_RELEASER_DATA: directory,
        BREAKWATER_RELEASER_SUPERVISED: "1",
        BREAKWATER_RELEASER_SECRET: SECRET,
        ...env,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let complaint = "";
    child.stderr?.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    const lines = createInterface({ input: child.stdout });
    const first = await Promise.race([once(lines, "line"), once(child, "exit").then(() => [undefined])]);
    if (typeof first[0] !== "string") throw new Error(`The releaser did not start: ${complaint}`);
    const said = JSON.parse(first[0]) as { listening: string; sign: string };
    const running = new RunningReleaser(child, said, directory);
    if (settled) await running.post("/v1/settle", {});
    return running;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill(signal);
    await gone;
  }

  async identity(): Promise<{ sign: string; witness: string; pinned: string | null }> {
    return (await fetch(`${this.url}/v1/identity`, { headers: CALLER })).json() as Promise<{
      sign: string;
      witness: string;
      pinned: string | null;
    }>;
  }

  async pin(statements: readonly Json[], desk: string): Promise<void> {
    const answer = await this.post("/v1/pin", { statements, desk });
    if (!answer.ok) throw new Error(await answer.text());
  }

  async key(place: { readonly org: string; readonly case: string }): Promise<Statement> {
    const answer = await this.post("/v1/keys", place);
    if (!answer.ok) throw new Error(await answer.text());
    return parseStatement(await answer.json());
  }

  /** How many standings it knows by then. */
  async standing(statements: readonly Statement[]): Promise<number> {
    const answer = await this.post("/v1/standing", { statements });
    if (!answer.ok) throw new Error(await answer.text());
    return ((await answer.json()) as { known: number }).known;
  }

  async release(request: ReleaseRequest): Promise<ReleaseAnswer | Refused> {
    const answer = await this.post("/v1/release", request);
    const text = await answer.text();
    if (answer.ok) return parseReleaseAnswer(text);
    return { status: answer.status, ...(JSON.parse(text) as { code: string; size?: number }) };
  }

  async order(request: OrderRequest): Promise<SignedOrderDone | Refused> {
    const answer = await this.post("/v1/order", request);
    const text = await answer.text();
    if (answer.ok) return parseOrderDone(text);
    return { status: answer.status, ...(JSON.parse(text) as { code: string; size?: number }) };
  }

  addCheckpoint(body: string): Promise<Response> {
    return fetch(`${this.url}/add-checkpoint`, { method: "POST", body, headers: CALLER });
  }

  post(path: string, body: unknown): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...CALLER },
      body: JSON.stringify(body),
    });
  }
}

export function codeOf(answer: ReleaseAnswer | SignedOrderDone | Refused): string {
  if ("code" in answer) return answer.code;
  return "done" in answer ? "done" : "released";
}
