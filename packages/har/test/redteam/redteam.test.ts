import { describe, expect, it } from "vitest";
import { run } from "../support.ts";
import { doubled, echoed, placed, wrapped, type Case } from "./cases.ts";
import { exposed } from "./reveal.ts";

/** A few seeds of what redteam.slow.test.ts does with many. What is known to remain is counted, so that it cannot grow unseen. */
async function left(cases: Iterable<Case>): Promise<{ cases: number; ids: string[] }> {
  const ids: string[] = [];
  let count = 0;
  for (const item of cases) {
    count++;
    if (exposed((await run(item.text)).output, item.secrets).length > 0) ids.push(item.id);
  }
  return { cases: count, ids };
}

describe("sanitise against planted values", () => {
  it("reveal: finds every planted value in the input, so that a pass proves something", () => {
    const blind = [...placed(3, 16), ...echoed(3, 10)].filter((item) => exposed(item.text, item.secrets).length === 0);
    expect(blind.map((item) => item.id)).toEqual([]);
  });

  it("A2: hides every kind of secret in every placement", async () => {
    const { cases, ids } = await left(placed(11, 8));
    expect(cases).toBeGreaterThan(400);
    expect(ids.length, ids.join("\n")).toBeLessThanOrEqual(cases / 100);
  });

  it("A2: hides it behind encodings, where it stands nowhere else", async () => {
    const { cases, ids } = await left(wrapped(11, 250));
    expect(cases).toBeGreaterThan(120);
    expect(ids.length, ids.join("\n")).toBeLessThanOrEqual(cases / 40);
  });

  it("A6: hides what is known from a cookie, however it is written elsewhere", async () => {
    const { cases, ids } = await left(echoed(11, 4));
    expect(cases).toBeGreaterThan(150);
    expect(ids.length, ids.join("\n")).toBeLessThanOrEqual(cases / 50);
  });

  it("A6: hides it behind two encodings, one in the other", async () => {
    const { cases, ids } = await left(doubled(11, 200));
    expect(cases).toBeGreaterThan(100);
    expect(ids.length, ids.join("\n")).toBeLessThanOrEqual(cases / 20);
  });
});
