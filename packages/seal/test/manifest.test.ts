import { beforeAll, describe, expect, it } from "vitest";
import { canonicalize, fromBase64url, newId, type Json } from "@breakwater/wire";
import {
  contentKey,
  decrypt,
  generateDeviceKey,
  keyId,
  manifestHash,
  newShares,
  openText,
  parseManifest,
  partContext,
  partOf,
  partSecret,
  publicJwk,
  sealText,
  unwrapShare,
  verifyManifest,
  wrapOf,
  type SignedManifest,
} from "../src/index.ts";
import { makeWorld, sealFile, type World } from "./world.ts";

let world: World;
let file: Awaited<ReturnType<typeof sealFile>>;
beforeAll(async () => {
  world = await makeWorld();
  file = await sealFile(world, { index: new TextEncoder().encode("index"), headers: new Uint8Array(20_000) });
});
const text = (signed: unknown): string => JSON.stringify(signed);

describe("preparePart and partSecret", () => {
  it("are inverse with both shares, and with either share of another part nothing opens", async () => {
    const { manifest } = file.signed;
    const place = manifest;
    const share = async (role: "index" | "headers") =>
      unwrapShare(wrapOf(manifest, partOf(manifest, role).part, "r"), place, world.releaserCase.secretKey);
    const secrets = { caseSecretKey: world.caseKey.secretKey, released: await share("index") };
    const opened = await decrypt(file.blobs.get("index")!, await partSecret(manifest, "index", secrets));
    expect(new TextDecoder().decode(opened)).toBe("index");
    const mixed = { ...secrets, released: await share("headers") };
    await expect(decrypt(file.blobs.get("index")!, await partSecret(manifest, "index", mixed))).rejects.toMatchObject({
      code: "cipher.commitment",
    });
    await expect(
      partSecret(manifest, "index", { ...secrets, caseSecretKey: world.releaserCase.secretKey }),
    ).rejects.toMatchObject({ code: "hpke.open" });
    await expect(partSecret(manifest, "responseBodies", secrets)).rejects.toMatchObject({ code: "wrap.unknown" });
  });
});

describe("contentKey and partContext", () => {
  it("differ for every share, org, case, file, part and role", () => {
    const shares = newShares();
    const place = { org: newId("org"), case: newId("case"), file: newId("file"), part: newId("part") };
    const others = [
      { ...place, org: newId("org") },
      { ...place, case: newId("case") },
      { ...place, file: newId("file") },
      { ...place, part: newId("part") },
    ];
    const keys = [
      contentKey(shares, place),
      ...others.map((other) => contentKey(shares, other)),
      contentKey({ v: shares.r, r: shares.v }, place),
    ];
    expect(new Set(keys.map(String)).size).toBe(keys.length);
    const contexts = [
      partContext({ ...place, role: "index" }),
      partContext({ ...place, role: "headers" }),
      ...others.map((other) => partContext({ ...other, role: "index" })),
    ];
    expect(new Set(contexts.map(String)).size).toBe(contexts.length);
    expect(() => contentKey({ v: new Uint8Array(31), r: shares.r }, place)).toThrow(
      expect.objectContaining({ code: "cipher.key" }),
    );
  });
});

describe("unwrapShare", () => {
  it("refuses a wrap that was moved to another part, kind, key, file or case, or changed", async () => {
    const { manifest } = file.signed;
    const wrap = wrapOf(manifest, partOf(manifest, "index").part, "v");
    const open = (change: Partial<typeof wrap>, place = {}) =>
      unwrapShare({ ...wrap, ...change }, { ...manifest, ...place }, world.caseKey.secretKey);
    await expect(open({})).resolves.toHaveLength(32);
    const attempts = [
      () => open({ part: partOf(manifest, "headers").part }),
      () => open({ kind: "r" }),
      () => open({ to: `${manifest.case}#2` }),
      () => open({}, { file: newId("file") }),
      () => open({}, { case: newId("case") }),
      () => open({}, { org: newId("org") }),
      () => open({ ct: wrapOf(manifest, partOf(manifest, "headers").part, "v").ct }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "hpke.open" });
  });
});

