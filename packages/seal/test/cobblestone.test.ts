import { createHash, createHmac } from "node:crypto";
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CHUNK,
  chunkOffset,
  ciphertextSize,
  commitment,
  decrypt,
  decryptStream,
  encrypt,
  encryptFrom,
  encryptRange,
  encryptStream,
  HEADER,
  newSalt,
  newSecret,
  openRange,
  plaintextSize,
  randomAccess,
  SealError,
  type ByteSource,
  type SaltedSecret,
} from "../src/index.ts";
import { hex, readVectors, vectorsMissing } from "./shared.ts";

const SIZES = [
  0,
  1,
  CHUNK - 1,
  CHUNK,
  CHUNK + 1,
  3 * CHUNK + 7,
  64 * CHUNK - 1,
  64 * CHUNK,
  64 * CHUNK + 1,
  130 * CHUNK + 5,
];

function secretOf(context = "context"): SaltedSecret {
  return { key: newSecret(), context: new TextEncoder().encode(context), salt: newSalt() };
}
function sample(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 7 + (i >> 8) * 13) & 255;
  return bytes;
}
function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
function source(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
}
async function join(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const out: Uint8Array[] = [];
  for await (const piece of stream) out.push(piece);
  return Buffer.concat(out);
}
/** What came out before the stream failed, and how it failed. */
async function drain(stream: AsyncIterable<Uint8Array>): Promise<{ readonly out: Buffer; readonly error: unknown }> {
  const out: Uint8Array[] = [];
  try {
    for await (const piece of stream) out.push(piece);
  } catch (error) {
    return { out: Buffer.concat(out), error };
  }
  return { out: Buffer.concat(out), error: undefined };
}

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly key: string;
  readonly ctx: string;
  readonly ct: string;
  readonly msgLength?: number;
  readonly msgSha512?: string;
  readonly result: "valid" | "invalid";
  readonly flags: readonly string[];
}
const COBBLESTONE = "wycheproof/c2sp_chunked_encryption_aes_256_gcm_test.json";

describe.skipIf(vectorsMissing(COBBLESTONE))("Wycheproof Cobblestone-256", () => {
  const groups = vectorsMissing(COBBLESTONE)
    ? []
    : (JSON.parse(readVectors(COBBLESTONE)) as { testGroups: { tests: Vector[] }[] }).testGroups;
  const vectors = groups.flatMap((group) => group.tests);
  const sha512 = (bytes: Uint8Array): string => createHash("sha512").update(bytes).digest("hex");

  it("has the 35 cases, 10 of them valid, that the figures are about", () => {
    expect(vectors).toHaveLength(35);
    expect(vectors.filter((vector) => vector.result === "valid")).toHaveLength(10);
  });

  for (const vector of vectors) {
    const secret = { key: hex(vector.key), context: hex(vector.ctx) };
    const ciphertext = new Uint8Array(inflateSync(hex(vector.ct)));
    const title = `${vector.tcId} ${vector.comment}`;

    if (vector.result === "valid") {
      it(`decrypt: ${title}: buffered, streamed, byte by byte, at random; encrypt: bit for bit`, async () => {
        const plain = await decrypt(ciphertext, secret);
        expect([plain.length, sha512(plain)]).toEqual([vector.msgLength, vector.msgSha512]);
        for (const size of [ciphertext.length, 4099, 1]) {
          expect(sha512(await join(decryptStream(pieces(ciphertext, size), secret)))).toBe(vector.msgSha512);
        }
        expect(sha512(await openRange(source(ciphertext), secret, { start: 0, end: plain.length }))).toBe(
          vector.msgSha512,
        );
        const salted = { ...secret, salt: ciphertext.slice(0, 24) };
        expect(Buffer.compare(await encrypt(plain, salted), ciphertext)).toBe(0);
        expect(Buffer.compare(await join(encryptStream(pieces(plain, 1000), salted)), ciphertext)).toBe(0);
      });
    } else {
      it(`decrypt: ${title}: refused buffered, streamed, byte by byte, at random`, async () => {
        await expect(decrypt(ciphertext, secret)).rejects.toBeInstanceOf(SealError);
        for (const size of [ciphertext.length || 1, 4099, 1]) {
          const { out, error } = await drain(decryptStream(pieces(ciphertext, size), secret));
          expect(error).toBeInstanceOf(SealError);
          expect(out.length).toBeLessThanOrEqual(vector.msgLength ?? 0);
          if (out.length > 0 && out.length === vector.msgLength) expect(sha512(out)).toBe(vector.msgSha512);
        }
        const whole = randomAccess(source(ciphertext), secret).then((access) => access.read(0, access.size));
        await expect(whole).rejects.toBeInstanceOf(SealError);
      });
    }
  }
});

