import { expect, test } from "vitest";
import { documentOf, readDocument } from "./sandoc.ts";

const manifest = {
  format: "breakwater-har-manifest/1",
  tool: "breakwater-har",
  version: "0.1.0",
  rules: "sha256:00",
  mode: "support",
  loosened: [],
  kept: [],
  at: "2026-11-24T00:00:00.000Z",
  input: { bytes: 10, hmac: "hmac-sha256:AA" },
  output: { bytes: 9, sha256: "sha256:AA" },
  verified: { values: 3, minLength: 8, encodings: ["raw", "hexadecimal"] },
  counts: { cookie: 3 },
  refused: 0,
} as const;
const kept = {
  standIn: "redacted00112233445566778899",
  kind: "personal",
  rule: "pii.email",
  rules: ["pii.email", "jwt.claim"],
  places: 2,
  reason: "needed",
  at: manifest.at,
};

test("documentOf says what was kept, by rule and count, and neither value nor stand-in", () => {
  const text = JSON.stringify(documentOf(manifest, [kept], { index: "AA" }));
  expect(text).not.toContain(kept.standIn);
  expect(readDocument(text)).toEqual({
    v: 1,
    tool: "breakwater-har",
    version: "0.1.0",
    rules: "sha256:00",
    mode: "support",
    at: manifest.at,
    input: manifest.input,
    output: manifest.output,
    parts: { index: "AA" },
    verified: { values: 3, encodings: 2 },
    refused: 0,
    kept: [
      {
        rule: "pii.email",
        rules: ["pii.email", "jwt.claim"],
        kind: "personal",
        places: 2,
        reason: "needed",
        at: manifest.at,
      },
    ],
  });
});

test("readDocument passes over members of later versions and refuses what is missing, wrong or too much", () => {
  const good = { ...documentOf(manifest, [], {}), later: { more: [1] } };
  expect(readDocument(JSON.stringify(good)).kept).toEqual([]);
  for (const bad of [
    { ...good, v: 2 },
    { ...good, kept: {} },
    { ...good, kept: Array.from({ length: 101 }, () => 1) },
    { ...good, refused: -1 },
    { ...good, rules: 7 },
    { ...good, parts: [] },
    [],
    null,
  ])
    expect(() => readDocument(JSON.stringify(bad)), JSON.stringify(bad).slice(0, 40)).toThrow(
      expect.objectContaining({ code: "engine.document" }),
    );
  expect(() => readDocument(`{"v":1,"x":"${"a".repeat(20_000)}"}`)).toThrow();
});
