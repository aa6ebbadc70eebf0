import { createHash } from "node:crypto";
import {
  encrypt,
  manifestHash,
  preparePart,
  ROLES,
  sealText,
  signManifest,
  type HarRole,
  type Manifest,
  type NamedKey,
  type Role,
  type SignedManifest,
} from "@breakwater/seal";
import { newId } from "@breakwater/wire";
import type { Person } from "./enrol.ts";

export type Plain = Readonly<Record<HarRole, Uint8Array>>;
/** A HAR's parts, or one part that is the whole of another file. */
export type AnyPlain = Plain | { readonly text: Uint8Array } | { readonly raw: Uint8Array };
export interface SealedFile {
  readonly manifest: SignedManifest;
  readonly man: string;
  /** By part id. */
  readonly ciphertext: ReadonlyMap<string, Uint8Array>;
}
export interface SealingPlace {
  readonly org: string;
  readonly case: string;
  readonly caseKey: NamedKey;
  readonly releaserKey: NamedKey;
}

/** Seals four parts as a browser does (docs/protocol.md section 6). */
export async function sealFile(
  { user, dev, browser }: Person,
  { org, case: caseId, caseKey, releaserKey }: SealingPlace,
  plain: AnyPlain,
  fileName: string,
): Promise<SealedFile> {
  const place = { org, case: caseId, file: newId("file") };
  const ciphertext = new Map<string, Uint8Array>();
  const parts: Manifest["parts"][number][] = [];
  const wraps: Manifest["wraps"][number][] = [];
  const given: Readonly<Partial<Record<Role, Uint8Array>>> = plain;
  for (const role of ROLES) {
    const bytes = given[role];
    if (bytes === undefined) continue;
    const part = newId("part");
    const prepared = await preparePart({ ...place, part, role }, { caseKey, releaserKey });
    const sealed = await encrypt(bytes, prepared.secret);
    ciphertext.set(part, sealed);
    parts.push({
      part,
      role,
      size: bytes.length,
      ctSize: sealed.length,
      ctSha256: createHash("sha256").update(sealed).digest("base64url"),
      commit: prepared.commit,
    });
    wraps.push(...prepared.wraps);
  }
  const manifest: Manifest = {
    v: 1,
    ...place,
    created: new Date().toISOString(),
    uploader: user,
    device: dev,
    san:
      given.raw === undefined
        ? { tool: "testing", version: "1", rules: "none", report: { cookie: 1 } }
        : { tool: "none", confirmed: new Date().toISOString() },
    parts,
    wraps,
    name: await sealText("name", fileName, place, caseKey),
  };
  return { manifest: await signManifest(manifest, browser.device), man: manifestHash(manifest), ciphertext };
}

/** Four parts of random bytes, so that nothing can be found by chance. */
export function randomParts(sizes: Readonly<Partial<Record<HarRole, number>>> = {}): Plain {
  const bytes = (role: HarRole): Uint8Array => {
    const out = new Uint8Array(sizes[role] ?? 1000);
    for (let at = 0; at < out.length; at += 65_536) crypto.getRandomValues(out.subarray(at, at + 65_536));
    return out;
  };
  return {
    index: bytes("index"),
    headers: bytes("headers"),
    requestBodies: bytes("requestBodies"),
    responseBodies: bytes("responseBodies"),
  };
}
