/** Reads the regular expressions of Go (RE2) and Rust rule sets as trees, so that they can be written again for JavaScript. */

export type Node =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "set"; readonly source: string; readonly members: readonly string[] | undefined }
  | { readonly kind: "assertion"; readonly source: string }
  | { readonly kind: "sequence"; readonly items: readonly Node[] }
  | { readonly kind: "choice"; readonly options: readonly Node[] }
  | { readonly kind: "group"; readonly captures: boolean; readonly body: Node }
  | { readonly kind: "repeat"; readonly body: Node; readonly min: number; readonly source: string };

interface Flags {
  i: boolean;
  x: boolean;
  s: boolean;
}

const POSIX: Readonly<Record<string, string>> = {
  alnum: "a-zA-Z0-9",
  alpha: "a-zA-Z",
  digit: "0-9",
  xdigit: "0-9a-fA-F",
  upper: "A-Z",
  lower: "a-z",
  word: "\\w",
  space: "\\s",
  punct: "!-/:-@[-`{-~",
};

/** Undefined for what JavaScript cannot say. */
export function parse(source: string): Node | undefined {
  try {
    return new Parser(source).whole();
  } catch {
    return undefined;
  }
}

class Parser {
  readonly #source: string;
  #at = 0;
  constructor(source: string) {
    this.#source = source;
  }

  whole(): Node {
    const node = this.#choice({ i: false, x: false, s: false });
    if (this.#at < this.#source.length) throw new SyntaxError("unbalanced");
    return node;
  }

  #peek(length = 1): string {
    return this.#source.substr(this.#at, length);
  }

