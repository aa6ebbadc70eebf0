import { describe, expect, it } from "vitest";
import { readBeside, readCorpus, readHandwritten, runCorpus } from "./test/corpus.ts";

const HANDWRITTEN = ["1a", "2a", "2b", "2c", "3a", "3b", "3c", "4a", "4d", "4e", "4f", "5b"];

describe("[vault 33] the engine that decides", () => {
  it("answers Cedar's published corpus of 7,809 tests as it says", () => {
    const corpus = readCorpus();
    if (corpus === undefined) return;
    const tally = runCorpus(corpus.tests, corpus.read);
    expect(tally.mismatches).toEqual([]);
    expect(tally.requests).toBeGreaterThan(50_000);
    expect(tally.unreadable).toBeLessThan(tally.requests / 100);
  }, 120_000);

  it("answers the handwritten examples beside it as they say", () => {
    if (readCorpus() === undefined) return;
    const names = [...HANDWRITTEN.map((name) => `example_use_cases/${name}.json`), "multi/1.json", "decimal/1.json"];
    expect(runCorpus(readHandwritten(names), readBeside, true)).toMatchObject({ mismatches: [], unreadable: 0 });
  });
});
