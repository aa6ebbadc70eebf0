import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  encodeLeaf,
  formatAddCheckpoint,
  formatProof,
  inclusionProof,
  MemoryTiles,
  parseProof,
  signCheckpoint,
  type Act,
} from "@breakwater/ledger";
import {
  commitment,
  generateDeviceKey,
  generateRecipient,
  openShare,
  partOf,
  partSecret,
  readLeaf,
  type ReleaseRequest,
  type SignedGrant,
} from "@breakwater/seal";
import { newId, toBase64url } from "@breakwater/wire";
import { CALLER, codeOf, RunningReleaser } from "../test/running.ts";
import {
  asJson,
  logOpening,
  makeGrant,
  makeOpening,
  makeWorld,
  type Opening,
  type Someone,
  type World,
} from "../test/world.ts";

let releaser: RunningReleaser;
let world: World;
let grant: SignedGrant;
/** The size that the releaser has seen. */
let seen = 0;

beforeAll(async () => {
  releaser = await RunningReleaser.start();
  world = await makeWorld(releaser);
  grant = await makeGrant(world);
}, 60_000);
afterAll(() => releaser.stop());

async function ask(
  opening: Opening,
  change: (request: ReleaseRequest) => Partial<ReleaseRequest> = () => ({}),
): Promise<string> {
  const request = await logOpening(world, opening, seen);
  const answer = await releaser.release({ ...request, ...change(request) });
  if (!("code" in answer)) seen = world.log.tiles.size;
  return codeOf(answer);
}
const opening = (changes: Partial<Act> = {}, by?: Someone, ts?: string): Promise<Opening> =>
  makeOpening(world, grant, changes, by, ts);

describe("release() answers", () => {
  it("a share that, with the case key's, opens the part, and a cosigned checkpoint", async () => {
    const asked = await opening({ parts: ["index", "headers"] });
    const request = await logOpening(world, asked, seen);
    const answer = await releaser.release(request);
    if ("code" in answer) throw new Error(answer.code);
    seen = world.log.tiles.size;
    const shares = answer.shares.filter((share) => "part" in share);
    expect(shares.map(({ role }) => role)).toEqual(["index", "headers"]);
    const { hash } = readLeaf(request.leaf);
    for (const share of shares) {
      const released = await openShare(share, hash, asked.reader.secretKey);
      const secret = await partSecret(world.manifest.manifest, share.role, {
        caseSecretKey: world.caseSecretKey,
        released,
      });
      const part = partOf(world.manifest.manifest, share.role);
      const salt = world.salts.get(part.part) ?? new Uint8Array(24);
      expect(toBase64url(commitment({ ...secret, salt }))).toBe(part.commit);
    }
    expect(answer.checkpoint.split("\n").filter((line) => line.startsWith("— "))).toHaveLength(2);
  });

  it("a customer's own people without a grant", async () => {
    expect(await ask(await makeOpening(world, undefined, {}, world.customer))).toBe("released");
  });
});

