import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { leaks } from "./leak-check.ts";
import { DATA, hasData, run } from "./support.ts";

interface Canary {
  readonly value: string;
  readonly kind: "secret" | "pii" | "echo";
}

const text = hasData ? readFileSync(join(DATA, "canary/canary.har"), "utf8") : "{}";
const canaries: Record<string, Canary> = hasData
  ? JSON.parse(readFileSync(join(DATA, "canary/canaries.json"), "utf8"))
  : {};
const values = Object.values(canaries).map((canary) => canary.value);

function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reordered(member)]),
  );
}

/** Another seed: every canary that stands in the file as it is becomes a random one of the same letters and length. */
function reseeded(seed: number): { text: string; values: string[] } {
  let state = seed * 2654435761;
  const next = (): number => (state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  let out = text;
  const made: string[] = [];
  for (const { value } of Object.values(canaries)) {
    if (!/^Cn[A-Z]\d\dx/.test(value) || !out.includes(value)) continue;
    let fresh = "";
    while (fresh.length < value.length) fresh += alphabet.charAt(next() % 62);
    out = out.replaceAll(value, fresh);
    made.push(fresh);
  }
  return { text: out, values: made };
}

describe.skipIf(!hasData)("sanitise on the canary file", () => {
  it("the checker sees all 110 values in the input", () => {
    expect(leaks(text, values)).toHaveLength(new Set(values).size);
  });

  it("A1: leaves 0 of 99 secrets and 0 of 11 personal values", async () => {
    const { output, report } = await run(text);
    expect(leaks(output, values)).toEqual([]);
    expect(report.counts.total).toBeGreaterThan(110);
  });

  const parsed: { log: { entries: unknown[] } } = JSON.parse(text);
  const forms: [string, () => string | Uint8Array][] = [
    ["entries reversed", () => JSON.stringify({ log: { ...parsed.log, entries: [...parsed.log.entries].reverse() } })],
    ["names reversed", () => JSON.stringify(reordered(parsed))],
    ["indented", () => JSON.stringify(parsed, null, 4)],
    ["CRLF", () => JSON.stringify(parsed, null, 1).replace(/\n/g, "\r\n")],
    ["byte order mark", () => `\uFEFF${text}`],
    [
      "header names in capitals",
      () =>
        text.replace(/"name": ?"([a-z-]{4,})", ?"value"/g, (whole) =>
          whole.replace(/"([a-z-]{4,})", ?"value"/, (name) => name.toUpperCase().replace('"VALUE"', '"value"')),
        ),
    ],
  ];
  it.each(forms)("A2: the same with %s", async (_, make) => {
    expect(leaks((await run(make())).output, values)).toEqual([]);
  });

  it("A2: the same for 20 other seeds", async () => {
    let planted = 0;
    const left: string[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const fresh = reseeded(seed);
      planted += fresh.values.length;
      const { output } = await run(fresh.text);
      left.push(...leaks(output, fresh.values).map((value) => `${seed}: ${value}`));
    }
    expect(planted).toBeGreaterThan(1200);
    expect(left).toEqual([]);
  });

  it("A7: shows no value, nor four characters of one at their place, in the report", async () => {
    const { report } = await run(text);
    const shown = JSON.stringify(report);
    expect(values.filter((value) => shown.includes(value.slice(0, 12)))).toEqual([]);
  });
});
