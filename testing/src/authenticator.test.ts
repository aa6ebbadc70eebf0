import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
import { describe, expect, it } from "vitest";
import { createAuthenticator } from "./authenticator.ts";

const rpId = "localhost";
const origin = "http://localhost:7410";
const challenge = Buffer.from("a challenge of the server's own choosing").toString("base64url");
const expectations = { expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: rpId };

async function enrolled(authenticator = createAuthenticator()) {
  const created = authenticator.create({ rpId, origin, challenge, userHandle: Buffer.from("usr_one") });
  const { verified, registrationInfo } = await verifyRegistrationResponse({ response: created, ...expectations });
  if (!verified) throw new Error("The registration did not verify.");
  return { authenticator, created, credential: registrationInfo.credential };
}

describe("createAuthenticator()", () => {
  it("makes a credential and assertions that a real verifier accepts", async () => {
    const { authenticator, created, credential } = await enrolled();
    expect(credential.id).toBe(created.id);
    const response = authenticator.get({ rpId, origin, challenge });
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      credential,
      ...expectations,
    });
    expect(verified).toBe(true);
    expect(authenticationInfo).toMatchObject({ newCounter: 1, userVerified: true });
    expect(Buffer.from(response.response.userHandle, "base64url").toString()).toBe("usr_one");
  });

  it("is refused with another challenge, origin or signature", async () => {
    const { authenticator, credential } = await enrolled();
    const check = (response: ReturnType<typeof authenticator.get>) =>
      verifyAuthenticationResponse({ response, credential, ...expectations }).then(
        ({ verified }) => verified,
        () => false,
      );
    expect(await check(authenticator.get({ rpId, origin, challenge: "YW5vdGhlcg" }))).toBe(false);
    expect(await check(authenticator.get({ rpId, origin: "http://localhost:9", challenge }))).toBe(false);
    const other = await enrolled();
    expect(
      await check({ ...other.authenticator.get({ rpId, origin, challenge }), id: credential.id, rawId: credential.id }),
    ).toBe(false);
  });

  it("can leave the user unverified, which a verifier that asks for it refuses", async () => {
    await expect(enrolled(createAuthenticator({ skipVerification: true }))).rejects.toThrow(/verif/i);
  });

  it("prf() depends on credential and input only", async () => {
    const { authenticator, created } = await enrolled();
    const input = new Uint8Array(32).fill(1);
    expect(authenticator.prf(created.id, input)).toEqual(authenticator.prf(created.id, input));
    expect(authenticator.prf(created.id, new Uint8Array(32))).not.toEqual(authenticator.prf(created.id, input));
    const second = authenticator.create({ rpId, origin, challenge, userHandle: Buffer.from("usr_two") });
    expect(authenticator.prf(second.id, input)).not.toEqual(authenticator.prf(created.id, input));
  });
});
