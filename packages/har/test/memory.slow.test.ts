import { expect, it } from "vitest";
import { memoryOf } from "./memory.ts";

const PATIENCE_MS = 900_000;

it(
  "[har C2] drops one body of 400 MB with a note within 256 MB of memory",
  () => {
    const used = memoryOf("body", 400);
    expect(used).toMatchObject({ entries: 2, refused: 1, notes: 1, leaked: 0 });
    expect(used.peak).toBeLessThan(256);
  },
  PATIENCE_MS,
);

it(
  "[har C2] sanitises 1 GB within 256 MB of memory",
  () => {
    const used = memoryOf("file", 1000);
    expect(used).toMatchObject({ refused: 0, leaked: 0 });
    expect(used.peak).toBeLessThan(256);
  },
  PATIENCE_MS,
);
