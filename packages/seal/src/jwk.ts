import { sha256 } from "@noble/hashes/sha2.js";
import { canonicalize, toBase64url, utf8 } from "@breakwater/wire";
import { binary, constant, isObject, shape, type Check } from "./check.ts";

/** A device's public key: P-256 with exactly the members that RFC 7638 hashes. */
export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
}

export const publicJwkCheck: Check<PublicJwk> = shape({
  kty: constant("EC"),
  crv: constant("P-256"),
  x: binary(32),
  y: binary(32),
});

/** A passkey's public key (RFC 8037 for Ed25519). */
export type PasskeyJwk = PublicJwk | { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string };

const okpCheck: Check<PasskeyJwk> = shape({ kty: constant("OKP"), crv: constant("Ed25519"), x: binary(32) });
export const passkeyJwkCheck: Check<PasskeyJwk> = (value, at) =>
  isObject(value) && value["kty"] === "OKP" ? okpCheck(value, at) : publicJwkCheck(value, at);

/** RFC 7638. The required members of an EC key are crv, kty, x, y, which is also their canonical order. */
export function thumbprint(jwk: PublicJwk): string {
  return toBase64url(sha256(utf8(canonicalize({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }))));
}
