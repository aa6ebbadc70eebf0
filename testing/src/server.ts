import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../server/src/config.ts";
import { start, type Running } from "../../server/src/main.ts";
import { freePort } from "./postgres.ts";

export interface TestServer extends Running {
  readonly url: string;
  readonly directory: string;
  /** Moves the server's clock. */
  advance(ms: number): void;
  /** Stops and removes its directory. */
  destroy(): Promise<void>;
}

/** The real server on a free port with embedded engines and a releaser of its own, in a directory that goes with it. */
export async function startServer(environment: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const directory = environment["BREAKWATER_DATA"] ?? mkdtempSync(join(tmpdir(), "server-"));
  const url = `http://localhost:${await freePort()}`;
  let ahead = 0;
  const config = readConfig({
    BREAKWATER_DATA: directory,
    BREAKWATER_URL: url,
    BREAKWATER_LOG: "fatal",
    ...environment,
  });
  const running = await start({ config, web: null, now: () => Date.now() + ahead });
  return {
    ...running,
    url,
    directory,
    advance: (ms) => {
      ahead += ms;
    },
    async destroy() {
      await running.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
