import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, test } from "vitest";
import { BufferSink, bytesSource, diff, InventoryCollector, inspect, sanitise, scan, watchList } from "../src/index.ts";

const shared = process.env["BREAKWATER_SHARED"] ?? join(import.meta.dirname, "../../../../shared");
const folder = join(shared, "data/har");
const hasShared = existsSync(folder);
if (!hasShared)
  console.log("No shared data: inspect, diff and scan are not tried on recorded files. Set BREAKWATER_SHARED.");

const key = new Uint8Array(32).fill(5);
const now = new Date("2026-11-24T00:00:00Z");
const enc = new TextEncoder();

async function clean(input: Uint8Array): Promise<Uint8Array> {
  const sink = new BufferSink();
  await sanitise(bytesSource(input), sink, { key });
  return sink.bytes();
}

const planted = "Zq8Xw7Vu6Ts5Rq4Po3Nm2Lk1";
const small = enc.encode(
  JSON.stringify({
    log: {
      version: "1.2",
      creator: { name: "t", version: "1" },
      entries: [
        {
          request: {
            method: "GET",
            url: `https://a.example/x?token=${planted}`,
            headers: [{ name: "Cookie", value: `sid=${planted}` }],
          },
          _odd: { [planted]: { password: "hunter2hunter2" } },
          time: 3,
        },
        { request: { method: "GET", url: "https://b.example/y", headers: [] }, time: 4 },
      ],
    },
  }),
);

test("inspect counts by host and place and shows no value", async () => {
  const seen = await inspect(bytesSource(small), { key, now });
  expect(seen.entries).toBe(2);
  expect(seen.hosts).toEqual([
    { host: "a.example", entries: 1, findings: expect.any(Number) },
    { host: "b.example", entries: 1, findings: 0 },
  ]);
  expect(seen.places).toContainEqual(
    expect.objectContaining({ rule: "cookie.request", place: "/request/headers/*/value", count: 1, first: 0 }),
  );
  expect(seen.inventory.items).toContainEqual(
    expect.objectContaining({ kind: "cookie", names: ["sid"], entries: [0] }),
  );
  expect(JSON.stringify(seen)).not.toContain(planted.slice(0, 6));
  expect(JSON.stringify(seen)).not.toContain("hunter2");
});

test("diff lists each place that changed and shows no value", async () => {
  const found = await diff(bytesSource(small), bytesSource(await clean(small)));
  expect(found.entries).toEqual({ before: 2, after: 2 });
  expect(found.changes).toContainEqual({ entry: 0, pointer: "/log/entries/0/request/url", change: "value" });
  expect(found.changes).toContainEqual({ entry: 0, pointer: "/log/entries/0/_odd/*", change: "renamed" });
  expect(found.byChange["type"]).toBeUndefined();
  expect(JSON.stringify(found)).not.toContain(planted.slice(0, 6));
});

test("diff of a file with itself is empty, and a missing entry is told", async () => {
  expect((await diff(bytesSource(small), bytesSource(small))).total).toBe(0);
  const one = enc.encode('{"log":{"version":"1.2","creator":{"name":"t","version":"1"},"entries":[]}}');
  const found = await diff(bytesSource(small), bytesSource(one));
  expect(found.entries).toEqual({ before: 2, after: 0 });
  expect(found.byChange["removed"]).toBe(2);
});

test("scan finds what sanitise takes out, and nothing afterwards", async () => {
  expect((await scan(bytesSource(small), { key })).clean).toBe(false);
  const second = await scan(bytesSource(await clean(small)), { key: new Uint8Array(32).fill(6) });
  expect(second.report.findings).toEqual([]);
  expect(second.clean).toBe(true);
});

it.skipIf(!hasShared)(
  "A7: report, inspection, difference and watch-list of the canary file hold no planted value nor its first 5 characters",
  async () => {
    const file = readFileSync(join(folder, "canary/canary.har"));
    const list: Record<string, { value: string; kind: string }> = JSON.parse(
      readFileSync(join(folder, "canary/canaries.json"), "utf8"),
    );
    const observer = new InventoryCollector();
    const sink = new BufferSink();
    const report = await sanitise(bytesSource(file), sink, { key, observer });
    const seen = await inspect(bytesSource(file), { key, now });
    const found = await diff(bytesSource(file), bytesSource(sink.bytes()));
    const watch = watchList(observer, key, now);
    const said = JSON.stringify([report, seen, found, watch]);
    const shown = Object.entries(list).filter(
      ([, item]) => item.kind !== "pii" && (said.includes(item.value) || said.includes(item.value.slice(0, 4))),
    );
    expect(shown.map(([id]) => id)).toEqual([]);
  },
);

it.skipIf(!hasShared)("scan calls every recorded file clean after it was sanitised", async () => {
  const dirty: string[] = [];
  const files = readdirSync(join(folder, "corpus")).filter((name) => /\.har(?:\.gz)?$/.test(name));
  for (const name of files) {
    const input = readFileSync(join(folder, "corpus", name));
    if (input.length > 600_000) continue;
    const output = await clean(input).catch(() => undefined);
    if (output === undefined) continue;
    const { clean: isClean, report } = await scan(bytesSource(output), { key: new Uint8Array(32).fill(8) });
    if (!isClean)
      dirty.push(
        `${name}: ${report.findings
          .slice(0, 4)
          .map((finding) => `${finding.rule} ${finding.pointer}`)
          .join("; ")}`,
      );
  }
  expect(dirty).toEqual([]);
});
