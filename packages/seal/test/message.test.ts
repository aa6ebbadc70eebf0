import { beforeAll, describe, expect, it } from "vitest";
import { fromBase64url, newId, toBase64url } from "@breakwater/wire";
import {
  generateRecipient,
  keyId,
  MAX_MESSAGE_TEXT,
  messageHash,
  messagesHash,
  openMessage,
  openShare,
  openTrust,
  parseMessage,
  publicJwk,
  recipientHash,
  releaserKeyId,
  releaserShareOf,
  sealMessage,
  sealMessageShare,
  signAnswer,
  unwrapShare,
  verifyMessage,
  verifyMessagesRelease,
  type Message,
  type Release,
  type SignedMessage,
  type Trust,
} from "../src/index.ts";
import { act, AT, logAct, makeWorld, NOW, type World } from "./world.ts";

let world: World;
let trust: Trust;
beforeAll(async () => {
  world = await makeWorld();
  trust = await openTrust(world.statements, world.pins, NOW);
});

const TEXT = "The **upload** fails with `413`.\n\nSee https://example.test/log — いつも。";

function write(text: string, changes: { readonly reply?: string; readonly files?: readonly string[] } = {}) {
  const { member, place } = world;
  const input = {
    ...place,
    message: newId("message"),
    by: member.user,
    device: member.dev,
    created: AT,
    files: [],
    text,
  };
  const keys = {
    caseKey: { id: keyId(place.case, 1), publicKey: fromBase64url(world.caseKey.statement.body.hpke) },
    releaserKey: { id: releaserKeyId(place.case, 1), publicKey: world.releaserCase.publicKey },
  };
  return sealMessage({ ...input, ...changes }, keys, member.device);
}
async function read(message: Message): Promise<string> {
  const released = await unwrapShare(releaserShareOf(message), message, world.releaserCase.secretKey);
  return openMessage(message, { caseSecretKey: world.caseKey.secretKey, released });
}
const json = (value: unknown): string => JSON.stringify(value);

describe("sealMessage and openMessage", () => {
  it("are inverse with both shares, for the empty message and for the longest", async () => {
    for (const text of ["", TEXT, "x".repeat(MAX_MESSAGE_TEXT)]) {
      const { message } = parseMessage(json(await write(text)));
      expect(await read(message)).toBe(text);
    }
  });

  it("hold no word of the text outside of the ciphertext", async () => {
    const signed = json(await write("Xyzzy plugh quux"));
    expect(signed).not.toContain("Xyzzy");
    expect(signed).not.toContain(toBase64url(new TextEncoder().encode("Xyzzy plugh quux")).slice(2, 18));
  });

  it("refuse a text that is too long, and say how long it may be", async () => {
    await expect(write("é".repeat(MAX_MESSAGE_TEXT / 2 + 1))).rejects.toMatchObject({ code: "message.invalid" });
  });

  it("open nothing with either share alone, or with another message's", async () => {
    const [one, other] = [(await write(TEXT)).message, (await write(TEXT)).message];
    const { caseKey, releaserCase } = world;
    const released = await unwrapShare(releaserShareOf(other), other, releaserCase.secretKey);
    const fails = (secrets: Parameters<typeof openMessage>[1]) => expect(openMessage(one, secrets)).rejects;
    await fails({ caseSecretKey: caseKey.secretKey, released }).toMatchObject({ code: "cipher.commitment" });
    const nothing = new Uint8Array(32);
    await fails({ caseSecretKey: caseKey.secretKey, released: nothing }).toMatchObject({ code: "cipher.commitment" });
    await fails({ caseSecretKey: releaserCase.secretKey, released }).toMatchObject({ code: "hpke.open" });
    await expect(unwrapShare(releaserShareOf(one), one, caseKey.secretKey)).rejects.toMatchObject({
      code: "hpke.open",
    });
  });

  it("open nothing that was moved to another organisation, case, message or writer", async () => {
    const { message } = await write(TEXT);
    const moved = [{ org: newId("org") }, { case: newId("case") }, { message: newId("message") }];
    for (const change of moved)
      await expect(
        unwrapShare(releaserShareOf(message), { ...message, ...change }, world.releaserCase.secretKey),
      ).rejects.toMatchObject({ code: "hpke.open" });
    await expect(read({ ...message, by: newId("user") })).rejects.toMatchObject({ code: "cipher.commitment" });
  });

  it("open nothing after one changed bit of the body", async () => {
    const { message } = await write(TEXT);
    const bytes = fromBase64url(message.body);
    for (const at of [0, 24, 56, bytes.length - 1]) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(read({ ...message, body: toBase64url(changed) })).rejects.toThrow();
    }
  });
});

