import { glob, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileTrouble, Unusable } from "./terminal.ts";

/** More files than this in one command are a mistake in a pattern. */
const MAX_FILES = 100_000;
const RECORDING = "**/*.{har,har.gz,har.zip}";

/**
 * The files that the arguments mean: a file is itself, a folder is every recording below it, and a pattern (where the
 * shell left one) is what it matches. Results of earlier runs are passed over unless they are named. A name that does not
 * exist ends the command before anything is read.
 */
export async function recordings(args: readonly string[]): Promise<readonly string[]> {
  const out = new Set<string>();
  for (const arg of args) {
    if (arg === "-") {
      out.add(arg);
      continue;
    }
    const there = await stat(arg).catch(() => undefined);
    if (there?.isDirectory() === true) {
      const before = out.size;
      for await (const path of glob(RECORDING, { cwd: arg })) add(out, join(arg, path), true);
      if (out.size === before)
        throw new Unusable(`${arg}: there is no recording (.har, .har.gz, .har.zip) in this folder.`);
    } else if (there === undefined && /[*?[{]/.test(arg)) {
      const before = out.size;
      for await (const path of glob(arg)) add(out, path, true);
      if (out.size === before) throw new Unusable(`${arg}: no recording matches.`);
    } else if (there === undefined) throw fileTrouble(arg, Object.assign(new Error(), { code: "ENOENT" }));
    else add(out, arg, false);
  }
  return [...out].toSorted();
}

function add(out: Set<string>, path: string, skipResults: boolean): void {
  if (skipResults && /\.sanitized(?:\.[A-Za-z0-9]{1,12})?$/i.test(path)) return;
  if (out.size >= MAX_FILES) throw new Unusable(`The arguments name more than ${MAX_FILES} files.`);
  out.add(path);
}
