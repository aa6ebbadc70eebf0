import { expect, test } from "vitest";
import { eventsOf } from "../src/api/news.ts";

async function read(chunks: readonly string[]): Promise<string[]> {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  const events: string[] = [];
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const chunk of bytes) controller.enqueue(chunk);
      controller.close();
    },
  });
  for await (const data of eventsOf(stream)) events.push(data);
  return events;
}

test("eventsOf reads data whatever the chunks, and leaves comments and other fields out", async () => {
  const text = ': hello\n\nid: 3\ndata: {"type":"case.open"}\n\n:\n\ndata: one\ndata: two\n\n';
  const whole = await read([text]);
  expect(whole).toEqual(['{"type":"case.open"}', "one\ntwo"]);
  expect(await read([...text])).toEqual(whole);
});

test("eventsOf refuses a line that never ends", async () => {
  await expect(read(["data: ", "x".repeat(70_000), "x"])).rejects.toThrow(RangeError);
});
