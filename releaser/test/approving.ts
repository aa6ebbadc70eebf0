import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import {
  approvalChallenge,
  grantHash,
  signStatement,
  type Approval,
  type Assertion,
  type SettingsBody,
  type SignedApproval,
  type SignedGrant,
  type SigningKey,
  type Statement,
} from "@breakwater/seal";
import { toBase64url } from "@breakwater/wire";
import type { World } from "./world.ts";

const RP = "desk.test";
const CRED = toBase64url(new Uint8Array([1, 2, 3, 4]));

/** A passkey of somebody's, with the statement that lets anybody check its assertions. */
export interface Passkey {
  readonly key: KeyObject;
  readonly statement: Statement;
}

export async function makePasskey(user: string, by: SigningKey): Promise<Passkey> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const statement = await signStatement(
    {
      v: 1,
      t: "passkey",
      created: ago(30_000),
      user,
      cred: CRED,
      jwk: { kty: "EC", crv: "P-256", x, y },
      rp: RP,
    },
    by,
  );
  return { key: privateKey, statement };
}

export function approvalOf({ grant }: SignedGrant, by: string, changes: Partial<Approval> = {}): Approval {
  return {
    v: 1,
    type: "approval",
    grant: grantHash(grant),
    by,
    dec: "allow",
    at: new Date().toISOString(),
    ...changes,
  };
}

export function assertWith({ key }: Passkey, approval: Approval): SignedApproval {
  const client = Buffer.from(
    JSON.stringify({
      type: "webauthn.get",
      challenge: toBase64url(approvalChallenge(approval)),
      origin: `https://${RP}`,
      crossOrigin: false,
    }),
  );
  const authData = Buffer.concat([sha256(Buffer.from(RP)), Buffer.from([5, 0, 0, 0, 1])]);
  const assertion: Assertion = {
    cred: CRED,
    clientData: toBase64url(client),
    authData: toBase64url(authData),
    sig: toBase64url(sign("sha256", Buffer.concat([authData, sha256(client)]), key)),
  };
  return { approval, assertion };
}

export async function settingsOf(
  org: string,
  by: SigningKey,
  rules: Pick<SettingsBody, "approve" | "breakGlass">,
): Promise<Statement> {
  return signStatement({ v: 1, t: "settings", created: ago(20_000), org, notify: [], ...rules }, by);
}

export async function roleOf(world: World, user: string, role: "lead" | "engineer"): Promise<Statement> {
  return signStatement({ v: 1, t: "role", created: ago(40_000), org: world.deskOrg, user, role }, world.admin);
}

function ago(ms: number): string {
  return new Date(Date.now() - ms).toISOString();
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