  #choice(outer: Flags): Node {
    const flags = { ...outer };
    const options: Node[] = [];
    do options.push(this.#sequence(flags));
    while (this.#take("|"));
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: "choice", options };
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #sequence(flags: Flags): Node {
    const items: Node[] = [];
    for (;;) {
      if (flags.x) this.#skip();
      const c = this.#peek();
      if (c === "" || c === "|" || c === ")") return { kind: "sequence", items };
      if (this.#inlineFlags(flags)) continue;
      const atom = this.#atom(flags);
      if (flags.x) this.#skip();
      const count = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(this.#source.slice(this.#at, this.#at + 16))?.[0];
      if (count === undefined) items.push(atom);
      else {
        this.#at += count.length;
        const min = count.startsWith("+") ? 1 : count.startsWith("{") ? Number.parseInt(count.slice(1), 10) : 0;
        items.push({ kind: "repeat", body: atom, min, source: count });
      }
    }
  }

  #skip(): void {
    for (;;) {
      const blank = /^(?:\s+|#[^\n]*)/.exec(this.#source.slice(this.#at, this.#at + 500))?.[0];
      if (blank === undefined) return;
      this.#at += blank.length;
    }
  }

  #inlineFlags(flags: Flags): boolean {
    const set = /^\(\?([a-z]+)(?:-([a-z]+))?\)/.exec(this.#source.slice(this.#at, this.#at + 16));
    if (set === null) return false;
    this.#at += set[0].length;
    apply(flags, set[1] ?? "", set[2] ?? "");
    return true;
  }

  #atom(flags: Flags): Node {
    const c = this.#peek();
    if (c === "(") return this.#group(flags);
    if (c === "[") return this.#set(flags);
    this.#at++;
    if (c === ".") return { kind: "set", source: flags.s ? "[\\s\\S]" : ".", members: undefined };
    if (c === "^" || c === "$") return { kind: "assertion", source: c };
    if (c !== "\\") return { kind: "literal", text: c };
    const e = this.#peek();
    this.#at++;
    if (/[bB]/.test(e)) return { kind: "assertion", source: `\\${e}` };
    if (e === "A" || e === "z" || e === "Z") return { kind: "assertion", source: e === "A" ? "^" : "$" };
    if (/[dDwWsS]/.test(e)) return { kind: "set", source: `\\${e}`, members: undefined };
    if (e === "x") {
      const code = Number.parseInt(this.#peek(2), 16);
      this.#at += 2;
      return { kind: "literal", text: String.fromCharCode(code) };
    }
    if (/[a-zA-Z0-9]/.test(e)) {
      const control = { n: "\n", r: "\r", t: "\t" }[e];
      if (control === undefined) throw new SyntaxError("escape");
      return { kind: "literal", text: control };
    }
    return { kind: "literal", text: e };
  }

  #group(flags: Flags): Node {
    const head = /^\((?:\?(?:P?<[A-Za-z_]\w*>|([a-z]*)(?:-([a-z]+))?:))?/.exec(
      this.#source.slice(this.#at, this.#at + 60),
    );
    if (head === null || this.#source.startsWith("(?", this.#at) !== head[0].startsWith("(?"))
      throw new SyntaxError("group");
    this.#at += head[0].length;
    const inner = { ...flags };
    const plain = head[1] !== undefined;
    if (plain) apply(inner, head[1] ?? "", head[2] ?? "");
    const body = this.#choice(inner);
    if (!this.#take(")")) throw new SyntaxError("unbalanced");
    return { kind: "group", captures: !plain, body };
  }

  #set(flags: Flags): Node {
    let end = this.#at + 1;
    if (this.#source[end] === "^") end++;
    if (this.#source[end] === "]") end++;
    while (end < this.#source.length && this.#source[end] !== "]") {
      if (this.#source[end] === "\\") end++;
      else if (this.#source.startsWith("[:", end)) end = this.#source.indexOf(":]", end) + 1;
      end++;
    }
    let body = this.#source.slice(this.#at + 1, end);
    this.#at = end + 1;
    body = body.replace(/\[:(\w+):\]/g, (_, name: string) => {
      const range = POSIX[name];
      if (range === undefined) throw new SyntaxError("class");
      return range;
    });
    if (/\[:|&&/.test(body)) throw new SyntaxError("class");
    if (flags.i) body = bothCases(body);
    const members = /^[A-Za-z0-9_-]{1,6}$/.test(body) && !/.-./.test(body) ? [...body] : undefined;
    return { kind: "set", source: `[${body.replace(/(?<!\\)\[/g, "\\[")}]`, members };
  }
}

function apply(flags: Flags, on: string, off: string): void {
  for (const c of on) if (c === "i" || c === "x" || c === "s") flags[c] = true;
  for (const c of off) if (c === "i" || c === "x" || c === "s") flags[c] = false;
}

function bothCases(set: string): string {
  const more = new Set<string>();
  for (const match of set.replace(/\\./g, "").matchAll(/([A-Za-z])-([A-Za-z])|([A-Za-z])/g)) {
    const flip = (c: string): string => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase());
    more.add(match[3] === undefined ? `${flip(match[1] ?? "")}-${flip(match[2] ?? "")}` : flip(match[3]));
  }
  const missing = [...more].filter((part) => !set.includes(part));
  return set.endsWith("-") && !set.endsWith("\\-") ? `${set.slice(0, -1)}${missing.join("")}-` : set + missing.join("");
}

export function print(node: Node): string {
  switch (node.kind) {
    case "literal":
      return node.text
        .replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\t", "\\t");
    case "set":
    case "assertion":
      return node.source;
    case "sequence":
      return node.items.map(print).join("");
    case "choice":
      return node.options.map(print).join("|");
    case "group":
      return `(?:${print(node.body)})`;
    case "repeat":
      return print(node.body) + node.source;
  }
}

/** How a match may begin: every possible text, as long as it can be told from a few (`many` at most). */
export function beginnings(node: Node, many = 24): { readonly texts: readonly string[]; readonly open: boolean } {
  const none = { texts: [""], open: true };
  switch (node.kind) {
    case "literal":
      return { texts: [node.text], open: false };
    case "assertion":
      return { texts: [""], open: false };
    case "set":
      return node.members === undefined ? none : { texts: node.members, open: false };
    case "group":
      return beginnings(node.body, many);
    case "choice": {
      const all = node.options.map((option) => beginnings(option, many));
      const texts = [...new Set(all.flatMap((one) => one.texts))];
      // What follows the choice belongs to each option, but only where all of them are told completely.
      return texts.length > many ? none : { texts, open: all.some((one) => one.open) };
    }
    case "repeat": {
      if (node.min === 0) return none;
      const one = beginnings(node.body, many);
      return { texts: one.texts, open: true };
    }
    case "sequence": {
      let texts: readonly string[] = [""];
      for (const item of node.items) {
        const next = beginnings(item, many);
        const joined = texts.flatMap((text) => next.texts.map((more) => text + more));
        if (joined.length > many) return { texts, open: true };
        texts = joined;
        if (next.open) return { texts, open: true };
      }
      return { texts, open: false };
    }
  }
}

/** The shortest match. */
export function least(node: Node): number {
  switch (node.kind) {
    case "literal":
      return node.text.length;
    case "set":
      return 1;
    case "assertion":
      return 0;
    case "group":
      return least(node.body);
    case "choice":
      return Math.min(...node.options.map(least));
    case "repeat":
      return least(node.body) * node.min;
    case "sequence":
      return node.items.reduce((sum, item) => sum + least(item), 0);
  }
}

/** The part that is the secret: the only capturing group, else everything; undefined if something must stand before it. */
export function secretOf(node: Node): Node | undefined {
  const items = node.kind === "sequence" ? node.items : [node];
  const at = items.findIndex((item) => item.kind === "group" && item.captures);
  if (at < 0) return hasCapture(node) ? undefined : node;
  const before = items.slice(0, at);
  const group = items[at];
  if (!before.every((item) => item.kind === "assertion") || group?.kind !== "group") return undefined;
  return group.body;
}

function hasCapture(node: Node): boolean {
  switch (node.kind) {
    case "group":
      return node.captures || hasCapture(node.body);
    case "repeat":
      return hasCapture(node.body);
    case "sequence":
      return node.items.some(hasCapture);
    case "choice":
      return node.options.some(hasCapture);
    case "literal":
    case "set":
    case "assertion":
      return false;
  }
}
