import { describe, expect, it } from "vitest";
import type { AccessLine } from "../../engine/index.ts";
import { groupLines } from "./groups.ts";

const line = (type: string, id: string, more: Partial<AccessLine> = {}): AccessLine =>
  ({ type, actor: { id }, file: undefined, proof: { ok: true, steps: [] }, ...more }) as AccessLine;

describe("groupLines()", () => {
  it("makes one of what the same person saw again, and keeps every act by itself", () => {
    const groups = groupLines([
      line("file.list", "a"),
      line("case.read", "a"),
      line("file.list", "b"),
      line("file.list", "a"),
      line("case.message", "a"),
      line("case.message", "a"),
      line("file.list", "a"),
      line("key.release", "a", { file: "f" }),
      line("key.release", "a", { file: "f" }),
      line("key.release", "a"),
      line("key.release", "a"),
    ]);
    expect(groups.map(({ line: { type, actor }, count }) => `${type} ${actor.id} ${count}`)).toEqual([
      "file.list a 2",
      "case.read a 1",
      "file.list b 1",
      "case.message a 1",
      "case.message a 1",
      "file.list a 1",
      "key.release a 1",
      "key.release a 1",
      "key.release a 2",
    ]);
  });

  it("is proven only where each of its lines is", () => {
    const bad = line("file.list", "a", { proof: { ok: false, code: "x", message: "y" } });
    expect(groupLines([line("file.list", "a"), bad])).toMatchObject([{ count: 2, ok: false }]);
  });
});
