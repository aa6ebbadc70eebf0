/** The page's half of ledger.browser.test.ts: runs inside Chromium. */
import { fromHex, toHex } from "@breakwater/wire";
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
  signCheckpoint,
  verifyProof,
} from "../src/index.ts";
import { entry } from "./entry.ts";

const SIZE = 700;

/** A proof made from fixed keys: the same text in every engine, since Ed25519 is deterministic. */
export async function makeProof(index: number): Promise<{ proof: string; log: string; witness: string }> {
  const log = await makeSigner("desk.example/log/demo", new Uint8Array(32).fill(1));
  const witness = await makeCosigner("witness.example", new Uint8Array(32).fill(2));
  const tiles = new MemoryTiles();
  const { root } = await tiles.append(Array.from({ length: SIZE }, (_, i) => entry(i)));
  const note = await signCheckpoint({ origin: log.name, size: SIZE, root, extensions: [] }, [log]);
  const checkpoint = addSignatures(note, await witness.cosign(parseNote(note).text, 1_700_000_000));
  const proof = formatProof({ index, proof: await inclusionProof(index, SIZE, tiles), checkpoint });
  return { proof, log: log.vkey, witness: witness.vkey };
}

/** What checking a proof says: the index, or the code of the refusal. */
export async function checkProof(
  given: { readonly proof: string; readonly log: string; readonly witness: string },
  index: number,
): Promise<number | string> {
  const policy = {
    log: await makeVerifier(given.log),
    witnesses: [await makeCosignatureVerifier(given.witness)],
    quorum: 1,
  };
  try {
    return (await verifyProof(given.proof, entry(index), policy)).index;
  } catch (error) {
    return error instanceof LedgerError ? error.code : `unexpected: ${String(error)}`;
  }
}

export interface SignatureTest {
  readonly key: string;
  readonly message: string;
  readonly signature: string;
}

export async function checkSignatures(tests: readonly SignatureTest[]): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (const { key, message, signature } of tests) {
    const verifier = await makeVerifier({ name: "wycheproof", publicKey: fromHex(key) });
    answers.push(await verifier.verify(fromHex(message), fromHex(signature)));
  }
  return answers;
}

export async function publicKeyOf(seed: string): Promise<string> {
  const { publicKey } = await makeVerifier((await makeSigner("a", fromHex(seed))).vkey);
  return toHex(publicKey);
}

const pageHalf = { makeProof, checkProof, checkSignatures, publicKeyOf };
declare global {
  var ledger: typeof pageHalf;
}
globalThis.ledger = pageHalf;
