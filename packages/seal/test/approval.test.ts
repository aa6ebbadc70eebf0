import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { newId, toBase64url, type Json } from "@breakwater/wire";
import {
  approvalChallenge,
  approvalHash,
  generateDeviceKey,
  grantHash,
  publicJwk,
  readApproval,
  signApproval,
  verifyApproval,
  type Approval,
  type ApprovalKeys,
  type Assertion,
  type DeviceKey,
  type Grant,
  type PasskeyJwk,
  type PublicJwk,
} from "../src/index.ts";

const AT = "2026-01-02T03:04:05.678Z";
const rp = "desk.example";
const lead = newId("user");
const other = newId("user");
const dev = newId("device");
const grant: Grant = {
  v: 1,
  type: "grant",
  id: newId("grant"),
  org: newId("org"),
  case: newId("case"),
  file: newId("file"),
  parts: ["index"],
  grantee: newId("user"),
  purpose: "diagnose",
  nbf: AT,
  exp: "2026-01-02T04:04:05.678Z",
  max: 3,
  at: AT,
};
const approval: Approval = { v: 1, type: "approval", grant: grantHash(grant), by: lead, dec: "allow", at: AT };

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed = generateKeyPairSync("ed25519");
const ES256 = toBase64url(new Uint8Array([1, 2, 3]));
const ED25519 = toBase64url(new Uint8Array([4, 5, 6]));
let device: DeviceKey;
let keys: ApprovalKeys;

function jwkOf(key: KeyObject): PasskeyJwk {
  const { kty, crv, x = "", y = "" } = key.export({ format: "jwk" });
  return kty === "OKP" && crv === "Ed25519" ? { kty: "OKP", crv: "Ed25519", x } : { kty: "EC", crv: "P-256", x, y };
}

beforeAll(async () => {
  device = await generateDeviceKey();
  const jwk: PublicJwk = await publicJwk(device);
  const passkeys = [
    { cred: ES256, jwk: jwkOf(ec.publicKey), rp },
    { cred: ED25519, jwk: jwkOf(ed.publicKey), rp },
  ];
  keys = {
    passkeys: (user) => (user === lead ? passkeys : []),
    device: (id) => (id === dev ? { jwk, person: { user: lead } } : undefined),
  };
});

interface Asserting {
  readonly client?: Readonly<Record<string, unknown>>;
  readonly rp?: string;
  readonly flags?: number;
  readonly cred?: string;
  readonly of?: Approval;
}

/** What an authenticator and a browser make of an approval's challenge. */
function assert({ client = {}, rp: forRp = rp, flags = 0x05, cred = ES256, of = approval }: Asserting = {}): Assertion {
  const challenge = toBase64url(approvalChallenge(of));
  const clientData = Buffer.from(
    JSON.stringify({ type: "webauthn.get", challenge, origin: `https://${rp}`, crossOrigin: false, ...client }),
  );
  const authData = Buffer.concat([createHash("sha256").update(forRp).digest(), Buffer.from([flags, 0, 0, 0, 7])]);
  const message = Buffer.concat([authData, createHash("sha256").update(clientData).digest()]);
  const sig = cred === ED25519 ? sign(null, message, ed.privateKey) : sign("sha256", message, ec.privateKey);
  return { cred, clientData: toBase64url(clientData), authData: toBase64url(authData), sig: toBase64url(sig) };
}

const codeOf = (verifying: Promise<void>): Promise<string> =>
  verifying.then(
    () => "holds",
    (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "thrown"),
  );

describe("verifyApproval() takes", () => {
  it("a passkey's assertion over the grant: ES256, Ed25519, and from a page below the relying party", async () => {
    for (const asserting of [{}, { cred: ED25519 }, { client: { origin: `https://support.${rp}:8443` } }]) {
      expect(await codeOf(verifyApproval({ approval, assertion: assert(asserting) }, keys))).toBe("holds");
    }
  });

  it("a hundred ES256 assertions, whatever lengths their integers have in DER", async () => {
    for (let i = 0; i < 100; i++) await verifyApproval({ approval, assertion: assert() }, keys);
  });

  it("the signature of a device", async () => {
    expect(await codeOf(verifyApproval(await signApproval(approval, dev, device), keys))).toBe("holds");
  });
});

