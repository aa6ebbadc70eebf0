import { beforeAll, describe, expect, it } from "vitest";
import { newId, toBase64url, type Json } from "@breakwater/wire";
import {
  decrypt,
  fingerprint,
  generateRecipient,
  generateSigningKey,
  grantHash,
  makeReceipt,
  manifestHash,
  openShare,
  openTrust,
  parseGrant,
  parseReceipt,
  parseRelease,
  parseReleaseAnswer,
  parseReleaseRequest,
  partOf,
  partSecret,
  publicJwk,
  readLeaf,
  recipientHash,
  sealShare,
  signAct,
  signAnswer,
  signGrant,
  unwrapShare,
  verifyGrant,
  verifyReceipt,
  verifyRelease,
  wrapOf,
  type Grant,
  type Receipt,
  type Release,
  type ReleasedShare,
  type ReleaseExpectation,
  type Trust,
} from "../src/index.ts";
import { act, AT, logAct, makeWorld, NOW, sealFile, type TestPerson, type World } from "./world.ts";

let world: World;
let trust: Trust;
let file: Awaited<ReturnType<typeof sealFile>>;
beforeAll(async () => {
  world = await makeWorld();
  trust = await openTrust(world.statements, world.pins, NOW);
  file = await sealFile(world, { index: new TextEncoder().encode("GET /"), headers: new Uint8Array(20_000) });
});
const json = (value: unknown): string => JSON.stringify(value);
const changed = (text: string, at = 20): string =>
  text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);

async function grantFor(person: TestPerson, more: Partial<Grant> = {}) {
  const grant: Grant = {
    v: 1,
    type: "grant",
    id: newId("grant"),
    org: world.customer.id,
    case: world.place.case,
    file: file.signed.manifest.file,
    parts: ["index"],
    grantee: person.user,
    purpose: "diagnose",
    nbf: AT,
    exp: "2026-01-02T11:04:05.678Z",
    max: 5,
    at: AT,
    ...more,
  };
  return signGrant(grant, person.dev, person.device);
}

/** The engineer opens the index: every party's part of protocol 8, each step as it should be. */
async function openIndex() {
  const { manifest } = file.signed;
  const reader = await generateRecipient();
  const grant = await grantFor(world.engineer);
  const signed = await act(
    world.engineer,
    "staff",
    {
      t: "key.release",
      case: manifest.case,
      file: manifest.file,
      parts: ["index"],
      man: manifestHash(manifest),
      grant: grant.grant.id,
      rpk: recipientHash(reader.publicKey),
      why: "diagnose",
    },
    manifest.org,
  );
  const logged = await logAct(world, signed);
  const { part, role } = partOf(manifest, "index");
  const share = await unwrapShare(wrapOf(manifest, part, "r"), manifest, world.releaserCase.secretKey);
  const shares = [await sealShare({ publicKey: reader.publicKey, leafHash: logged.hash }, { part, role }, share)];
  const release: Release = {
    leaf: logged.leaf,
    proof: logged.proof,
    shares,
    sig: await signAnswer(logged.hash, shares, world.releaser),
  };
  const expectation: ReleaseExpectation = { trust, act: signed, publicKey: reader.publicKey, manifest };
  return { reader, grant, signed, logged, release, expectation };
}

