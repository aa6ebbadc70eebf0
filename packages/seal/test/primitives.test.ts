import { argon2Sync } from "node:crypto";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { argon2id } from "hash-wasm";
import { describe, expect, it } from "vitest";
import { toHex } from "@breakwater/wire";
import { ed25519Sign, ed25519Verify, generateSigningKey, SealError, signingKeyFromSeed } from "../src/index.ts";
import { openSmall, sealSmall } from "../src/webcrypto.ts";
import { hex, readVectors, vectorsMissing } from "./shared.ts";

interface Wycheproof<Group> {
  readonly testGroups: readonly Group[];
}
function read<Group>(path: string): readonly Group[] {
  return vectorsMissing(path) ? [] : (JSON.parse(readVectors(path)) as Wycheproof<Group>).testGroups;
}

const HKDF = "wycheproof/hkdf_sha256_test.json";
describe.skipIf(vectorsMissing(HKDF))("HKDF-SHA256 (noble)", () => {
  it("agrees with Wycheproof", () => {
    type Test = { ikm: string; salt: string; info: string; size: number; okm: string; result: string };
    let count = 0;
    for (const test of read<{ tests: Test[] }>(HKDF).flatMap((group) => group.tests)) {
      const run = (): string => toHex(hkdf(sha256, hex(test.ikm), hex(test.salt), hex(test.info), test.size));
      if (test.result === "valid") expect(run()).toBe(test.okm);
      else expect(run).toThrow();
      count++;
    }
    expect(count).toBe(86);
  });
});

const GCM = "wycheproof/aes_gcm_test.json";
describe.skipIf(vectorsMissing(GCM))("AES-256-GCM with 96-bit nonces (WebCrypto)", () => {
  it("agrees with Wycheproof, through openSmall too", async () => {
    type Test = { key: string; iv: string; aad: string; msg: string; ct: string; tag: string; result: string };
    type Group = { ivSize: number; keySize: number; tagSize: number; tests: Test[] };
    const groups = read<Group>(GCM).filter(
      (group) => group.ivSize === 96 && group.keySize === 256 && group.tagSize === 128,
    );
    let count = 0;
    for (const test of groups.flatMap((group) => group.tests)) {
      const opened = await openSmall(hex(test.key), hex(test.aad), hex(test.iv + test.ct + test.tag));
      expect(opened && toHex(opened)).toBe(test.result === "valid" ? test.msg : null);
      count++;
    }
    expect(count).toBeGreaterThan(50);
  });

  it("sealSmall: opens again, never twice the same, refuses any changed byte", async () => {
    const key = new Uint8Array(32).fill(7);
    const [aad, plain] = [hex("aa"), hex("0102")];
    const sealed = await sealSmall(key, aad, plain);
    expect(await openSmall(key, aad, sealed)).toEqual(plain);
    expect(await sealSmall(key, aad, plain)).not.toEqual(sealed);
    for (const at of sealed.keys())
      expect(
        await openSmall(
          key,
          aad,
          sealed.map((b, i) => (i === at ? b ^ 1 : b)),
        ),
      ).toBeNull();
    expect(await openSmall(key, hex("ab"), sealed)).toBeNull();
    expect(await openSmall(key, aad, sealed.subarray(0, 27))).toBeNull();
  });
});

const ED25519 = "wycheproof/ed25519_test.json";
describe.skipIf(vectorsMissing(ED25519))("Ed25519 (WebCrypto)", () => {
  it("ed25519Verify: agrees with Wycheproof on every signature", async () => {
    type Group = { publicKey: { pk: string }; tests: { tcId: number; msg: string; sig: string; result: string }[] };
    let count = 0;
    for (const group of read<Group>(ED25519)) {
      for (const test of group.tests) {
        const valid = await ed25519Verify(hex(group.publicKey.pk), hex(test.msg), hex(test.sig));
        expect([test.tcId, valid]).toEqual([test.tcId, test.result === "valid"]);
        count++;
      }
    }
    expect(count).toBe(151);
  });
});

