import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { InlineConfig, Plugin } from "vite";

/**
 * Every document is built alone, with one script and at most one style sheet, because its policy names the hash of each
 * script (CSP script-src, Integrity-Policy): a chunk that a script fetches later would have no hash to be known by.
 */
export const DOCUMENTS = ["index.html", "engine.html", "viewer.html"] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

const root = fileURLToPath(new URL(".", import.meta.url));
const WORKER = "virtual:engine-worker";

function common(outDir: string): InlineConfig {
  return {
    root,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
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

const names = {
  entryFileNames: "assets/[name]-[hash].js",
  assetFileNames: "assets/[name]-[hash][extname]",
  codeSplitting: false,
} as const;

export function documentConfig(name: DocumentName, outDir: string, workerUrl: string): InlineConfig {
  const base = common(outDir);
  return {
    ...base,
    plugins: [react(), workerUrlModule(workerUrl)],
    build: { ...base.build, rolldownOptions: { input: `${root}${name}`, output: names } },
  };
}

/** The worker is no document: one file, which only engine.html starts. */
export function workerConfig(outDir: string): InlineConfig {
  const base = common(outDir);
  return {
    ...base,
    build: { ...base.build, rolldownOptions: { input: { "engine-worker": `${root}src/engine/worker.ts` }, output: { ...names, format: "es" } } },
  };
}

/** engine.html's script learns the worker's hashed name from the build. */
function workerUrlModule(url: string): Plugin {
  return {
    name: "breakwater:engine-worker",
    resolveId: (id) => (id === WORKER ? `\0${WORKER}` : undefined),
    load: (id) => (id === `\0${WORKER}` ? `export default ${JSON.stringify(url)};` : undefined),
  };
}
