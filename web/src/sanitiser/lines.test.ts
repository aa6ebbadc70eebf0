import { BufferSink, bytesSource, sanitise } from "@breakwater/har";
import { expect, test } from "vitest";
import { EntryLines } from "./lines.ts";

const entry = (at: number) => ({
  request: { method: "GET", url: `https://a.example/${at}`, headers: [] },
  response: { status: 200, content: { mimeType: "text/plain", text: "a line\nanother, ]\n".repeat(at * 400) } },
});
const har = {
  log: {
    version: "1.2",
    creator: { name: "t", version: "1" },
    entries: [entry(0), entry(1), null, entry(9)],
    comment: "end",
  },
};

test.each([1, 7, 4096, 1 << 20])("EntryLines finds every entry, in chunks of %i bytes", async (size) => {
  const sink = new BufferSink();
  await sanitise(bytesSource(new TextEncoder().encode(JSON.stringify(har))), sink, { key: new Uint8Array(32) });
  const bytes = sink.bytes();
  const lines = new EntryLines();
  for (let at = 0; at < bytes.length; at += size) lines.push(bytes.subarray(at, at + size));
  const entries: unknown[] = lines.lines.map(({ offset, length }) =>
    JSON.parse(new TextDecoder().decode(bytes.subarray(offset, offset + length))),
  );
  expect(entries).toEqual(JSON.parse(new TextDecoder().decode(bytes)).log.entries);
  expect(lines.index.map(({ path }) => path)).toEqual(["/0", "/1", "", "/9"]);
});
