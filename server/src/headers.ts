/**
 * The response headers of every document and answer (reference: front-end hardening; ASVS 5.0 V3.4).
 * A document's scripts are known by their hashes, which the web build writes into web/dist/documents.json.
 */
export type Headers = Readonly<Record<string, string>>;

/** Script hashes by document, as `sha256-…`. */
export type Documents = Readonly<Record<string, readonly string[]>>;

const COMMON: Headers = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "integrity-policy": "blocked-destinations=(script)",
  "origin-agent-cluster": "?1",
  "permissions-policy":
    "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=(), " +
    "publickey-credentials-create=(self), publickey-credentials-get=(self)",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const TRUSTED_TYPES = "require-trusted-types-for 'script'; trusted-types 'none'";

/** One policy for each document; what is not named here is not served as a document. */
const POLICIES: Readonly<Record<string, (scripts: string) => string>> = {
  "index.html": (scripts) =>
    `default-src 'none'; script-src ${scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; ` +
    `frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; ${TRUSTED_TYPES}`,
  // docs/adr/0005: starting a worker is a Trusted Types sink, so this frame, which shows nothing, goes without.
  "engine.html": (scripts) =>
    `default-src 'none'; script-src ${scripts}; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
  "viewer.html": (scripts) =>
    `default-src 'none'; script-src ${scripts}; style-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; ` +
    `frame-ancestors 'self'; sandbox allow-scripts; ${TRUSTED_TYPES}`,
};

export function isDocument(name: string): boolean {
  return Object.hasOwn(POLICIES, name);
}

export interface Place {
  readonly documents: Documents;
  /** Whether people reach the server over https. */
  readonly secure: boolean;
}

/** Headers of a document. Throws TypeError for a name that is none. */
export function documentHeaders(name: string, { documents, secure }: Place): Headers {
  const policy = POLICIES[name];
  if (policy === undefined) throw new TypeError(`${name} is not a document.`);
  const scripts = (documents[name] ?? []).map((hash) => `'${hash}'`).join(" ");
  return {
    ...COMMON,
    // The viewer's origin is opaque and so has a cluster of its own; asked for one, Chromium warns that it cannot give it.
    ...(name === "viewer.html" ? { "origin-agent-cluster": "?0" } : {}),
    ...transport(secure),
    "cache-control": "no-store",
    "content-security-policy": policy(scripts === "" ? "'none'" : scripts),
    "cross-origin-resource-policy": "same-origin",
  };
}

/** Headers of a file below /assets. Its name holds a hash of its content, so it may be kept for ever. */
export function assetHeaders(name: string, secure: boolean): Headers {
  return {
    ...COMMON,
    ...transport(secure),
    // The viewer's origin is opaque: its script and style come to it over CORS. Assets hold nothing of anybody's.
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=31536000, immutable",
    "cross-origin-resource-policy": "cross-origin",
    // Argon2id is WebAssembly, and runs in the worker only.
    ...(name.includes("worker")
      ? { "content-security-policy": "default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src 'none'" }
      : {}),
  };
}

/** Headers of every answer that is not a page: nothing in it may be kept, framed or run. */
export function answerHeaders(secure: boolean): Headers {
  return {
    ...COMMON,
    ...transport(secure),
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
  };
}

function transport(secure: boolean): Headers {
  return secure ? { "strict-transport-security": "max-age=63072000; includeSubDomains" } : {};
}
