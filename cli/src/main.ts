import { run } from "./run.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stop.abort(signal));

/** Started by bin/breakwater.mjs with a channel that ends when that process does, however it ends. */
process.once("disconnect", () => stop.abort("SIGTERM"));
process.channel?.unref();

/** A reader that goes away (`| head`) is no fault of ours to trace: the write that fails reports it to its command. */
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
});
