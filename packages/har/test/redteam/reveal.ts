import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";

/** Undoes whatever can be undone, in every order, to a depth; shares no code with the sanitiser. */
const DEPTH = 5;
const MAX_TEXTS = 4000;

const code = (digits: string, base: number): string => {
  const value = Number.parseInt(digits, base);
  return value <= 0x10ffff ? String.fromCodePoint(value) : "";
};

const REWRITES: readonly ((text: string) => string)[] = [
  (t) => t.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8")),
  (t) =>
    t
      .replace(/\\u\{([0-9a-f]{1,6})\}/gi, (_, h: string) => code(h, 16))
      .replace(/\\u([0-9a-f]{4})/gi, (_, h: string) => code(h, 16))
      .replace(/\\x([0-9a-f]{2})/gi, (_, h: string) => code(h, 16))
      .replace(/\\([0-3][0-7]{2})/g, (_, o: string) => code(o, 8))
      .replace(/\\(["'\\/])/g, "$1")
      .replace(/\\[nrt]/g, "\n"),
  (t) => t.replace(/\\([0-9a-f]{6}|[0-9a-f]{1,5}[ \n])/gi, (_, h: string) => code(h, 16)),
  (t) =>
    t
      .replace(/&#x0*([0-9a-f]{1,6});?/gi, (_, h: string) => code(h, 16))
      .replace(/&#0*([0-9]{1,7});?/g, (_, n: string) => code(n, 10))
      .replace(
        /&(quot|apos|lt|gt|amp|sol|plus|equals|lowbar|hyphen|period);/g,
        (_, n: string) =>
          ({
            quot: '"',
            apos: "'",
            lt: "<",
            gt: ">",
            sol: "/",
            plus: "+",
            equals: "=",
            lowbar: "_",
            hyphen: "-",
            period: ".",
          })[n] ?? "&",
      ),
  (t) => t.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, (_, h: string) => code(h, 16)),
  (t) => t.replaceAll("\u0000", ""),
  (t) => t.replace(/<[^<>]{1,40}>/g, ""),
  (t) => t.replace(/\r?\n/g, ""),
  (t) => t.replace(/["'`]\s*[+.]\s*["'`]/g, ""),
  (t) =>
    t.replace(/\b(?:\d{1,3},\s?){12,}\d{1,3}\b/g, (list) =>
      list
        .split(",")
        .map((n) => code(n.trim(), 10))
        .join(""),
    ),
  (t) =>
    t.replace(/\b(?:[0-9a-f]{2}[ :]){8,}[0-9a-f]{2}\b/gi, (list) =>
      Buffer.from(list.replace(/[ :]/g, ""), "hex").toString("latin1"),
    ),
];

function inflated(data: Buffer): Buffer[] {
  const out: Buffer[] = [];
  for (const open of [gunzipSync, inflateSync, inflateRawSync, brotliDecompressSync]) {
    try {
      const inner = open(data, { maxOutputLength: 1 << 22 });
      if (inner.length > 6) out.push(inner);
    } catch {
      continue;
    }
  }
  return out;
}

/** Printable enough to be read on. */
function readable(text: string): boolean {
  let good = 0;
  const n = Math.min(text.length, 200);
  for (let i = 0; i < n; i++) {
    const c = text.charCodeAt(i);
    if ((c >= 32 && c < 127) || c === 10 || c === 13) good++;
  }
  return n >= 6 && good >= n * 0.6;
}

/** Every text that a patient reader could make of this one. */
export function reveal(start: string): Set<string> {
  const seen = new Set<string>();
  const runs = new Set<string>();
  let level = [start];
  for (let depth = 0; depth < DEPTH && level.length > 0 && seen.size < MAX_TEXTS; depth++) {
    const next: string[] = [];
    const push = (text: string): void => {
      if (text.length > 5 && !seen.has(text)) next.push(text);
    };
    for (const text of level) {
      if (seen.has(text)) continue;
      seen.add(text);
      for (const rewrite of REWRITES) push(rewrite(text));
      // What is escaped in a URL is one value, and the slashes in it are not the path's.
      for (const piece of text.match(/[^/?&#=;]*%[0-9a-f]{2}[^/?&#=;]*/gi) ?? []) push(piece);
      for (const run of text.match(/[A-Za-z0-9+/_-]{14,}/g) ?? []) {
        if (runs.has(run)) continue;
        runs.add(run);
        readRun(run, push, seen);
      }
    }
    level = next;
  }
  return seen;
}

function readRun(run: string, push: (text: string) => void, seen: Set<string>): void {
  const plain = run.replaceAll("-", "+").replaceAll("_", "/");
  for (let skip = 0; skip < 4; skip++) {
    const data = Buffer.from(plain.slice(skip), "base64");
    readBytes(data, push, seen);
    if (skip === 0) for (const inner of inflated(data)) readBytes(inner, push, seen, true);
  }
  if (/^(?:0x)?[0-9a-f]{16,}$/i.test(run)) readBytes(Buffer.from(run.replace(/^0x/, ""), "hex"), push, seen);
}

function readBytes(data: Buffer, push: (text: string) => void, seen: Set<string>, opened = false): void {
  const text = data.toString("latin1");
  if (readable(text.replaceAll("\u0000", ""))) push(text);
  else seen.add(text);
  seen.add(data.toString("hex"));
  if (opened) for (const inner of inflated(data)) push(inner.toString("latin1"));
}

const WINDOW = 16;

/** What of the secrets can be read in the output: the whole of it, or sixteen characters in a row. */
export function exposed(output: string, secrets: readonly string[]): string[] {
  const har: unknown = JSON.parse(output);
  const leaves: string[] = [];
  collect(har, leaves);
  const texts = new Set<string>();
  for (const leaf of new Set([...leaves, leaves.join("")])) for (const text of reveal(leaf)) texts.add(text);
  const wanted = secrets.map((secret) => ({ secret, windows: windowsOf(secret) }));
  const out: string[] = [];
  for (const { secret, windows } of wanted) {
    for (const text of texts) {
      const lower = text.toLowerCase();
      if (windows.some((window) => lower.includes(window))) {
        out.push(secret);
        break;
      }
    }
  }
  return out;
}

/** Hexadecimal is the same in either case; so is what a host name or a lower-casing server made of a token. */
function windowsOf(secret: string): string[] {
  const lower = secret.toLowerCase();
  if (lower.length <= WINDOW || /\s/.test(lower)) return [lower];
  return Array.from({ length: lower.length - WINDOW + 1 }, (_, i) => lower.slice(i, i + WINDOW));
}

function collect(value: unknown, out: string[]): void {
  if (typeof value === "string") out.push(value);
  else if (typeof value === "number") out.push(String(value));
  else if (Array.isArray(value)) for (const item of value) collect(item, out);
  else if (typeof value === "object" && value !== null)
    for (const [name, member] of Object.entries(value)) {
      out.push(name);
      collect(member, out);
    }
}
