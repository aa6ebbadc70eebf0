import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const layers = JSON.parse(read("layers.json")) as { folders: Record<string, { may: string[] }> };
const architecture = read("ARCHITECTURE.md");

interface Manifest {
  readonly name: string;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

function manifests(): Manifest[] {
  const top = JSON.parse(read("package.json")) as Manifest;
  const folders = (top.workspaces ?? []).flatMap((pattern) =>
    pattern.endsWith("/*")
      ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => `${pattern.slice(0, -1)}${name}`)
      : [pattern],
  );
  const found = folders.filter((folder) => existsSync(join(root, folder, "package.json")));
  return [top, ...found.map((folder) => JSON.parse(read(`${folder}/package.json`)) as Manifest)];
}

describe("ARCHITECTURE.md", () => {
  it("maps every folder of layers.json, and only folders that exist", () => {
    const mapped = [...architecture.matchAll(/^\| `([a-z/-]+)\/` \|/gm)].map((match) => match[1] as string);
    expect(mapped.length).toBeGreaterThan(10);
    expect(Object.keys(layers.folders).filter((folder) => !mapped.includes(folder))).toEqual([]);
    expect(mapped.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
  });

  it("names files that exist", () => {
    const named = [...architecture.matchAll(/`([\w./-]+\.(?:ts|tsx|mjs|md|json|cedar|go))`/g)].map(
      (match) => match[1] as string,
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => path.includes("/") && !existsSync(join(root, path)))).toEqual([]);
  });

  it("names a test for each of the nine invariants, or says which part is still to be built", () => {
    const rows = [...architecture.matchAll(/^\| (\d) \|(.*)\|$/gm)];
    expect(rows.map((row) => Number(row[1]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const row of rows) expect(row[2]).toMatch(/\.test\.ts`|not built yet/);
  });
});

describe("docs/dependencies.md", () => {
  it("has a line for every dependency, and every version is exact", () => {
    const text = read("docs/dependencies.md");
    const missing = new Set<string>();
    for (const manifest of manifests()) {
      const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
      for (const [name, version] of Object.entries(all)) {
        expect(version, `${manifest.name} ${name}`).toMatch(/^\d+\.\d+\.\d+$/);
        const short = name.replace(/^@tanstack\/react-/, "-");
        if (name.startsWith("@breakwater/") || name.startsWith("@types/")) continue;
        if (!text.includes(name) && !text.includes(short)) missing.add(name);
      }
    }
    expect([...missing]).toEqual([]);
  });
});

describe("package-lock.json", () => {
  it("names no host, so that every registry serves it", () => {
    expect(read("package-lock.json")).not.toMatch(/"resolved": "https?:/);
  });
});

describe("the repository", () => {
  it("runs no install script and keeps every tracked file under 2 MB", () => {
    expect(read(".npmrc")).toContain("ignore-scripts=true");
    const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
      .split("\0")
      .filter((path) => path !== "");
    expect(files.length).toBeGreaterThan(50);
    expect(
      files.filter((path) => existsSync(join(root, path)) && readFileSync(join(root, path)).length > 2_000_000),
    ).toEqual([]);
  });
});
