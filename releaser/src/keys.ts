import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  generateRecipient,
  generateSigningKey,
  parseStatement,
  signStatement,
  signingKeyFromSeed,
  type SigningKey,
  type Statement,
} from "@breakwater/seal";
import { fromBase64url, parseJson, toBase64url } from "@breakwater/wire";
import { ReleaserError } from "./error.ts";
import { readOrNull, syncDirectory, wipe, writeDurably } from "./files.ts";

export interface CaseKeyPlace {
  readonly org: string;
  readonly case: string;
}
/** The releaser's own keys: what it signs with, and one HPKE key for each case. */
export interface Keys {
  readonly sign: SigningKey;
  /** Seed of the witness's Ed25519 key. */
  readonly witness: Uint8Array;
  /** The public statement of a case's key; undefined when there is no such file. */
  statement(caseId: string): Statement | undefined;
  /** Makes a case's key and its statement. The caller sees to it that it is made once. */
  make(place: CaseKeyPlace, created: string): Promise<Statement>;
  /** Overwrites and removes a case's key. False when there is none. After this returns it is gone from the disk. */
  destroy(caseId: string): boolean;
  /** Only release.ts's openShare has a use for this. Wipe it afterwards. */
  secretOf(caseId: string): Uint8Array;
}

/**
 * Each key is one file (0600), sealed under the master key: destroying a case's content for ever, in every backup of
 * everything else, is one unlink.
 */
export async function openKeys(directory: string): Promise<Keys> {
  const caseDirectory = join(directory, "cases");
  mkdirSync(caseDirectory, { recursive: true, mode: 0o700 });
  const master = secretFile(join(directory, "master.key"), () => randomBytes(32), { seal: same, open: same });
  const sealedUnderMaster = (name: string) => ({
    seal: (plain: Uint8Array) => seal(master, name, plain),
    open: (bytes: Uint8Array) => open(master, name, bytes),
  });
  const newSeed = (await generateSigningKey()).seed;
  const sign = await signingKeyFromSeed(
    secretFile(join(directory, "sign.key"), () => newSeed, sealedUnderMaster("sign")),
  );
  const witness = secretFile(join(directory, "witness.key"), () => randomBytes(32), sealedUnderMaster("witness"));
  const fileOf = (caseId: string): string => join(caseDirectory, `${caseId}.json`);
  return {
    sign,
    witness,
    statement: (caseId) => readCase(fileOf(caseId))?.statement,
    async make(place, created) {
      const key = await generateRecipient();
      const body = {
        v: 1,
        t: "releaser.key",
        created,
        org: place.org,
        case: place.case,
        epoch: 1,
        hpke: toBase64url(key.publicKey),
      } as const;
      const statement = await signStatement(body, sign);
      const secret = toBase64url(seal(master, place.case, key.secretKey));
      writeDurably(fileOf(place.case), JSON.stringify({ statement, secret }));
      key.secretKey.fill(0);
      return statement;
    },
    destroy: (caseId) => wipe(fileOf(caseId)),
    secretOf(caseId) {
      const found = readCase(fileOf(caseId));
      if (!found)
        throw new ReleaserError(
          "key.unknown",
          `The releaser has no key for ${caseId}: it was never made, or it was destroyed.`,
        );
      return open(master, caseId, found.secret);
    },
  };
}

function readCase(path: string): { readonly statement: Statement; readonly secret: Uint8Array } | undefined {
  const bytes = readOrNull(path);
  if (bytes === null) return undefined;
  const value = parseJson(bytes, path, { maxBytes: 65_536, maxDepth: 8 });
  if (
    typeof value === "object" &&
    value !== null &&
    "statement" in value &&
    "secret" in value &&
    typeof value.secret === "string"
  ) {
    return { statement: parseStatement(value.statement), secret: fromBase64url(value.secret) };
  }
  throw new ReleaserError("store.damaged", `${path} is not a key file of the releaser.`);
}

interface Form {
  seal(plain: Uint8Array): Uint8Array;
  open(bytes: Uint8Array): Uint8Array;
}
const same = (bytes: Uint8Array): Uint8Array => bytes;

function secretFile(path: string, make: () => Uint8Array, form: Form): Uint8Array {
  const found = readOrNull(path);
  if (found) return form.open(found);
  const secret = make();
  writeDurably(path, form.seal(secret));
  syncDirectory(join(path, ".."));
  return secret;
}

/** AES-256-GCM: iv(12) ‖ ciphertext ‖ tag(16), bound to the file's name. */
function seal(master: Uint8Array, name: string, plain: Uint8Array): Uint8Array {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", master, iv).setAAD(aadOf(name));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(master: Uint8Array, name: string, sealed: Uint8Array): Uint8Array {
  try {
    const tagAt = sealed.length - 16;
    const decipher = createDecipheriv("aes-256-gcm", master, sealed.subarray(0, 12)).setAAD(aadOf(name));
    decipher.setAuthTag(sealed.subarray(tagAt));
    return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(12, tagAt)), decipher.final()]));
  } catch (cause) {
    throw new ReleaserError("store.damaged", `The key "${name}" of the releaser does not open with its master key.`, {
      cause,
    });
  }
}

function aadOf(name: string): Buffer {
  return Buffer.from(`breakwater/v1/releaser-key\0${name}`);
}
