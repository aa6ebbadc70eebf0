// What every command needs before it can begin: the dependencies of the lockfile, and Node 24.
// Plain JavaScript with no dependencies, because it runs on the machine's own Node (20 or newer) in a fresh clone.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const WANTED_MAJOR = 24;

/** Installs from the lockfile when something of it is missing or has another version. */
export function ensureInstalled() {
  const reason = installReason();
  if (reason === undefined) return;
  console.log(`Installing dependencies (${reason}). This happens once.`);
  const npm = process.env.npm_execpath;
  const [command, first] = npm === undefined ? ["npm", []] : [process.execPath, [npm]];
  const result = spawnSync(command, [...first, "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: "inherit",
    shell: npm === undefined && process.platform === "win32",
  });
  if (result.status !== 0) {
    fail(
      "The dependencies could not be installed. Read npm's message above; the package registry must be reachable once.",
    );
  }
}

function installReason() {
  const installedPath = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedPath)) return "none are there yet";
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedPath, "utf8")).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "" || entry.link || !path.includes("node_modules/")) continue;
    const there = installed[path];
    if (there === undefined ? !entry.optional : there.version !== entry.version)
      return `${path.replace(/^.*node_modules\//, "")} changed`;
  }
  return undefined;
}

/** The Node that runs the sources: the pinned one, or the machine's own when it is new enough. */
export function runtime() {
  const pinned = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(pinned)) return pinned;
  if (Number(process.versions.node.split(".")[0]) >= WANTED_MAJOR) return process.execPath;
  fail(
    `Breakwater runs on Node ${WANTED_MAJOR}. No pinned build of it exists for ${process.platform}-${process.arch}, and this is Node ${process.versions.node}.\n` +
      `Install Node ${WANTED_MAJOR} or newer, then run the same command again.`,
  );
}

/** Runs a program of ours on that Node and returns its exit code. */
export function runNode(args, options = {}) {
  const result = spawnSync(runtime(), args, { cwd: root, stdio: "inherit", ...options });
  if (result.error !== undefined) fail(`Could not start ${args[0]}: ${result.error.message}`);
  return result.status ?? 1;
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}