describe("verifyRelease", () => {
  it("lets the reader open the part once everything holds", async () => {
    const { reader, release, expectation } = await openIndex();
    const verified = await verifyRelease(parseRelease(json(release)), expectation);
    expect([verified.index, verified.size, verified.cosigned]).toEqual([5, 6, NOW / 1000]);
    expect(verified.origin).toBe(`desk.example/log/${world.customer.id}`);
    const released = await openShare(verified.shares[0]!, verified.leafHash, reader.secretKey);
    const secret = await partSecret(file.signed.manifest, "index", {
      caseSecretKey: world.caseKey.secretKey,
      released,
    });
    expect(new TextDecoder().decode(await decrypt(file.blobs.get("index")!, secret))).toBe("GET /");
  });

  it("refuses a leaf that is not the act, or not for this file and key", async () => {
    const { release, expectation, signed } = await openIndex();
    const other = await openIndex();
    const refused: [Release, ReleaseExpectation, string][] = [
      [{ ...release, leaf: other.release.leaf }, expectation, "leaf.mismatch"],
      [release, { ...expectation, act: { ...signed, parts: ["index", "headers"] } }, "leaf.mismatch"],
      [release, { ...expectation, act: other.signed }, "leaf.mismatch"],
      [release, { ...expectation, publicKey: other.reader.publicKey }, "leaf.mismatch"],
      [release, { ...expectation, manifest: { ...file.signed.manifest, file: newId("file") } }, "leaf.mismatch"],
      // The same act signed once more is another signature: the log must hold the one that was sent.
      [release, { ...expectation, act: await signAct(signed, world.engineer.device) }, "leaf.mismatch"],
      [{ ...release, leaf: changed(release.leaf, 9) }, expectation, "leaf.invalid"],
      [{ ...release, leaf: "" }, expectation, "leaf.invalid"],
    ];
    for (const [one, expected, code] of refused)
      await expect(verifyRelease(one, expected)).rejects.toMatchObject({ code });
  });

  it("refuses a log that did not sign, a witness that did not cosign and a leaf that is not included", async () => {
    const { release, expectation, signed } = await openIndex();
    const rogue = await logAct(world, signed, { log: await generateSigningKey() });
    const unwitnessed = await logAct(world, signed, { witness: false });
    const index = release.proof.replace("index 5", "index 4");
    for (const [proof, code] of [
      [rogue.proof, "proof.log"],
      [unwitnessed.proof, "proof.witness"],
      [index, "proof.inclusion"],
      ["", "proof.inclusion"],
    ] as const) {
      await expect(verifyRelease({ ...release, proof }, expectation)).rejects.toMatchObject({ code });
    }
    // Another organisation's log, signed by the same key under its own name, does not count either.
    const elsewhere = await logAct(world, { ...signed, org: world.desk.id });
    await expect(verifyRelease({ ...release, proof: elsewhere.proof }, expectation)).rejects.toMatchObject({
      code: "proof.log",
    });
  });

  it("refuses an answer that the releaser did not sign, or signed for another leaf", async () => {
    const { release, expectation, logged } = await openIndex();
    const rogue = await signAnswer(logged.hash, release.shares, await generateSigningKey());
    const other = await signAnswer(
      logged.hash.map((byte) => byte ^ 1),
      release.shares,
      world.releaser,
    );
    const swapped = release.shares.map((share) => ({ ...share, ct: changed(share.ct) }));
    for (const one of [
      { ...release, sig: rogue },
      { ...release, sig: other },
      { ...release, shares: swapped },
    ]) {
      await expect(verifyRelease(one, expectation)).rejects.toMatchObject({ code: "release.signature" });
    }
  });

  it("refuses shares that were not asked for, missing ones and ones under a wrong name, even when the releaser signed", async () => {
    const { release, expectation, logged } = await openIndex();
    const [share] = release.shares.filter((one) => "part" in one);
    const headers = partOf(file.signed.manifest, "headers");
    const sets: ReleasedShare[][] = [
      [],
      [share!, share!],
      [{ ...share!, role: "headers", part: headers.part }],
      [{ ...share!, part: headers.part }],
    ];
    for (const shares of sets) {
      const sig = await signAnswer(logged.hash, shares, world.releaser);
      await expect(verifyRelease({ ...release, shares, sig }, expectation)).rejects.toMatchObject({
        code: "release.mismatch",
      });
    }
  });
});

describe("sealShare and openShare", () => {
  it("bind the share to the reader's key, the leaf and the part", async () => {
    const [reader, other] = [await generateRecipient(), await generateRecipient()];
    const leafHash = new Uint8Array(32).fill(1);
    const share = new Uint8Array(32).fill(9);
    const sealed = await sealShare({ publicKey: reader.publicKey, leafHash }, { part: "prt_a", role: "index" }, share);
    expect(await openShare(sealed, leafHash, reader.secretKey)).toEqual(share);
    const attempts = [
      () => openShare(sealed, new Uint8Array(32), reader.secretKey),
      () => openShare({ ...sealed, part: "prt_b" }, leafHash, reader.secretKey),
      () => openShare(sealed, leafHash, other.secretKey),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "hpke.open" });
  });
});

