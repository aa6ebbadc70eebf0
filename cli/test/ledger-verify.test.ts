import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { fingerprint, fingerprintWords, makeReceipt, manifestHash } from "@breakwater/seal";
import type { Json } from "@breakwater/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { act, logAct, makeWorld, sealFile } from "../../packages/seal/test/world.ts";
import { run } from "../src/run.ts";
import { breakwater } from "./command.ts";

const cwd = mkdtempSync(join(tmpdir(), "breakwater-cli-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

let desk = "";
let words = "";
let file = "";
let receipt = "";

/** A whole world of keys, and the receipt of one file that its customer sealed. */
beforeAll(async () => {
  const world = await makeWorld();
  const { signed } = await sealFile(world, { index: new Uint8Array(1000), headers: new Uint8Array(234) });
  const { manifest } = signed;
  const what = {
    t: "file.create",
    case: manifest.case,
    file: manifest.file,
    parts: manifest.parts.map(({ role }) => role),
    man: manifestHash(manifest),
  } as const;
  const { leaf, proof } = await logAct(world, await act(world.member, "customer", what, manifest.org));
  desk = fingerprint(world.desk.root.publicKey);
  words = fingerprintWords(desk).join(" ");
  file = manifest.file;
  receipt = JSON.stringify(
    makeReceipt({ desk, statements: world.statements as unknown as Json[], manifest: signed, leaf, proof }),
  );
  writeFileSync(join(cwd, "receipt.json"), receipt);
});

const verify = (...args: string[]) => breakwater(["ledger", "verify", ...args], { cwd });

/** The same command without a process of its own, for the thousands of runs below. */
async function verifyHere(text: string): Promise<{ status: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const status = await run(["ledger", "verify", "-", "--desk", desk], {
    stdin: Readable.from([Buffer.from(text)]),
    stdout,
    stderr,
    signal: new AbortController().signal,
  });
  return { status, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
}

describe("breakwater ledger verify", () => {
  it("says in sentences what it checked, against the fingerprint or its 12 words", () => {
    for (const pin of [desk, words, ` ${words.toUpperCase()} `, words.replaceAll(" ", "-")]) {
      const { status, stdout, stderr } = verify("receipt.json", "--desk", pin);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      for (const part of [
        "This receipt verifies.",
        file,
        "in 2 parts of 1234 bytes",
        "replaced 3 secrets",
        "as entry 5 of 6",
        "that you named with --desk",
      ])
        expect(stdout).toContain(part);
    }
  });

  it("shows the desk's words to compare when none are given", () => {
    const { status, stdout } = verify("receipt.json");
    expect(status).toBe(0);
    expect(stdout).toContain(`  ${words}\n`);
    expect(stdout).toContain("Compare its words");
  });

  it("reads standard input", () => {
    expect(breakwater(["ledger", "verify", "-", "--desk", desk], { input: receipt }).status).toBe(0);
  });

  it("exits 1 for another desk than the one that was named", () => {
    const other = fingerprint(new Uint8Array(32).fill(9));
    for (const pin of [other, fingerprintWords(other).join(" ")]) {
      const { status, stdout, stderr } = verify("receipt.json", "--desk", pin);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toBe(
        "This receipt does not verify. The receipt is from another support desk than the one you named with --desk.\n",
      );
    }
  });

  it("exits 1 with the reason when something in the receipt was changed", () => {
    const parsed = JSON.parse(receipt) as {
      manifest: { manifest: { san: { version: string } } };
      proof: string;
      statements: unknown[];
    };
    const cases: [string, RegExp][] = [
      [receipt.replace('"version":"0.1.0"', '"version":"0.1.1"'), /not signed by the device/],
      [receipt.replace("index 5", "index 4"), /index 4/],
      [JSON.stringify({ ...parsed, statements: [] }), /desk/],
      [JSON.stringify({ ...parsed, proof: parsed.proof.slice(0, parsed.proof.lastIndexOf("— ")) }), /witness/],
    ];
    for (const [text, reason] of cases) {
      writeFileSync(join(cwd, "changed.json"), text);
      const { status, stdout, stderr } = verify("changed.json", "--desk", desk);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/^This receipt does not verify\. [^\n]+\n$/);
      expect(stderr).toMatch(reason);
    }
  });

  it("exits 2 with one line for what is no receipt, no file or no fingerprint", () => {
    writeFileSync(join(cwd, "text.json"), "hello");
    writeFileSync(join(cwd, "object.json"), "{}");
    writeFileSync(join(cwd, "big.json"), new Uint8Array(17 * 1024 * 1024));
    writeFileSync(join(cwd, "deep.json"), "[".repeat(100_000));
    mkdirSync(join(cwd, "folder"));
    for (const args of [
      ["text.json"],
      ["object.json"],
      ["big.json"],
      ["deep.json"],
      ["folder"],
      ["missing.json"],
      ["receipt.json", "--desk", "abc"],
      ["receipt.json", "receipt.json"],
      [],
    ]) {
      const { status, stdout, stderr } = verify(...args);
      expect({ status, stdout }, args.join(" ")).toEqual({ status: 2, stdout: "" });
      expect(stderr, args.join(" ")).toMatch(/^breakwater: [^\n]+\n$/);
    }
  });

  it("notices a change of any byte of leaf, proof and manifest", async () => {
    const text = receipt;
    expect((await verifyHere(text)).status).toBe(0);
    const noticed = async (at: number) => {
      const byte = text.charCodeAt(at);
      // The em dash of a signature line is the one character beyond ASCII; another bit keeps the text well-formed.
      const other = String.fromCharCode(byte ^ 1);
      const { status, stdout, stderr } = await verifyHere(text.slice(0, at) + other + text.slice(at + 1));
      expect(status, `byte ${at}: ${text.slice(at - 20, at)}[${text[at]}]${text.slice(at + 1, at + 20)}`).not.toBe(0);
      expect(stdout).toBe("");
      expect(stderr).toMatch(/^(?:breakwater: |This receipt does not verify\. )[^\n]+\n$/);
    };
    const member = (name: string) => text.indexOf(`"${name}":`);
    const bounds = ["manifest", "leaf", "proof"].map(member);
    expect(bounds.every((at) => at > 0)).toBe(true);
    for (let at = member("manifest"); at < text.length; at++) await noticed(at);
  }, 240_000);
});
