import { prfInput } from "@breakwater/seal";
import { fromBase64url, toBase64url, utf8 } from "@breakwater/wire";

/**
 * Passkeys by WebAuthn level 3, without a library: what the authenticator gives us by PRF is a secret, so the JSON that
 * goes to the server is put together here, member by member, and never carries an extension's results.
 */
export type PasskeyErrorCode =
  | "passkey.unsupported"
  | "passkey.cancelled"
  | "passkey.known"
  | "passkey.noPrf"
  | "passkey.failed";

export class PasskeyError extends Error {
  readonly code: PasskeyErrorCode;
  constructor(code: PasskeyErrorCode, options?: ErrorOptions) {
    super(code, options);
    this.name = "PasskeyError";
    this.code = code;
  }
}

export interface PasskeyResult {
  /** Credential id, base64url. */
  readonly id: string;
  /** For the server. */
  readonly response: Readonly<Record<string, unknown>>;
  readonly prfOutput: Uint8Array;
}

export function passkeysSupported(): boolean {
  return typeof PublicKeyCredential === "function" && isSecureContext;
}

/** False only where the browser says so: an authenticator's answer is known at creation and no earlier. */
export async function prfPossible(): Promise<boolean> {
  if (!passkeysSupported()) return false;
  if (typeof PublicKeyCredential.getClientCapabilities !== "function") return true;
  const capabilities: Readonly<Record<string, boolean | undefined>> = {
    ...(await PublicKeyCredential.getClientCapabilities()),
  };
  return capabilities["extension:prf"] !== false;
}

export interface NewPasskey {
  readonly challenge: string;
  readonly rp: { readonly id: string; readonly name: string };
  readonly user: string;
  readonly email: string;
  readonly name: string;
}

const TIMEOUT_MS = 120_000;
const prf = (): AuthenticationExtensionsClientInputs => ({ prf: { eval: { first: prfInput() } } });

/** Makes a passkey that can also hold keys. passkey.noPrf when this authenticator cannot. */
export async function createPasskey(input: NewPasskey): Promise<PasskeyResult> {
  const created = await ask(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: fromBase64url(input.challenge),
        rp: { ...input.rp },
        user: { id: utf8(input.user), name: input.email, displayName: input.name },
        pubKeyCredParams: [
          { type: "public-key", alg: -8 },
          { type: "public-key", alg: -7 },
          { type: "public-key", alg: -257 },
        ],
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
        attestation: "none",
        timeout: TIMEOUT_MS,
        extensions: prf(),
      },
    }),
  );
  if (!(created.response instanceof AuthenticatorAttestationResponse)) throw new PasskeyError("passkey.failed");
  const id = toBase64url(new Uint8Array(created.rawId));
  // Some authenticators evaluate PRF only when asked again.
  const prfOutput = prfOf(created) ?? (await evaluate(input.rp.id, id));
  return {
    id,
    prfOutput,
    response: {
      id,
      rawId: id,
      type: "public-key",
      authenticatorAttachment: created.authenticatorAttachment ?? undefined,
      clientExtensionResults: {},
      response: {
        clientDataJSON: text(created.response.clientDataJSON),
        attestationObject: text(created.response.attestationObject),
        transports: created.response.getTransports(),
      },
    },
  };
}

async function evaluate(rpId: string, id: string): Promise<Uint8Array> {
  const again = await get(rpId, crypto.getRandomValues(new Uint8Array(32)), [id]);
  const output = prfOf(again);
  if (!output) throw new PasskeyError("passkey.noPrf");
  return output;
}

export interface PasskeyAsk {
  readonly challenge: string;
  readonly rpId: string;
  /** Particular passkeys; any that is discoverable when left out. */
  readonly ids?: readonly string[];
}

/** Signs a challenge and evaluates PRF with one gesture. */
export async function assertPasskey(input: PasskeyAsk): Promise<PasskeyResult> {
  const got = await get(input.rpId, fromBase64url(input.challenge), input.ids ?? []);
  if (!(got.response instanceof AuthenticatorAssertionResponse)) throw new PasskeyError("passkey.failed");
  const prfOutput = prfOf(got);
  if (!prfOutput) throw new PasskeyError("passkey.noPrf");
  const id = toBase64url(new Uint8Array(got.rawId));
  const { userHandle } = got.response;
  return {
    id,
    prfOutput,
    response: {
      id,
      rawId: id,
      type: "public-key",
      authenticatorAttachment: got.authenticatorAttachment ?? undefined,
      clientExtensionResults: {},
      response: {
        clientDataJSON: text(got.response.clientDataJSON),
        authenticatorData: text(got.response.authenticatorData),
        signature: text(got.response.signature),
        ...(userHandle ? { userHandle: text(userHandle) } : {}),
      },
    },
  };
}

/** To unlock only: nothing goes to the server, so the challenge is ours. */
export function unlockWithPasskey(rpId: string, ids: readonly string[]): Promise<PasskeyResult> {
  return assertPasskey({ rpId, ids, challenge: toBase64url(crypto.getRandomValues(new Uint8Array(32))) });
}

function get(rpId: string, challenge: Uint8Array<ArrayBuffer>, ids: readonly string[]): Promise<PublicKeyCredential> {
  return ask(() =>
    navigator.credentials.get({
      publicKey: {
        challenge,
        rpId,
        allowCredentials: ids.map((id) => ({ type: "public-key", id: fromBase64url(id) })),
        userVerification: "required",
        timeout: TIMEOUT_MS,
        extensions: prf(),
      },
    }),
  );
}

async function ask(act: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!passkeysSupported()) throw new PasskeyError("passkey.unsupported");
  let credential: Credential | null;
  try {
    credential = await act();
  } catch (cause) {
    throw new PasskeyError(codeOf(cause), { cause });
  }
  if (!(credential instanceof PublicKeyCredential)) throw new PasskeyError("passkey.failed");
  return credential;
}

function codeOf(cause: unknown): PasskeyErrorCode {
  const name = cause instanceof DOMException ? cause.name : "";
  if (name === "NotAllowedError" || name === "AbortError") return "passkey.cancelled";
  if (name === "InvalidStateError") return "passkey.known";
  if (name === "NotSupportedError" || name === "SecurityError" || name === "ConstraintError")
    return "passkey.unsupported";
  return "passkey.failed";
}

function prfOf(credential: PublicKeyCredential): Uint8Array | undefined {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) return undefined;
  return first instanceof ArrayBuffer
    ? new Uint8Array(first)
    : new Uint8Array(first.buffer, first.byteOffset, first.byteLength);
}

function text(bytes: ArrayBuffer): string {
  return toBase64url(new Uint8Array(bytes));
}