describe("parseReleaseRequest and parseReleaseAnswer", () => {
  it("read what they should and refuse the rest with release.invalid", async () => {
    const { release, grant, reader } = await openIndex();
    const request = {
      leaf: release.leaf,
      proof: release.proof,
      old: 0,
      consistency: [],
      manifest: file.signed,
      rpk: toBase64url(reader.publicKey),
      statements: world.statements as unknown as Json[],
      grant,
    };
    expect(parseReleaseRequest(json(request))).toEqual(request);
    const { grant: _, ...withoutGrant } = request;
    expect(parseReleaseRequest(json(withoutGrant))).toEqual(withoutGrant);
    for (const bad of [
      {},
      { ...request, old: -1 },
      { ...request, more: 1 },
      { ...request, rpk: "AA" },
      { ...request, consistency: ["AA"] },
      [],
    ]) {
      expect(() => parseReleaseRequest(json(bad))).toThrow(expect.objectContaining({ code: "release.invalid" }));
    }
    expect(() => parseReleaseRequest(json({ ...request, manifest: {} }))).toThrow(
      expect.objectContaining({ code: "manifest.invalid" }),
    );
    expect(() => parseReleaseRequest(json({ ...request, grant: null }))).toThrow(
      expect.objectContaining({ code: "grant.invalid" }),
    );
    const answer = { shares: release.shares, checkpoint: "text", sig: release.sig };
    expect(parseReleaseAnswer(json(answer))).toEqual(answer);
    expect(() => parseReleaseAnswer(json({ ...answer, shares: [{}] }))).toThrow(
      expect.objectContaining({ code: "release.invalid" }),
    );
  });
});

describe("signGrant, parseGrant and verifyGrant", () => {
  it("agree; any change, another device and grants without bounds are refused", async () => {
    const signed = await grantFor(world.engineer);
    expect(parseGrant(json(signed))).toEqual(signed);
    await verifyGrant(signed, await publicJwk(world.engineer.device));
    await expect(verifyGrant(signed, await publicJwk(world.member.device))).rejects.toMatchObject({
      code: "grant.signature",
    });
    const more = { ...signed, grant: { ...signed.grant, max: 50 } };
    await expect(verifyGrant(more, await publicJwk(world.engineer.device))).rejects.toMatchObject({
      code: "grant.signature",
    });
    expect(grantHash(more.grant)).not.toBe(grantHash(signed.grant));
    const bad: object[] = [
      { parts: [] },
      { parts: ["index", "index"] },
      { parts: ["everything"] },
      { max: 51 },
      { max: 0 },
      { exp: "2026-01-02T11:04:05.679Z" },
      { exp: AT },
      { purpose: "curiosity" },
      { more: 1 },
    ];
    for (const change of bad) {
      const one = { ...signed, grant: { ...signed.grant, ...change } };
      expect(() => parseGrant(json(one))).toThrow(expect.objectContaining({ code: "grant.invalid" }));
    }
  });
});

