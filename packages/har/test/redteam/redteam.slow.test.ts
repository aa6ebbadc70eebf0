import { expect, it } from "vitest";
import { run } from "../support.ts";
import { doubled, echoed, placed, wrapped, type Case } from "./cases.ts";
import { exposed } from "./reveal.ts";

/**
 * Every kind in every placement and every echo in every encoding, for many seeds (npm run test:slow).
 * BREAKWATER_FUZZ_SEEDS says how many, BREAKWATER_FUZZ_SEED where to begin. What leaks is listed by kind, encoding and place.
 */
const SEEDS = Number(process.env["BREAKWATER_FUZZ_SEEDS"] ?? 20);
const FIRST = Number(process.env["BREAKWATER_FUZZ_SEED"] ?? 1);

const groups: readonly [string, (seed: number) => Iterable<Case>, number][] = [
  ["A2: every kind in every placement", (seed) => placed(seed, 1), 0.003],
  ["A2: behind encodings", (seed) => wrapped(seed, 1000), 0.02],
  ["A6: every echo in every encoding", (seed) => echoed(seed, 1), 0.01],
  ["A6: echoes in two encodings", (seed) => doubled(seed, 1000), 0.04],
];

it.each(groups)(
  "sanitise against planted values: %s",
  async (_, make, share) => {
    const tally = new Map<string, number>();
    let cases = 0;
    let left = 0;
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      for (const item of make(seed)) {
        cases++;
        if (exposed((await run(item.text)).output, item.secrets).length === 0) continue;
        left++;
        for (const part of item.id.split(/ [>@] /)) tally.set(part, (tally.get(part) ?? 0) + 1);
      }
    }
    const list = [...tally].sort((a, b) => b[1] - a[1]).map(([part, count]) => `${count} ${part}`);
    console.log(`${cases} cases, ${left} leak\n${list.join("\n")}`);
    expect(left / cases).toBeLessThanOrEqual(share);
  },
  24 * 3_600_000,
);
