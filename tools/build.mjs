// Builds the web pages into web/dist when their sources changed. Runs itself again under the pinned Node, since a fresh
// clone starts on whatever Node the machine has.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { ensureInstalled, fail, root, runNode, runtime } from "./setup.mjs";

const web = join(root, "web");
const dist = join(web, "dist");
const stamp = join(dist, "inputs.sha256");
const work = join(web, ".vite");
const next = join(work, "dist");
const STALE_LOCK_MS = 180_000;
const LOCALES = ["en", "ja", "nl"];

if (Number(process.versions.node.split(".")[0]) < 24) {
  ensureInstalled();
  runtime();
  process.exit(runNode([join(root, "tools/build.mjs"), ...process.argv.slice(2)]));
}

await lock();
const inputs = inputsHash();
if (existsSync(stamp) && readFileSync(stamp, "utf8") === inputs && !process.argv.includes("--force")) {
  console.log("The web pages are up to date.");
} else {
  await buildAll(inputs);
}

/** Builds beside the old pages and puts the new ones in their place whole: a build that fails leaves what was there. */
async function buildAll(inputs) {
  const began = Date.now();
  rmSync(next, { recursive: true, force: true });
  await compileMessages();
  const { buildDocuments } = await import("../web/vite.config.ts");
  await buildDocuments(next);
  const { buildSingle } = await import("../web/single/build.ts");
  await buildSingle(next);
  writeFileSync(join(next, "inputs.sha256"), inputs);
  rmSync(dist, { recursive: true, force: true });
  renameSync(next, dist);
  console.log(`Built the web pages in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
}

/** One build at a time: they share the compiled messages. A lock that nobody has touched for long is a crashed build's. */
async function lock() {
  mkdirSync(work, { recursive: true });
  const folder = join(work, "build.lock");
  for (let waited = 0; ; waited++) {
    try {
      mkdirSync(folder);
      process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
      for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (waited === 0) console.log("Another build of the web pages is running; waiting for it.");
      const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > STALE_LOCK_MS) rmSync(folder, { recursive: true, force: true });
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Paraglide compiles a project whose plugin cannot be found to no messages, and says nothing: so they are counted. */
async function compileMessages() {
  const { createRequire } = await import("node:module");
  const paraglide = createRequire(join(web, "package.json")).resolve("@inlang/paraglide-js");
  const { compile } = await import(paraglide);
  const outdir = join(web, "src", "paraglide");
  await compile({
    project: join(web, "project.inlang"),
    outdir,
    outputStructure: "message-modules",
    emitTsDeclarations: true,
    strategy: ["localStorage", "preferredLanguage", "baseLocale"],
    isServer: "false",
  });
  const compiled = Object.keys(await import(join(outdir, "messages.js"))).length;
  const wanted = new Set(messageKeys("en"));
  if (compiled === 0 || compiled < wanted.size)
    fail(`Only ${compiled} of ${wanted.size} messages were compiled: look at web/project.inlang/settings.json.`);
  for (const locale of LOCALES) {
    const keys = new Set(messageKeys(locale));
    const missing = [...wanted].filter((key) => !keys.has(key));
    if (missing.length > 0)
      fail(`web/messages: ${locale} lacks ${missing.length} messages: ${missing.slice(0, 10).join(", ")}.`);
  }
}

function messageKeys(locale) {
  const settings = JSON.parse(readFileSync(join(web, "project.inlang", "settings.json"), "utf8"));
  return settings["plugin.inlang.messageFormat"].pathPattern
    .map((pattern) => join(web, pattern.replace("{locale}", locale)))
    .filter((file) => existsSync(file))
    .flatMap((file) => Object.keys(JSON.parse(readFileSync(file, "utf8"))))
    .filter((key) => !key.startsWith("$"));
}

/** Everything the build reads: sources, messages, settings, and the versions in the lockfile. */
function inputsHash() {
  const hash = createHash("sha256");
  const roots = ["web", "packages", "package-lock.json", "tools/build.mjs"];
  for (const file of roots
    .flatMap((path) => filesUnder(join(root, path)))
    .sort((one, other) => (one < other ? -1 : 1))) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}

function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const ignored =
      ["node_modules", "dist", ".vite", "paraglide", "project.inlang", "cache", "test"].includes(entry.name) &&
      entry.isDirectory();
    if (ignored && entry.name === "project.inlang") return [join(path, entry.name, "settings.json")];
    if (ignored || entry.name.endsWith(".test.ts")) return [];
    return filesUnder(join(path, entry.name));
  });
}
