import { describe, expect, it } from "vitest";
import { memoryOf } from "./memory.ts";

describe("sanitise", () => {
  it("[har C2] drops a body of 64 MB with a note, and needs no memory for it", () => {
    const small = memoryOf("body", 1);
    const used = memoryOf("body", 64);
    expect(used).toMatchObject({ entries: 2, refused: 1, notes: 1, leaked: 0 });
    expect(used.peak - small.peak).toBeLessThan(150);
    expect(used.peak).toBeLessThan(256);
  });

  it("[har C2] needs no more memory for 48 MB of entries than 256 MB", () => {
    const used = memoryOf("file", 48);
    expect(used).toMatchObject({ refused: 0, leaked: 0 });
    expect(used.peak).toBeLessThan(256);
  });
});
