import { createHash, createHmac, createSign, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";

/**
 * A passkey authenticator in software: it makes ES256 credentials and answers as a platform authenticator does
 * (WebAuthn level 3 sections 6.1, 6.3 and 10.1.4 for PRF). Servers verify its answers with the code that verifies real ones.
 */
export interface Authenticator {
  /** navigator.credentials.create(): a discoverable credential for this relying party. */
  create(options: { rpId: string; origin: string; challenge: string; userHandle: Uint8Array }): CreatedCredential;
  /** navigator.credentials.get() with the newest credential of the relying party, or the one named. */
  get(options: { rpId: string; origin: string; challenge: string; credentialId?: string }): AssertedCredential;
  /** The PRF extension's first result for a credential: 32 bytes that depend on credential and input. */
  prf(credentialId: string, input: Uint8Array): Uint8Array;
}

interface Answer<Response> {
  readonly id: string;
  readonly rawId: string;
  readonly type: "public-key";
  readonly authenticatorAttachment: "platform";
  readonly clientExtensionResults: Record<string, never>;
  readonly response: Response;
}
export type CreatedCredential = Answer<{ clientDataJSON: string; attestationObject: string; transports: string[] }>;
export type AssertedCredential = Answer<{
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
  userHandle: string;
}>;

interface Credential {
  readonly id: Buffer;
  readonly rpId: string;
  readonly userHandle: Uint8Array;
  readonly key: KeyObject;
  readonly prfSecret: Buffer;
  counter: number;
}

export interface Faults {
  /** Answers without verifying the user: a server that asks for verification must refuse. */
  readonly skipVerification?: boolean;
}

const PRESENT = 0x01;
const VERIFIED = 0x04;
const ATTESTED = 0x40;

export function createAuthenticator(faults: Faults = {}): Authenticator {
  const credentials: Credential[] = [];
  const flags = PRESENT | (faults.skipVerification === true ? 0 : VERIFIED);
  const find = (id: string): Credential => {
    const credential = credentials.find((known) => known.id.toString("base64url") === id);
    if (credential === undefined) throw new Error("This authenticator has no such credential.");
    return credential;
  };

  return {
    create({ rpId, origin, challenge, userHandle }) {
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const credential = {
        id: randomBytes(16),
        rpId,
        userHandle,
        key: privateKey,
        prfSecret: randomBytes(32),
        counter: 0,
      };
      credentials.push(credential);
      const idLength = Buffer.from([0, credential.id.length]);
      // AAGUID zero: an authenticator that does not say what it is.
      const attested = Buffer.concat([Buffer.alloc(16), idLength, credential.id, coseKey(publicKey)]);
      const data = authenticatorData(rpId, flags | ATTESTED, credential.counter, attested);
      const object = cborMap([
        ["fmt", cborText("none")],
        ["attStmt", cborMap([])],
        ["authData", cborBytes(data)],
      ]);
      return answer(credential.id, {
        clientDataJSON: clientData("webauthn.create", challenge, origin),
        attestationObject: object.toString("base64url"),
        transports: ["internal"],
      });
    },

    get({ rpId, origin, challenge, credentialId }) {
      const credential =
        credentialId === undefined ? credentials.findLast((known) => known.rpId === rpId) : find(credentialId);
      if (credential === undefined) throw new Error(`This authenticator has no credential for ${rpId}.`);
      credential.counter++;
      const data = authenticatorData(rpId, flags, credential.counter, Buffer.alloc(0));
      const client = clientData("webauthn.get", challenge, origin);
      const hash = createHash("sha256").update(Buffer.from(client, "base64url")).digest();
      const signature = createSign("sha256").update(data).update(hash).sign(credential.key);
      return answer(credential.id, {
        clientDataJSON: client,
        authenticatorData: data.toString("base64url"),
        signature: signature.toString("base64url"),
        userHandle: Buffer.from(credential.userHandle).toString("base64url"),
      });
    },

    prf(credentialId, input) {
      const salt = createHash("sha256").update("WebAuthn PRF\0").update(input).digest();
      return new Uint8Array(createHmac("sha256", find(credentialId).prfSecret).update(salt).digest());
    },
  };
}

function answer<Response>(id: Buffer, response: Response): Answer<Response> {
  const text = id.toString("base64url");
  return {
    id: text,
    rawId: text,
    type: "public-key",
    authenticatorAttachment: "platform",
    clientExtensionResults: {},
    response,
  };
}

function clientData(type: string, challenge: string, origin: string): string {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false })).toString("base64url");
}

function authenticatorData(rpId: string, flags: number, counter: number, attested: Buffer): Buffer {
  const tail = Buffer.alloc(5);
  tail.writeUInt8(flags, 0);
  tail.writeUInt32BE(counter, 1);
  return Buffer.concat([createHash("sha256").update(rpId).digest(), tail, attested]);
}

/** RFC 9053 section 7.1: kty EC2 (2), alg ES256 (-7), crv P-256 (1), x, y. */
function coseKey(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const pairs = [Buffer.from([0x01, 0x02]), Buffer.from([0x03, 0x26]), Buffer.from([0x20, 0x01])];
  return Buffer.concat([
    Buffer.from([0xa5]),
    ...pairs,
    Buffer.from([0x21]),
    cborBytes(Buffer.from(x, "base64url")),
    Buffer.from([0x22]),
    cborBytes(Buffer.from(y, "base64url")),
  ]);
}

/** The little CBOR that an attestation object needs (RFC 8949 section 3). */
function cborHead(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
}
function cborText(text: string): Buffer {
  return Buffer.concat([cborHead(3, Buffer.byteLength(text)), Buffer.from(text)]);
}
function cborBytes(bytes: Buffer): Buffer {
  return Buffer.concat([cborHead(2, bytes.length), bytes]);
}
function cborMap(members: readonly (readonly [string, Buffer])[]): Buffer {
  return Buffer.concat([cborHead(5, members.length), ...members.flatMap(([name, value]) => [cborText(name), value])]);
}
