import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  decodeBundle,
  emptyRoot,
  leafHash,
  LedgerError,
  makeVerifier,
  nodeHash,
  openCheckpoint,
  verifyConsistency,
  verifyInclusion,
  MemoryTiles,
} from "../src/index.ts";
import { base64, entry, jsonFiles, readJson, referenceRoot, vectorFolder } from "./shared.ts";

const merkle = vectorFolder("merkle");
const tlog = vectorFolder("tlog");

interface InclusionVector {
  leafIdx: number;
  treeSize: number;
  root: string;
  leafHash: string;
  proof: string[] | null;
  wantErr: boolean;
}
interface ConsistencyVector {
  size1: number;
  size2: number;
  root1: string;
  root2: string;
  proof: string[] | null;
  wantErr: boolean;
}

/** What a check threw, or undefined; anything but a LedgerError is a defect. */
function refusal(check: () => void): LedgerError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
}

describe("verifyInclusion and verifyConsistency", () => {
  it.skipIf(merkle === undefined)(
    "agree with all 196 vectors of transparency-dev/merkle, the edge rules included",
    () => {
      let seen = 0;
      for (const path of jsonFiles(join(merkle ?? "", "testdata/inclusion"))) {
        const { leafIdx, treeSize, root, leafHash: leaf, proof, wantErr } = readJson<InclusionVector>(path);
        const error = refusal(() =>
          verifyInclusion({
            index: leafIdx,
            size: treeSize,
            leafHash: base64(leaf),
            root: base64(root),
            proof: (proof ?? []).map(base64),
          }),
        );
        expect(error !== undefined, `${path}: ${error?.message ?? "accepted"}`).toBe(wantErr);
        seen++;
      }
      for (const path of jsonFiles(join(merkle ?? "", "testdata/consistency"))) {
        const { size1, size2, root1, root2, proof, wantErr } = readJson<ConsistencyVector>(path);
        const error = refusal(() =>
          verifyConsistency({
            from: size1,
            to: size2,
            fromRoot: base64(root1),
            toRoot: base64(root2),
            proof: (proof ?? []).map(base64),
          }),
        );
        expect(error !== undefined, `${path}: ${error?.message ?? "accepted"}`).toBe(wantErr);
        seen++;
      }
      expect(seen).toBe(196);
    },
  );

  it("refuse hashes that are not 32 bytes, sizes that are not whole and the tree without leaves", () => {
    const hash = leafHash(entry(0));
    const inclusion = { index: 0, size: 1, leafHash: hash, root: hash, proof: [] };
    expect(() => verifyInclusion(inclusion)).not.toThrow();
    for (const [change, code] of [
      [{ leafHash: hash.subarray(1), root: hash.subarray(1) }, "merkle.hash"],
      [{ leafHash: new Uint8Array(0), root: new Uint8Array(0) }, "merkle.hash"],
      [{ size: 0 }, "merkle.size"],
      [{ size: 1.5 }, "merkle.size"],
      [{ size: 2 ** 53 }, "merkle.size"],
      [{ index: -1 }, "merkle.index"],
      [{ index: 1 }, "merkle.index"],
      [{ index: Number.NaN }, "merkle.index"],
      [{ proof: [hash] }, "merkle.proof"],
      [{ proof: Array.from({ length: 64 }, () => hash) }, "merkle.proof"],
    ] as const) {
      expect(refusal(() => verifyInclusion({ ...inclusion, ...change }))?.code, JSON.stringify(change)).toBe(code);
    }
    const same = { from: 1, to: 1, fromRoot: hash, toRoot: hash, proof: [] };
    expect(() => verifyConsistency(same)).not.toThrow();
    expect(refusal(() => verifyConsistency({ ...same, from: 0 }))?.code).toBe("merkle.size");
    expect(refusal(() => verifyConsistency({ ...same, from: 0, to: 0 }))?.code).toBe("merkle.size");
    expect(refusal(() => verifyConsistency({ ...same, from: 2 }))?.code).toBe("merkle.size");
    expect(refusal(() => verifyConsistency({ ...same, toRoot: leafHash(entry(1)) }))?.code).toBe("merkle.root");
  });

  it.skipIf(tlog === undefined)("accept the proofs of the CT log Argon2020", () => {
    const folder = join(tlog ?? "", "testdata/argon2020");
    const { tree_size: size, sha256_root_hash: root } = readJson<{ tree_size: number; sha256_root_hash: string }>(
      join(folder, "sth.json"),
    );
    const { leaf_index: index, audit_path: path } = readJson<{ leaf_index: number; audit_path: string[] }>(
      join(folder, "proof.json"),
    );
    const { entries } = readJson<{ entries: { leaf_input: string }[] }>(join(folder, "entries.json"));
    const inclusion = {
      index,
      size,
      leafHash: leafHash(base64(entries[0]?.leaf_input)),
      root: base64(root),
      proof: path.map(base64),
    };
    expect(() => verifyInclusion(inclusion)).not.toThrow();
    expect(refusal(() => verifyInclusion({ ...inclusion, index: index + 1 }))?.code).toBe("merkle.root");
  });

  it.skipIf(tlog === undefined)("accept Tessera's test log: all 15 signed roots, from its own entries", async () => {
    const folder = join(tlog ?? "", "testdata/log");
    // The public key of Tessera's testdata/log.
    const log = await makeVerifier("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx");
    const entries = decodeBundle(Uint8Array.from(readFileSync(join(folder, "tile/entries/000.p/15"))), 15);
    const tiles = new MemoryTiles();
    for (const [i, one] of entries.entries()) {
      const { root } = await tiles.append([one]);
      const checkpoint = await openCheckpoint(Uint8Array.from(readFileSync(join(folder, `checkpoint.${i + 1}`))), log);
      expect(checkpoint.size).toBe(i + 1);
      expect(Buffer.from(root).toString("hex")).toBe(Buffer.from(checkpoint.root).toString("hex"));
      expect(tiles.files.get(`tile/0/000.p/${i + 1}`)).toEqual(
        Uint8Array.from(readFileSync(join(folder, `tile/0/000.p/${i + 1}`))),
      );
      expect(tiles.files.get(`tile/entries/000.p/${i + 1}`)).toEqual(
        Uint8Array.from(readFileSync(join(folder, `tile/entries/000.p/${i + 1}`))),
      );
    }
  });
});

describe("leafHash, nodeHash and emptyRoot", () => {
  // The reference leaves and roots of Certificate Transparency's merkletree tests (RFC 6962 section 2.1.3's shape).
  const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
  const roots = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ];

  it("make the reference roots of Certificate Transparency", () => {
    expect(Buffer.from(emptyRoot()).toString("hex")).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    for (const [i, root] of roots.entries()) {
      const hashes = leaves.slice(0, i + 1).map((hex) => leafHash(Uint8Array.from(Buffer.from(hex, "hex"))));
      expect(Buffer.from(referenceRoot(hashes, nodeHash, emptyRoot())).toString("hex")).toBe(root);
    }
  });
});
