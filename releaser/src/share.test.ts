import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** Every source file of ours that runs in production. */
function sources(): readonly string[] {
  const folders = ["packages", "storage", "server", "releaser/src", "web/src", "cli", "tools"];
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((name) => /\.(ts|tsx|mjs)$/.test(name) && !/\.test\.tsx?$|node_modules|\/test\//.test(name)),
  );
}

function callers(call: RegExp): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of sources()) {
    const text = readFileSync(join(root, name), "utf8").replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, "");
    const count = text.match(call)?.length ?? 0;
    if (count > 0) found[relative(root, join(root, name))] = count;
  }
  return found;
}

// Invariant 1, "No key without a leaf": there is one choke point, and no second path.
describe("[vault 26] openShare()", () => {
  it("is the only place that opens a share with the releaser's key", () => {
    expect(sources().length).toBeGreaterThan(50);
    expect(callers(/\bunwrapShare\(/g)).toEqual({
      "packages/seal/src/wrap.ts": 1,
      // The reader's own share (kind v), with the case key.
      "packages/seal/src/message.ts": 1,
      "packages/seal/src/part.ts": 1,
      "releaser/src/release.ts": 1,
    });
  });

  it("is the only place that reads a case's secret key, and takes an admitted request only", () => {
    expect(callers(/\.secretOf\(/g)).toEqual({ "releaser/src/release.ts": 1 });
    const text = readFileSync(join(root, "releaser/src/release.ts"), "utf8");
    expect(text.match(/\bopenShare\(/g)).toHaveLength(2);
    expect(text.match(/new Admitted\(/g)).toHaveLength(1);
    expect(text.indexOf("await house.journal.append(record)")).toBeLessThan(text.indexOf("new Admitted("));
    expect(text).not.toMatch(/export .*(Admitted|openShare)/);
  });
});