describe("encrypt and decrypt", () => {
  it("are inverse at every edge of a chunk and of a batch, buffered and streamed, and the sizes are as foretold", async () => {
    for (const size of SIZES) {
      const secret = secretOf();
      const plain = sample(size);
      const sealed = await encrypt(plain, secret);
      expect(sealed.length).toBe(ciphertextSize(size));
      expect(plaintextSize(sealed.length)).toBe(size);
      expect(Buffer.compare(await decrypt(sealed, secret), plain)).toBe(0);
      expect(Buffer.compare(await join(encryptStream(pieces(plain, 5000), secret)), sealed)).toBe(0);
      expect(Buffer.compare(await join(decryptStream(pieces(sealed, 70_001), secret)), plain)).toBe(0);
      expect(Buffer.from(sealed.subarray(24, HEADER))).toEqual(Buffer.from(commitment(secret)));
    }
  });

  it("are inverse for any plaintext, key, context and cutting", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3 * CHUNK, size: "max" }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 64 }),
        fc.integer({ min: 1, max: 40_000 }),
        async (plain, key, context, cut) => {
          const sealed = await encrypt(plain, { key, context, salt: newSalt() });
          expect(Buffer.compare(await join(decryptStream(pieces(sealed, cut), { key, context })), plain)).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("refuse any flipped byte, with no plaintext of its chunk out", async () => {
    const secret = secretOf();
    const plain = sample(CHUNK + 100);
    const sealed = await encrypt(plain, secret);
    const places = [
      ...Array(HEADER + 40).keys(),
      ...Array.from({ length: 80 }, (_, i) => Math.floor((i * sealed.length) / 80)),
      sealed.length - 1,
    ];
    for (const at of places) {
      const changed = sealed.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      await expect(decrypt(changed, secret)).rejects.toMatchObject({
        code: at < HEADER ? "cipher.commitment" : "cipher.authentication",
      });
      const { out, error } = await drain(decryptStream(pieces(changed, 999), secret));
      expect(error).toBeInstanceOf(SealError);
      expect(out.length).toBe(0);
    }
  });

  it("refuse every cut and every extension", async () => {
    const secret = secretOf();
    const sealed = await encrypt(sample(2 * CHUNK), secret);
    const cuts = [
      0,
      1,
      55,
      56,
      57,
      71,
      72,
      73,
      chunkOffset(1) - 1,
      chunkOffset(1),
      chunkOffset(1) + 1,
      chunkOffset(1) + 16,
      chunkOffset(2),
      sealed.length - 1,
    ];
    for (const cut of cuts) {
      const { error } = await drain(decryptStream([sealed.subarray(0, cut)], secret));
      expect(error).toBeInstanceOf(SealError);
      await expect(decrypt(sealed.subarray(0, cut), secret)).rejects.toBeInstanceOf(SealError);
      await expect(randomAccess(source(sealed.subarray(0, cut)), secret)).rejects.toBeInstanceOf(SealError);
    }
    for (const extra of [1, 15, 16, 17, 16_399, 16_400, 16_416]) {
      const longer = new Uint8Array(sealed.length + extra);
      longer.set(sealed);
      const { error } = await drain(decryptStream([longer], secret));
      expect(error).toBeInstanceOf(SealError);
      await expect(randomAccess(source(longer), secret)).rejects.toBeInstanceOf(SealError);
    }
  });

  it("let out only what verified when a late chunk is bad", async () => {
    const secret = secretOf();
    const plain = sample(200 * CHUNK);
    const sealed = await encrypt(plain, secret);
    sealed[chunkOffset(150)] = (sealed[chunkOffset(150)] ?? 0) ^ 1;
    const { out, error } = await drain(decryptStream([sealed], secret));
    expect(error).toMatchObject({ code: "cipher.authentication" });
    expect(out.length).toBeLessThanOrEqual(150 * CHUNK);
    expect(Buffer.compare(out, plain.subarray(0, out.length))).toBe(0);
  });

  it("leave no unhandled rejection behind when the consumer stops early", async () => {
    const secret = secretOf();
    const sealed = await encrypt(sample(300 * CHUNK), secret);
    sealed.fill(0, chunkOffset(70));
    for await (const piece of decryptStream([sealed], secret)) {
      expect(piece.length).toBe(64 * CHUNK);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it("refuse another context, another key and keys of the wrong size", async () => {
    const secret = secretOf("here");
    const sealed = await encrypt(sample(10), secret);
    await expect(decrypt(sealed, { ...secret, context: new Uint8Array() })).rejects.toMatchObject({
      code: "cipher.commitment",
    });
    await expect(decrypt(sealed, { ...secret, key: newSecret() })).rejects.toMatchObject({ code: "cipher.commitment" });
    await expect(decrypt(sealed, { ...secret, key: new Uint8Array(16) })).rejects.toMatchObject({ code: "cipher.key" });
    await expect(encrypt(sample(10), { ...secret, salt: new Uint8Array(12) })).rejects.toMatchObject({
      code: "cipher.key",
    });
  });
});

describe("decrypt of a ciphertext that opens under two keys", () => {
  it("is refused by the commitment: AES-GCM alone would accept both", async () => {
    const first = secretOf();
    const second = { ...secretOf(), context: first.context };
    const { ciphertext, keys, nonces } = await twoKeyChunk(first, second);
    // The attack works against AES-GCM itself: one ciphertext, two keys, both tags verify.
    for (const i of [0, 1] as const) {
      const key = await crypto.subtle.importKey("raw", keys[i], "AES-GCM", false, ["decrypt"]);
      await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonces[i] }, key, ciphertext);
    }
    // One header can hold one salt and one commitment: the other key's holder is refused before any chunk.
    const blob = Buffer.concat([first.salt, commitment(first), ciphertext]);
    await expect(decrypt(blob, first)).resolves.toHaveLength(ciphertext.length - 16);
    await expect(decrypt(blob, { ...second, salt: first.salt } as SaltedSecret)).rejects.toMatchObject({
      code: "cipher.commitment",
    });
  });
});

