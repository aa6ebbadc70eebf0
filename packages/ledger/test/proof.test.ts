import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addSignatures,
  formatProof,
  inclusionProof,
  LedgerError,
  makeCosignatureVerifier,
  makeCosigner,
  makeSigner,
  makeVerifier,
  MemoryTiles,
  parseNote,
  parseProof,
  signCheckpoint,
  verifyProof,
} from "../src/index.ts";
import { entry, flipped } from "./shared.ts";

const SIZE = 300;
const log = await makeSigner("desk.example/log/one", new Uint8Array(32).fill(1));
const cosigners = await Promise.all([2, 3].map((n) => makeCosigner(`w${n}.example`, new Uint8Array(32).fill(n))));
const tiles = new MemoryTiles();
const { root } = await tiles.append(Array.from({ length: SIZE }, (_, i) => entry(i)));
const bare = await signCheckpoint({ origin: log.name, size: SIZE, root, extensions: [] }, [log]);
const { text } = parseNote(bare);
const checkpoint = addSignatures(
  bare,
  (await Promise.all(cosigners.map((cosigner) => cosigner.cosign(text, 1_700_000_000)))).join(""),
);
const witnesses = await Promise.all(cosigners.map(({ vkey }) => makeCosignatureVerifier(vkey)));
const policy = { log: await makeVerifier(log.vkey), witnesses, quorum: 2 };

const proofOf = async (index: number, note = checkpoint) =>
  formatProof({ index, proof: await inclusionProof(index, SIZE, tiles), checkpoint: note });

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "accepted";
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}

describe("verifyProof", () => {
  it("accepts the proof of every entry, with what the checkpoint says", async () => {
    for (let index = 0; index < SIZE; index += 13) {
      const verified = await verifyProof(await proofOf(index), entry(index), policy);
      expect(verified).toMatchObject({
        index,
        checkpoint: { origin: log.name, size: SIZE, cosignatures: [{ name: "w2.example" }, { name: "w3.example" }] },
      });
    }
  });

  it("refuses the proof when any byte of it, or of the entry, is changed", async () => {
    const proof = new TextEncoder().encode(await proofOf(257));
    for (const at of proof.keys())
      expect(await codeOf(verifyProof(flipped(proof, at), entry(257), policy)), `byte ${at}`).not.toBe("accepted");
    for (const at of entry(257).keys())
      expect(await codeOf(verifyProof(proof, flipped(entry(257), at), policy))).toBe("merkle.root");
    for (const index of [0, 256, 258, 299])
      expect(await codeOf(verifyProof(proof, entry(index), policy))).toBe("merkle.root");
  });

  it("needs the quorum, of different keys that are known", async () => {
    expect(await codeOf(verifyProof(await proofOf(1, bare), entry(1), policy))).toBe("proof.quorum");
    expect(await codeOf(verifyProof(await proofOf(1, bare), entry(1), { ...policy, quorum: 0 }))).toBe("accepted");
    const one = addSignatures(bare, (await cosigners[0]?.cosign(text, 5)) ?? "");
    expect(await codeOf(verifyProof(await proofOf(1, one), entry(1), policy))).toBe("proof.quorum");
    expect(await codeOf(verifyProof(await proofOf(1, one), entry(1), { ...policy, quorum: 1 }))).toBe("accepted");
    const twice = addSignatures(one, (await cosigners[0]?.cosign(text, 6)) ?? "");
    expect(await codeOf(verifyProof(await proofOf(1, twice), entry(1), policy))).toBe("proof.quorum");
    const renamed = await makeCosignatureVerifier({
      name: "other.example",
      publicKey: witnesses[0]?.publicKey ?? new Uint8Array(0),
    });
    expect(
      await codeOf(verifyProof(await proofOf(1), entry(1), { ...policy, witnesses: [...witnesses, renamed] })),
    ).toBe("proof.quorum");
    for (const quorum of [-1, 3, 1.5, Number.NaN])
      expect(await codeOf(verifyProof(await proofOf(1), entry(1), { ...policy, quorum }))).toBe("proof.quorum");
  });
});

describe("parseProof and formatProof", () => {
  it("are inverse, with and without extra data", async () => {
    for (const extra of [undefined, new Uint8Array(0), new TextEncoder().encode("age-v1.2.1-darwin-arm64.tar.gz")]) {
      const proof = {
        index: 3,
        proof: await inclusionProof(3, SIZE, tiles),
        checkpoint,
        ...(extra === undefined ? {} : { extra }),
      };
      expect(parseProof(formatProof(proof))).toEqual(proof);
      expect(parseProof(new TextEncoder().encode(formatProof(proof)))).toEqual(proof);
      expect(await codeOf(verifyProof(formatProof(proof), entry(3), policy))).toBe("accepted");
    }
  });

  it("write the layout of tlog-proof", async () => {
    const lines = (await proofOf(7)).split("\n");
    expect(lines[0]).toBe("c2sp.org/tlog-proof@v1");
    expect(lines[1]).toBe("index 7");
    expect(lines.indexOf("")).toBe(2 + 9);
    expect(lines[12]).toBe(log.name);
  });

  it("refuse every other spelling and anything too long", async () => {
    const good = await proofOf(7);
    for (const bad of [
      "",
      good.replace("@v1", "@v2"),
      good.replace("index 7", "index 07"),
      good.replace("index 7", "index -7"),
      good.replace("index 7\n", ""),
      good.replace("index 7", "extra AA==\nextra AA==\nindex 7"),
      good.replace("index 7", "extra A\nindex 7"),
      good.replace("index 7", "index 7\nAAAA"),
      good.replace("\n\n", "\n"),
      `\n${good}`,
      `${good}\n`,
      good.replaceAll("\n", "\r\n"),
      "x".repeat(500_000),
      good.replace("index 7", `index 7${"\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=".repeat(60)}`),
      good.replace("index 7", `extra ${"AAAA".repeat(22_000)}\nindex 7`),
    ]) {
      expect(() => parseProof(bad), bad.slice(0, 60)).toThrow(expect.objectContaining({ code: "proof.malformed" }));
    }
    fc.assert(
      fc.property(fc.string(), (any) => {
        expect(() => parseProof(`c2sp.org/tlog-proof@v1\n${any}`)).toThrow(LedgerError);
      }),
    );
  });
});
