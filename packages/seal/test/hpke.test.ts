import * as HPKE from "hpke";
import * as Noble from "@panva/hpke-noble";
import { describe, expect, it } from "vitest";
import { toHex } from "@breakwater/wire";
import { generateRecipient, hpkeEngine, openWith, PUBLIC_KEY_BYTES, SealError, sealTo } from "../src/index.ts";
import { hex, readVectors, vectorsMissing } from "./shared.ts";

interface Vector {
  readonly mode: number;
  readonly kem_id: number;
  readonly kdf_id: number;
  readonly aead_id: number;
  readonly info: string;
  readonly skRm: string;
  readonly pkRm: string;
  readonly enc: string;
  readonly psk?: string;
  readonly psk_id?: string;
  readonly encryptions: readonly { readonly aad: string; readonly ct: string; readonly pt: string }[];
  readonly exports: readonly {
    readonly exporter_context: string;
    readonly L: number;
    readonly exported_value: string;
  }[];
}
type Kems = Record<number, HPKE.KEMFactory<HPKE.Key>>;

// What @panva/hpke-noble gives for every KEM, and what the host's WebCrypto gives where it has them.
const NOBLE_KEMS: Kems = {
  0x10: Noble.KEM_DHKEM_P256_HKDF_SHA256,
  0x11: Noble.KEM_DHKEM_P384_HKDF_SHA384,
  0x12: Noble.KEM_DHKEM_P521_HKDF_SHA512,
  0x20: Noble.KEM_DHKEM_X25519_HKDF_SHA256,
  0x21: Noble.KEM_DHKEM_X448_HKDF_SHA512,
  0x40: Noble.KEM_ML_KEM_512,
  0x41: Noble.KEM_ML_KEM_768,
  0x42: Noble.KEM_ML_KEM_1024,
  0x50: Noble.KEM_MLKEM768_P256,
  0x51: Noble.KEM_MLKEM1024_P384,
  0x647a: Noble.KEM_MLKEM768_X25519,
};
const BUILT_IN_KEMS: Kems = {
  0x10: HPKE.KEM_DHKEM_P256_HKDF_SHA256,
  0x12: HPKE.KEM_DHKEM_P521_HKDF_SHA512,
  0x20: HPKE.KEM_DHKEM_X25519_HKDF_SHA256,
  0x21: HPKE.KEM_DHKEM_X448_HKDF_SHA512,
  0x40: HPKE.KEM_ML_KEM_512,
  0x41: HPKE.KEM_ML_KEM_768,
  0x42: HPKE.KEM_ML_KEM_1024,
  0x50: HPKE.KEM_MLKEM768_P256,
  0x51: HPKE.KEM_MLKEM1024_P384,
  0x647a: HPKE.KEM_MLKEM768_X25519,
};
const KDFS: Record<number, HPKE.KDFFactory> = {
  1: HPKE.KDF_HKDF_SHA256,
  2: HPKE.KDF_HKDF_SHA384,
  3: HPKE.KDF_HKDF_SHA512,
  16: Noble.KDF_SHAKE128,
  17: Noble.KDF_SHAKE256,
  18: Noble.KDF_TurboSHAKE128,
  19: Noble.KDF_TurboSHAKE256,
};
const AEADS: Record<number, HPKE.AEADFactory> = {
  1: HPKE.AEAD_AES_128_GCM,
  2: HPKE.AEAD_AES_256_GCM,
  3: Noble.AEAD_ChaCha20Poly1305,
  0xffff: HPKE.AEAD_EXPORT_ONLY,
};

async function run(vector: Vector, kems: Kems): Promise<void> {
  const [kem, kdf, aead] = [kems[vector.kem_id], KDFS[vector.kdf_id], AEADS[vector.aead_id]];
  if (!kem || !kdf || !aead) throw new Error("no such algorithm");
  const suite = new HPKE.CipherSuite<HPKE.Key>(kem, kdf, aead);
  const privateKey = await suite.DeserializePrivateKey(hex(vector.skRm), true);
  const publicKey = await suite.DeserializePublicKey(hex(vector.pkRm));
  const psk = vector.psk === undefined ? {} : { psk: hex(vector.psk), pskId: hex(vector.psk_id ?? "") };
  const context = await suite.SetupRecipient({ privateKey, publicKey }, hex(vector.enc), {
    info: hex(vector.info),
    ...psk,
  });
  for (const { exporter_context, L, exported_value } of vector.exports) {
    expect(toHex(await context.Export(hex(exporter_context), L))).toBe(exported_value);
  }
  let sequence = 0;
  for (const { aad, ct, pt } of vector.encryptions) {
    // RFC 9180's file names only some sequence numbers, by their position in a count that we follow.
    const at = Number(new TextDecoder().decode(hex(aad)).replace("Count-", ""));
    if (at !== sequence) break;
    expect(toHex(await context.Open(hex(ct), hex(aad)))).toBe(pt);
    sequence++;
  }
  if (vector.aead_id !== 0xffff) expect(sequence).toBeGreaterThan(1);
}

const RFC9180 = "hpke/rfc9180-test-vectors.json";
const HPKE_PQ = "hpke/hpke-pq-test-vectors.json";
const XWING = "xwing/xwing-test-vectors.json";
function vectors(path: string): Vector[] {
  return vectorsMissing(path) ? [] : (JSON.parse(readVectors(path)) as Vector[]);
}

