import { describe, expect, it } from "vitest";
import { Pseudonyms } from "../src/key.ts";
import { KEY } from "./support.ts";

describe("stand-ins", () => {
  it("[har B2] do not collide over 1,000,000 distinct values", () => {
    const pseudonyms = new Pseudonyms(KEY);
    // 80 bits as two numbers: a set of a million strings would take ten times the memory.
    const high = new Float64Array(1_000_000);
    for (let i = 0; i < high.length; i++) {
      const standIn = pseudonyms.of(`value ${i}`);
      high[i] = Number.parseInt(standIn.slice(8, 21), 16);
    }
    high.sort();
    let equal = 0;
    for (let i = 1; i < high.length; i++) if (high[i] === high[i - 1]) equal++;
    // 52 bits of the 80 already tell all of them apart.
    expect(equal).toBe(0);
    pseudonyms.close();
  }, 120_000);
});