describe("verifyReceipt", () => {
  async function receiptOf(more: { readonly witness?: boolean } = {}): Promise<Receipt> {
    const { manifest } = file.signed;
    const signed = await act(
      world.member,
      "customer",
      {
        t: "file.create",
        case: manifest.case,
        file: manifest.file,
        parts: manifest.parts.map((part) => part.role),
        man: manifestHash(manifest),
      },
      manifest.org,
    );
    const { leaf, proof } = await logAct(world, signed, more);
    const desk = fingerprint(world.desk.root.publicKey);
    return makeReceipt({ desk, statements: world.statements as unknown as Json[], manifest: file.signed, leaf, proof });
  }

  it("says what was sealed, by whom, when, and where in the log, from the receipt and the pin alone", async () => {
    const verified = await verifyReceipt(parseReceipt(json(await receiptOf())), world.pins);
    expect(verified.file).toBe(file.signed.manifest.file);
    expect(verified.uploader.user).toBe(world.member.user);
    expect(verified.at).toBe(AT);
    expect([verified.index, verified.size]).toEqual([5, 6]);
    expect(verified.manifestHash).toBe(manifestHash(file.signed.manifest));
    expect(verified.desk.fingerprint).toBe(world.pins[0]);
  });

  it("refuses each thing that can be wrong with a code of its own", async () => {
    const receipt = await receiptOf();
    const otherFile = await sealFile(world, { index: new Uint8Array(1) });
    const without = (...gone: unknown[]): Json[] =>
      world.statements.filter((one) => !gone.includes(one)) as unknown as Json[];
    const { manifest } = file.signed;
    const asLeaf = async (
      person: TestPerson,
      kind: "staff" | "customer",
      t: "file.create" | "file.finish",
      man = manifestHash(manifest),
    ): Promise<Partial<Receipt>> => {
      const signed = await act(person, kind, { t, case: manifest.case, file: manifest.file, man }, manifest.org);
      const { leaf, proof } = await logAct(world, signed);
      return { leaf, proof };
    };
    const cases: [Partial<Receipt>, string][] = [
      [{ desk: fingerprint(world.customer.root.publicKey) }, "receipt.desk"],
      [{ statements: without(world.desk.statement) }, "trust.desk"],
      [{ statements: without(world.member.bundle) }, "trust.person"],
      [{ statements: without(world.member.statements[1]) }, "trust.device"],
      [{ statements: without(world.deskKeys) }, "receipt.invalid"],
      [{ statements: without(world.releaserKey) }, "receipt.invalid"],
      [{ statements: without(world.caseKey.statement) }, "receipt.invalid"],
      [{ manifest: { ...file.signed, sig: changed(file.signed.sig) } }, "manifest.signature"],
      [{ manifest: otherFile.signed }, "leaf.mismatch"],
      [await asLeaf(world.engineer, "staff", "file.create"), "leaf.mismatch"],
      [await asLeaf(world.member, "customer", "file.finish"), "leaf.mismatch"],
      [await asLeaf(world.member, "customer", "file.create", manifestHash(otherFile.signed.manifest)), "leaf.mismatch"],
      [{ leaf: "AAAA" }, "leaf.invalid"],
      [{ proof: (await receiptOf({ witness: false })).proof }, "proof.witness"],
      [{ proof: receipt.proof.replace("index 5", "index 0") }, "proof.inclusion"],
      [{ proof: receipt.proof.replace(/\n\n.*\n6\n/, (head) => head.replace("6", "7")) }, "proof.log"],
    ];
    for (const [change, code] of cases) {
      await expect(verifyReceipt({ ...receipt, ...change }, world.pins), code).rejects.toMatchObject({ code });
    }
    await expect(verifyReceipt(receipt, [])).rejects.toMatchObject({ code: "receipt.desk" });
    const { leaf } = readLeaf(receipt.leaf);
    expect(leaf.t).toBe("file.create");
  });

  it("refuses any changed character of the leaf, the manifest's signature and the proof's hashes", async () => {
    const receipt = await receiptOf();
    for (let at = 0; at < receipt.leaf.length; at += 7) {
      await expect(verifyReceipt({ ...receipt, leaf: changed(receipt.leaf, at) }, world.pins)).rejects.toMatchObject({
        name: "SealError",
      });
    }
    for (let at = 0; at < receipt.proof.length; at += 11) {
      if (receipt.proof[at] === "A") continue;
      await expect(verifyReceipt({ ...receipt, proof: changed(receipt.proof, at) }, world.pins)).rejects.toMatchObject({
        name: "SealError",
      });
    }
  });
});

describe("parseReceipt", () => {
  it("refuses what is not exactly a receipt", () => {
    for (const text of ["", "{}", "[]", '{"v":1,"t":"receipt"}', `{"v":1,"t":"receipt","desk":"x"}`]) {
      expect(() => parseReceipt(text)).toThrow(expect.objectContaining({ code: "receipt.invalid" }));
    }
  });
});
