import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  appendLeaves,
  consistencyProof,
  decodeBundle,
  emptyRoot,
  encodeBundle,
  inclusionProof,
  inclusionProofs,
  leafHash,
  LedgerError,
  MemoryTiles,
  nodeHash,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
  type TileReader,
} from "../src/index.ts";
import { entry, flipped, referenceRoot } from "./shared.ts";

const SIZES = 300;
const hashes = Array.from({ length: 70_000 }, (_, i) => leafHash(entry(i)));
const reference = (size: number) => referenceRoot(hashes.slice(0, size), nodeHash, emptyRoot());

async function logOf(size: number): Promise<MemoryTiles> {
  const tiles = new MemoryTiles();
  await tiles.append(Array.from({ length: size }, (_, i) => entry(i)));
  return tiles;
}

describe("inclusionProof", () => {
  it(`proves every leaf of every tree of up to ${SIZES} leaves`, async () => {
    const log = await logOf(SIZES);
    for (let size = 1; size <= SIZES; size++) {
      // Partial tiles of smaller sizes were never written; the wider ones serve as well.
      const reader = prefixReader(log, SIZES);
      const root = await treeRoot(size, reader);
      expect(root).toEqual(reference(size));
      const proofs = await inclusionProofs([...Array(size).keys()], size, reader);
      for (const [index, proof] of proofs.entries()) {
        verifyInclusion({ index, size, leafHash: hashes[index] as Uint8Array, root, proof });
      }
      const last = size - 1;
      expect(await inclusionProof(last, size, reader)).toEqual(proofs[last]);
    }
  });

  it("refuses an index outside the tree", async () => {
    const log = await logOf(3);
    await expect(inclusionProof(3, 3, log)).rejects.toMatchObject({ code: "merkle.index" });
    await expect(inclusionProof(0, 0, log)).rejects.toMatchObject({ code: "merkle.index" });
  });
});

describe("inclusionProofs", () => {
  it("gives the proof of each leaf as inclusionProof does, in the order asked, reading each tile once", async () => {
    const log = await logOf(700);
    const reads: string[] = [];
    const counted: TileReader = {
      readTile: (level, index, width) => {
        reads.push(`${level}/${index}`);
        return log.readTile(level, index, width);
      },
    };
    const indexes = Array.from({ length: 700 }, (_, i) => 699 - i);
    const proofs = await inclusionProofs(indexes, 700, counted);
    expect(reads.toSorted()).toEqual(["0/0", "0/1", "0/2", "1/0"]);
    for (const [i, index] of indexes.entries()) {
      verifyInclusion({
        index,
        size: 700,
        leafHash: hashes[index] as Uint8Array,
        root: reference(700),
        proof: proofs[i] ?? [],
      });
      if (index % 50 === 0) expect(proofs[i]).toEqual(await inclusionProof(index, 700, log));
    }
    expect(await inclusionProofs([], 700, counted)).toEqual([]);
    await expect(inclusionProofs([0, 700], 700, counted)).rejects.toMatchObject({ code: "merkle.index" });
  });
});

describe("consistencyProof", () => {
  it(`proves every pair of sizes up to 130, and every seventh up to ${SIZES}`, async () => {
    const reader = prefixReader(await logOf(SIZES), SIZES);
    const roots = Array.from({ length: SIZES + 1 }, (_, size) => reference(size));
    for (let to = 1; to <= SIZES; to++) {
      for (let from = 1; from <= to; from += to <= 130 ? 1 : 7) {
        const proof = await consistencyProof(from, to, reader);
        verifyConsistency({ from, to, fromRoot: roots[from] as Uint8Array, toRoot: roots[to] as Uint8Array, proof });
      }
    }
  });

  it("is empty from nothing and between equal sizes, and refuses to run backwards", async () => {
    const log = await logOf(5);
    expect(await consistencyProof(0, 5, log)).toEqual([]);
    expect(await consistencyProof(5, 5, log)).toEqual([]);
    await expect(consistencyProof(5, 4, log)).rejects.toMatchObject({ code: "merkle.size" });
  });
});

