import { BufferSink, bytesSource, sanitise, type Source } from "../src/index.ts";

/**
 * Run by memory.test.ts and memory.slow.test.ts in a process of its own: sanitises a recording that is made while it is
 * read, so that nothing but the sanitiser uses memory, and says how much that was.
 * Arguments: `body` and its megabytes (one entry with one long body), or `file` and its megabytes (many entries).
 */
const [kind = "", megabytes = ""] = process.argv.slice(2);
const size = Number(megabytes) * 1e6;
const encoder = new TextEncoder();
const KEY = new Uint8Array(32).fill(1);
const CHUNK = 1 << 18;
const HEAD = '{"log":{"version":"1.2","creator":{"name":"test","version":"1"},"entries":[';
const TAIL = "]}}";

function* oneBody(): Generator<string> {
  yield `${HEAD}{"request":{"method":"GET","url":"https://app.example/","headers":[{"name":"Cookie","value":"sid=Zq81kfPw02LmxA7tHu63"}]},"response":{"status":200,"content":{"mimeType":"text/plain","text":"`;
  const line = "some words of a long body and sid Zq81kfPw02LmxA7tHu63\\n".repeat(1000);
  for (let sent = 0; sent < size; sent += line.length) yield line;
  yield `"}}},{"request":{"method":"GET","url":"https://app.example/next"},"response":{"status":204}}${TAIL}`;
}

function* manyEntries(): Generator<string> {
  yield HEAD;
  const rows = "the order was sent to a shop near the station and will arrive on monday ".repeat(90);
  for (let i = 0, sent = 0; sent < size; i++) {
    const token = `Zq81kfPw${(i % 100_000).toString(36).padStart(4, "0")}02LmxA7tHu63`;
    const entry = `${i === 0 ? "" : ","}{"request":{"method":"GET","url":"https://app.example/orders/${i}?access_token=${token}","headers":[{"name":"cookie","value":"sid=${token}x"},{"name":"accept","value":"*/*"}]},"response":{"status":200,"headers":[],"content":{"mimeType":"application/json","text":"{\\"page\\":${i},\\"text\\":\\"${rows}\\"}"}}}`;
    sent += entry.length;
    yield entry;
  }
  yield TAIL;
}

function sourceOf(parts: () => Generator<string>): Source {
  return {
    open: () =>
      ReadableStream.from(
        (async function* () {
          let held = "";
          for (const part of parts()) {
            held += part;
            if (held.length < CHUNK) continue;
            yield encoder.encode(held);
            held = "";
          }
          yield encoder.encode(held);
        })(),
      ),
  };
}

let notes = 0;
let leaked = 0;
const decoder = new TextDecoder();
// What the process needs for itself, its code compiled and its buffers made.
const warm = new BufferSink();
await sanitise(bytesSource(encoder.encode(`${HEAD}${TAIL}`)), warm, { key: KEY });
const before = process.memoryUsage().rss / 1e6;
const report = await sanitise(
  sourceOf(kind === "body" ? oneBody : manyEntries),
  {
    write(chunk) {
      const text = decoder.decode(chunk);
      if (text.includes("redacted: value too long")) notes++;
      if (text.includes("02LmxA7tHu63")) leaked++;
    },
  },
  { key: KEY },
);
const peak = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ before, peak, entries: report.entries, refused: report.refused.length, notes, leaked }));
