import { describe, expect, it } from "vitest";
import { answerHeaders, assetHeaders, documentHeaders, isDocument } from "./headers.ts";

const place = { documents: { "index.html": ["sha256-aaaa"], "viewer.html": ["sha256-bbbb"] }, secure: false };
const policyOf = (name: string): string => documentHeaders(name, place)["content-security-policy"] ?? "";

describe("documentHeaders()", () => {
  it.each(["index.html", "engine.html", "viewer.html"])(
    "starts %s from nothing allowed and from no inline script or style",
    (name) => {
      expect(policyOf(name)).toMatch(/^default-src 'none';/);
      expect(policyOf(name)).not.toMatch(/unsafe-inline|unsafe-eval|script-src 'self'|\*/);
      expect(policyOf(name)).toContain("base-uri 'none'");
      expect(documentHeaders(name, place)).toMatchObject({
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
        "integrity-policy": "blocked-destinations=(script)",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
      });
    },
  );

  it("allows exactly the scripts that the build hashed, and none where it hashed none", () => {
    expect(policyOf("index.html")).toContain("script-src 'sha256-aaaa';");
    expect(policyOf("engine.html")).toContain("script-src 'none';");
  });

  it("keeps Trusted Types on every document that shows something", () => {
    for (const name of ["index.html", "viewer.html"]) expect(policyOf(name)).toContain("trusted-types 'none'");
  });

  it("gives the viewer an opaque origin and no way out", () => {
    expect(policyOf("viewer.html")).toContain("sandbox allow-scripts");
    expect(policyOf("viewer.html")).not.toMatch(/connect-src|img-src|frame-src|allow-same-origin/);
  });

  it("says no document may be framed by others, and only ours by us", () => {
    expect(policyOf("index.html")).toContain("frame-ancestors 'none'");
    expect(policyOf("viewer.html")).toContain("frame-ancestors 'self'");
    expect(isDocument("other.html")).toBe(false);
    expect(() => documentHeaders("other.html", place)).toThrow(TypeError);
  });

  it("asks for https for ever only where there is https", () => {
    expect(documentHeaders("index.html", place)["strict-transport-security"]).toBeUndefined();
    expect(documentHeaders("index.html", { ...place, secure: true })["strict-transport-security"]).toContain(
      "max-age=63072000",
    );
  });
});

describe("assetHeaders() and answerHeaders()", () => {
  it("let WebAssembly run in the worker only", () => {
    expect(assetHeaders("engine-worker-x.js", false)["content-security-policy"]).toContain("'wasm-unsafe-eval'");
    expect(assetHeaders("index-x.js", false)["content-security-policy"]).toBeUndefined();
  });

  it("let nothing of an answer be kept", () => {
    expect(answerHeaders(true)).toMatchObject({
      "cache-control": "no-store",
      "cross-origin-resource-policy": "same-origin",
    });
  });
});
