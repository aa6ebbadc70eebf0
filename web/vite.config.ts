import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { build, type InlineConfig, type Plugin } from "vite";

/**
 * Every document is built alone, with one script and at most one style sheet, because its policy names the hash of each
 * script (CSP script-src, Integrity-Policy): a chunk that a script fetches later would have no hash to be known by.
 */
export const DOCUMENTS = ["index.html", "engine.html", "viewer.html"] as const;

const root = fileURLToPath(new URL(".", import.meta.url));
const WORKER = "virtual:engine-worker";

/** Builds into an empty folder; `documents` are paths below web/. Ends with documents.json: each document's script hashes. */
export async function buildDocuments(outDir: string, documents: readonly string[] = DOCUMENTS): Promise<void> {
  // A test runner's NODE_ENV would give the development form of JSX, which React's production build does not have.
  process.env["NODE_ENV"] = "production";
  await build(workerConfig(outDir));
  const worker = readdirSync(join(outDir, "assets")).find((name) => /^engine-worker-.*\.js$/.test(name));
  if (worker === undefined) throw new Error("The build made no engine worker.");
  for (const document of documents) await build(documentConfig(document, outDir, `/assets/${worker}`));
  const hashes = Object.fromEntries(documents.map((document) => [basename(document), addIntegrity(outDir, document)]));
  writeFileSync(join(outDir, "documents.json"), `${JSON.stringify(hashes, null, 2)}\n`);
}

function common(outDir: string): InlineConfig {
  return {
    root,
    mode: "production",
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2024",
      modulePreload: false,
      assetsInlineLimit: 0,
      cssCodeSplit: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4096,
    },
  };
}

const output = {
  entryFileNames: "assets/[name]-[hash].js",
  assetFileNames: "assets/[name]-[hash][extname]",
  codeSplitting: false,
} as const;

function documentConfig(document: string, outDir: string, workerUrl: string): InlineConfig {
  const base = common(outDir);
  return {
    ...base,
    plugins: [react(), workerUrlModule(workerUrl)],
    build: { ...base.build, rolldownOptions: { input: join(root, document), output } },
  };
}

/** The worker is no document: one file, which only engine.html starts. */
function workerConfig(outDir: string): InlineConfig {
  const base = common(outDir);
  const input = { "engine-worker": join(root, "src/engine/worker.ts") };
  return { ...base, build: { ...base.build, rolldownOptions: { input, output: { ...output, format: "es" } } } };
}

/** engine.html's script learns the worker's hashed name from the build. */
function workerUrlModule(url: string): Plugin {
  return {
    name: "breakwater:engine-worker",
    resolveId: (id) => (id === WORKER ? `\0${WORKER}` : undefined),
    load: (id) => (id === `\0${WORKER}` ? `export default ${JSON.stringify(url)};` : undefined),
  };
}

/** Writes the hash of the script and the style sheet into the document; returns the script's for its policy. */
function addIntegrity(outDir: string, document: string): readonly string[] {
  const file = join(outDir, document);
  const scripts: string[] = [];
  const tags = /<(script|link)\b([^>]*?)\b(src|href)="(\/assets\/[^"]+)"([^>]*)>/g;
  const html = readFileSync(file, "utf8").replace(
    tags,
    (_, tag: string, before: string, attribute: string, url: string, after: string) => {
      const integrity = `sha256-${createHash("sha256")
        .update(readFileSync(join(outDir, url)))
        .digest("base64")}`;
      if (tag === "script") scripts.push(integrity);
      return `<${tag}${before}${attribute}="${url}"${after} integrity="${integrity}">`;
    },
  );
  if (scripts.length !== 1) throw new Error(`${document} has ${scripts.length} scripts; it must have exactly one.`);
  if (/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=/i.test(html))
    throw new Error(`${document} has an inline script or style, which its policy forbids.`);
  writeFileSync(join(outDir, basename(document)), html);
  return scripts;
}
