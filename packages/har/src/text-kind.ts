/** What a file is, told by its first bytes; the name decides only between kinds of text. */

export const TEXT_KINDS = [
  "plain",
  "log",
  "json",
  "ndjson",
  "yaml",
  "env",
  "ini",
  "xml",
  "html",
  "csv",
  "curl",
  "code",
] as const;
export type TextKind = (typeof TEXT_KINDS)[number];
export type FileKind = "har" | "har.gz" | "har.zip" | TextKind | "binary";

/** Bytes that `kindOf` wants to see; fewer are enough for small files. */
export const KIND_BYTES = 4096;

const BY_EXTENSION: Readonly<Record<string, TextKind>> = {
  json: "json",
  map: "json",
  webmanifest: "json",
  tfstate: "json",
  ndjson: "ndjson",
  jsonl: "ndjson",
  yaml: "yaml",
  yml: "yaml",
  env: "env",
  envrc: "env",
  ini: "ini",
  cfg: "ini",
  cnf: "ini",
  conf: "ini",
  config: "ini",
  properties: "ini",
  toml: "ini",
  npmrc: "ini",
  netrc: "ini",
  xml: "xml",
  svg: "xml",
  xsd: "xml",
  xsl: "xml",
  saml: "xml",
  plist: "xml",
  html: "html",
  htm: "html",
  xhtml: "html",
  csv: "csv",
  tsv: "csv",
  curl: "curl",
  sh: "curl",
  bat: "curl",
  ps1: "curl",
  js: "code",
  mjs: "code",
  cjs: "code",
  ts: "code",
  css: "code",
  log: "log",
  out: "log",
  err: "log",
};

export function kindOf(name: string, firstBytes: Uint8Array): FileKind {
  const file = (name.toLowerCase().split(/[/\\]/).at(-1) ?? "").trim();
  const b = firstBytes;
  if (b[0] === 0x1f && b[1] === 0x8b) return /\.har\.gz$|\.har$/.test(file) ? "har.gz" : "binary";
  if (b[0] === 0x50 && b[1] === 0x4b) return /\.har\.zip$|\.har$/.test(file) ? "har.zip" : "binary";
  const text = headText(b.subarray(0, KIND_BYTES));
  if (text === undefined) return "binary";
  const start = text.trimStart();
  if (file.endsWith(".har") || looksHar(start)) return "har";
  return textKindOf(file, start);
}

function textKindOf(file: string, start: string): TextKind {
  const extension = /(?:^|\.)([a-z0-9]+)$/.exec(file.replace(/(?:\.\d+|\.(?:bak|old|orig|txt))$/, ""))?.[1] ?? "";
  const named = /^\.?env(?:\.|$)|\.env\./.test(file) ? "env" : BY_EXTENSION[extension];
  const seen = sniff(start);
  // `.conf`, `.json` and `.config` hold anything: where the text shows its form, the form decides.
  if (named === "ini" || named === "json" || named === undefined) return seen ?? named ?? "plain";
  return named === "ndjson" && seen === "json" ? "ndjson" : named;
}

function sniff(start: string): TextKind | undefined {
  const first = start.charAt(0);
  if (first === "{" || (first === "[" && /^\[\s*(?:[[{"\d\]-]|true|false|null)/.test(start)))
    return /^\{[^\n]*\}\s*\n\s*\{/.test(start) ? "ndjson" : "json";
  if (/^<!doctype html|^<html|^<head|^<body/i.test(start)) return "html";
  if (/^<[?!a-z]/i.test(start)) return "xml";
  if (/^(?:[$>]\s*)?curl\s/.test(start)) return "curl";
  const lines = start.split(/\r?\n/, 40).filter((line) => line.trim() !== "" && !/^\s*[#;]/.test(line));
  const share = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length / lines.length;
  if (lines.length === 0) return undefined;
  if (share(/^(?:export\s+)?[A-Z][A-Z0-9_]*=/) >= 0.8) return "env";
  if (share(/^\s*(?:\[[^\]]{1,80}\]\s*$|[\w.-]{1,80}\s*=)/) >= 0.8) return "ini";
  if (
    /^(?:---\s*\n|%YAML)/.test(start) ||
    (lines.length > 2 && share(/^\s*(?:- )*[\w"'./-]{1,80}:(?:\s|$)|^\s*- /) >= 0.9)
  )
    return share(/^\S+: /) === 1 ? undefined : "yaml";
  return share(/^\S{0,3}(?:\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d )/) >= 0.5 ? "log" : undefined;
}

function looksHar(start: string): boolean {
  return /^(?:[\w.$]{1,60}\(\s*)?\{\s*"log"\s*:\s*\{/.test(start);
}

const MAGIC: readonly string[] = [
  "%PDF-",
  "{\\rtf",
  "\u007fELF",
  "!<arch>",
  "SQLite format 3",
  "%!PS",
  "GIF8",
  "wOF",
  "OTTO",
];

/** The beginning of a text, or undefined if these bytes are none. */
export function headText(bytes: Uint8Array): string | undefined {
  const wide = wideEncoding(bytes);
  if (wide !== undefined) return isText(bytes, true) ? new TextDecoder(wide).decode(bytes) : undefined;
  if (!isText(bytes, false)) return undefined;
  const text = new TextDecoder().decode(bytes);
  return MAGIC.some((magic) => text.startsWith(magic)) ? undefined : text;
}

function wideEncoding(b: Uint8Array): string | undefined {
  if ((b[0] === 0xff && b[1] === 0xfe) || (b.length > 3 && b[0] !== 0 && b[1] === 0 && b[3] === 0)) return "utf-16le";
  if ((b[0] === 0xfe && b[1] === 0xff) || (b.length > 3 && b[0] === 0 && b[1] !== 0 && b[2] === 0)) return "utf-16be";
  return undefined;
}

/** Control characters beyond line ends, tabs, form feeds and the colours of terminals: text has one in fifty at most. */
export function isText(bytes: Uint8Array, wide: boolean): boolean {
  let odd = 0;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i] ?? 0;
    if (c === 0 && wide) continue;
    if (c === 0x7f || (c < 0x20 && !(c >= 9 && c <= 13) && c !== 0x1b && c !== 0x1e)) odd++;
  }
  return odd * 50 <= bytes.length;
}
