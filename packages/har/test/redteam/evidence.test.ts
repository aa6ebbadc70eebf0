import { describe, expect, it } from "vitest";
import { entry, har, run } from "../support.ts";
import { BODIES, HEADERS, PATHS, QUERIES, TEXTS } from "./evidence.ts";

interface Read {
  readonly request: { readonly url: string };
  readonly response: {
    readonly headers: readonly { readonly value: string }[];
    readonly content: { readonly text?: string };
  };
}

async function through(item: object): Promise<Read | undefined> {
  const read: { log: { entries: Read[] } } = JSON.parse((await run(har(item))).output);
  return read.log.entries[0];
}

function content(text: string, mimeType: string): object {
  return entry({}, { content: { size: text.length, mimeType, text } });
}

describe("sanitise on evidence", () => {
  it.each(Object.entries(HEADERS))("B1: keeps the header %s", async (name, value) => {
    const headers = [{ name, value }];
    expect((await through(entry({ headers }, { headers })))?.response.headers[0]?.value).toBe(value);
  });

  it.each(PATHS)("B3: keeps the path %s", async (path) => {
    const url = `https://app.example${path}`;
    expect((await through(entry({ url })))?.request.url).toBe(url);
  });

  it.each(QUERIES)("B3: keeps the query %s", async (query) => {
    const url = `https://app.example/x?${query}`;
    expect((await through(entry({ url })))?.request.url).toBe(url);
  });

  it.each(Object.entries(BODIES))("B5: keeps a JSON body of %s", async (_, value) => {
    const read = await through(content(JSON.stringify(value), "application/json"));
    expect(JSON.parse(read?.response.content.text ?? "")).toEqual(value);
  });

  it.each(TEXTS)("B5: keeps %s", async (text, mimeType) => {
    expect((await through(content(text, mimeType)))?.response.content.text).toBe(text);
  });
});
