import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
import { z } from "zod";
import { Problem } from "../../errors.ts";

/** Who the passkeys are for: `id` is the host name, `origin` the page's. */
export interface RelyingParty {
  readonly id: string;
  readonly name: string;
  readonly origin: string;
}

const text = (most: number) => z.string().max(most);
const common = { id: text(1400), rawId: text(1400), type: z.literal("public-key") };
const Created = z.object({
  ...common,
  response: z.object({
    clientDataJSON: text(4096),
    attestationObject: text(16_384),
    transports: z.array(text(40)).max(10).optional(),
  }),
});
const Asserted = z.object({
  ...common,
  response: z.object({
    clientDataJSON: text(4096),
    authenticatorData: text(4096),
    signature: text(2048),
    userHandle: text(128).optional(),
  }),
});

export interface PasskeyCredential {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
}

/** Challenges are ours to choose; the caller checks that this one was handed out for this purpose and not yet used. */
export function challengeIn(response: unknown): string {
  const parsed = z.object({ response: z.object({ clientDataJSON: text(4096) }) }).safeParse(response);
  if (!parsed.success) throw refused();
  try {
    const data: unknown = JSON.parse(Buffer.from(parsed.data.response.clientDataJSON, "base64url").toString("utf8"));
    return z.object({ challenge: text(128) }).parse(data).challenge;
  } catch (cause) {
    throw refused(cause);
  }
}

/** A new passkey, discoverable and with the user verified; throws request.invalid. */
export async function readNewPasskey(
  response: unknown,
  challenge: string,
  rp: RelyingParty,
): Promise<PasskeyCredential> {
  const parsed = Created.safeParse(response);
  if (!parsed.success) throw new Problem("request.invalid", "The new passkey cannot be read.");
  const { transports: _, ...answer } = parsed.data.response;
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...parsed.data, response: answer, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      requireUserVerification: true,
    });
    if (verified) {
      const { id, publicKey, counter } = registrationInfo.credential;
      return { id, publicKey, counter };
    }
  } catch (cause) {
    throw new Problem("request.invalid", "The new passkey does not verify.", { cause });
  }
  throw new Problem("request.invalid", "The new passkey does not verify.");
}

/** The id that an assertion claims, to look its public key up. */
export function credentialIn(response: unknown): string {
  const parsed = Asserted.safeParse(response);
  if (!parsed.success) throw refused();
  return parsed.data.id;
}

/** The counter to store; throws session.refused for whatever is wrong. */
export async function verifyPasskey(
  response: unknown,
  {
    credential,
    challenge,
    rp,
  }: { readonly credential: PasskeyCredential; readonly challenge: string; readonly rp: RelyingParty },
): Promise<number> {
  const parsed = Asserted.safeParse(response);
  if (!parsed.success) throw refused();
  const { userHandle, ...answer } = parsed.data.response;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        ...parsed.data,
        response: { ...answer, ...(userHandle === undefined ? {} : { userHandle }) },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      credential: { id: credential.id, publicKey: new Uint8Array(credential.publicKey), counter: credential.counter },
      requireUserVerification: true,
    });
    if (verified) return authenticationInfo.newCounter;
  } catch (cause) {
    throw refused(cause);
  }
  throw refused();
}

export function refused(cause?: unknown): Problem {
  return new Problem("session.refused", "That did not sign you in.", {
    help: "Check the address and the passphrase, or use another passkey.",
    ...(cause === undefined ? {} : { cause }),
  });
}
