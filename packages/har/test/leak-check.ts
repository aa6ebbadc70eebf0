import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";

/**
 * A second opinion, written apart from the sanitiser and sharing no code with it: undo everything that can be undone,
 * to depth 3, and look for the values as plain substrings.
 */
export function expand(text: string, depth = 3, seen = new Set<string>(), runs = new Set<string>()): Set<string> {
  if (seen.has(text) || text.length < 6) return seen;
  seen.add(text);
  if (depth === 0) return seen;
  for (const next of [
    urlDecode(text),
    jsonUnescape(text),
    entities(text),
    quotedPrintable(text),
    text.replaceAll("\0", ""),
  ]) {
    if (next !== text) expand(next, depth - 1, seen, runs);
  }
  for (const run of text.match(/[A-Za-z0-9+/_-]{16,}/g) ?? []) {
    if (runs.has(run)) continue;
    runs.add(run);
    for (let skip = 0; skip < 4 && run.length - skip >= 12; skip++) {
      bytes(
        Buffer.from(run.slice(skip).replace(/-/g, "+").replace(/_/g, "/"), "base64"),
        skip === 0,
        depth,
        seen,
        runs,
      );
    }
    if (/^[0-9a-fA-F]{16,}$/.test(run)) bytes(Buffer.from(run, "hex"), false, depth, seen, runs);
  }
  return seen;
}

function bytes(data: Buffer, open: boolean, depth: number, seen: Set<string>, runs: Set<string>): void {
  seen.add(data.toString("latin1"));
  if (mostlyPrintable(data)) expand(data.toString("utf8"), depth - 1, seen, runs);
  if (!open || data.length < 16 || (data.length > 1 << 14 && !magic(data))) return;
  for (const inflate of magic(data) ? [gunzipSync, inflateSync] : [inflateRawSync, brotliDecompressSync]) {
    try {
      const inner = inflate(data, { maxOutputLength: 1 << 24 });
      expand(inner.toString("utf8"), depth - 1, seen, runs);
      seen.add(inner.toString("latin1"));
    } catch {
      continue;
    }
  }
}

function magic(data: Buffer): boolean {
  return (data[0] === 0x1f && data[1] === 0x8b) || ((data[0] ?? 0) & 0x0f) === 8;
}

function mostlyPrintable(data: Buffer): boolean {
  let good = 0;
  const probe = Math.min(256, data.length);
  for (let i = 0; i < probe; i++) if ((data[i] ?? 0) >= 0x20 && (data[i] ?? 0) < 0x7f) good++;
  return good >= probe * 0.7;
}

function urlDecode(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => Buffer.from(run.replace(/%/g, ""), "hex").toString("utf8"));
}

function jsonUnescape(text: string): string {
  return text
    .replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\(["\\/'])/g, "$1")
    .replace(/\\[nrt]/g, " ");
}

function entities(text: string): string {
  return text
    .replace(/&#x([0-9a-fA-F]{1,6});/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/&#(\d{1,6});/g, (_, dec: string) => String.fromCharCode(Number.parseInt(dec, 10)))
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&apos;/g, "'")
    .replace(/&amp;/g, "&");
}

function quotedPrintable(text: string): string {
  return text.includes("=\n") || text.includes("=3D")
    ? text
        .replace(/=\r?\n/g, "")
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;
}

/** The values that can be found in an output: in its raw text, and in every distinct string of it after expansion. */
export function leaks(output: string, values: Iterable<string>): string[] {
  const wanted = [...values];
  const found = new Set(wanted.filter((value) => output.includes(value)));
  const runs = new Set<string>();
  const har: unknown = JSON.parse(output);
  for (const text of new Set([...leavesOf(har).map((leaf) => leaf.value), ...namesOf(har)])) {
    for (const expanded of expand(text, 3, new Set(), runs)) {
      for (const value of wanted) if (expanded.includes(value)) found.add(value);
    }
  }
  return [...found];
}

function namesOf(value: unknown, out = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) namesOf(item, out);
  else if (isRecord(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (name.length > 11) out.add(name);
      namesOf(member, out);
    }
  }
  return out;
}

export interface Leaf {
  readonly pointer: string;
  readonly value: string;
}

/** Every string of a JSON value, names included where asked. */
export function leavesOf(value: unknown, pointer = "", out: Leaf[] = []): Leaf[] {
  if (typeof value === "string") out.push({ pointer, value });
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) leavesOf(item, `${pointer}/${i}`, out);
  else if (typeof value === "object" && value !== null)
    for (const [name, member] of Object.entries(value)) leavesOf(member, `${pointer}/${name}`, out);
  return out;
}

/** Cookie and authorisation values of at least `min` characters, read by the simplest means there are. */
export function credentials(har: unknown, min = 12): Set<string> {
  const out = new Set<string>();
  const add = (value: unknown): void => {
    if (typeof value !== "string") return;
    const trimmed = value.trim();
    if (trimmed.length >= min) out.add(trimmed);
  };
  const visit = (value: unknown, key: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) {
        if (key === "cookies" && isRecord(item)) add(item["value"]);
        if (
          key === "headers" &&
          isRecord(item) &&
          typeof item["name"] === "string" &&
          typeof item["value"] === "string"
        )
          header(item["name"].toLowerCase(), item["value"], add);
        visit(item, key);
      }
    } else if (isRecord(value)) for (const [name, member] of Object.entries(value)) visit(member, name);
  };
  visit(har, "");
  return out;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function header(name: string, value: string, add: (value: string) => void): void {
  if (name === "cookie") for (const pair of value.split(";")) add(pair.slice(pair.indexOf("=") + 1));
  if (name === "set-cookie")
    for (const line of value.split("\n")) add((line.split(";")[0] ?? "").replace(/^[^=]*=/, ""));
  if (name === "authorization" || name === "proxy-authorization") add(value.replace(/^\S+\s+/, ""));
}