describe("signingKeyFromSeed", () => {
  it("gives RFC 8032's public key and signature (section 7.1, test 1)", async () => {
    const key = await signingKeyFromSeed(hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
    expect(toHex(key.publicKey)).toBe("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    expect(toHex(await ed25519Sign(key, new Uint8Array()))).toBe(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    );
    await expect(signingKeyFromSeed(new Uint8Array(31))).rejects.toBeInstanceOf(SealError);
  });

  it("gives a new key each time, and a verifier that takes no garbage for a key", async () => {
    const [a, b] = [await generateSigningKey(), await generateSigningKey()];
    expect(a.seed).not.toEqual(b.seed);
    const sig = await ed25519Sign(a, hex("01"));
    expect(await ed25519Verify(a.publicKey, hex("01"), sig)).toBe(true);
    expect(await ed25519Verify(b.publicKey, hex("01"), sig)).toBe(false);
    expect(await ed25519Verify(a.publicKey, hex("02"), sig)).toBe(false);
    expect(await ed25519Verify(new Uint8Array(31), hex("01"), sig)).toBe(false);
    expect(await ed25519Verify(new Uint8Array(32).fill(255), hex("01"), sig)).toBe(false);
    expect(await ed25519Verify(a.publicKey, hex("01"), sig.subarray(1))).toBe(false);
  });
});

const ARGON2 = "argon2id-cryptography.txt";
describe.skipIf(vectorsMissing(ARGON2))("Argon2id (hash-wasm)", () => {
  it("agrees with RFC 9106 and the reference tool, but for vectors with associated data, which it cannot take", async () => {
    let run = 0;
    let skipped = 0;
    for (const block of readVectors(ARGON2)
      .split(/^COUNT = \d+$/m)
      .slice(1)) {
      const value = Object.fromEntries(
        [...block.matchAll(/^(\w+) ?= ?(.*)$/gm)].map(([, name, text]) => [name, text?.trim() ?? ""]),
      );
      const password = hex(value["pass"] ?? "");
      // hash-wasm takes neither associated data nor an empty password; we use neither.
      if (value["ad"] !== undefined || password.length === 0) {
        skipped++;
        continue;
      }
      const out = await argon2id({
        password,
        salt: hex(value["salt"] ?? ""),
        iterations: Number(value["iter"]),
        parallelism: Number(value["lanes"]),
        memorySize: Number(value["memcost"]),
        hashLength: Number(value["length"]),
        outputType: "hex",
        ...(value["secret"] === undefined ? {} : { secret: hex(value["secret"]) }),
      });
      expect(out).toBe(value["output"]);
      run++;
    }
    expect([run, skipped]).toEqual([4, 2]);
  });

  it("agrees with Node's own, which agrees with every vector, at the parameters that we use", async () => {
    for (const block of readVectors(ARGON2)
      .split(/^COUNT = \d+$/m)
      .slice(1)) {
      const value = Object.fromEntries(
        [...block.matchAll(/^(\w+) ?= ?(.*)$/gm)].map(([, name, text]) => [name, text?.trim() ?? ""]),
      );
      const out = argon2Sync("argon2id", {
        message: hex(value["pass"] ?? ""),
        nonce: hex(value["salt"] ?? ""),
        passes: Number(value["iter"]),
        parallelism: Number(value["lanes"]),
        memory: Number(value["memcost"]),
        tagLength: Number(value["length"]),
        ...(value["secret"] === undefined ? {} : { secret: hex(value["secret"]) }),
        ...(value["ad"] === undefined ? {} : { associatedData: hex(value["ad"]) }),
      });
      expect(out.toString("hex")).toBe(value["output"]);
    }
    const [password, salt] = [new TextEncoder().encode("correct horse"), new Uint8Array(16).fill(3)];
    const ours = await argon2id({
      password,
      salt,
      iterations: 3,
      parallelism: 4,
      memorySize: 65_536,
      hashLength: 32,
      outputType: "hex",
    });
    const nodes = argon2Sync("argon2id", {
      message: password,
      nonce: salt,
      passes: 3,
      parallelism: 4,
      memory: 65_536,
      tagLength: 32,
    });
    expect(ours).toBe(nodes.toString("hex"));
  });
});
