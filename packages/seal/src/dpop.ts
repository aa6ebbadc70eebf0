import { canonicalize, fromBase64url, parseJson, toBase64url, utf8, utf8Decode, type Json } from "@breakwater/wire";
import { constant, integer, read, shape, text, type Check } from "./check.ts";
import { es256Sign, es256Verify, publicJwk, type DeviceKey } from "./device.ts";
import { SealError } from "./error.ts";
import { publicJwkCheck, thumbprint, type PublicJwk } from "./jwk.ts";

/** RFC 9449 proofs of possession, by the one algorithm we use. */
export interface ProofInput {
  readonly method: string;
  readonly url: string;
  /** Seconds since 1970. */
  readonly iat: number;
  /** Unique per request: 16 to 64 characters of base64url. */
  readonly jti: string;
  readonly key: DeviceKey;
}
export interface ProofExpectation {
  readonly method: string;
  readonly url: string;
  /** Seconds since 1970. */
  readonly now: number;
  readonly maxAgeSeconds: number;
}
export interface VerifiedProof {
  readonly jwk: PublicJwk;
  /** RFC 7638, base64url: compare with the session's. */
  readonly thumbprint: string;
  /** The caller refuses one it has seen within maxAgeSeconds. */
  readonly jti: string;
  readonly iat: number;
}

const MAX_PROOF = 4096;

interface Header {
  readonly typ: "dpop+jwt";
  readonly alg: "ES256";
  readonly jwk: PublicJwk;
}
interface Claims {
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  readonly iat: number;
}
// An exact header: no `crit`, no `kid`, no second algorithm, and never `none`.
const headerCheck: Check<Header> = shape({ typ: constant("dpop+jwt"), alg: constant("ES256"), jwk: publicJwkCheck });
const claimsCheck: Check<Claims> = shape({
  jti: text(64, /^[A-Za-z0-9_-]{16,64}$/),
  htm: text(10, /^[A-Z]{3,10}$/),
  htu: text(2048),
  iat: integer(0, 8_640_000_000_000),
});

export async function createProof(input: ProofInput): Promise<string> {
  const header = canonicalize({ typ: "dpop+jwt", alg: "ES256", jwk: { ...(await publicJwk(input.key)) } });
  const claims = canonicalize({ jti: input.jti, htm: input.method, htu: proofUrl(input.url), iat: input.iat });
  const signed = `${toBase64url(utf8(header))}.${toBase64url(utf8(claims))}`;
  return `${signed}.${toBase64url(await es256Sign(input.key, utf8(signed)))}`;
}

/** Throws dpop.invalid, dpop.signature, dpop.mismatch or dpop.expired. */
export async function verifyProof(jws: string, expected: ProofExpectation): Promise<VerifiedProof> {
  const { header, claims, signed, signature } = split(jws);
  if (!(await es256Verify(header.jwk, utf8(signed), signature))) {
    throw new SealError("dpop.signature", "The DPoP proof's signature is not by the key that it names.");
  }
  if (claims.htm !== expected.method) {
    throw new SealError(
      "dpop.mismatch",
      `The DPoP proof is for ${claims.htm}, and this request is ${expected.method}.`,
    );
  }
  if (claims.htu !== proofUrl(expected.url))
    throw new SealError("dpop.mismatch", "The DPoP proof is for another address than this request's.");
  if (Math.abs(expected.now - claims.iat) > expected.maxAgeSeconds) {
    throw new SealError(
      "dpop.expired",
      `The DPoP proof is not from the last ${expected.maxAgeSeconds} seconds. Check this device's clock.`,
    );
  }
  return { jwk: header.jwk, thumbprint: thumbprint(header.jwk), jti: claims.jti, iat: claims.iat };
}

function split(jws: string): {
  readonly header: Header;
  readonly claims: Claims;
  readonly signed: string;
  readonly signature: Uint8Array;
} {
  if (jws.length > MAX_PROOF) throw new SealError("dpop.invalid", `A DPoP proof has at most ${MAX_PROOF} characters.`);
  const [header, claims, signature, ...rest] = jws.split(".");
  if (header === undefined || claims === undefined || signature === undefined || rest.length > 0) {
    throw new SealError("dpop.invalid", "A DPoP proof has three parts with dots between them.");
  }
  try {
    return {
      header: read(headerCheck, json(header), { name: "the proof's header", code: "dpop.invalid" }),
      claims: read(claimsCheck, json(claims), { name: "the proof's claims", code: "dpop.invalid" }),
      signed: `${header}.${claims}`,
      signature: fromBase64url(signature),
    };
  } catch (cause) {
    if (cause instanceof SealError) throw cause;
    throw new SealError("dpop.invalid", "The DPoP proof is not three parts of base64url JSON.", { cause });
  }
}

function json(part: string): Json {
  return parseJson(utf8Decode(fromBase64url(part)), "the DPoP proof", { maxBytes: MAX_PROOF, maxDepth: 4 });
}

/** RFC 9449 section 4.2: htu is the address without query and fragment. */
function proofUrl(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}
