import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { checkLayers } from "./layers.ts";

const house = {
  "layers.json": JSON.stringify({
    folders: {
      "packages/pure": { may: [], node: false },
      "packages/other": { may: [], node: false },
      "server/src/modules/high": { may: ["packages/*", "server/src/modules/low"], node: true },
      "server/src/modules/low": { may: ["packages/*"], node: true },
    },
  }),
  "packages/pure/package.json": JSON.stringify({ name: "@x/pure" }),
  "packages/other/package.json": JSON.stringify({ name: "@x/other" }),
  "packages/pure/src/index.ts": "export const a = 1;",
  "packages/other/src/index.ts": "export const b = 2;",
  "server/src/modules/low/index.ts": 'import { a } from "@x/pure"; import "node:fs"; export const low = a;',
  "server/src/modules/low/inside.ts": "export const inside = 1;",
  "server/src/modules/high/index.ts": 'export { low } from "../low/index.ts";',
};

const folders: string[] = [];
function build(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "layers-"));
  folders.push(root);
  for (const [path, text] of Object.entries({ ...house, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe("checkLayers", () => {
  it("finds nothing wrong in a house that follows its table", () => {
    expect(checkLayers(build({}))).toEqual({ files: 5, faults: [] });
  });

  const breaks: [string, string, string][] = [
    ["a node: import in a pure package", "packages/pure/src/x.ts", 'import "node:fs";'],
    ["a builtin without its prefix", "packages/pure/src/x.ts", 'import "fs";'],
    ["a sibling package", "packages/pure/src/x.ts", 'import { b } from "@x/other"; export { b };'],
    [
      "a type of a sibling package",
      "packages/pure/src/x.ts",
      'import type { b } from "@x/other"; export type B = typeof b;',
    ],
    ["a relative path into a sibling package", "packages/pure/src/x.ts", 'export * from "../../other/src/index.ts";'],
    ["a dynamic import", "packages/pure/src/x.ts", 'export const x = import("@x/other");'],
    ["a module that looks upward", "server/src/modules/low/x.ts", 'import "../high/index.ts";'],
    ["a module that looks behind a face", "server/src/modules/high/x.ts", 'import "../low/inside.ts";'],
    ["a folder that is not in the table", "server/src/modules/new/index.ts", "export const c = 3;"],
    ["a file beside the folders of the table", "elsewhere/index.ts", "export const d = 4;"],
  ];
  it.each(breaks)("names %s", (_, path, text) => {
    const { faults } = checkLayers(build({ [path]: text }));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(path);
  });

  it("fails when it looked at nothing", () => {
    const empty = mkdtempSync(join(tmpdir(), "layers-"));
    folders.push(empty);
    writeFileSync(join(empty, "layers.json"), '{"folders":{}}');
    const run = spawnSync(process.execPath, [resolve(import.meta.dirname, "layers.ts"), empty], { encoding: "utf8" });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("no source file was looked at");
  });
});
