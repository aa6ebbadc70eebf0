import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { build } from "vite";

const here = import.meta.dirname;
export const SINGLE = "breakwater-har.html";

/** One file for people who do not trust a website: script and style are inside, and its policy allows nothing else. */
export async function buildSingle(outDir: string): Promise<void> {
  const made = await bundle();
  const script = inline(made.script, "script");
  const style = inline(made.style, "style");
  const policy = `default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(style)}'; connect-src 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`;
  const html = readFileSync(join(here, "page.html"), "utf8")
    .replace("%POLICY%", () => policy)
    .replace("<!-- style -->", () => `<style>${style}</style>`)
    .replace("<!-- script -->", () => `<script>${script}</script>`);
  writeFileSync(join(outDir, SINGLE), html);
}

async function bundle(): Promise<{ readonly script: string; readonly style: string }> {
  // A test runner's NODE_ENV would give the development form of JSX, which React's production build does not have.
  process.env["NODE_ENV"] = "production";
  const made = await build({
    root: here,
    mode: "production",
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    plugins: [react()],
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      write: false,
      target: "es2024",
      cssCodeSplit: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4096,
      lib: { entry: join(here, "main.tsx"), formats: ["iife"], name: "breakwater" },
    },
  });
  const [output] = Array.isArray(made) ? made : [made];
  const files = output !== undefined && "output" in output ? output.output : [];
  const chunk = files.find((file) => file.type === "chunk");
  const sheet = files.find((file) => file.type === "asset" && file.fileName.endsWith(".css"));
  if (chunk?.type !== "chunk" || sheet?.type !== "asset")
    throw new Error("The build made no script or no style for the single file.");
  const { source } = sheet;
  return { script: chunk.code, style: typeof source === "string" ? source : new TextDecoder().decode(source) };
}

/** The parser of HTML would end the element at its own end tag, and enter an odd state at a comment: \x3c is the same `<` in strings and expressions. */
function inline(text: string, tag: "script" | "style"): string {
  const clean = text.replaceAll("\r\n", "\n");
  return tag === "style" ? clean : clean.replace(/<(?=!--|\/?script)/gi, String.raw`\x3c`);
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
