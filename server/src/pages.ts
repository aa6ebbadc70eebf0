import { existsSync, readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";
import "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { ConfigError } from "./config.ts";
import { assetHeaders, documentHeaders, isDocument, type Documents, type Headers } from "./headers.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

interface Page {
  readonly body: Buffer;
  readonly headers: Headers;
}

/**
 * The built web application. Everything is read once at the start: a few files, never changed while the server runs, so that no
 * path of a request ever reaches the disk. Throws when the build is missing.
 */
export function readPages(dist: string, secure: boolean): ReadonlyMap<string, Page> {
  if (!existsSync(join(dist, "documents.json")))
    throw new ConfigError("config.invalid", `The web pages are not built (${dist} is empty). Run npm run build.`);
  const documents = JSON.parse(readFileSync(join(dist, "documents.json"), "utf8")) as Documents;
  const pages = new Map<string, Page>();
  const add = (url: string, file: string, headers: Headers): void => {
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    pages.set(url, { body: readFileSync(join(dist, file)), headers: { ...headers, "content-type": type } });
  };
  for (const name of Object.keys(documents).filter(isDocument))
    add(`/${name}`, name, documentHeaders(name, { documents, secure }));
  for (const name of readdirSync(join(dist, "assets")))
    add(`/assets/${name}`, `assets/${name}`, assetHeaders(name, secure));
  return pages;
}

/** Serves the pages; a path that is no file and no part of the interface is a page of the application, which index.html shows. */
export function servePages(app: FastifyInstance, pages: ReadonlyMap<string, Page>): void {
  for (const [url, page] of pages) {
    app.get(url, { schema: { hide: true } }, async (_, reply) => reply.headers(page.headers).send(page.body));
  }
  const index = pages.get("/index.html");
  if (index === undefined) throw new Error("The web build has no index.html. Run npm run build.");
  for (const url of [
    "/",
    "/enrol",
    "/sign-in",
    "/cases",
    "/cases/*",
    "/access",
    "/people",
    "/people/*",
    "/keys",
    "/approvals",
    "/policy",
    "/sessions",
    "/settings",
  ]) {
    app.get(url, { schema: { hide: true } }, async (_, reply) => reply.headers(index.headers).send(index.body));
  }
}