describe("randomAccess", () => {
  it("reads any range as the buffered decryption has it", async () => {
    const secret = secretOf();
    const plain = sample(70 * CHUNK + 123);
    const access = await randomAccess(source(await encrypt(plain, secret)), secret);
    expect(access.size).toBe(plain.length);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: plain.length }),
        fc.integer({ min: 0, max: plain.length }),
        async (a, b) => {
          const [start, end] = [Math.min(a, b), Math.max(a, b)];
          expect(Buffer.compare(await access.read(start, end), plain.subarray(start, end))).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
    for (const edge of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 64 * CHUNK, plain.length - 1, plain.length]) {
      expect(Buffer.compare(await access.read(0, edge), plain.subarray(0, edge))).toBe(0);
      expect(Buffer.compare(await access.read(edge, plain.length), plain.subarray(edge))).toBe(0);
    }
    await expect(access.read(0, plain.length + 1)).rejects.toMatchObject({ code: "cipher.range" });
    await expect(access.read(5, 4)).rejects.toMatchObject({ code: "cipher.range" });
  });

  it("refuses a source that gives fewer bytes than it says", async () => {
    const secret = secretOf();
    const sealed = await encrypt(sample(10), secret);
    const short: ByteSource = { size: sealed.length, read: async () => new Uint8Array(3) };
    await expect(randomAccess(short, secret)).rejects.toMatchObject({ code: "cipher.truncated" });
  });
});