describe("verifyMessage", () => {
  it("holds for the sender's device only, and for nothing changed", async () => {
    const signed = await write(TEXT, { reply: newId("message"), files: [newId("file")] });
    const jwk = await publicJwk(world.member.device);
    await verifyMessage(signed, jwk);
    const { message } = signed;
    const changes: readonly Partial<Message>[] = [
      { reply: newId("message") },
      { files: [] },
      { created: "2026-01-02T03:04:05.679Z" },
      { by: newId("user") },
      { body: (await write(TEXT)).message.body },
    ];
    const refused = { code: "message.signature" };
    for (const change of changes)
      await expect(verifyMessage({ ...signed, message: { ...message, ...change } }, jwk)).rejects.toMatchObject(
        refused,
      );
    await expect(verifyMessage(signed, await publicJwk(world.engineer.device))).rejects.toMatchObject(refused);
  });
});

describe("parseMessage", () => {
  it("refuses what is missing, double, unknown, too large or of another case", async () => {
    const signed = await write(TEXT);
    const { message } = signed;
    const [v, r] = message.wraps;
    const bad: readonly object[] = [
      { wraps: [v] },
      { wraps: [v, v] },
      { wraps: [r, r] },
      { wraps: [v, r, r] },
      { wraps: [{ ...v, to: `${newId("case")}#1` }, r] },
      { wraps: [{ ...v, to: r?.to }, r] },
      { body: "AAAA" },
      { body: "A".repeat(100_000) },
      { files: [newId("case")] },
      { files: Array.from({ length: 21 }, () => newId("file")) },
      { reply: message.message },
      { v: 2 },
      { html: "<b>" },
    ];
    for (const change of bad)
      expect(() => parseMessage(json({ ...signed, message: { ...message, ...change } }))).toThrow(
        expect.objectContaining({ code: "message.invalid" }),
      );
    const file = newId("file");
    expect(() => parseMessage(json({ ...signed, message: { ...message, files: [file, file] } }))).toThrow(/twice/);
  });
});

describe("verifyMessagesRelease", () => {
  async function open(messages: readonly SignedMessage[]) {
    const reader = await generateRecipient();
    const signed = await act(
      world.engineer,
      "staff",
      {
        t: "key.release",
        case: world.place.case,
        parts: ["messages"],
        man: messagesHash(messages),
        rpk: recipientHash(reader.publicKey),
        why: "correspond",
      },
      world.place.org,
    );
    const logged = await logAct(world, signed);
    const shares = [];
    for (const { message } of messages) {
      const share = await unwrapShare(releaserShareOf(message), message, world.releaserCase.secretKey);
      shares.push(
        await sealMessageShare({ publicKey: reader.publicKey, leafHash: logged.hash }, message.message, share),
      );
    }
    const release: Release = {
      leaf: logged.leaf,
      proof: logged.proof,
      shares,
      sig: await signAnswer(logged.hash, shares, world.releaser),
    };
    return { reader, logged, release, expectation: { trust, act: signed, publicKey: reader.publicKey, messages } };
  }

  it("lets the reader open many messages under one leaf", async () => {
    const messages = [await write("one"), await write("two"), await write("three")];
    const { reader, release, expectation } = await open(messages);
    const verified = await verifyMessagesRelease(release, expectation);
    const texts = [];
    for (const [at, share] of verified.shares.entries()) {
      const released = await openShare(share, verified.leafHash, reader.secretKey);
      texts.push(await openMessage(messages[at]!.message, { caseSecretKey: world.caseKey.secretKey, released }));
    }
    expect(texts).toEqual(["one", "two", "three"]);
  });

  it("refuses other messages, another order, fewer shares, and shares of a file", async () => {
    const messages = [await write("one"), await write("two")];
    const { release, expectation, logged } = await open(messages);
    const other = [...messages].reverse();
    await expect(verifyMessagesRelease(release, { ...expectation, messages: other })).rejects.toMatchObject({
      code: "leaf.mismatch",
    });
    await expect(verifyMessagesRelease(release, { ...expectation, messages: messages.slice(1) })).rejects.toMatchObject(
      { code: "leaf.mismatch" },
    );
    const [one, two] = release.shares;
    for (const shares of [[one!], [two!, one!], []]) {
      const sig = await signAnswer(logged.hash, shares, world.releaser);
      await expect(verifyMessagesRelease({ ...release, shares, sig }, expectation)).rejects.toMatchObject({
        code: "release.mismatch",
      });
    }
    await expect(verifyMessagesRelease({ ...release, shares: [one!] }, expectation)).rejects.toMatchObject({
      code: "release.signature",
    });
  });
});

describe("messageHash", () => {
  it("names the whole message", async () => {
    const { message } = await write(TEXT);
    expect(messageHash(message)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(messageHash({ ...message, created: "2026-01-02T03:04:05.679Z" })).not.toBe(messageHash(message));
  });
});
