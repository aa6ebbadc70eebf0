import { describe, expect, it } from "vitest";
import { newId, toBase64url, utf8, type Json } from "@breakwater/wire";
import { openTrust } from "../src/index.ts";
import {
  createProof,
  deviceSign,
  deviceVerify,
  exportDeviceSecret,
  generateDeviceKey,
  generatePortableDeviceKey,
  importDeviceKey,
  parsePublicJwk,
  publicJwk,
  signAct,
  thumbprint,
  verifyAct,
  verifyActor,
  verifyProof,
  type DeviceKey,
} from "../src/index.ts";
import { es256Sign } from "../src/device.ts";
import { act, makePerson, makeWorld, NOW } from "./world.ts";

describe("thumbprint", () => {
  it("is SHA-256 of the required members in order (RFC 7638 section 3), whatever order the key came in", async () => {
    const jwk = await publicJwk(await generateDeviceKey());
    const text = `{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`;
    const expected = toBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
    expect(thumbprint(jwk)).toBe(expected);
    expect(thumbprint({ y: jwk.y, x: jwk.x, crv: "P-256", kty: "EC" })).toBe(expected);
  });
});

describe("generateDeviceKey", () => {
  it("keeps the private half from being exported; the portable one can be stored and comes back", async () => {
    const key = await generateDeviceKey();
    expect(key.privateKey.extractable).toBe(false);
    await expect(exportDeviceSecret(key)).rejects.toThrow();
    const portable = await generatePortableDeviceKey();
    const jwk = await publicJwk(portable);
    const again = await importDeviceKey(jwk, await exportDeviceSecret(portable));
    expect(await deviceVerify(jwk, "act", "text", await deviceSign(again, "act", "text"))).toBe(true);
    expect(await deviceVerify(jwk, "grant", "text", await deviceSign(again, "act", "text"))).toBe(false);
    await expect(importDeviceKey(jwk, "AAAA")).rejects.toMatchObject({ code: "key.invalid" });
  });
});

describe("parsePublicJwk", () => {
  it("takes exactly a P-256 public key", async () => {
    const jwk = await publicJwk(await generateDeviceKey());
    expect(parsePublicJwk({ ...jwk })).toEqual(jwk);
    const bad: Json[] = [
      { ...jwk, d: jwk.x },
      { ...jwk, alg: "ES256" },
      { ...jwk, crv: "P-384" },
      { ...jwk, kty: "OKP" },
      { ...jwk, x: jwk.x.slice(1) },
      { kty: "EC", crv: "P-256", x: jwk.x },
      null,
      "x",
    ];
    for (const one of bad) expect(() => parsePublicJwk(one)).toThrow(expect.objectContaining({ code: "key.invalid" }));
    // A point that is not on the curve passes the shape and fails to verify anything.
    const off = parsePublicJwk({ ...jwk, y: toBase64url(new Uint8Array(32).fill(1)) });
    expect(await deviceVerify(off, "act", "text", toBase64url(new Uint8Array(64)))).toBe(false);
  });
});