describe("encryptFrom and encryptRange", () => {
  it("make the same bytes as the whole, from any chunk and for any range: an upload resumes identically", async () => {
    const secret = secretOf();
    const plain = sample(67 * CHUNK + 11);
    const whole = await encrypt(plain, secret);
    for (const chunk of [0, 1, 3, 64, 66, 67]) {
      const rest = await join(encryptFrom(pieces(plain.subarray(chunk * CHUNK), 9999), secret, chunk));
      expect(Buffer.compare(rest, whole.subarray(chunkOffset(chunk)))).toBe(0);
    }
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.length }),
        fc.integer({ min: 0, max: whole.length }),
        async (a, b) => {
          const range = { start: Math.min(a, b), end: Math.max(a, b) };
          expect(
            Buffer.compare(await encryptRange(source(plain), secret, range), whole.subarray(range.start, range.end)),
          ).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
    for (const edge of [
      0,
      1,
      HEADER - 1,
      HEADER,
      HEADER + 1,
      chunkOffset(1),
      chunkOffset(64),
      chunkOffset(67),
      whole.length,
    ]) {
      expect(
        Buffer.compare(await encryptRange(source(plain), secret, { start: 0, end: edge }), whole.subarray(0, edge)),
      ).toBe(0);
      expect(
        Buffer.compare(
          await encryptRange(source(plain), secret, { start: edge, end: whole.length }),
          whole.subarray(edge),
        ),
      ).toBe(0);
    }
  });
});

/**
 * One AES-GCM ciphertext that verifies under two keys (Dodis, Grubbs, Ristenpart, Woodage 2018, section 3): with the
 * first block chosen freely, the two tag equations are linear in a second block and can be solved in GF(2^128).
 */
async function twoKeyChunk(first: SaltedSecret, second: SaltedSecret) {
  const [a, b] = [await gcmOf(first), await gcmOf(second)];
  // tag = C1·H^3 ⊕ C2·H^2 ⊕ L·H ⊕ E(J0), for two blocks: choose C1, solve C2 so that both tags agree.
  const c1 = 0x1234567890abcdefn;
  const length = 256n;
  const square = (x: bigint): bigint => multiply(x, x);
  const fixed = (k: typeof a): bigint => multiply(c1, multiply(square(k.h), k.h)) ^ multiply(length, k.h) ^ k.mask;
  const c2 = multiply(fixed(a) ^ fixed(b), invert(square(a.h) ^ square(b.h)));
  const tag = fixed(a) ^ multiply(c2, square(a.h));
  const ciphertext = hex([c1, c2, tag].map((block) => block.toString(16).padStart(32, "0")).join(""));
  return { ciphertext, keys: [a.key, b.key] as const, nonces: [a.nonce, b.nonce] as const };
}

/** The chunk key's GHASH key and tag mask, with AES as WebCrypto gives it (CTR over zeros is the block cipher). */
async function gcmOf(secret: SaltedSecret) {
  const info = Buffer.concat([
    Buffer.from("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"),
    secret.salt,
    secret.context,
  ]);
  const t1 = createHmac("sha512", secret.key).update(info).update(Uint8Array.of(1)).digest();
  const key = new Uint8Array(t1.subarray(0, 32));
  const nonce = new Uint8Array(t1.subarray(32, 44));
  const ctr = await crypto.subtle.importKey("raw", key, "AES-CTR", false, ["encrypt"]);
  const block = async (counter: Uint8Array<ArrayBuffer>): Promise<bigint> => {
    const out = await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 32 }, ctr, new Uint8Array(16));
    return BigInt(`0x${Buffer.from(out).toString("hex")}`);
  };
  return { key, nonce, h: await block(new Uint8Array(16)), mask: await block(new Uint8Array([...nonce, 0, 0, 0, 1])) };
}

/** GF(2^128) as GCM writes it: the first bit is the highest bit of the first byte (NIST SP 800-38D, 6.3). */
function multiply(x: bigint, y: bigint): bigint {
  let z = 0n;
  let v = y;
  for (let i = 127n; i >= 0n; i--) {
    if ((x >> i) & 1n) z ^= v;
    v = v & 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n;
  }
  return z;
}
function invert(x: bigint): bigint {
  let result = 1n << 127n;
  let power = x;
  // x^(2^128 - 2)
  for (let i = 1; i < 128; i++) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}
