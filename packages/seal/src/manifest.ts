import { domainHash, toBase64url, utf8, type Json } from "@breakwater/wire";
import {
  binary,
  constant,
  id,
  integer,
  isObject,
  list,
  read,
  readText,
  shape,
  text,
  time,
  type Check,
} from "./check.ts";
import { ciphertextSize } from "./cobblestone.ts";
import { deviceSign, deviceVerify, type DeviceKey } from "./device.ts";
import { SealError } from "./error.ts";
import { canonical } from "./json.ts";
import type { PublicJwk } from "./jwk.ts";
import { sealedDocumentCheck, sealedTextCheck, type SealedText } from "./name.ts";
import { ROLES, WHOLE_ROLES, type FilePlace, type Role } from "./place.ts";
import { wrapCheck, type Wrap } from "./wrap.ts";

/** What a sealed file consists of (protocol 6). The ledger's leaf holds its hash, so nothing in it can be exchanged later. */
export interface Manifest extends FilePlace {
  readonly v: 1;
  readonly created: string;
  /** The user id and the device id of whoever sealed it. */
  readonly uploader: string;
  readonly device: string;
  readonly san: Sanitised | Unlooked;
  readonly parts: readonly ManifestPart[];
  readonly wraps: readonly Wrap[];
  readonly name: SealedText;
}
/** A sanitiser looked through it, and this is what it found. */
export interface Sanitised {
  readonly tool: string;
  readonly version: string;
  readonly rules: string;
  readonly report: Readonly<Record<string, number>>;
  /** What the sanitiser itself says, for the people on the case (protocol 6). The server cannot read it. */
  readonly doc?: SealedText;
}
/** Nothing looked into it, and the uploader was told so at the time named. */
export interface Unlooked {
  readonly tool: "none";
  readonly confirmed: string;
}
export interface ManifestPart {
  readonly part: string;
  readonly role: Role;
  readonly size: number;
  readonly ctSize: number;
  readonly ctSha256: string;
  readonly commit: string;
}
export interface SignedManifest {
  readonly manifest: Manifest;
  readonly sig: string;
}

export const MAX_MANIFEST_BYTES = 262_144;
const MAX_PARTS = 16;
const MAX_WRAPS = 64;
const MAX_PART_SIZE = 2 ** 40;

const counts: Check<Readonly<Record<string, number>>> = (value, at) => {
  const names = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  const count = integer(0, 2 ** 40);
  const exact = shape(
    Object.fromEntries(
      names.slice(0, 256).map((name) => [
        name,
        (v: Json | undefined, where: string) => {
          text(64, /^[a-z][A-Za-z0-9._-]{0,63}$/)(name, where);
          return count(v, where);
        },
      ]),
    ),
  );
  return exact(value, at);
};

const sanitised: Check<Sanitised> = shape(
  { tool: text(64), version: text(64), rules: text(128), report: counts },
  { doc: sealedDocumentCheck },
);
const unlooked: Check<Unlooked> = shape({ tool: constant("none"), confirmed: time });
const sanCheck: Check<Sanitised | Unlooked> = (value, at) =>
  isObject(value) && value["tool"] === "none" ? unlooked(value, at) : sanitised(value, at);

const manifestCheck: Check<Manifest> = shape({
  v: constant(1),
  org: id("org"),
  case: id("case"),
  file: id("file"),
  created: time,
  uploader: id("user"),
  device: id("device"),
  san: sanCheck,
  parts: list(
    shape({
      part: id("part"),
      role: constant(...ROLES),
      size: integer(0, MAX_PART_SIZE),
      ctSize: integer(72, MAX_PART_SIZE * 2),
      ctSha256: binary(32),
      commit: binary(32),
    }),
    MAX_PARTS,
  ),
  wraps: list(wrapCheck, MAX_WRAPS),
  name: sealedTextCheck,
});

const signedManifestCheck: Check<SignedManifest> = shape({ manifest: manifestCheck, sig: binary(64) });

/** Strict: unknown members, wrong sizes, double parts and missing or double wraps are refused with manifest.invalid. */
export function parseManifest(input: Uint8Array | string): SignedManifest {
  return checkWhole(
    readText(signedManifestCheck, input, {
      name: "the manifest",
      code: "manifest.invalid",
      maxBytes: MAX_MANIFEST_BYTES,
    }),
  );
}

