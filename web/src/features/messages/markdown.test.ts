import { describe, expect, it } from "vitest";
import { parseMarkdown, saysHost, type Block, type Inline } from "./markdown.ts";

const inline = (text: string): readonly Inline[] => {
  const [block] = parseMarkdown(text);
  return block && "lines" in block ? (block.lines[0] ?? []) : [];
};
const kinds = (blocks: readonly Block[]): readonly string[] => blocks.map(({ kind }) => kind);

describe("parseMarkdown()", () => {
  it("knows paragraphs, headings, lists, quotes and code", () => {
    const blocks = parseMarkdown(
      "# Title\nHello\nthere\n\n- one\n- two\n\n1. first\n\n> said\n> > before\n\n```js\n**x** <b>\n```",
    );
    expect(kinds(blocks)).toEqual(["heading", "paragraph", "list", "list", "quote", "code"]);
    expect(blocks[1]).toMatchObject({ lines: [[{ text: "Hello" }], [{ text: "there" }]] });
    expect(blocks[3]).toMatchObject({ ordered: true });
    expect(blocks[5]).toEqual({ kind: "code", text: "**x** <b>" });
  });

  it("knows emphasis, code and links within a line, and leaves everything else as it is", () => {
    expect(inline("a **b `c`** *d* _e_ `**f**` snake_case_name 2*3*4")).toEqual([
      { kind: "text", text: "a " },
      {
        kind: "strong",
        children: [
          { kind: "text", text: "b " },
          { kind: "code", text: "c" },
        ],
      },
      { kind: "text", text: " " },
      { kind: "em", children: [{ kind: "text", text: "d" }] },
      { kind: "text", text: " " },
      { kind: "em", children: [{ kind: "text", text: "e" }] },
      { kind: "text", text: " " },
      { kind: "code", text: "**f**" },
      { kind: "text", text: " snake_case_name 2*3*4" },
    ]);
  });

  it("makes no HTML and no images: markup stays text, an image is a link", () => {
    expect(inline('<img src=x onerror=alert(1)> <a href="x">')).toEqual([
      { kind: "text", text: '<img src=x onerror=alert(1)> <a href="x">' },
    ]);
    expect(inline("![cat](https://cats.example/c.png)")).toMatchObject([{ kind: "link", host: "cats.example" }]);
  });

  it("links to the web and to mail only", () => {
    for (const bad of [
      "javascript:alert(1)",
      "data:text/html,x",
      "file:///etc/passwd",
      "vbscript:x",
      "/relative",
      "blob:x",
    ])
      expect(new Set(inline(`[x](${bad})`).map(({ kind }) => kind)), bad).toEqual(new Set(["text"]));
    expect(inline("See https://desk.example/a?b=1, then mail.")).toMatchObject([
      { text: "See " },
      { kind: "link", href: "https://desk.example/a?b=1" },
      { text: ", then mail." },
    ]);
    expect(inline("[write](mailto:help@desk.example)")).toMatchObject([{ kind: "link", host: "help@desk.example" }]);
  });

  it("ends in time for text made to be slow, however deep", () => {
    for (const text of [
      "*".repeat(60_000),
      "> ".repeat(30_000),
      "[".repeat(60_000),
      "_a".repeat(30_000),
      "`".repeat(60_001),
    ])
      expect(parseMarkdown(text).length).toBeGreaterThan(0);
    expect(JSON.stringify(parseMarkdown(`${"> ".repeat(50)}x`)).match(/"quote"/g)).toHaveLength(4);
  });
});

describe("saysHost()", () => {
  const host = (text: string) => {
    const [link] = inline(text);
    return link?.kind === "link" && saysHost(link);
  };
  it("is true only where the link's words are its own address", () => {
    expect(host("https://desk.example/a")).toBe(true);
    expect(host("[desk.example](https://desk.example/a)")).toBe(true);
    expect(host("[bank.example](https://desk.example/a)")).toBe(false);
    expect(host("[desk.example.evil](https://desk.example)")).toBe(false);
    expect(host("[here](https://desk.example)")).toBe(false);
  });
});
