import { concat, equalBytes, fromBase64, toBase64, utf8, utf8Decode } from "@breakwater/wire";
import { ed25519FromSeed, ed25519Sign, ed25519Verifier, type Ed25519Key } from "./ed25519.ts";
import { LedgerError } from "./error.ts";
import { formatVkey, isKeyName, makeVkey, NOTE_ED25519, parseVkey, type Vkey } from "./vkey.ts";

/** c2sp.org/signed-note asks for at least 16 signatures of up to 5 kB each. */
export const MAX_NOTE_BYTES = 262_144;
const MAX_SIGNATURES = 64;

export interface Signer {
  readonly name: string;
  readonly keyId: Uint8Array;
  /** The verifier key text to hand to others. */
  readonly vkey: string;
  /** The signature over the note's text, without the key id. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export interface Verifier {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly publicKey: Uint8Array;
  verify(message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** A note taken apart; nothing in it has been verified. */
export interface ParsedNote {
  /** Ends in a newline; this is what the signatures are over. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface OpenedNote {
  readonly text: string;
  /** Valid signatures of known keys, one for each key, in the order of the note. */
  readonly verified: readonly (NoteSignature & { readonly verifier: Verifier })[];
}

/** An Ed25519 note signer (type 1) from a key pair or a 32-byte seed. */
export async function makeSigner(name: string, key: Ed25519Key | Uint8Array): Promise<Signer> {
  const pair = key instanceof Uint8Array ? await ed25519FromSeed(key) : key;
  const vkey = makeVkey(name, NOTE_ED25519, pair.publicKey);
  return { name, keyId: vkey.keyId, vkey: formatVkey(vkey), sign: (message) => ed25519Sign(pair, message) };
}

/** An Ed25519 note verifier (type 1) from a verifier key text, or from a name and a public key. */
export async function makeVerifier(
  from: string | { readonly name: string; readonly publicKey: Uint8Array },
): Promise<Verifier> {
  const vkey: Vkey = typeof from === "string" ? parseVkey(from) : makeVkey(from.name, NOTE_ED25519, from.publicKey);
  if (vkey.type !== NOTE_ED25519)
    throw new LedgerError(
      "key.malformed",
      `The key of ${vkey.name} is of type ${vkey.type}; notes are signed with type ${NOTE_ED25519}.`,
    );
  return {
    name: vkey.name,
    keyId: vkey.keyId,
    publicKey: vkey.publicKey,
    verify: await ed25519Verifier(vkey.publicKey),
  };
}

export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  return `— ${name} ${toBase64(concat(keyId, signature))}\n`;
}

export async function signNote(text: string, signers: readonly Signer[]): Promise<string> {
  checkText(text);
  if (signers.length === 0 || signers.length > MAX_SIGNATURES) {
    throw new LedgerError("note.unsigned", `A note takes 1 to ${MAX_SIGNATURES} signatures, not ${signers.length}.`);
  }
  const message = utf8(text);
  const lines = await Promise.all(
    signers.map(async (signer) =>
      formatSignature({ name: signer.name, keyId: signer.keyId, signature: await signer.sign(message) }),
    ),
  );
  return `${text}\n${lines.join("")}`;
}

/** The note with further signature lines, such as a witness's answer. The lines are parsed, not verified. */
export function addSignatures(note: string, lines: string): string {
  const { text } = parseNote(note);
  const added = parseNote(`${text}\n${lines}`);
  const all = note + added.signatures.map(formatSignature).join("");
  parseNote(all);
  return all;
}

/** Takes a note apart by the rules of c2sp.org/signed-note, without verifying anything. */
export function parseNote(note: Uint8Array | string): ParsedNote {
  const source = readSource(note);
  const cut = source.lastIndexOf("\n\n");
  if (cut < 0 || !source.endsWith("\n")) throw malformed("it is not a text, an empty line and signature lines");
  const lines = source.slice(cut + 2, -1).split("\n");
  if (source.length === cut + 2) throw malformed("it has no signature");
  if (lines.length > MAX_SIGNATURES)
    throw new LedgerError(
      "note.tooLarge",
      `The note has ${lines.length} signatures; at most ${MAX_SIGNATURES} are accepted.`,
    );
  return { text: source.slice(0, cut + 1), signatures: lines.map(parseSignature) };
}

/**
 * Verifies a note. Unknown keys are ignored; one bad signature of a known key refuses the note;
 * at least one known key must have signed.
 */
export async function openNote(note: Uint8Array | string, verifiers: readonly Verifier[]): Promise<OpenedNote> {
  const { text, signatures } = parseNote(note);
  const message = utf8(text);
  const verified = new Map<Verifier, NoteSignature & { readonly verifier: Verifier }>();
  for (const signature of signatures) {
    const verifier = verifiers.find(({ name, keyId }) => name === signature.name && equalBytes(keyId, signature.keyId));
    if (verifier === undefined) continue;
    if (!(await verifier.verify(message, signature.signature))) {
      throw new LedgerError("note.badSignature", `The signature of ${verifier.name} on the note is not valid.`);
    }
    if (!verified.has(verifier)) verified.set(verifier, { ...signature, verifier });
  }
  if (verified.size === 0) throw new LedgerError("note.unsigned", "No known key signed the note.");
  return { text, verified: [...verified.values()] };
}

function parseSignature(line: string, i: number): NoteSignature {
  const where = `signature line ${i + 1}`;
  const [dash, name, encoded, ...rest] = line.split(" ");
  if (dash !== "—" || name === undefined || encoded === undefined || rest.length > 0)
    throw malformed(`${where} is not "— name base64"`);
  if (!isKeyName(name)) throw malformed(`${where} has no valid key name`);
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(encoded);
  } catch (cause) {
    throw malformed(`${where} is not base64`, cause);
  }
  if (bytes.length < 5) throw malformed(`${where} is too short`);
  return { name, keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
}

function readSource(note: Uint8Array | string): string {
  if (note.length > MAX_NOTE_BYTES)
    throw new LedgerError("note.tooLarge", `The note is longer than ${MAX_NOTE_BYTES} bytes.`);
  let source: string;
  try {
    source = typeof note === "string" ? note : utf8Decode(note);
  } catch (cause) {
    throw malformed("it is not UTF-8", cause);
  }
  checkCharacters(source);
  return source;
}

function checkText(text: string): void {
  if (text.length > MAX_NOTE_BYTES)
    throw new LedgerError("note.tooLarge", `The note is longer than ${MAX_NOTE_BYTES} bytes.`);
  if (!text.endsWith("\n")) throw malformed("its text does not end in a newline");
  checkCharacters(text);
}

function checkCharacters(text: string): void {
  // oxlint-disable-next-line no-control-regex -- the rule of the format is about control characters
  if (!text.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(text))
    throw malformed("it holds characters that a note may not hold");
}

function malformed(why: string, cause?: unknown): LedgerError {
  return new LedgerError(
    "note.malformed",
    `This is not a signed note: ${why}.`,
    cause === undefined ? undefined : { cause },
  );
}
