import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestPostgres {
  readonly url: string;
  /** A fresh, empty database on the same server. */
  createDatabase(name: string): string;
  close(): Promise<void>;
}

const DEBIAN = "/usr/lib/postgresql";

/** Where PostgreSQL 15 or newer is installed; null where it is not. */
export function findPostgres(): string | null {
  if (!existsSync(DEBIAN)) return null;
  const versions = readdirSync(DEBIAN)
    .map(Number)
    .filter((version) => version >= 15)
    .toSorted((a, b) => a - b);
  const bin = versions
    .map((version) => join(DEBIAN, String(version), "bin"))
    .find((path) => existsSync(join(path, "initdb")));
  return bin ?? null;
}

/** A throw-away server on loopback, gone after `close`. Null where PostgreSQL is not installed: say so, and skip. */
export async function startPostgres(): Promise<TestPostgres | null> {
  const bin = findPostgres();
  if (bin === null) return null;
  const directory = mkdtempSync(join(tmpdir(), "postgres-"));
  const user = unprivileged(directory);
  execFileSync(
    join(bin, "initdb"),
    ["-D", join(directory, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
    { ...user, stdio: "pipe" },
  );
  const port = await freePort();
  const settings = [
    "-c",
    "listen_addresses=127.0.0.1",
    "-c",
    `port=${port}`,
    "-c",
    `unix_socket_directories=${directory}`,
    "-c",
    "fsync=off",
  ];
  const server = spawn(join(bin, "postgres"), ["-D", join(directory, "data"), ...settings], {
    ...user,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const gone = once(server, "exit");
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`PostgreSQL did not start: ${output}`)), 30_000);
    server.stderr.on("data", (data: Buffer) => {
      output += data.toString();
      if (output.includes("ready to accept connections")) {
        clearTimeout(timer);
        resolve();
      }
    });
    server.once("exit", () => reject(new Error(`PostgreSQL ended: ${output}`)));
  });
  const base = `postgresql://postgres@127.0.0.1:${port}`;
  return {
    url: `${base}/postgres`,
    createDatabase(name) {
      execFileSync(join(bin, "createdb"), ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres", name], {
        stdio: "pipe",
      });
      return `${base}/${name}`;
    },
    async close() {
      server.kill("SIGINT");
      await gone;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: then it runs as Debian's postgres user, or as nobody. */
function unprivileged(directory: string): { readonly uid?: number; readonly gid?: number; readonly cwd: string } {
  if (process.getuid?.() !== 0) return { cwd: directory };
  const [uid, gid] = ["postgres", "nobody"].flatMap(idsOf);
  if (uid === undefined || gid === undefined) throw new Error("There is no unprivileged user to run PostgreSQL as.");
  chownSync(directory, uid, gid);
  return { uid, gid, cwd: directory };
}

function idsOf(name: string): number[] {
  try {
    return ["-u", "-g"].map((flag) =>
      Number(execFileSync("id", [flag, name], { stdio: ["ignore", "pipe", "ignore"] }).toString()),
    );
  } catch {
    return [];
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("The probe has no port.");
  return address.port;
}