describe("[vault 27] release() refuses", () => {
  it("a leaf that was released before", async () => {
    const request = await logOpening(world, await opening(), seen);
    expect(codeOf(await releaser.release(request))).toBe("released");
    seen = world.log.tiles.size;
    expect(codeOf(await releaser.release(request))).toBe("release.replayed");
  });

  it("a stale leaf, and an act signed long before its leaf", async () => {
    const old = new Date(Date.now() - 61_000).toISOString();
    expect(await ask(await opening({}, undefined, old))).toBe("release.stale");
    expect(await ask(await opening({ at: old }))).toBe("release.stale");
    expect(await ask(await opening({}, undefined, new Date(Date.now() + 90_000).toISOString()))).toBe("release.stale");
  });

  it("a leaf that is not in the log", async () => {
    const logged = await logOpening(world, await opening(), seen);
    const unlogged = await logOpening(
      {
        ...world,
        log: Object.assign(Object.create(Object.getPrototypeOf(world.log)), world.log, {
          tiles: new MemoryTiles(),
        }) as World["log"],
      },
      await opening(),
      0,
    );
    expect(codeOf(await releaser.release({ ...logged, leaf: unlogged.leaf }))).toBe("release.unlogged");
  });

  it("another recipient key than the leaf's", async () => {
    const thief = await generateRecipient();
    expect(await ask(await opening(), () => ({ rpk: toBase64url(thief.publicKey) }))).toBe("release.leaf");
  });

  it("another file, another manifest, another type of leaf, parts that the file lacks", async () => {
    expect(await ask(await opening({ file: newId("file") }))).toBe("release.leaf");
    expect(await ask(await opening({ man: "A".repeat(43) }))).toBe("release.leaf");
    expect(await ask(await opening({ t: "key.deny" }))).toBe("release.leaf");
    expect(await ask(await opening({ parts: ["everything"] }))).toBe("release.leaf");
  });

  it("a leaf that the server's own policy denied", async () => {
    const asked = await opening();
    const denied = {
      ...asked,
      leaf: { ...asked.leaf, pol: { set: `sha256:${"A".repeat(43)}`, ids: ["x"], dec: "deny" as const } },
    };
    expect(await ask(denied)).toBe("release.leaf");
  });

  it("a manifest that its uploader did not sign", async () => {
    const swapped = structuredClone(world.manifest);
    expect(
      await ask(await opening(), () => ({
        manifest: { ...swapped, sig: `${swapped.sig.slice(0, 20)}AAAA${swapped.sig.slice(24)}` },
      })),
    ).toBe("release.manifest");
  });

  it("a grant that is missing, expired, another person's, for other parts, for another file, not signed", async () => {
    const now = Date.now();
    const at = (ms: number): string => new Date(now + ms).toISOString();
    const withGrant = async (other: SignedGrant, parts: string[] = ["index"]): Promise<string> =>
      ask(await makeOpening(world, other, { parts }));
    expect(await ask({ ...(await opening()), grant: undefined } as unknown as Opening)).toBe("release.grant");
    expect(await withGrant(await makeGrant(world, { nbf: at(-7_200_000), exp: at(-1000) }))).toBe(
      "release.grantExpired",
    );
    expect(await withGrant(await makeGrant(world, { nbf: at(60_000), exp: at(120_000) }))).toBe("release.grantExpired");
    expect(await withGrant(await makeGrant(world, {}, world.other))).toBe("release.grant");
    expect(await withGrant(grant, ["responseBodies"])).toBe("release.grant");
    expect(await withGrant(await makeGrant(world, { file: newId("file") }))).toBe("release.grant");
    expect(await withGrant({ ...grant, sig: grant.sig.replace(/^..../, "AAAA") })).toBe("release.grant");
  });

  it("an act signed by another device than the actor's, or by one that nobody enrolled", async () => {
    const { engineer, other } = world;
    expect(await ask(await opening({}, { ...engineer, device: await generateDeviceKey() }))).toBe("release.actor");
    expect(await ask(await opening({}, { ...engineer, dev: other.dev, device: other.device }))).toBe("release.actor");
    expect(await ask(await opening({}, { ...engineer, dev: newId("device") }))).toBe("release.actor");
  });

  it("a purpose that is not the grant's, by its own policy", async () => {
    expect(await ask(await opening({ why: "security" }))).toBe("release.policy");
    expect(await ask(await makeOpening(world, undefined, { why: "diagnose" }, world.customer))).toBe("release.policy");
  });

  it("a checkpoint that another key signed, a forged root, and a rewritten log", async () => {
    const request = await logOpening(world, await opening(), seen);
    const parsed = parseProof(request.proof);
    const other = await logOpening(world, await opening(), seen);
    expect(
      codeOf(
        await releaser.release({ ...request, proof: request.proof.replace(/^— (\S+) \S{10}/m, "— $1 AAAAAAAAAA") }),
      ),
    ).toBe("release.log");
    const forgedRoot = parsed.checkpoint.replace(/\n[^\n]{44}\n/, `\n${"A".repeat(43)}=\n`);
    expect(
      codeOf(await releaser.release({ ...request, proof: formatProof({ ...parsed, checkpoint: forgedRoot }) })),
    ).toBe("release.log");
    const fork = new MemoryTiles();
    for (let i = 0; i < world.log.tiles.size; i++) await fork.append([Buffer.from(`forged ${i}`)]);
    const entry = readLeaf(other.leaf).entry;
    const { root } = await fork.append([entry]);
    const checkpoint = await signCheckpoint({ origin: world.log.origin, size: fork.size, root, extensions: [] }, [
      world.log.signer,
    ]);
    const proof = formatProof({
      index: fork.size - 1,
      proof: await inclusionProof(fork.size - 1, fork.size, fork),
      checkpoint,
    });
    expect(codeOf(await releaser.release({ ...other, proof, consistency: await world.log.consistency(seen) }))).toBe(
      "release.forked",
    );
  });

  it("a checkpoint from another size than the one it saw, and says which", async () => {
    const request = await logOpening(world, await opening(), seen - 1);
    expect(await releaser.release(request)).toMatchObject({ status: 409, code: "release.behind", size: seen });
  });

  it("more uses than the grant has: of 100 at once, on three uses, exactly three", async () => {
    const three = await makeGrant(world, { max: 3 });
    const openings = await Promise.all(Array.from({ length: 100 }, () => makeOpening(world, three)));
    for (const one of openings) await logOpening(world, one, seen);
    const first = world.log.tiles.size - openings.length;
    const requests = await Promise.all(openings.map((one, i) => provenAt(one, first + i)));
    const answers = await Promise.all(requests.map((request) => releaser.release(request)));
    const codes = answers.map(codeOf);
    expect(codes.filter((code) => code === "released")).toHaveLength(3);
    expect(codes.filter((code) => code === "release.grantSpent")).toHaveLength(97);
    seen = world.log.tiles.size;
  });
});