describe.skipIf(vectorsMissing(RFC9180))("RFC 9180 vectors", () => {
  const all = vectors(RFC9180);
  it("hpke: the 64 of base and psk mode (auth modes are not implemented by design), built in and by noble", async () => {
    const covered = all.filter((vector) => vector.mode < 2);
    expect([all.length, covered.length]).toEqual([128, 64]);
    for (const vector of covered) {
      await run(vector, BUILT_IN_KEMS);
      await run(vector, NOBLE_KEMS);
    }
  });
});

describe.skipIf(vectorsMissing(HPKE_PQ))("hpke-pq vectors", () => {
  const all = vectors(HPKE_PQ);
  it("hpke with noble: all 13; built in: those whose KEM the host has. None is exactly (0x647a, 1, 2); the parts all occur", async () => {
    expect(all).toHaveLength(13);
    const parts = (id: keyof Vector): unknown[] => all.map((vector) => vector[id]);
    expect(all.some((vector) => vector.kem_id === 0x647a && vector.kdf_id === 1)).toBe(true);
    expect(parts("aead_id")).toContain(2);
    const engine = await hpkeEngine();
    for (const vector of all) {
      await run(vector, NOBLE_KEMS);
      if (engine === "built-in" && vector.kem_id in BUILT_IN_KEMS && vector.kem_id !== 0x11)
        await run(vector, BUILT_IN_KEMS);
    }
  });
});

describe.skipIf(vectorsMissing(XWING))("X-Wing vectors", () => {
  it("MLKEM768-X25519: keys and shared secrets are X-Wing's, built in and by noble", async () => {
    const all = vectorsMissing(XWING)
      ? []
      : (JSON.parse(readVectors(XWING)) as { sk: string; pk: string; ct: string; ss: string }[]);
    expect(all).toHaveLength(3);
    for (const { sk, pk, ct, ss } of all) {
      for (const factory of [Noble.KEM_MLKEM768_X25519, HPKE.KEM_MLKEM768_X25519]) {
        const kem = factory();
        const privateKey = await kem.DeserializePrivateKey(hex(sk), true);
        const publicKey = await kem.DeserializePublicKey(hex(pk));
        expect(toHex(await kem.Decap(hex(ct), privateKey, publicKey))).toBe(ss);
        expect(toHex(await kem.Decap(hex(ct), privateKey, undefined))).toBe(ss);
      }
    }
  });
});

describe("sealTo and openWith", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it("are inverse, and the host's engine and noble read each other", async () => {
    const recipient = await generateRecipient();
    expect([recipient.publicKey.length, recipient.secretKey.length]).toEqual([PUBLIC_KEY_BYTES, 32]);
    const sealed = await sealTo(recipient.publicKey, bytes("info"), bytes("aad"), bytes("secret"));
    expect(sealed.enc).toHaveLength(1120);
    expect(await openWith(recipient.secretKey, bytes("info"), bytes("aad"), sealed)).toEqual(bytes("secret"));

    const noble = new HPKE.CipherSuite<HPKE.Key>(
      Noble.KEM_MLKEM768_X25519,
      HPKE.KDF_HKDF_SHA256,
      HPKE.AEAD_AES_256_GCM,
    );
    const privateKey = await noble.DeserializePrivateKey(recipient.secretKey, true);
    const options = { info: bytes("info"), aad: bytes("aad") };
    expect(new Uint8Array(await noble.Open(privateKey, sealed.enc, sealed.ct, options))).toEqual(bytes("secret"));
    const publicKey = await noble.DeserializePublicKey(recipient.publicKey);
    const { encapsulatedSecret, ciphertext } = await noble.Seal(publicKey, bytes("back"), options);
    const back = { enc: new Uint8Array(encapsulatedSecret), ct: new Uint8Array(ciphertext) };
    expect(await openWith(recipient.secretKey, options.info, options.aad, back)).toEqual(bytes("back"));
  });

  it("refuse another info, another aad, another key and any changed byte", async () => {
    const recipient = await generateRecipient();
    const other = await generateRecipient();
    const sealed = await sealTo(recipient.publicKey, bytes("info"), bytes("aad"), bytes("secret"));
    const flipped = (part: Uint8Array, at: number): Uint8Array => part.map((byte, i) => (i === at ? byte ^ 1 : byte));
    const attempts = [
      () => openWith(recipient.secretKey, bytes("Info"), bytes("aad"), sealed),
      () => openWith(recipient.secretKey, bytes("info"), bytes("aae"), sealed),
      () => openWith(other.secretKey, bytes("info"), bytes("aad"), sealed),
      ...[0, 500, 1087, 1088, 1119].map(
        (at) => () =>
          openWith(recipient.secretKey, bytes("info"), bytes("aad"), { ...sealed, enc: flipped(sealed.enc, at) }),
      ),
      ...[...sealed.ct.keys()].map(
        (at) => () =>
          openWith(recipient.secretKey, bytes("info"), bytes("aad"), { ...sealed, ct: flipped(sealed.ct, at) }),
      ),
      () => openWith(recipient.secretKey, bytes("info"), bytes("aad"), { enc: new Uint8Array(3), ct: sealed.ct }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "hpke.open" });
    await expect(openWith(new Uint8Array(31), bytes(""), bytes(""), sealed)).rejects.toMatchObject({
      code: "hpke.key",
    });
    await expect(sealTo(new Uint8Array(PUBLIC_KEY_BYTES - 1), bytes(""), bytes(""), bytes(""))).rejects.toBeInstanceOf(
      SealError,
    );
    await expect(
      sealTo(new Uint8Array(PUBLIC_KEY_BYTES).fill(255), bytes(""), bytes(""), bytes("")),
    ).rejects.toBeInstanceOf(SealError);
  });
});
