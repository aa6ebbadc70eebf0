import { describe, expect, it } from "vitest";
import { findLines, hexRow, hexRows, WholeReader } from "./whole.ts";

const read = (role: "text" | "raw", ...chunks: readonly number[][]) => {
  const reader = new WholeReader();
  for (const chunk of chunks) reader.push(Uint8Array.from(chunk));
  return reader.end(role);
};

describe("WholeReader", () => {
  it("joins what comes in pieces, also in the middle of a character", () => {
    expect(read("text", [0x61, 0x0a, 0xe3], [0x81, 0x82]).lines).toEqual(["a", "あ"]);
    expect(read("text").lines).toEqual([""]);
  });
  it("shows bytes as bytes where they are no text, and as text where they are nothing else", () => {
    expect(read("raw", [1, 0, 2]).lines).toBeUndefined();
    expect(read("raw", [0xff, 0xfe]).lines).toBeUndefined();
    expect(read("raw", [0x68, 0x69]).lines).toEqual(["hi"]);
  });
});

describe("hexRow()", () => {
  it("says where, which bytes, and their characters", () => {
    const bytes = Uint8Array.from({ length: 20 }, (_, at) => at + 0x3e);
    expect(hexRows(bytes)).toBe(2);
    expect(hexRow(bytes, 1)).toEqual({ at: "00000010", hex: "4e 4f 50 51", text: "NOPQ" });
    expect(hexRow(Uint8Array.of(0, 10, 0x41), 0).text).toBe("··A");
  });
});

describe("findLines()", () => {
  it("finds words in any case", () => {
    expect(findLines(["Error: a", "fine", "an ERROR"], "error")).toEqual([0, 2]);
  });
});