/** The request for a leaf that is logged already, under the newest checkpoint. */
async function provenAt({ leaf, reader, grant: used }: Opening, index: number): Promise<ReleaseRequest> {
  return {
    leaf: toBase64url(encodeLeaf(leaf)),
    proof: await world.log.proof(index),
    old: seen,
    consistency: await world.log.consistency(seen),
    manifest: world.manifest,
    rpk: toBase64url(reader.publicKey),
    statements: world.statements.map(asJson),
    ...(used ? { grant: used } : {}),
  };
}

describe("the releaser", () => {
  it("keeps to its first desk", async () => {
    const desk = toBase64url(crypto.getRandomValues(new Uint8Array(32)));
    const answer = await releaser.post("/v1/pin", { statements: [], desk: desk.slice(0, 42) + "A" });
    expect(answer.status).toBe(409);
  });

  it("makes a case's key once, and gives the same statement ever after", async () => {
    const place = { org: world.org, case: newId("case") };
    const [first, second] = await Promise.all([releaser.key(place), releaser.key(place)]);
    expect(second).toEqual(first);
    expect(await releaser.key(place)).toEqual(first);
  });

  it("cosigns the continuation of a log and says 409 with its size otherwise", async () => {
    const note = await world.log.checkpoint();
    const good = await releaser.addCheckpoint(
      formatAddCheckpoint({
        old: seen,
        proof: (await world.log.consistency(seen)).map((hash) => Buffer.from(hash, "base64url")),
        note,
      }),
    );
    expect(good.status).toBe(200);
    seen = world.log.tiles.size;
    const conflict = await releaser.addCheckpoint(formatAddCheckpoint({ old: 1, proof: [], note }));
    expect([conflict.status, conflict.headers.get("content-type"), await conflict.text()]).toEqual([
      409,
      "text/x.tlog.size",
      `${seen}\n`,
    ]);
    expect((await releaser.addCheckpoint("nonsense")).status).toBe(400);
  });

  it("cosigns one of many checkpoints that arrive at once from the same size", async () => {
    const bodies = [];
    for (let i = 0; i < 50; i++) {
      await world.log.tiles.append([Buffer.from(`entry ${i}`)]);
      const proof = (await world.log.consistency(seen)).map((hash) => Buffer.from(hash, "base64url"));
      bodies.push(formatAddCheckpoint({ old: seen, proof, note: await world.log.checkpoint() }));
    }
    const answers = await Promise.all(bodies.map((body) => releaser.addCheckpoint(body)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(49);
    const conflict = answers.find(({ status }) => status === 409);
    seen = Number(await conflict?.text());
  });

  it("counts an actor's hour, also over a restart", async () => {
    const limits = { BREAKWATER_RELEASER_ACTOR_PER_HOUR: "2" };
    const strict = await RunningReleaser.start(undefined, limits);
    const other = await makeWorld(strict);
    const leave = await makeGrant(other);
    const open = async (running: RunningReleaser, old: number): Promise<string> =>
      codeOf(await running.release(await logOpening(other, await makeOpening(other, leave), old)));
    expect([await open(strict, 0), await open(strict, 1)]).toEqual(["released", "released"]);
    await strict.stop("SIGKILL");
    const again = await RunningReleaser.start(strict.directory, limits);
    expect(await open(again, 2)).toBe("release.rateActor");
    await again.stop();
  });

  it("opens nothing with a key that was destroyed, and never makes it again", async () => {
    const shredding = await RunningReleaser.start();
    const other = await makeWorld(shredding);
    unlinkSync(join(shredding.directory, "cases", `${other.caseId}.json`));
    await expect(shredding.key({ org: other.org, case: other.caseId })).rejects.toThrow("key.destroyed");
    const request = await logOpening(other, await makeOpening(other, await makeGrant(other)), 0);
    expect(codeOf(await shredding.release(request))).toBe("key.unknown");
    await shredding.stop();
  });

  it("answers no browser and no unbounded body", async () => {
    expect((await fetch(`${releaser.url}/v1/identity`, { headers: { origin: "https://evil.test" } })).status).toBe(403);
    const big = await fetch(`${releaser.url}/v1/keys`, { method: "POST", body: "x".repeat(10_000), headers: CALLER });
    expect(big.status).toBe(413);
  });

  it("answers nobody who does not know the secret of its pairing", async () => {
    for (const headers of [{}, { authorization: "Bearer " }, { authorization: `${CALLER.authorization}x` }])
      expect((await fetch(`${releaser.url}/v1/identity`, { headers })).status).toBe(401);
    expect((await fetch(`${releaser.url}/v1/identity`, { headers: CALLER })).status).toBe(200);
  });

  it("refuses a second process on its directory", async () => {
    await expect(RunningReleaser.start(releaser.directory)).rejects.toThrow("Another releaser uses this directory");
  });
});
