import { expect, test } from "vitest";
import { compare, onlyChanges } from "./compare.ts";

const lines = (...text: string[]): string => text.join("\n");

test("compare pairs a replaced line with its original and keeps the rest", () => {
  expect(compare(lines("{", '"value": "secret"', "}"), lines("{", '"value": "redacted"', "}"))).toEqual([
    { kind: "same", before: "{", after: "{" },
    { kind: "changed", before: '"value": "secret"', after: '"value": "redacted"' },
    { kind: "same", before: "}", after: "}" },
  ]);
});

test("compare finds its way back after lines that only one side has", () => {
  const rows = compare(lines("name one", "gone", "gone too", "name two"), lines("name one", "name two"));
  expect(rows.map((row) => row.kind)).toEqual(["same", "changed", "changed", "same"]);
  const grown = compare(lines("name one", "name two"), lines("name one", "new here", "name two"));
  expect(grown.map((row) => row.kind)).toEqual(["same", "changed", "same"]);
});

test("compare gives back every line of both texts", () => {
  const before = lines("a1b2", "x", "y", "long line here", "end");
  const after = lines("a1b2", "z", "long line there", "added", "end");
  const rows = compare(before, after).filter((row) => row.kind !== "gap");
  expect(rows.map((row) => row.before).filter((line) => line !== "")).toEqual(before.split("\n"));
  expect(rows.map((row) => row.after).filter((line) => line !== "")).toEqual(after.split("\n"));
});

test("onlyChanges leaves three lines around a change and counts the others", () => {
  const before = Array.from({ length: 20 }, (_, at) => `line ${at}`);
  const after = before.with(10, "other");
  const rows = onlyChanges(compare(before.join("\n"), after.join("\n")));
  expect(rows[0]).toEqual({ kind: "gap", rows: 7 });
  expect(rows.filter((row) => row.kind === "same")).toHaveLength(6);
  expect(rows.at(-1)).toEqual({ kind: "gap", rows: 6 });
});
