import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines, hunks } from "./diff.ts";

describe("diffLines()", () => {
  it("gives both texts back, for any two", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before, after);
        const side = (without: string): string =>
          lines
            .filter(({ kind }) => kind !== without)
            .map(({ text: line }) => line)
            .join("\n");
        expect(side("added")).toBe(before);
        expect(side("removed")).toBe(after);
      }),
    );
  });

  it("numbers lines on the side where they are, and leaves out what is far from a change", () => {
    const before = Array.from({ length: 20 }, (_, i) => `line ${i + 1}`).join("\n");
    const lines = hunks(diffLines(before, before.replace("line 10", "changed")), 1);
    expect(lines).toEqual([
      "gap",
      { kind: "same", text: "line 9", before: 9, after: 9 },
      { kind: "removed", text: "line 10", before: 10, after: undefined },
      { kind: "added", text: "changed", before: undefined, after: 10 },
      { kind: "same", text: "line 11", before: 11, after: 11 },
      "gap",
    ]);
  });
});