describe("appendLeaves", () => {
  it("gives the one-shot root and the tiles of one append, however the leaves are cut into batches", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 }), async (batches) => {
        const log = new MemoryTiles();
        let at = 0;
        for (const length of batches) {
          const { root, size, tiles } = await log.append(Array.from({ length }, (_, i) => entry(at + i)));
          expect(tiles.length === 0).toBe(length === 0);
          at += length;
          expect(size).toBe(at);
          expect(root).toEqual(reference(at));
        }
        const once = await logOf(at);
        for (const [path, bytes] of once.files) expect(log.files.get(path)).toEqual(bytes);
      }),
      { numRuns: 40 },
    );
  });

  it("writes the tiles that tlog-tiles names for 70,000 leaves, and the proofs across three levels hold", async () => {
    const reader = new MemoryTiles();
    let root = emptyRoot();
    for (let at = 0; at < 70_000; at += 10_000)
      ({ root } = await reader.append(Array.from({ length: 10_000 }, (_, i) => entry(at + i))));
    expect(root).toEqual(reference(70_000));
    const full = (level: number) =>
      [...reader.files.keys()].filter((path) => new RegExp(`^tile/${level}/[x0-9/]+$`).test(path)).length;
    expect([full(0), full(1), full(2)]).toEqual([273, 1, 0]);
    for (const path of ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"])
      expect(reader.files.has(path), path).toBe(true);
    for (const index of [0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999]) {
      verifyInclusion({
        index,
        size: 70_000,
        leafHash: hashes[index] as Uint8Array,
        root,
        proof: await inclusionProof(index, 70_000, reader),
      });
    }
    for (const from of [1, 256, 30_000, 65_536, 69_999]) {
      verifyConsistency({
        from,
        to: 70_000,
        fromRoot: reference(from),
        toRoot: root,
        proof: await consistencyProof(from, 70_000, reader),
      });
    }
  });

  it("refuses leaf hashes and tiles of the wrong length", async () => {
    await expect(appendLeaves(0, [new Uint8Array(31)], new MemoryTiles())).rejects.toMatchObject({
      code: "merkle.hash",
    });
    await expect(appendLeaves(-1, [], new MemoryTiles())).rejects.toMatchObject({ code: "merkle.size" });
    for (const length of [0, 31, 33, 63, 257 * 32]) {
      const reader: TileReader = { readTile: async () => new Uint8Array(length) };
      await expect(treeRoot(2, reader), String(length)).rejects.toMatchObject({ code: "tile.bytes" });
    }
    await expect(treeRoot(2, new MemoryTiles())).rejects.toMatchObject({ code: "tile.missing" });
  });
});

describe("a proof", () => {
  it("fails when any byte of leaf, root, proof, index or size is changed", async () => {
    const log = await logOf(277);
    const inclusion = {
      index: 200,
      size: 277,
      leafHash: hashes[200] as Uint8Array,
      root: reference(277),
      proof: await inclusionProof(200, 277, log),
    };
    const changed = [
      ...each(inclusion.leafHash).map((bytes) => ({ ...inclusion, leafHash: bytes })),
      ...each(inclusion.root).map((bytes) => ({ ...inclusion, root: bytes })),
      ...eachOf(inclusion.proof).map((proof) => ({ ...inclusion, proof })),
      ...[...Array(277).keys()].filter((index) => index !== 200).map((index) => ({ ...inclusion, index })),
      // Sizes 257 to 512 share the path's shape: the signed checkpoint, not the path, fixes the size.
      ...[1, 2, 128, 255, 256, 513, 1000].map((size) => ({ ...inclusion, size })),
    ];
    for (const one of changed) expect(() => verifyInclusion(one)).toThrow(LedgerError);
    const consistency = {
      from: 200,
      to: 277,
      fromRoot: reference(200),
      toRoot: reference(277),
      proof: await consistencyProof(200, 277, log),
    };
    for (const one of [
      ...each(consistency.fromRoot).map((fromRoot) => ({ ...consistency, fromRoot })),
      ...each(consistency.toRoot).map((toRoot) => ({ ...consistency, toRoot })),
      ...eachOf(consistency.proof).map((proof) => ({ ...consistency, proof })),
    ]) {
      expect(() => verifyConsistency(one)).toThrow(LedgerError);
    }
  });
});

describe("encodeBundle and decodeBundle", () => {
  it("are inverse for any entries", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 256 }), (entries) => {
        expect(decodeBundle(encodeBundle(entries), entries.length)).toEqual(
          entries.map((bytes) => new Uint8Array(bytes)),
        );
      }),
      { numRuns: 50 },
    );
    expect(decodeBundle(encodeBundle([new Uint8Array(65_535)]))[0]?.length).toBe(65_535);
  });

  it("refuse entries that are too long, bundles that are too wide or cut short, and another width", () => {
    const code = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return error instanceof LedgerError ? error.code : "other";
      }
      return "accepted";
    };
    expect(code(() => encodeBundle([new Uint8Array(65_536)]))).toBe("bundle.malformed");
    expect(code(() => encodeBundle(Array.from({ length: 257 }, () => new Uint8Array(0))))).toBe("bundle.malformed");
    const good = encodeBundle([entry(1), entry(2)]);
    for (let end = 1; end < good.length; end++) {
      if (end !== good.length / 2) expect(code(() => decodeBundle(good.subarray(0, end), 2))).toBe("bundle.malformed");
    }
    expect(code(() => decodeBundle(good, 1))).toBe("bundle.malformed");
    expect(code(() => decodeBundle(new Uint8Array(257 * 2)))).toBe("bundle.malformed");
  });
});

/** Serves narrower tiles out of the widest ones, as a server may that keeps only the latest partial tile. */
function prefixReader(log: MemoryTiles, size: number): TileReader {
  return {
    readTile: (level, index) =>
      log.readTile(level, index, Math.min(256, Math.floor(size / 256 ** level) - index * 256)),
  };
}

function each(bytes: Uint8Array): Uint8Array[] {
  return [...bytes.keys()].map((at) => flipped(bytes, at));
}

function eachOf(proof: readonly Uint8Array[]): Uint8Array[][] {
  const flips = proof.flatMap((hash, i) => each(hash).map((bytes) => proof.with(i, bytes)));
  return [...flips, proof.slice(1), proof.slice(0, -1), [...proof, ...proof.slice(0, 1)], proof.toReversed()];
}
