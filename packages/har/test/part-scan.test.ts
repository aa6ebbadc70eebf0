import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, test } from "vitest";
import { BufferSink, bytesSource, PART_NAMES, sanitise, scanPart, splitParts } from "../src/index.ts";

const shared = process.env["BREAKWATER_SHARED"] ?? join(import.meta.dirname, "../../../../shared");
const files = [
  "canary/canary.har",
  "corpus/recorded/chrome156.full.har",
  "corpus/jonluca_har-to-openapi__ericduran.github.io.har",
];
const hasShared = existsSync(join(shared, "data/har", files[0] ?? ""));
if (!hasShared) console.log("No shared data: scanPart is tried on a small file only. Set BREAKWATER_SHARED.");

const key = new Uint8Array(32).fill(3);

async function partsOf(har: Uint8Array) {
  const parts = {
    index: new BufferSink(),
    headers: new BufferSink(),
    requestBodies: new BufferSink(),
    responseBodies: new BufferSink(),
  };
  await splitParts(bytesSource(har), parts);
  return parts;
}

it.skipIf(!hasShared).each(files)("scanPart finds nothing in any part of %s after sanitising", async (name) => {
  const sink = new BufferSink();
  await sanitise(bytesSource(readFileSync(join(shared, "data/har", name))), sink, { key });
  const parts = await partsOf(sink.bytes());
  for (const part of PART_NAMES) {
    const { report } = await scanPart(part, bytesSource(parts[part].bytes()), { key });
    expect(report.findings, part).toEqual([]);
  }
});

test("scanPart finds a secret in the part that holds it, and in no other", async () => {
  const entry = {
    request: {
      method: "POST",
      url: "https://app.example/in?token=Zq81kfPw02LmxA7tHu63Vb5n",
      headers: [],
      postData: { mimeType: "application/json", text: '{"password":"correct-horse-9"}' },
    },
    response: { status: 200, headers: [], content: { mimeType: "text/plain", text: "reader@corp.example" } },
  };
  const har = JSON.stringify({ log: { version: "1.2", creator: { name: "t", version: "1" }, entries: [entry] } });
  const parts = await partsOf(new TextEncoder().encode(har));
  const found = async (part: (typeof PART_NAMES)[number]) =>
    (await scanPart(part, bytesSource(parts[part].bytes()), { key })).report.findings.map(({ rule }) => rule);
  expect(await found("index")).toEqual([]);
  expect(await found("headers")).toContain("url.query");
  expect(await found("requestBodies")).toContain("json.name");
  expect(await found("responseBodies")).toEqual(["pii.email"]);
});
