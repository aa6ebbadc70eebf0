import { encodeLeaf, type Act, type Leaf } from "@breakwater/ledger";
import {
  generateRecipient,
  messagesHash,
  openMessage,
  openShare,
  readLeaf,
  recipientHash,
  sealMessage,
  signAct,
  type Recipient,
  type ReleaseRequest,
  type SignedMessage,
} from "@breakwater/seal";
import { newId, toBase64url } from "@breakwater/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeOf, RunningReleaser } from "../test/running.ts";
import { asJson, makeGrant, makeWorld, type Someone, type World } from "../test/world.ts";

let releaser: RunningReleaser;
let world: World;
let messages: readonly SignedMessage[];
/** The size that the releaser has seen. */
let seen = 0;

beforeAll(async () => {
  releaser = await RunningReleaser.start();
  world = await makeWorld(releaser);
  messages = [await write(world.customer, "It fails"), await write(world.engineer, "Which version?")];
}, 60_000);
afterAll(() => releaser.stop());

async function write(by: Someone, text: string): Promise<SignedMessage> {
  const { org, caseId, statements } = world;
  const keyOf = (t: "case.key" | "releaser.key", id: string) => {
    const body = statements.map((one) => one.body).find((one) => one.t === t);
    if (body?.t !== t) throw new Error(`There is no ${t}.`);
    return { id, publicKey: new Uint8Array(Buffer.from(body.hpke, "base64url")) };
  };
  const keys = { caseKey: keyOf("case.key", `${caseId}#1`), releaserKey: keyOf("releaser.key", `rel_${caseId}#1`) };
  const created = new Date().toISOString();
  const place = { org, case: caseId, message: newId("message") };
  return sealMessage({ ...place, by: by.user, device: by.dev, created, files: [], text }, keys, by.device);
}

interface Asked {
  readonly request: ReleaseRequest;
  readonly reader: Recipient;
}

async function ask(by: Someone, of: readonly SignedMessage[], changes: Partial<Act> = {}): Promise<Asked> {
  const reader = await generateRecipient();
  const ts = new Date().toISOString();
  const act: Act = {
    v: 1,
    t: "key.release",
    at: ts,
    org: world.org,
    case: world.caseId,
    parts: ["messages"],
    actor: { id: by.user, kind: by === world.customer ? "customer" : "staff", dev: by.dev },
    rpk: recipientHash(reader.publicKey),
    man: messagesHash(of),
    why: "correspond",
    ...changes,
  };
  const pol = { set: `sha256:${"A".repeat(43)}`, ids: ["test"], dec: "allow" as const };
  const leaf: Leaf = { ...(await signAct(act, by.device)), ts, pol };
  const entry = encodeLeaf(leaf);
  await world.log.tiles.append([entry]);
  const request: ReleaseRequest = {
    leaf: toBase64url(entry),
    proof: await world.log.proof(world.log.tiles.size - 1),
    old: seen,
    consistency: await world.log.consistency(seen),
    messages: of,
    rpk: toBase64url(reader.publicKey),
    statements: world.statements.map(asJson),
  };
  return { request, reader };
}

async function answerTo({ request }: Asked, change: Partial<ReleaseRequest> = {}): Promise<string> {
  const answer = await releaser.release({ ...request, ...change });
  if (!("code" in answer)) seen = world.log.tiles.size;
  return codeOf(answer);
}

describe("release() of messages answers", () => {
  it("one share for each, in order, that opens it together with the case's key", async () => {
    for (const by of [world.engineer, world.customer]) {
      const { request, reader } = await ask(by, messages);
      const answer = await releaser.release(request);
      if ("code" in answer) throw new Error(answer.code);
      seen = world.log.tiles.size;
      const { hash } = readLeaf(request.leaf);
      const texts: string[] = [];
      for (const [at, share] of answer.shares.entries()) {
        const signed = messages[at];
        if (!signed || !("message" in share)) throw new Error("A share is no message's.");
        expect(share.message).toBe(signed.message.message);
        const released = await openShare(share, hash, reader.secretKey);
        texts.push(await openMessage(signed.message, { caseSecretKey: world.caseSecretKey, released }));
      }
      expect(texts).toEqual(["It fails", "Which version?"]);
    }
  });
});

describe("release() of messages refuses", () => {
  it("other messages than the leaf names, another order, one twice, and none", async () => {
    const [one, two] = messages;
    if (!one || !two) throw new Error("There are two messages.");
    expect(await answerTo(await ask(world.engineer, messages), { messages: [two, one] })).toBe("release.leaf");
    expect(await answerTo(await ask(world.engineer, messages), { messages: [one] })).toBe("release.leaf");
    expect(await answerTo(await ask(world.engineer, [one, one]))).toBe("release.leaf");
    expect(await answerTo(await ask(world.engineer, []))).toBe("release.leaf");
  });

  it("a leaf with a file, a grant, parts or another reason beside them", async () => {
    const { file } = world.manifest.manifest;
    for (const change of [{ file }, { parts: ["index"] }, { why: "diagnose" as const }, { grant: newId("grant") }])
      expect(await answerTo(await ask(world.engineer, messages, change)), JSON.stringify(change)).toBe("release.leaf");
  });

  it("messages and a manifest at once, or a grant", async () => {
    const asked = await ask(world.engineer, messages);
    expect(await answerTo(asked, { manifest: world.manifest })).toBe("request.invalid");
    expect(await answerTo(asked, { grant: await makeGrant(world) })).toBe("release.grant");
  });

  it("a message that was changed, or whose writer does not chain", async () => {
    const [one] = messages;
    if (!one) throw new Error("There are two messages.");
    const changed = { ...one, message: { ...one.message, created: "2026-01-02T03:04:05.678Z" } };
    expect(await answerTo(await ask(world.engineer, [changed]))).toBe("release.manifest");
    const claimed = { ...one, message: { ...one.message, by: world.engineer.user } };
    expect(await answerTo(await ask(world.engineer, [claimed]))).toBe("release.manifest");
    const stranger = { ...one, message: { ...one.message, device: newId("device") } };
    expect(await answerTo(await ask(world.engineer, [stranger]))).toBe("release.manifest");
  });

  it("the same leaf twice", async () => {
    const asked = await ask(world.customer, messages);
    expect(await answerTo(asked)).toBe("released");
    expect(await answerTo(asked)).toBe("release.replayed");
  });
});
