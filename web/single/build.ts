import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";

const here = import.meta.dirname;
export const SINGLE = "breakwater-har.html";

/** One file for people who do not trust a website: script and style are inside, and its policy allows nothing else. */
export async function buildSingle(outDir: string): Promise<void> {
  const script = inline(await bundle(), "script");
  const style = inline(readFileSync(join(here, "page.css"), "utf8"), "style");
  const policy = `default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(style)}'; connect-src 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`;
  const html = readFileSync(join(here, "page.html"), "utf8")
    .replace("%POLICY%", () => policy)
    .replace("<!-- style -->", () => `<style>${style}</style>`)
    .replace("<!-- script -->", () => `<script>${script}</script>`);
  writeFileSync(join(outDir, SINGLE), html);
}

async function bundle(): Promise<string> {
  const made = await build({
    root: here,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      write: false,
      target: "es2024",
      lib: { entry: join(here, "main.ts"), formats: ["iife"], name: "breakwater" },
    },
  });
  const [output] = Array.isArray(made) ? made : [made];
  const chunk =
    output !== undefined && "output" in output ? output.output.find((file) => file.type === "chunk") : undefined;
  if (chunk === undefined || chunk.type !== "chunk") throw new Error("The build made no script for the single file.");
  return chunk.code;
}

/** The parser of HTML would end the element at its own end tag, and enter an odd state at a comment: \x3c is the same `<` in strings and expressions. */
function inline(text: string, tag: "script" | "style"): string {
  const clean = text.replaceAll("\r\n", "\n");
  return tag === "style" ? clean : clean.replace(/<(?=!--|\/?script)/gi, String.raw`\x3c`);
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
