import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gzipSync } from "node:zlib";
import { BufferSink, bytesSource, openIndex, readEntry, sanitise } from "../src/index.ts";
import { DEFAULT_LIMITS } from "../src/sanitise.ts";
import { decodeText, readUtf8 } from "../src/source.ts";
import { Splitter } from "../src/split.ts";
import { entry, har, KEY, refusal, run } from "./support.ts";

async function split(input: Uint8Array, chunkBytes: number): Promise<unknown> {
  const splitter = new Splitter(DEFAULT_LIMITS);
  const entries: unknown[] = [];
  for await (const chunk of readUtf8(bytesSource(input, chunkBytes), { maxBytes: 1e9 }))
    for (const piece of splitter.push(chunk)) entries.push(JSON.parse(decodeText(piece.bytes)));
  const document = JSON.parse(decodeText(splitter.end().bytes));
  document.log.entries = entries;
  return document;
}

describe("Splitter", () => {
  it("gives what JSON.parse gives, for any document, cut anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        fc.jsonValue(),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(undefined, 2, "\t"),
        async (entries, extra, chunk, indent) => {
          const document = { before: extra, log: { a: extra, entries, z: [extra, { entries: [1] }] }, after: extra };
          const text = JSON.stringify(document, null, indent);
          expect(await split(new TextEncoder().encode(text), chunk)).toEqual(JSON.parse(text));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("reads a key that is written with escapes", async () => {
    expect(
      await split(new TextEncoder().encode(String.raw`{"l\u006fg":{"entri\u0065s":[{"a":"\\\""},null,3,"x"]}}`), 1),
    ).toEqual({ log: { entries: [{ a: '\\"' }, null, 3, "x"] } });
  });

  it.each([
    ["har.notJson", ""],
    ["har.notJson", "hello"],
    ["har.notJson", "[]"],
    ["har.notHar", "{}"],
    ["har.notHar", '{"log":{"entries":{}}}'],
    ["har.notHar", '{"entries":[]}'],
    ["har.truncated", '{"log":{"entries":[{"a":'],
    ["har.truncated", '{"log":{"entries":["abc'],
    ["har.trailing", '{"log":{"entries":[]}}{"log":{"entries":[]}}'],
    ["har.duplicate", '{"log":{"entries":[],"entries":[]}}'],
    ["har.duplicate", '{"log":{"entries":[1]},"log":{}}'],
    ["har.tooDeep", `{"log":{"entries":[${"[".repeat(10_000)}${"]".repeat(10_000)}]}}`],
    ["har.notJson", '{"log":{"entries":[{]}}'],
    ["har.notJson", '{"log":{"entries":[{"a" 1}]}}'],
  ])("refuses with %s: %s", async (code, text) => {
    expect((await refusal(run(text))).code).toBe(code);
  });

  it("says in which entry the file ends", async () => {
    const text = har(entry(), entry());
    expect((await refusal(run(text.slice(0, -200)))).where.entry).toBe(1);
  });

  it("drops one huge string with a note instead of holding it", async () => {
    const sink = new BufferSink();
    const big = "x".repeat(300_000);
    const report = await sanitise(
      bytesSource(
        new TextEncoder().encode(har(entry({}, { content: { size: 1, mimeType: "text/plain", text: big } }))),
      ),
      sink,
      { key: KEY, limits: { maxStringBytes: 100_000 } },
    );
    const out = JSON.parse(new TextDecoder().decode(sink.bytes()));
    expect(out.log.entries[0].response.content.text).toContain("300000");
    expect(report.refused).toHaveLength(1);
  });
});

describe("sanitise", () => {
  const text = har(entry({ headers: [{ name: "Cookie", value: "sid=Zq81kfPw02LmxA7t; naïve=ü" }] }));
  const wrapped: [string, Uint8Array][] = [
    ["plain", Buffer.from(text)],
    ["byte order mark", Buffer.from(`\uFEFF${text}`)],
    ["UTF-16 little endian", Buffer.from(`\uFEFF${text}`, "utf16le")],
    ["UTF-16 without mark", Buffer.from(text, "utf16le")],
    ["UTF-16 big endian", Buffer.from(`\uFEFF${text}`, "utf16le").swap16()],
    ["Latin-1", Buffer.from(text, "latin1")],
    ["gzip", gzipSync(text)],
    ["JSONP", Buffer.from(`onInputData(${text});\n`)],
  ];
  it.each(wrapped)("reads a file in %s as the same document", async (_, bytes) => {
    expect((await run(bytes)).output).toBe((await run(text)).output);
  });

  it("gives the same bytes whatever the chunks are", async () => {
    const whole = (await run(text)).output;
    for (const chunk of [1, 2, 3, 17]) {
      const sink = new BufferSink();
      await sanitise(bytesSource(Buffer.from(text), chunk), sink, { key: KEY });
      expect(new TextDecoder().decode(sink.bytes())).toBe(whole);
    }
  });

  it("refuses gzip that is cut short, a short key, and an aborted signal", async () => {
    expect((await refusal(run(gzipSync(text).subarray(0, 60)))).code).toBe("har.compression");
    expect((await refusal(run(text, new Uint8Array(16)))).code).toBe("har.key");
    const stopped = sanitise(bytesSource(Buffer.from(text)), new BufferSink(), {
      key: KEY,
      signal: AbortSignal.abort(),
    });
    expect((await refusal(stopped)).code).toBe("har.cancelled");
  });

  it("refuses more bytes and entries than it was told to accept", async () => {
    const limited = (limits: object): Promise<unknown> =>
      sanitise(bytesSource(Buffer.from(har(entry(), entry()))), new BufferSink(), { key: KEY, limits });
    for (const limits of [{ maxBytes: 100 }, { maxEntries: 1 }, { maxEntryBytes: 100 }, { maxSkeletonBytes: 20 }])
      expect((await refusal(limited(limits))).code).toBe("har.tooLarge");
  });
});

describe("readEntry", () => {
  it("gives each entry that openIndex located", async () => {
    const entries = [entry(), null, entry({ url: "https://b.example/ü" }), 5];
    const source = bytesSource(Buffer.from(JSON.stringify({ log: { entries } }, null, 1)), 11);
    const index = await openIndex(source);
    for (const [i, want] of entries.entries()) expect(await readEntry(source, index, i)).toEqual(want);
    expect((await refusal(readEntry(source, index, 4))).code).toBe("har.notHar");
  });
});
