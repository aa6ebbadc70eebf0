/**
 * A small Markdown: paragraphs, emphasis, code, quotes, lists and links. What it does not know stays text; there is no HTML and
 * there are no images, so nothing in a message loads or runs anything.
 */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong" | "em"; readonly children: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly host: string; readonly children: readonly Inline[] };
export type Block =
  | { readonly kind: "paragraph" | "heading"; readonly lines: readonly (readonly Inline[])[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] };

const MOST_DEPTH = 4;
const FENCE = /^\s{0,3}```/;
const QUOTE = /^\s{0,3}> ?/;
const BULLET = /^\s{0,3}[-*+] +(?=\S)/;
const NUMBER = /^\s{0,3}\d{1,9}[.)] +(?=\S)/;
const HEADING = /^#{1,6} +(?=\S)/;

export function parseMarkdown(text: string, depth = 0): readonly Block[] {
  const lines = text.split(/\r\n|\r|\n/);
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? "";
    if (line.trim() === "") {
      at++;
      continue;
    }
    const read = readFence(lines, at) ?? readQuote(lines, at, depth) ?? readList(lines, at) ?? readText(lines, at);
    blocks.push(read.block);
    at = read.next;
  }
  return blocks;
}

interface Read {
  readonly block: Block;
  readonly next: number;
}

function readFence(lines: readonly string[], at: number): Read | undefined {
  if (!FENCE.test(lines[at] ?? "")) return undefined;
  const end = lines.findIndex((line, index) => index > at && FENCE.test(line));
  const next = end === -1 ? lines.length : end;
  return { block: { kind: "code", text: lines.slice(at + 1, next).join("\n") }, next: next + 1 };
}

function readQuote(lines: readonly string[], at: number, depth: number): Read | undefined {
  if (depth >= MOST_DEPTH) return undefined;
  const next = endOf(lines, at, (line) => QUOTE.test(line));
  if (next === at) return undefined;
  const inner = lines.slice(at, next).map((line) => line.replace(QUOTE, ""));
  return { block: { kind: "quote", blocks: parseMarkdown(inner.join("\n"), depth + 1) }, next };
}

function readList(lines: readonly string[], at: number): Read | undefined {
  const form = [BULLET, NUMBER].find((one) => one.test(lines[at] ?? ""));
  if (!form) return undefined;
  const next = endOf(lines, at, (line) => form.test(line));
  const items = lines.slice(at, next).map((line) => parseInline(line.replace(form, "")));
  return { block: { kind: "list", ordered: form === NUMBER, items }, next };
}

function readText(lines: readonly string[], at: number): Read {
  const first = lines[at] ?? "";
  if (HEADING.test(first))
    return { block: { kind: "heading", lines: [parseInline(first.replace(HEADING, ""))] }, next: at + 1 };
  const special = (line: string): boolean =>
    line.trim() === "" || [FENCE, QUOTE, BULLET, NUMBER, HEADING].some((form) => form.test(line));
  const next = Math.max(
    at + 1,
    endOf(lines, at, (line) => !special(line)),
  );
  return { block: { kind: "paragraph", lines: lines.slice(at, next).map((line) => parseInline(line)) }, next };
}

function endOf(lines: readonly string[], at: number, belongs: (line: string) => boolean): number {
  let next = at;
  while (next < lines.length && belongs(lines[next] ?? "")) next++;
  return next;
}

/** Bounded repetitions: a message cannot make the reader's page think for long. */
const INLINE =
  /`([^`\n]{1,2000})`|!?\[([^\]\n]{1,500})\]\(([^)\s]{1,2000})\)|(https?:\/\/[^\s<>"'`]{1,2000})|\*\*([^*\n]{1,2000})\*\*|(?<![\w*])\*([^*\n]{1,2000})\*(?![\w*])|(?<![\w_])_([^_\n]{1,2000})_(?![\w_])/g;

function parseInline(text: string, depth = 0): readonly Inline[] {
  if (depth >= MOST_DEPTH) return [{ kind: "text", text }];
  const out: Inline[] = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > last) out.push({ kind: "text", text: text.slice(last, match.index) });
    // A full stop behind an address ends the sentence, not the address.
    const whole = match[4]?.replace(/[.,;:!?)\]]+$/, "") ?? match[0];
    out.push(readInline(match, whole, depth + 1));
    last = match.index + whole.length;
  }
  if (last < text.length) out.push({ kind: "text", text: text.slice(last) });
  return out;
}

function readInline(match: RegExpExecArray, whole: string, depth: number): Inline {
  const [, code, label, target, bare, strong, star, underscore] = match;
  if (code !== undefined) return { kind: "code", text: code };
  if (label !== undefined) return link(target ?? "", parseInline(label, depth), whole);
  if (bare !== undefined) return link(whole, [{ kind: "text", text: whole }], whole);
  if (strong !== undefined) return { kind: "strong", children: parseInline(strong, depth) };
  return { kind: "em", children: parseInline(star ?? underscore ?? "", depth) };
}

const SCHEMES: readonly string[] = ["http:", "https:", "mailto:"];

function link(target: string, children: readonly Inline[], whole: string): Inline {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (!url || !SCHEMES.includes(url.protocol)) return { kind: "text", text: whole };
  return { kind: "link", href: url.href, host: url.protocol === "mailto:" ? url.pathname : url.host, children };
}

/** The host is said where the words of the link do not begin with it: a link must not pretend. */
export function saysHost({ host, children }: Extract<Inline, { kind: "link" }>): boolean {
  const said = textOf(children)
    .replace(/^https?:\/\//, "")
    .toLowerCase();
  const next = said.charAt(host.length);
  return said.startsWith(host.toLowerCase()) && (next === "" || next === "/" || next === "?" || next === "#");
}

function textOf(inlines: readonly Inline[]): string {
  return inlines.map((inline) => ("children" in inline ? textOf(inline.children) : inline.text)).join("");
}
