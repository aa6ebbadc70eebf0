import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addSignatures,
  formatCheckpoint,
  LedgerError,
  makeCosignatureVerifier,
  makeCosigner,
  makeSigner,
  makeVerifier,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  signCheckpoint,
} from "../src/index.ts";

const seed = (n: number) => new Uint8Array(32).fill(n);
const root = new Uint8Array(32).fill(170);
const SPEC_TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

describe("parseCheckpoint and formatCheckpoint", () => {
  it("read and write the example of the specification", () => {
    const checkpoint = parseCheckpoint(SPEC_TEXT);
    expect(checkpoint).toMatchObject({ origin: "example.com/behind-the-sofa", size: 20_852_163, extensions: [] });
    expect(formatCheckpoint(checkpoint)).toBe(SPEC_TEXT);
  });

  it("are inverse for any checkpoint", () => {
    const line = fc.string({ minLength: 1 }).filter((text) => !text.includes("\n"));
    fc.assert(
      fc.property(
        line,
        fc.maxSafeNat(),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.array(line, { maxLength: 3 }),
        (origin, size, hash, extensions) => {
          const checkpoint = { origin, size, root: new Uint8Array(hash), extensions };
          expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
        },
      ),
    );
  });

  it("refuse every other spelling", () => {
    const hash = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    for (const text of [
      "",
      "\n",
      "o\n",
      "o\n1\n",
      `\n1\n${hash}\n`,
      `o\n01\n${hash}\n`,
      `o\n-1\n${hash}\n`,
      `o\n1.0\n${hash}\n`,
      `o\n+1\n${hash}\n`,
      `o\n\n${hash}\n`,
      `o\n9007199254740992\n${hash}\n`,
      `o\n99999999999999999999\n${hash}\n`,
      `o\n1\n${hash}`,
      `o\n1\n${hash}\n\n`,
      `o\n1\n${hash}\n\nx\n`,
      "o\n1\nAAAA\n",
      "o\n1\n!\n",
    ]) {
      expect(() => parseCheckpoint(text), JSON.stringify(text)).toThrow(
        expect.objectContaining({ code: "checkpoint.malformed" }),
      );
    }
    for (const checkpoint of [
      { origin: "a\nb" },
      { origin: "" },
      { size: -1 },
      { size: 1.5 },
      { root: new Uint8Array(31) },
      { extensions: [""] },
    ]) {
      expect(() => formatCheckpoint({ origin: "o", size: 1, root, extensions: [], ...checkpoint })).toThrow(
        LedgerError,
      );
    }
  });
});

describe("openCheckpoint", () => {
  it("accepts only the log's own signature under the log's own origin", async () => {
    const one = await makeSigner("desk.example/log/one", seed(1));
    // The same key under another origin: a checkpoint of one log must not pass for another's.
    const two = await makeSigner("desk.example/log/two", seed(1));
    const witness = await makeCosigner("w.example", seed(2));
    const [logOne, logTwo, w] = await Promise.all([
      makeVerifier(one.vkey),
      makeVerifier(two.vkey),
      makeCosignatureVerifier(witness.vkey),
    ]);
    const checkpoint = { origin: "desk.example/log/one", size: 5, root, extensions: [] };
    const note = await signCheckpoint(checkpoint, [one]);
    expect(await openCheckpoint(note, logOne)).toMatchObject({ ...checkpoint, cosignatures: [] });
    await expect(openCheckpoint(note, logTwo)).rejects.toMatchObject({ code: "note.unsigned" });
    await expect(openCheckpoint(await signCheckpoint(checkpoint, [two]), logTwo)).rejects.toMatchObject({
      code: "checkpoint.origin",
    });
    const { text } = parseNote(note);
    const onlyWitness = `${text}\n${await witness.cosign(text, 1)}`;
    await expect(openCheckpoint(onlyWitness, logOne, [w])).rejects.toMatchObject({
      code: "note.unsigned",
      message: expect.stringContaining("did not sign"),
    });
  });
});

describe("makeCosigner and makeCosignatureVerifier", () => {
  it("sign and verify a checkpoint with the caller's time", async () => {
    const log = await makeSigner("desk.example/log/one", seed(1));
    const witness = await makeCosigner("w.example", seed(2));
    const verifier = await makeCosignatureVerifier(witness.vkey);
    const note = await signCheckpoint({ origin: log.name, size: 5, root, extensions: [] }, [log]);
    const { text } = parseNote(note);
    const cosigned = addSignatures(note, await witness.cosign(text, 1_679_315_147));
    const opened = await openCheckpoint(cosigned, await makeVerifier(log.vkey), [verifier]);
    expect(opened.cosignatures).toEqual([{ name: "w.example", time: 1_679_315_147 }]);
    // The layout of tlog-cosignature: eight bytes of time, then the signature.
    const line = parseNote(cosigned).signatures[1];
    expect(line?.signature.length).toBe(72);
    expect(Buffer.from(line?.signature ?? []).readBigUInt64BE(0)).toBe(1_679_315_147n);
    for (const at of Array(72).keys()) {
      const signature = (line?.signature ?? new Uint8Array(0)).slice();
      signature[at] = (signature[at] ?? 0) ^ 1;
      expect(await verifier.verify(new TextEncoder().encode(text), signature), `byte ${at}`).toBe(false);
    }
  });

  it("take the example of tlog-cosignature apart as it says", () => {
    const { signatures } = parseNote(
      `${SPEC_TEXT}\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n`,
    );
    expect(Buffer.from(signatures[1]?.signature ?? []).readBigUInt64BE(0)).toBe(1_679_315_147n);
  });

  it("are another key than the note key of the same name, and refuse times that are no time", async () => {
    const [signer, witness] = [await makeSigner("w.example", seed(2)), await makeCosigner("w.example", seed(2))];
    expect(witness.keyId).not.toEqual(signer.keyId);
    await expect(makeCosignatureVerifier(signer.vkey)).rejects.toMatchObject({ code: "key.malformed" });
    await expect(makeVerifier(witness.vkey)).rejects.toMatchObject({ code: "key.malformed" });
    for (const time of [0, -1, 1.5, Number.NaN, 2 ** 53])
      await expect(witness.cosign("t\n", time)).rejects.toMatchObject({ code: "cosignature.time" });
  });
});
