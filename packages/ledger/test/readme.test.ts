import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const folder = join(import.meta.dirname, "..");
const blocks = [...readFileSync(join(folder, "README.md"), "utf8").matchAll(/```(ts|text)\n([\s\S]*?)```/g)].map(
  ([, kind, body]) => ({ kind, body }),
);
const examples = blocks.flatMap(({ kind, body }, i) =>
  kind === "ts" ? [{ code: body ?? "", prints: blocks[i + 1]?.body }] : [],
);

describe("README", () => {
  it("has examples that run and print what it says", () => {
    expect(examples.length).toBe(2);
    for (const { code, prints } of examples) {
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module-typescript", "--eval", code], {
        cwd: folder,
        encoding: "utf8",
        timeout: 30_000,
      });
      expect(stdout, stderr).toBe(prints);
    }
  });
});
