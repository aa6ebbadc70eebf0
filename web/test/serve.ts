import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { AddressInfo } from "node:net";

/** The documents of a build under the policies that they have in production (server/src/headers.ts says the same). */
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
};

const POLICIES: Record<string, (scripts: string) => string> = {
  "index.html": (scripts) =>
    `default-src 'none'; script-src ${scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
  "engine.html": (scripts) =>
    `default-src 'none'; script-src ${scripts}; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
  "viewer.html": (scripts) =>
    `default-src 'none'; script-src ${scripts}; style-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts; require-trusted-types-for 'script'; trusted-types 'none'`,
};

const COMMON = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "integrity-policy": "blocked-destinations=(script)",
  "permissions-policy":
    "camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), publickey-credentials-get=(self), publickey-credentials-create=(self)",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

export type Route = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `dist`; `document` stands at every path that is no asset, as index.html does in production. `route` goes first. */
export async function serveDist(
  dist: string,
  options: { readonly document?: string; readonly route?: Route } = {},
): Promise<Served> {
  const hashes: Record<string, string[]> = JSON.parse(readFileSync(join(dist, "documents.json"), "utf8"));
  const server = createServer((request, response) => {
    void (async () => {
      if (options.route && (await options.route(request, response))) return;
      answer(dist, hashes, options.document ?? "index.html", request, response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${port(server)}`,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

function port(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function answer(
  dist: string,
  hashes: Record<string, string[]>,
  fallback: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const path = new URL(request.url ?? "/", "http://localhost").pathname.slice(1);
  const name = /^(assets\/[\w.-]+|\w+\.html)$/.test(path) && existsSync(join(dist, path)) ? path : fallback;
  for (const [header, value] of Object.entries(COMMON)) response.setHeader(header, value);
  response.setHeader("content-type", TYPES[extname(name)] ?? "application/octet-stream");
  if (name.endsWith(".html")) {
    const scripts = (hashes[name] ?? []).map((hash) => `'${hash}'`).join(" ");
    response.setHeader("content-security-policy", (POLICIES[name] ?? POLICIES["index.html"])?.(scripts) ?? "");
  } else {
    // The viewer's origin is opaque, so its script and style come over CORS.
    response.setHeader("access-control-allow-origin", "*");
    if (name.includes("engine-worker"))
      response.setHeader("content-security-policy", "default-src 'none'; script-src 'wasm-unsafe-eval'");
  }
  response.end(readFileSync(join(dist, name)));
}
