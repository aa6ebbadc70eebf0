/** The page's half of cobblestone.browser.test.ts: runs inside Chromium. */
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, type Key } from "hpke";
import { KEM_MLKEM768_X25519 } from "@panva/hpke-noble";
import { fromBase64, fromHex, newId, toBase64url, toHex } from "@breakwater/wire";
import {
  createProof,
  decrypt,
  decryptStream,
  encrypt,
  encryptStream,
  fingerprint,
  generateDeviceKey,
  generateRecipient,
  generateSigningKey,
  hpkeEngine,
  newSalt,
  newSecret,
  openRange,
  openTrust,
  openWith,
  plaintextSize,
  SealError,
  sealTo,
  signStatement,
  verifyProof,
} from "../src/index.ts";

interface Test {
  readonly tcId: number;
  readonly key: string;
  readonly ctx: string;
  /** base64 */
  readonly ct: string;
}
type Answer = Record<"tcId" | "buffered" | "streamed" | "random" | "again", unknown>;

const sha512 = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest("SHA-512", bytes)));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** The digest of what came out, or the code of what went wrong. */
async function outcome(work: () => Promise<Uint8Array<ArrayBuffer>>): Promise<string> {
  try {
    return await sha512(await work());
  } catch (error) {
    return error instanceof SealError ? error.code : `unexpected: ${String(error)}`;
  }
}

async function join(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of stream) pieces.push(new Uint8Array(piece));
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

async function runCobblestone(tests: readonly Test[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const { tcId, key, ctx, ct } of tests) {
    const secret = { key: fromHex(key), context: fromHex(ctx) };
    const blob = fromBase64(ct);
    const pieces = Array.from({ length: Math.ceil(blob.length / 4099) }, (_, i) =>
      blob.subarray(i * 4099, (i + 1) * 4099),
    );
    const source = { size: blob.length, read: async (at: number, length: number) => blob.slice(at, at + length) };
    const buffered = await outcome(() => decrypt(blob, secret));
    const streamed = await outcome(() => join(decryptStream(pieces, secret)));
    const random = await outcome(async () => openRange(source, secret, { start: 0, end: plaintextSize(blob.length) }));
    let again: unknown;
    if (!buffered.startsWith("cipher.")) {
      const sealed = await encrypt(await decrypt(blob, secret), { ...secret, salt: blob.slice(0, 24) });
      again = (await sha512(sealed)) === (await sha512(blob));
    }
    answers.push({ tcId, buffered, streamed, random, again });
  }
  return answers;
}

async function runHpke(nodesKey: string) {
  const own = await generateRecipient();
  const sealed = await sealTo(own.publicKey, text("info"), text("aad"), text("to myself"));
  const opened = new TextDecoder().decode(await openWith(own.secretKey, text("info"), text("aad"), sealed));
  // Whichever engine this browser chose, the other must read it: older ones have no SHA-3 and choose noble.
  const noble = new CipherSuite<Key>(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
  const key = await noble.DeserializePrivateKey(own.secretKey, true);
  const byNoble = new TextDecoder().decode(
    await noble.Open(key, sealed.enc, sealed.ct, { info: text("info"), aad: text("aad") }),
  );
  const toNode = await sealTo(fromBase64(nodesKey), text("info"), text("aad"), text("to node"));
  return { engine: await hpkeEngine(), own: opened, byNoble, enc: [...toNode.enc], ct: [...toNode.ct] };
}

async function runKeys() {
  const root = await generateSigningKey();
  const created = "2026-01-02T03:04:05.678Z";
  const body = {
    v: 1,
    t: "org.root",
    created,
    org: newId("org"),
    kind: "desk",
    name: "Desk",
    key: toBase64url(root.publicKey),
  } as const;
  const trust = await openTrust([await signStatement(body, root)], [fingerprint(root.publicKey)], Date.parse(created));
  const device = await generateDeviceKey();
  const request = { method: "GET", url: "https://desk.example/v1/cases" };
  const proof = await createProof({ ...request, iat: 1000, jti: toBase64url(newSecret()), key: device });
  const verified = await verifyProof(proof, { ...request, now: 1000, maxAgeSeconds: 60 });
  return { desk: trust.desk.id === body.org, exportable: device.privateKey.extractable, proof: verified.iat === 1000 };
}

async function runSpeed(megabytes: number) {
  const piece = new Uint8Array(1_000_000);
  const pieces = Array.from({ length: megabytes }, () => piece);
  const start = performance.now();
  let sealed = 0;
  for await (const out of encryptStream(pieces, { key: newSecret(), context: text(""), salt: newSalt() }))
    sealed += out.length;
  return { size: megabytes * piece.length, seconds: (performance.now() - start) / 1000, sealed };
}

const pageHalf = { runCobblestone, runHpke, runKeys, runSpeed };
export type PageHalf = typeof pageHalf;
Object.assign(globalThis, { seal: pageHalf });
