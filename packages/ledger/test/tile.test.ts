import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { entriesPath, LedgerError, parseTilePath, tilePath, tileWidth } from "../src/index.ts";

describe("tilePath and parseTilePath", () => {
  it("write the paths of tlog-tiles", () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe("tile/0/x001/x234/067");
    expect(tilePath({ level: 63, index: 0, width: 1 })).toBe("tile/63/000.p/1");
    expect(tilePath({ level: 1, index: 1000, width: 255 })).toBe("tile/1/x001/000.p/255");
    expect(entriesPath(273, 112)).toBe("tile/entries/273.p/112");
  });

  it("are inverse for every tile", () => {
    const index = fc.oneof(fc.nat(3000), fc.maxSafeNat());
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 63 }), index, fc.integer({ min: 1, max: 256 }), (level, n, width) => {
        expect(parseTilePath(tilePath({ level, index: n, width }))).toEqual({ level, index: n, width });
        expect(parseTilePath(entriesPath(n, width))).toEqual({ level: "entries", index: n, width });
      }),
    );
  });

  it("refuse every other spelling", () => {
    for (const path of [
      "",
      "tile",
      "tile/",
      "/tile/0/000",
      "tile/0/000/",
      "tile/00/000",
      "tile/64/000",
      "tile/-1/000",
      "tile/0/0",
      "tile/0/00",
      "tile/0/0000",
      "tile/0/x000/000",
      "tile/0/x000/001",
      "tile/0/x001/x000",
      "tile/0/000.p/0",
      "tile/0/000.p/256",
      "tile/0/000.p/01",
      "tile/0/000.p/",
      "tile/0/000.p",
      "tile/0/../000",
      "tile/0/001\n",
      "tile/data/000",
      "tile/entries/x999/x999/x999/x999/x999/999",
      "tile/0/000.p/999",
      "TILE/0/000",
      "tile/0/x01/000",
    ]) {
      expect(() => parseTilePath(path), path).toThrow(LedgerError);
    }
    for (const tile of [
      { level: -1, index: 0, width: 1 },
      { level: 0, index: -1, width: 1 },
      { level: 0, index: 0, width: 0 },
      { level: 0, index: 0, width: 257 },
      { level: 0.5, index: 0, width: 1 },
    ]) {
      expect(() => tilePath(tile)).toThrow(LedgerError);
    }
  });
});

describe("tileWidth", () => {
  it("is what tlog-tiles says for 70,000 and 256 leaves", () => {
    expect([tileWidth(0, 272, 70_000), tileWidth(0, 273, 70_000), tileWidth(0, 274, 70_000)]).toEqual([256, 112, 0]);
    expect([
      tileWidth(1, 0, 70_000),
      tileWidth(1, 1, 70_000),
      tileWidth(2, 0, 70_000),
      tileWidth(3, 0, 70_000),
    ]).toEqual([256, 17, 1, 0]);
    expect([tileWidth(0, 0, 256), tileWidth(1, 0, 256)]).toEqual([256, 1]);
  });
});
