import { describe, expect, it } from "vitest";
import { CasesSearch, narrowing, queryOf } from "./filters.ts";

describe("CasesSearch", () => {
  it("leaves out what does not fit, so that an old or a mistyped address still opens a queue", () => {
    expect(CasesSearch.parse({ state: "gone", priority: "urgent", tag: "UPPER", org: "x", waiting: -1, q: 5 })).toEqual(
      {
        priority: "urgent",
      },
    );
  });
});

describe("queryOf()", () => {
  const now = Date.parse("2026-01-02T12:03:00.000Z");
  it("asks for active cases unless another state is chosen, and for the longest wait first", () => {
    expect(queryOf({}, now)).toMatchObject({ state: "active", sort: undefined, order: undefined });
    expect(queryOf({ state: "all", sort: "waiting" }, now)).toMatchObject({ state: undefined, order: "asc" });
  });
  it("names a time that stays the same for minutes", () => {
    expect(queryOf({ waiting: 2 }, now)["waiting"]).toBe("2026-01-02T10:00:00.000Z");
    expect(queryOf({ waiting: 2 }, now + 60_000)["waiting"]).toBe("2026-01-02T10:00:00.000Z");
  });
});

describe("narrowing()", () => {
  it("counts the filters that are set", () => {
    expect(narrowing({})).toBe(0);
    expect(narrowing({ state: "active", sort: "changed" })).toBe(0);
    expect(narrowing({ state: "closed", unread: true, mine: false, q: "x" })).toBe(3);
  });
});
