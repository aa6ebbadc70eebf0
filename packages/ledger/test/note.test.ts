import { createPublicKey, verify as nodeVerify } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addSignatures,
  ed25519FromSeed,
  formatVkey,
  LedgerError,
  makeSigner,
  makeVerifier,
  makeVkey,
  openNote,
  parseNote,
  parseVkey,
  signNote,
} from "../src/index.ts";
import { readJson, vectorFolder } from "./shared.ts";

// c2sp.org/signed-note, "Example".
const SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const SPEC_NOTE =
  "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const seed = (n: number) => new Uint8Array(32).fill(n);
const wycheproof = vectorFolder("wycheproof");

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "accepted";
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}

describe("openNote", () => {
  it("opens the example of the specification, as text and as bytes", async () => {
    const verifier = await makeVerifier(SPEC_KEY);
    for (const note of [SPEC_NOTE, new TextEncoder().encode(SPEC_NOTE)]) {
      const { text, verified } = await openNote(note, [verifier]);
      expect(text).toBe("This is an example message.\n");
      expect(verified.map(({ name }) => name)).toEqual(["example.com/foo"]);
    }
  });

  it("refuses the note when any byte of it is changed", async () => {
    const verifier = await makeVerifier(SPEC_KEY);
    const bytes = new TextEncoder().encode(SPEC_NOTE);
    for (const at of bytes.keys()) {
      for (const bit of [1, 32, 128]) {
        const copy = bytes.slice();
        copy[at] = (copy[at] ?? 0) ^ bit;
        expect(["note.malformed", "note.unsigned", "note.badSignature"], `byte ${at}`).toContain(
          await codeOf(openNote(copy, [verifier])),
        );
      }
    }
  });

  it("ignores unknown signatures and refuses one bad known signature among good ones", async () => {
    const [a, b] = await Promise.all([makeSigner("a.example", seed(1)), makeSigner("b.example", seed(2))]);
    const [va, vb] = await Promise.all([makeVerifier(a.vkey), makeVerifier(b.vkey)]);
    const note = await signNote("text\n", [a, b]);
    expect((await openNote(note, [va])).verified.length).toBe(1);
    expect((await openNote(note, [va, vb])).verified.length).toBe(2);
    expect(await codeOf(openNote(note, []))).toBe("note.unsigned");
    const stranger = await makeSigner("a.example", seed(3));
    expect(
      (await openNote(addSignatures(note, (await signNote("text\n", [stranger])).slice(6)), [va])).verified.length,
    ).toBe(1);
    const otherText = await signNote("other\n", [b]);
    const forged = note.replace(/— b\.example .*\n$/, otherText.slice(otherText.indexOf("—")));
    expect((await openNote(forged, [va])).verified.length).toBe(1);
    expect(await codeOf(openNote(forged, [va, vb]))).toBe("note.badSignature");
    // A good signature does not hide a bad one by the same key, in either order.
    expect(await codeOf(openNote(note + otherText.slice(otherText.indexOf("—")), [vb]))).toBe("note.badSignature");
  });

  it("counts a key once, however often it signed", async () => {
    const a = await makeSigner("a.example", seed(1));
    const note = await signNote("text\n", [a, a]);
    expect((await openNote(note, [await makeVerifier(a.vkey)])).verified.length).toBe(1);
  });
});

describe("parseNote", () => {
  it("splits at the last empty line, so that a text may hold empty lines", async () => {
    const text = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n";
    const note = `${text}\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n`;
    const parsed = parseNote(note);
    expect(parsed.text).toBe(text);
    expect(parsed.signatures).toMatchObject([{ name: "quasimodo.example/salvatore" }]);
  });

  it("refuses what is not a note, and more than it bounds", () => {
    const line = "— a AAAAAAA=\n";
    expect(parseNote(`t\n\n${line.repeat(64)}`).signatures.length).toBe(64);
    for (const [note, code] of [
      ["", "note.malformed"],
      ["t\n", "note.malformed"],
      ["t\n\n", "note.malformed"],
      [`t\n${line}`, "note.malformed"],
      [`t\n\n${line.slice(0, -1)}`, "note.malformed"],
      [`t\n\n${line}\n`, "note.malformed"],
      [`t\r\n\n${line}`, "note.malformed"],
      [`t\u0000\n\n${line}`, "note.malformed"],
      [`t\ud800\n\n${line}`, "note.malformed"],
      ["t\n\n- a AAAAAAA=\n", "note.malformed"],
      ["t\n\n— a+b AAAAAAA=\n", "note.malformed"],
      ["t\n\n—  AAAAAAA=\n", "note.malformed"],
      ["t\n\n— a\u00a0b AAAAAAA=\n", "note.malformed"],
      ["t\n\n— a AAAAAAA\n", "note.malformed"],
      ["t\n\n— a AAAAAAB=\n", "note.malformed"],
      ["t\n\n— a AAAA\n", "note.malformed"],
      ["t\n\n— a AAAAAAA= x\n", "note.malformed"],
      [`t\n\n${line.repeat(65)}`, "note.tooLarge"],
      [`${"t".repeat(300_000)}\n\n${line}`, "note.tooLarge"],
    ] as const) {
      expect(() => parseNote(note), note.slice(0, 40)).toThrow(expect.objectContaining({ code }));
    }
    expect(() => parseNote(Uint8Array.of(0xff, 10, 10))).toThrow(LedgerError);
  });

  it("never throws anything but LedgerError", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array(),
          fc.string().map((text) => `${text}\n\n— ${text}\n`),
        ),
        (note) => {
          try {
            parseNote(note);
          } catch (error) {
            expect(error).toBeInstanceOf(LedgerError);
          }
        },
      ),
    );
  });
});