describe("[vault 27] verifyApproval() refuses", () => {
  it.each<readonly [string, Asserting]>([
    ["an assertion for another challenge", { of: { ...approval, grant: grantHash({ ...grant, max: 50 }) } }],
    ["a denial shown as an approval", { of: { ...approval, dec: "deny" } }],
    ["an assertion without user verification", { flags: 0x01 }],
    ["an assertion without presence", { flags: 0x04 }],
    ["another relying party", { rp: "evil.example" }],
    ["another origin", { client: { origin: "https://evil.example" } }],
    ["an origin that only ends alike", { client: { origin: `https://evil${rp}` } }],
    ["an origin without TLS", { client: { origin: `http://${rp}` } }],
    ["a registration", { client: { type: "webauthn.create" } }],
    ["a page inside another site", { client: { crossOrigin: true } }],
  ])("%s", async (_, asserting) => {
    expect(await codeOf(verifyApproval({ approval, assertion: assert(asserting) }, keys))).toBe("assertion.invalid");
  });

  it("a changed grant, another approver, an unknown passkey, another passkey's signature", async () => {
    const assertion = assert();
    const changed = { ...approval, grant: grantHash({ ...grant, parts: ["index", "headers"] }) };
    expect(await codeOf(verifyApproval({ approval: changed, assertion }, keys))).toBe("assertion.invalid");
    const somebodyElse = { ...approval, by: other };
    expect(
      await codeOf(verifyApproval({ approval: somebodyElse, assertion: assert({ of: somebodyElse }) }, keys)),
    ).toBe("approval.signature");
    expect(await codeOf(verifyApproval({ approval, assertion: { ...assertion, cred: "AAAA" } }, keys))).toBe(
      "approval.signature",
    );
    expect(await codeOf(verifyApproval({ approval, assertion: { ...assertion, cred: ED25519 } }, keys))).toBe(
      "assertion.invalid",
    );
  });

  it("any flipped byte of signature, client data or authenticator data", async () => {
    const assertion = assert();
    for (const member of ["sig", "clientData", "authData"] as const) {
      const bytes = Buffer.from(assertion[member], "base64url");
      for (let at = 0; at < bytes.length; at += 5) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ 1;
        // The counter's bytes are signed like all others.
        expect(
          await codeOf(verifyApproval({ approval, assertion: { ...assertion, [member]: toBase64url(flipped) } }, keys)),
        ).toBe("assertion.invalid");
      }
    }
  });

  it("another device's signature, and a device's over another approval", async () => {
    const stranger = await generateDeviceKey();
    expect(await codeOf(verifyApproval(await signApproval(approval, dev, stranger), keys))).toBe("approval.signature");
    expect(await codeOf(verifyApproval(await signApproval(approval, newId("device"), device), keys))).toBe(
      "approval.signature",
    );
    const denied = await signApproval({ ...approval, dec: "deny" }, dev, device);
    expect(await codeOf(verifyApproval({ ...denied, approval }, keys))).toBe("approval.signature");
  });
});

describe("readApproval()", () => {
  it("reads back both forms, and refuses unknown members and values out of bounds", async () => {
    for (const signed of [{ approval, assertion: assert() }, await signApproval(approval, dev, device)]) {
      const json = JSON.parse(JSON.stringify(signed)) as { approval: Record<string, Json> };
      expect(readApproval(json)).toEqual(signed);
      expect(() => readApproval({ ...json, more: 1 })).toThrow("more");
      expect(() => readApproval({ ...json, approval: { ...json.approval, dec: "maybe" } })).toThrow("allow or deny");
    }
  });
});

describe("approvalHash()", () => {
  it("is the challenge, and changes with every member", () => {
    expect(approvalHash(approval)).toBe(toBase64url(approvalChallenge(approval)));
    const changed = [{ dec: "deny" }, { by: other }, { at: "2026-01-02T03:04:05.679Z" }] as const;
    for (const change of changed) expect(approvalHash({ ...approval, ...change })).not.toBe(approvalHash(approval));
  });
});