describe("parseManifest", () => {
  it("reads what signManifest wrote, whatever the order and spacing, and its hash stays", () => {
    const read = parseManifest(JSON.stringify(file.signed, null, 2));
    expect(read).toEqual(file.signed);
    expect(manifestHash(read.manifest)).toBe(manifestHash(file.signed.manifest));
    expect(parseManifest(new TextEncoder().encode(canonicalize(file.signed as unknown as Json)))).toEqual(file.signed);
  });

  it("refuses unknown, missing, double and oversized members", () => {
    const { manifest, sig } = file.signed;
    const [first, second] = manifest.parts;
    const [wrap, ...wraps] = manifest.wraps;
    const bad: unknown[] = [
      { manifest },
      { manifest, sig: "AA" },
      { manifest, sig, more: 1 },
      { manifest: { ...manifest, v: 2 }, sig },
      { manifest: { ...manifest, more: 1 }, sig },
      { manifest: { ...manifest, org: "org_x" }, sig },
      { manifest: { ...manifest, created: "2026-01-02" }, sig },
      { manifest: { ...manifest, created: "2026-02-30T00:00:00.000Z" }, sig },
      { manifest: { ...manifest, parts: [] }, sig },
      { manifest: { ...manifest, parts: [first] }, sig },
      { manifest: { ...manifest, parts: [first, first, second] }, sig },
      { manifest: { ...manifest, parts: [first, { ...second, role: "index" }] }, sig },
      { manifest: { ...manifest, parts: [first, { ...second, size: 20_001 }] }, sig },
      { manifest: { ...manifest, parts: [first, { ...second, size: -1 }] }, sig },
      { manifest: { ...manifest, wraps }, sig },
      { manifest: { ...manifest, wraps: [wrap, wrap, ...wraps] }, sig },
      { manifest: { ...manifest, wraps: [{ ...wrap, to: `${newId("case")}#1` }, ...wraps] }, sig },
      { manifest: { ...manifest, wraps: [{ ...wrap, suite: "0020-0001-0001" }, ...wraps] }, sig },
      { manifest: { ...manifest, name: { ...manifest.name, to: `${newId("case")}#1` } }, sig },
      { manifest: { ...manifest, san: { ...manifest.san, report: { cookie: 1.5 } } }, sig },
      { manifest: { ...manifest, san: { ...manifest.san, report: { "a b": 1 } } }, sig },
      { manifest: { ...manifest, san: { ...manifest.san, doc: "text" } }, sig },
      {
        manifest: { ...manifest, san: { ...manifest.san, doc: { ...manifest.name, to: `${newId("case")}#1` } } },
        sig,
      },
      {
        manifest: {
          ...manifest,
          san: { ...manifest.san, report: Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`k${i}`, 1])) },
        },
        sig,
      },
      null,
      [],
    ];
    for (const one of bad)
      expect(() => parseManifest(text(one))).toThrow(expect.objectContaining({ code: "manifest.invalid" }));
    for (const raw of [
      "",
      "{",
      `${" ".repeat(262_145)}{}`,
      `${"[".repeat(99)}${"]".repeat(99)}`,
      '{"manifest":{"__proto__":{}},"sig":""}',
    ]) {
      expect(() => parseManifest(raw)).toThrow(expect.objectContaining({ code: "manifest.invalid" }));
    }
  });
});

describe("verifyManifest", () => {
  it("refuses any changed member and another device's signature", async () => {
    const jwk = await publicJwk(world.member.device);
    await verifyManifest(file.signed, jwk);
    const { manifest, sig } = file.signed;
    const changed: SignedManifest[] = [
      { manifest: { ...manifest, case: newId("case") }, sig },
      { manifest: { ...manifest, parts: manifest.parts.toReversed() }, sig },
      { manifest: { ...manifest, wraps: manifest.wraps.slice(1) }, sig },
      { manifest: { ...manifest, san: { tool: "other", version: "1", rules: "none", report: {} } }, sig },
    ];
    for (const one of changed)
      await expect(verifyManifest(one, jwk)).rejects.toMatchObject({ code: "manifest.signature" });
    await expect(verifyManifest(file.signed, await publicJwk(await generateDeviceKey()))).rejects.toMatchObject({
      code: "manifest.signature",
    });
  });
});

describe("sealText and openText", () => {
  it("are inverse for names, subjects and reasons, and none passes for another", async () => {
    const { body } = world.caseKey.statement;
    const to = { id: keyId(body.case, body.epoch), publicKey: fromBase64url(body.hpke) };
    const place = { ...world.place, file: newId("file") };
    for (const kind of ["name", "subject", "why"] as const) {
      const sealed = await sealText(kind, "résumé 🚢.har", place, to);
      expect(await openText(kind, sealed, place, world.caseKey.secretKey)).toBe("résumé 🚢.har");
      for (const other of (["name", "subject", "why"] as const).filter((one) => one !== kind)) {
        await expect(openText(other, sealed, place, world.caseKey.secretKey)).rejects.toMatchObject({
          code: "hpke.open",
        });
      }
      await expect(
        openText(kind, sealed, { ...place, case: newId("case") }, world.caseKey.secretKey),
      ).rejects.toMatchObject({ code: "hpke.open" });
    }
    expect(await openText("name", file.signed.manifest.name, file.signed.manifest, world.caseKey.secretKey)).toBe(
      "trace.har",
    );
    await expect(sealText("name", "x".repeat(4097), place, to)).rejects.toMatchObject({ code: "text.invalid" });
  });
});
