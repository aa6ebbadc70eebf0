/**
 * Checks that every import follows layers.json. Usage: node tools/layers.ts [root]
 * Exit 0 all well, 1 an arrow or folder is not in the table, 2 nothing was looked at.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, normalize, relative, resolve, sep } from "node:path";
import { isBuiltin } from "node:module";
import { parseSync } from "oxc-parser";

interface Folder {
  readonly may: readonly string[];
  readonly node: boolean;
}
interface Layers {
  readonly folders: Readonly<Record<string, Folder>>;
}

const SKIPPED = new Set(["node_modules", "dist", "paraglide", "data", ".git", "docs", "content"]);
const SOURCES = new Set([".ts", ".tsx", ".mjs", ".js"]);
const TEST = /\.(test|fuzz|slow)\.tsx?$|(^|\/)(test|tests)\//;
/** Configuration that only a tool reads. */
const CONFIGURATION = /(^|\/)((vite|vitest)\.config|build)\.ts$/;
/** The types of a module's face may stand in face.ts, so that a module above can name them without loading what is behind. */
const FACES = ["index.ts", "face.ts"];

export interface LayerReport {
  readonly files: number;
  readonly faults: readonly string[];
}

export function checkLayers(root: string): LayerReport {
  const layers = JSON.parse(readFileSync(join(root, "layers.json"), "utf8")) as Layers;
  const names = Object.keys(layers.folders).sort((a, b) => b.length - a.length);
  const packages = workspacePackages(root, names);
  const faults: string[] = [];
  let files = 0;
  for (const file of sources(root)) {
    if (TEST.test(file) || CONFIGURATION.test(file)) continue;
    files++;
    const home = folderOf(file, names);
    if (home === undefined) {
      faults.push(`${file}: its folder is not in layers.json. Add a row for it, or move the file.`);
      continue;
    }
    const rule = layers.folders[home] as Folder;
    for (const { specifier, line } of importsOf(root, file)) {
      const fault = judge({ root, file, home, rule, specifier, names, packages });
      if (fault !== undefined) faults.push(`${file}:${line}: ${fault}`);
    }
  }
  return { files, faults };
}

interface Arrow {
  readonly root: string;
  readonly file: string;
  readonly home: string;
  readonly rule: Folder;
  readonly specifier: string;
  readonly names: readonly string[];
  readonly packages: ReadonlyMap<string, string>;
}

function judge({ root, file, home, rule, specifier, names, packages }: Arrow): string | undefined {
  if (specifier.startsWith(".")) {
    const target = normalize(relative(root, resolve(root, dirname(file), specifier)))
      .split(sep)
      .join("/");
    // All of testing/ serves tests, which may share what stands beside another package's tests.
    if (home === "testing" && TEST.test(target)) return undefined;
    if (CONFIGURATION.test(target) || target === "package.json") return undefined;
    const there = folderOf(target, names);
    if (there === undefined) return `imports ${specifier}, which lies in no folder of layers.json.`;
    if (there === home) return undefined;
    if (!allows(rule.may, there)) return `${home} may not import ${there} (${specifier}).`;
    const isShell = there === "server/src";
    if (!isShell && !FACES.some((face) => target === `${there}/${face}`))
      return `${home} may import only the face of ${there} (its index.ts), not ${specifier}.`;
    return undefined;
  }
  if (specifier.startsWith("node:") || isBuiltin(specifier)) {
    return rule.node ? undefined : `${home} runs anywhere and may not import ${specifier}.`;
  }
  const name = specifier.startsWith("@")
    ? specifier.split("/").slice(0, 2).join("/")
    : (specifier.split("/")[0] as string);
  const there = packages.get(name);
  if (there === undefined) return undefined;
  if (there === home || home.startsWith(`${there}/`)) return undefined;
  return allows(rule.may, there) ? undefined : `${home} may not import ${there} (${specifier}).`;
}

function allows(may: readonly string[], folder: string): boolean {
  return may.some((pattern) => (pattern.endsWith("*") ? folder.startsWith(pattern.slice(0, -1)) : pattern === folder));
}

function folderOf(file: string, names: readonly string[]): string | undefined {
  return names.find((name) => file.startsWith(`${name}/`));
}

function workspacePackages(root: string, folders: readonly string[]): Map<string, string> {
  const packages = new Map<string, string>();
  for (const folder of folders) {
    try {
      const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as { name?: string };
      if (manifest.name !== undefined) packages.set(manifest.name, folder);
    } catch {
      // A folder inside a workspace has no manifest of its own.
    }
  }
  return packages;
}

function* sources(root: string, folder = ""): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (entry.name.startsWith(".") || SKIPPED.has(entry.name)) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* sources(root, path);
    else if (folder !== "" && SOURCES.has(extname(entry.name))) yield path;
  }
}

interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** Static and dynamic imports, re-exports, and `new URL("./x", import.meta.url)` as workers are named. */
function importsOf(root: string, file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const parsed = parseSync(file, text);
  const found: Import[] = [];
  const add = (specifier: string, at: number): void => {
    const line = text.slice(0, at).split("\n").length;
    // `export * from` is listed once as an import and once as an export.
    if (!found.some((other) => other.specifier === specifier && other.line === line)) found.push({ specifier, line });
  };
  for (const statement of parsed.module.staticImports) add(statement.moduleRequest.value, statement.start);
  for (const statement of parsed.module.staticExports) {
    for (const entry of statement.entries)
      if (entry.moduleRequest !== null) add(entry.moduleRequest.value, statement.start);
  }
  for (const call of parsed.module.dynamicImports) {
    const argument = text.slice(call.moduleRequest.start, call.moduleRequest.end);
    const literal = /^["'`]([^"'`$]+)["'`]$/.exec(argument);
    if (literal !== null) add(literal[1] as string, call.start);
  }
  return found;
}

if (process.argv[1] !== undefined && import.meta.filename === resolve(process.argv[1])) {
  const { files, faults } = checkLayers(resolve(process.argv[2] ?? "."));
  for (const fault of faults) console.error(fault);
  if (files === 0) {
    console.error(
      "layers: no source file was looked at, so this says nothing. Run it from the root of the repository.",
    );
    process.exit(2);
  }
  console.log(`layers: ${files} files, ${faults.length} faults`);
  process.exit(faults.length === 0 ? 0 : 1);
}
