import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";

it("README: every example runs as it stands, in order", () => {
  const folder = resolve(import.meta.dirname, "..");
  const readme = readFileSync(resolve(folder, "README.md"), "utf8");
  const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  expect(examples).toHaveLength(4);
  const run = spawnSync(
    process.execPath,
    ["--no-warnings", "--input-type=module-typescript", "--eval", examples.join("\n")],
    { cwd: folder },
  );
  expect(run.stderr.toString()).toBe("");
  expect(run.status).toBe(0);
});
