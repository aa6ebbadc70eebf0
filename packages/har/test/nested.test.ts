import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
} from "node:zlib";
import { describe, expect, it } from "vitest";
import { brotli, maybeBrotli, unbrotli } from "../src/brotli.ts";
import { leaks } from "./leak-check.ts";
import { body, har, run } from "./support.ts";

const PASSWORD = "correct horse battery";
const TOKEN = "Zq81kfPw02LmxA7tHu63Bn9s";
const words = "the quick brown fox jumps over the lazy dog and says nothing of value ";

function inner(repeat: number): string {
  return JSON.stringify({ note: words.repeat(repeat), password: PASSWORD, deep: { access_token: TOKEN } });
}

const quality = (level: number) => (data: Buffer) =>
  brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: level } });
const PACKERS: readonly (readonly [string, (data: Buffer) => Buffer])[] = [
  ["gzip", gzipSync],
  ["zlib", (data) => deflateSync(data)],
  ["deflate without a header", deflateRawSync],
  ["Brotli of quality 11", quality(11)],
  ["Brotli of quality 5", quality(5)],
  ["Brotli of quality 1", quality(1)],
  ["Brotli of quality 0", quality(0)],
  ["gzip in gzip", (data) => gzipSync(gzipSync(data))],
  ["gzip in gzip in gzip", (data) => gzipSync(gzipSync(gzipSync(data)))],
  ["Brotli in gzip", (data) => gzipSync(quality(11)(data).toString("base64"))],
  ["gzip in Brotli", (data) => quality(11)(gzipSync(data))],
];

/** Where base64 may stand, and at each alignment. */
const PLACES: readonly (readonly [string, (data: Buffer) => object])[] = [
  ["a JSON member", (data) => body(JSON.stringify({ blob: data.toString("base64") }))],
  ["base64url in a JSON list", (data) => body(JSON.stringify([["x", data.toString("base64url")]]))],
  ["a body of its own", (data) => body(data.toString("base64"), "application/octet-stream", { encoding: "base64" })],
  [
    "base64 in base64",
    (data) => body(JSON.stringify({ a: Buffer.from(`~${data.toString("base64")}`).toString("base64") })),
  ],
];

describe("compressed text inside base64", () => {
  it.each(PACKERS.flatMap(([name, pack]) => PLACES.map(([place, put]) => [name, place, pack, put] as const)))(
    "[har A1] finds what only %s in %s holds",
    async (name, place, pack, put) => {
      // A body that is Brotli alone is not base64 of it: recorders store what the server meant.
      for (const repeat of [1, 4, 60]) {
        const data = pack(Buffer.from(inner(repeat)));
        const { output, report } = await run(har(put(data)));
        expect(leaks(output, [PASSWORD, TOKEN]), `${name} in ${place}, ${data.length} bytes`).toEqual([]);
        expect(report.counts.total).toBeGreaterThan(0);
        expect((await run(output)).output).toBe(output);
      }
    },
  );

  it("keeps the format, so that what it holds still reads", async () => {
    const packed = gzipSync(gzipSync(inner(1)));
    const { output } = await run(har(body(JSON.stringify({ blob: packed.toString("base64") }))));
    const text: unknown = JSON.parse(output, (key, value: unknown) =>
      key === "text" && typeof value === "string" ? JSON.parse(value) : value,
    );
    const blob = /"blob":"([^"]+)"/.exec(JSON.stringify(text))?.[1] ?? "";
    const clear: unknown = JSON.parse(gunzipSync(gunzipSync(Buffer.from(blob, "base64"))).toString());
    expect(clear).toMatchObject({ note: words, password: expect.stringMatching(/^redacted/) });
  });

  it.each([
    ["cut short", gzipSync(inner(20)).subarray(0, -20)],
    ["zlib cut short", deflateSync(inner(20)).subarray(0, -20)],
    ["beyond the ratio", gzipSync(Buffer.alloc(80 << 20))],
    ["in one another too deeply", gzipSync(gzipSync(gzipSync(gzipSync(inner(1)))))],
  ])(
    "[har D2] masks whole what is %s, and reports it",
    async (_, data) => {
      const { output, report } = await run(har(body(JSON.stringify({ blob: data.toString("base64"), ok: "kept" }))));
      expect(report.refused).toMatchObject([{ reason: "compressed text that cannot be unpacked" }]);
      expect(output).not.toContain(data.toString("base64").slice(0, 40));
      expect(output).toContain("kept");
      expect((await run(output)).output).toBe(output);
    },
    20_000,
  );
});

describe("brotli", () => {
  it("writes what every decoder reads, of any length", () => {
    for (const length of [1, 2, 65_535, 65_536, 65_537, 200_000]) {
      const data = Buffer.from(words.repeat(Math.ceil(length / words.length)).slice(0, length));
      const packed = brotli(data);
      expect(brotliDecompressSync(packed).equals(data)).toBe(true);
      if (length > 8) expect(Buffer.from(unbrotli(packed) ?? []).equals(data)).toBe(true);
    }
  });

  it("takes few random bytes for Brotli, and none of them for text", () => {
    let tried = 0;
    let seed = 7;
    const random = (): number => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) >>> 16;
    for (let i = 0; i < 3000; i++) {
      const bytes = Uint8Array.from({ length: 24 + (random() % 200) }, () => random() & 0xff);
      if (!maybeBrotli(bytes)) continue;
      tried++;
      expect(unbrotli(bytes)).toBeUndefined();
    }
    expect(tried).toBeLessThan(600);
  });
});
