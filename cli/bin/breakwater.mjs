#!/usr/bin/env node
// Plain JavaScript that any Node since 18 can read: it starts the command under the Node that the repository pins,
// because the machine's own may be too old to run TypeScript.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED = 24;
const main = join(dirname(fileURLToPath(import.meta.url)), "../src/main.ts");

// Nearly every text of a recording is dropped at once: a larger nursery, or a heap that may grow to several times what is
// alive, would only raise the peak of memory (to more than twice as much). V8 reads these flags when it starts, not later.
const LEAN = ["--max-semi-space-size=4", "--heap-growing-percent=25"];
const flags = process.argv[2] === "har" && process.argv[3] === "sanitize" ? LEAN : [];

const isNew = Number(process.versions.node.split(".")[0]) >= NEEDED;
if (isNew && flags.length === 0) {
  await import("../src/main.ts");
} else {
  const pinned = isNew ? process.execPath : pinnedNode();
  if (pinned === undefined) {
    process.stderr.write(
      `breakwater: needs Node ${NEEDED} or later; this is ${process.versions.node}. Run "npm install" in the repository, or use a newer Node.\n`,
    );
    process.exitCode = 2;
  } else {
    run(pinned);
  }
}

function pinnedNode() {
  const system = process.platform === "win32" ? "win" : process.platform;
  try {
    const home = dirname(createRequire(import.meta.url).resolve(`node-${system}-${process.arch}/package.json`));
    const program = join(home, "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

function run(program) {
  const child = spawn(program, [...flags, main, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  // The end of the channel stops the child, too: it must not go on writing when this process is killed. The terminal sends
  // Ctrl-C to both, and a second signal would cut the child's tidying up short.
  process.on("SIGINT", () => child.connected && child.disconnect());
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`breakwater: cannot start ${program}: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}