/** The same for a value that is part of a JSON text parsed already. */
export function readManifest(value: Json | undefined): SignedManifest {
  return checkWhole(read(signedManifestCheck, value, { name: "the manifest", code: "manifest.invalid" }));
}

function checkWhole(signed: SignedManifest): SignedManifest {
  const { parts, wraps } = signed.manifest;
  if (parts.length === 0) throw new SealError("manifest.invalid", "The manifest has no parts.");
  const roles = new Set(parts.map((part) => part.role));
  const ids = new Set(parts.map((part) => part.part));
  if (roles.size !== parts.length || ids.size !== parts.length)
    throw new SealError("manifest.invalid", "The manifest names a part or a role twice.");
  checkKind(signed.manifest);
  for (const part of parts) {
    if (part.ctSize !== ciphertextSize(part.size)) {
      throw new SealError(
        "manifest.invalid",
        `Part ${part.part} of ${part.size} bytes cannot have ${part.ctSize} sealed bytes.`,
      );
    }
    for (const kind of ["v", "r"]) {
      const count = wraps.filter((wrap) => wrap.part === part.part && wrap.kind === kind).length;
      if (count !== 1)
        throw new SealError("manifest.invalid", `Part ${part.part} has ${count} wraps of kind ${kind}; expected one.`);
    }
  }
  for (const wrap of wraps) {
    const prefix = wrap.kind === "r" ? "rel_" : "";
    if (!ids.has(wrap.part) || !wrap.to.startsWith(`${prefix}${signed.manifest.case}#`)) {
      throw new SealError(
        "manifest.invalid",
        `The wrap of kind ${wrap.kind} for part ${wrap.part} is not for a part and key of this case.`,
      );
    }
  }
  if (!signed.manifest.name.to.startsWith(`${signed.manifest.case}#`)) {
    throw new SealError("manifest.invalid", "The manifest's name is sealed to another case's key.");
  }
  const { san } = signed.manifest;
  if (!isUnlooked(san) && san.doc && san.doc.to !== signed.manifest.name.to) {
    throw new SealError("manifest.invalid", "The sanitiser's document is sealed to another key than the name.");
  }
  return signed;
}

/** A HAR's parts, or one part that is the whole file; only what nothing looked into is `raw`, and only with the uploader's confirmation. */
function checkKind({ parts, san }: Manifest): void {
  const whole: readonly string[] = WHOLE_ROLES;
  if (parts.length > 1 && parts.some(({ role }) => whole.includes(role)))
    throw new SealError("manifest.invalid", "A file that is no HAR has one part.");
  if (parts.some(({ role }) => role === "raw") !== isUnlooked(san)) {
    throw new SealError(
      "manifest.invalid",
      "A part that nothing looked into needs its uploader's confirmation, and no other part may claim it.",
    );
  }
}

export function isUnlooked(san: Manifest["san"]): san is Unlooked {
  return "confirmed" in san;
}

export async function signManifest(manifest: Manifest, device: DeviceKey): Promise<SignedManifest> {
  return { manifest, sig: await deviceSign(device, "manifest", canonical(manifest)) };
}

export async function verifyManifest(signed: SignedManifest, device: PublicJwk): Promise<void> {
  if (!(await deviceVerify(device, "manifest", canonical(signed.manifest), signed.sig))) {
    throw new SealError(
      "manifest.signature",
      "The manifest is not signed by the device that it names, or it was changed.",
    );
  }
}

/** `man` of a leaf (protocol 5). */
export function manifestHash(manifest: Manifest): string {
  return toBase64url(domainHash("manifest", utf8(canonical(manifest))));
}

export function partOf(manifest: Manifest, role: Role): ManifestPart {
  const part = manifest.parts.find((one) => one.role === role);
  if (!part) throw new SealError("wrap.unknown", `This file has no part "${role}".`);
  return part;
}

export function wrapOf(manifest: Manifest, part: string, kind: Wrap["kind"]): Wrap {
  const wrap = manifest.wraps.find((one) => one.part === part && one.kind === kind);
  if (!wrap) throw new SealError("wrap.unknown", `The manifest has no wrap of kind ${kind} for part ${part}.`);
  return wrap;
}