describe("createProof and verifyProof", () => {
  const request = { method: "POST", url: "https://desk.example/v1/release" };
  const iat = 1_767_000_000;
  const jti = "abcdefghijklmnopqrstuv";
  const expected = { ...request, now: iat + 10, maxAgeSeconds: 60 };

  /** A proof with any header and claims, signed all the same. */
  async function forge(key: DeviceKey, header: Json, claims: Json): Promise<string> {
    const signed = `${toBase64url(utf8(JSON.stringify(header)))}.${toBase64url(utf8(JSON.stringify(claims)))}`;
    return `${signed}.${toBase64url(await es256Sign(key, utf8(signed)))}`;
  }

  it("agree: the thumbprint is the session key's, query and fragment do not count", async () => {
    const key = await generateDeviceKey();
    const proof = await createProof({ ...request, url: `${request.url}?a=1#b`, iat, jti, key });
    const verified = await verifyProof(proof, { ...expected, url: `${request.url}?c=2` });
    expect(verified).toEqual({ jwk: await publicJwk(key), thumbprint: thumbprint(await publicJwk(key)), jti, iat });
  });

  it("refuses another method or address, and what is too old or from the future", async () => {
    const proof = await createProof({ ...request, iat, jti, key: await generateDeviceKey() });
    const attempts: [Partial<typeof expected>, string][] = [
      [{ method: "GET" }, "dpop.mismatch"],
      [{ url: "https://desk.example/v1/files" }, "dpop.mismatch"],
      [{ url: "http://desk.example/v1/release" }, "dpop.mismatch"],
      [{ now: iat + 61 }, "dpop.expired"],
      [{ now: iat - 61 }, "dpop.expired"],
    ];
    for (const [change, code] of attempts)
      await expect(verifyProof(proof, { ...expected, ...change })).rejects.toMatchObject({ code });
    await expect(verifyProof(proof, { ...expected, now: iat - 60 })).resolves.toMatchObject({ jti });
  });

  it("refuses every other algorithm, type, key and claim, and every changed character", async () => {
    const key = await generateDeviceKey();
    const jwk = { ...(await publicJwk(key)) };
    const header = { typ: "dpop+jwt", alg: "ES256", jwk };
    const claims = { jti, htm: "POST", htu: request.url, iat };
    await expect(verifyProof(await forge(key, header, claims), expected)).resolves.toMatchObject({ jti });
    const bad: [Json, Json][] = [
      [{ ...header, alg: "none" }, claims],
      [{ ...header, alg: "HS256" }, claims],
      [{ ...header, alg: "ES384" }, claims],
      [{ ...header, typ: "JWT" }, claims],
      [{ ...header, crit: ["exp"] }, claims],
      [{ ...header, kid: "x" }, claims],
      [{ ...header, jwk: { ...jwk, d: jwk.x } }, claims],
      [{ typ: "dpop+jwt", alg: "ES256" }, claims],
      [header, { ...claims, jti: "short" }],
      [header, { ...claims, iat: "1767000000" }],
      [header, { ...claims, iat: iat + 0.5 }],
      [header, { ...claims, extra: 1 }],
      [header, { jti, htm: "POST", htu: request.url }],
      [header, [claims]],
    ];
    for (const [h, c] of bad)
      await expect(verifyProof(await forge(key, h, c), expected)).rejects.toMatchObject({ code: "dpop.invalid" });

    const proof = await forge(key, header, claims);
    for (let at = 0; at < proof.length; at += 3) {
      const changed = proof.slice(0, at) + (proof[at] === "A" ? "B" : "A") + proof.slice(at + 1);
      await expect(verifyProof(changed, expected)).rejects.toMatchObject({ code: expect.stringMatching(/^dpop\./) });
    }
    for (const text of ["", "..", "a.b", `${proof}.`, `${proof}.x`, ` ${proof}`, "a".repeat(5000)]) {
      await expect(verifyProof(text, expected)).rejects.toMatchObject({ code: "dpop.invalid" });
    }
  });

  it("refuses a proof whose key was exchanged", async () => {
    const jwk = { ...(await publicJwk(await generateDeviceKey())) };
    const claims = { jti, htm: "POST", htu: request.url, iat };
    const proof = await forge(await generateDeviceKey(), { typ: "dpop+jwt", alg: "ES256", jwk }, claims);
    await expect(verifyProof(proof, expected)).rejects.toMatchObject({ code: "dpop.signature" });
  });
});

describe("signAct, verifyAct and verifyActor", () => {
  it("cover every member that a person signs and none of the server's", async () => {
    const device = await generateDeviceKey();
    const jwk = await publicJwk(device);
    const signed = await signAct(
      {
        v: 1,
        t: "file.meta",
        at: "2026-01-02T03:04:05.678Z",
        org: newId("org"),
        case: newId("case"),
        file: newId("file"),
        actor: { id: newId("user"), kind: "staff", dev: newId("device") },
        n: 1,
      },
      device,
    );
    await verifyAct(signed, jwk);
    await verifyAct({ ...signed, ts: "2026-01-02T03:04:06.000Z", ses: "x" }, jwk);
    for (const change of [
      { n: 2 },
      { org: newId("org") },
      { t: "file.list" as const },
      { what: "x" },
      { asig: "A".repeat(86) },
      { asig: "x" },
    ]) {
      await expect(verifyAct({ ...signed, ...change }, jwk)).rejects.toMatchObject({ code: "act.signature" });
    }
  });

  it("finds the person and device behind an act, and refuses strangers, wrong sides and others' devices", async () => {
    const world = await makeWorld();
    const trust = await openTrust(world.statements, world.pins, NOW);
    const org = world.customer.id;
    const rest = { t: "file.list" as const, n: 1 };
    const byMember = await act(world.member, "customer", rest, org);
    expect((await verifyActor(byMember, trust)).person.user).toBe(world.member.user);
    expect((await verifyActor(await act(world.engineer, "staff", rest, org), trust)).device.dev).toBe(
      world.engineer.dev,
    );

    const stranger = await makePerson(org, "member", undefined);
    const borrowed = { ...world.member, dev: world.engineer.dev };
    const refused = [
      [await act(stranger, "customer", rest, org), "trust.person"],
      [await act(world.member, "staff", rest, org), "trust.person"],
      [await act(world.engineer, "customer", rest, org), "trust.person"],
      [await act(world.member, "customer", rest, newId("org")), "trust.person"],
      [await act(world.member, "server", rest, org), "trust.person"],
      [await act(borrowed, "customer", rest, org), "trust.device"],
      [{ ...byMember, actor: { id: world.member.user, kind: "customer" as const } }, "trust.device"],
      [{ ...byMember, n: 2 }, "act.signature"],
    ] as const;
    for (const [one, code] of refused) await expect(verifyActor(one, trust)).rejects.toMatchObject({ code });
  });
});