describe("signNote", () => {
  it("is opened by openNote, for any text a note may hold, and signs as another implementation verifies", async () => {
    const signer = await makeSigner("a.example", seed(5));
    const verifier = await makeVerifier(signer.vkey);
    const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), verifier.publicKey]);
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (any) => {
        // oxlint-disable-next-line no-control-regex -- what a note may not hold
        const text = `${any.replaceAll(/[\u0000-\u0009\u000b-\u001f]/g, "")}\n`;
        const opened = await openNote(await signNote(text, [signer]), [verifier]);
        expect(opened.text).toBe(text);
        expect(nodeVerify(null, Buffer.from(text), key, opened.verified[0]?.signature ?? new Uint8Array(0))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("refuses texts that are no note and notes without a signer", async () => {
    const signer = await makeSigner("a.example", seed(5));
    expect(await codeOf(signNote("no newline", [signer]))).toBe("note.malformed");
    expect(await codeOf(signNote("tab\t\n", [signer]))).toBe("note.malformed");
    expect(await codeOf(signNote("text\n", []))).toBe("note.unsigned");
  });
});

describe("makeVerifier", () => {
  it.skipIf(wycheproof === undefined)("agrees with the Wycheproof Ed25519 vectors", async () => {
    interface Suite {
      testGroups: { publicKey: { pk: string }; tests: { tcId: number; msg: string; sig: string; result: string }[] }[];
    }
    let seen = 0;
    for (const { publicKey, tests } of readJson<Suite>(`${wycheproof ?? ""}/ed25519_test.json`).testGroups) {
      const verifier = await makeVerifier({
        name: "wycheproof",
        publicKey: Uint8Array.from(Buffer.from(publicKey.pk, "hex")),
      });
      for (const { tcId, msg, sig, result } of tests) {
        const ok = await verifier.verify(
          Uint8Array.from(Buffer.from(msg, "hex")),
          Uint8Array.from(Buffer.from(sig, "hex")),
        );
        expect(ok, `tcId ${tcId}`).toBe(result === "valid");
        seen++;
      }
    }
    expect(seen).toBe(151);
  });
});

describe("parseVkey and formatVkey", () => {
  it("are inverse on the example of the specification and on our keys", async () => {
    expect(formatVkey(parseVkey(SPEC_KEY))).toBe(SPEC_KEY);
    for (let n = 0; n < 20; n++) {
      const { publicKey } = await ed25519FromSeed(seed(n));
      for (const type of [1, 4]) {
        const vkey = makeVkey("desk.example/log/org_x", type, publicKey);
        expect(parseVkey(formatVkey(vkey))).toEqual(vkey);
      }
    }
  });

  it("refuse a changed character anywhere, names with spaces or plus, and other key types", () => {
    for (const at of SPEC_KEY.split("").keys()) {
      for (const other of ["x", "A", "0", "+", " "]) {
        if (SPEC_KEY[at] === other) continue;
        expect(() => parseVkey(SPEC_KEY.slice(0, at) + other + SPEC_KEY.slice(at + 1)), `${at} ${other}`).toThrow(
          LedgerError,
        );
      }
    }
    for (const name of ["", "a b", "a+b", "a\u2003b", "a\n", "\ud800", "a".repeat(256)])
      expect(() => makeVkey(name, 1, seed(1))).toThrow(LedgerError);
    expect(() => makeVkey("a", 1, new Uint8Array(31))).toThrow(LedgerError);
    expect(() => parseVkey(formatVkey(makeVkey("a", 2, seed(1))))).toThrow(LedgerError);
  });
});

describe("ed25519FromSeed", () => {
  it("makes the key pair of RFC 8032 section 7.1, test 1, and keeps the private key to itself", async () => {
    const key = await ed25519FromSeed(
      Uint8Array.from(Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex")),
    );
    expect(Buffer.from(key.publicKey).toString("hex")).toBe(
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    );
    expect(key.privateKey.extractable).toBe(false);
    expect(await codeOf(ed25519FromSeed(new Uint8Array(31)))).toBe("key.malformed");
  });
});
