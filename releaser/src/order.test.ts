import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeLeaf, type Leaf } from "@breakwater/ledger";
import { signStatement, verifyOrderDone, type OrderRequest } from "@breakwater/seal";
import { fromBase64url, newId, toBase64url } from "@breakwater/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codeOf, RunningReleaser } from "../test/running.ts";
import {
  asJson,
  logOpening,
  logOrder,
  makeGrant,
  makeOpening,
  makeWorld,
  type Someone,
  type World,
} from "../test/world.ts";

let releaser: RunningReleaser;
let world: World;
/** What the releaser has seen of the log: every accepted request proves up to the newest leaf. */
let seen: number;
beforeEach(async () => {
  releaser = await RunningReleaser.start();
  world = await makeWorld(releaser);
  seen = 0;
});
afterEach(async () => {
  await releaser.stop();
  rmSync(releaser.directory, { recursive: true, force: true });
});

type Order = Parameters<typeof logOrder>[1];

async function order(changes: Order, by?: Someone, kind: "staff" | "customer" = "customer") {
  const request = await logOrder(world, changes, { by: by ?? world.customer, kind, old: seen });
  const answer = await releaser.order(request);
  if (codeOf(answer) === "done") seen = world.log.tiles.size;
  return { request, answer, code: codeOf(answer) };
}

async function open(): Promise<string> {
  const answer = await releaser.release(
    await logOpening(world, await makeOpening(world, await makeGrant(world)), seen),
  );
  if (codeOf(answer) === "released") seen = world.log.tiles.size;
  return codeOf(answer);
}

/** The same order again, as it is said after each start. */
async function again(request: OrderRequest): Promise<string> {
  const index = Number(/^index (\d+)$/m.exec(request.proof)?.[1]);
  const answer = await releaser.order({
    ...request,
    old: seen,
    consistency: await world.log.consistency(seen),
    proof: await world.log.proof(index),
  });
  if (codeOf(answer) === "done") seen = world.log.tiles.size;
  return codeOf(answer);
}

const keyFile = (): string => join(releaser.directory, "cases", `${world.caseId}.json`);

describe("order()", () => {
  it("key.shred destroys the case's key before it answers, for ever, and signs that it did", async () => {
    expect(await open()).toBe("released");
    expect(existsSync(keyFile())).toBe(true);
    const { answer } = await order({ t: "key.shred" });
    if (!("done" in answer)) throw new Error(codeOf(answer));
    const { sign } = await releaser.identity();
    expect(await verifyOrderDone(answer, sign)).toMatchObject({ order: "key.shred", case: world.caseId });
    await expect(
      verifyOrderDone({ ...answer, done: { ...answer.done, case: newId("case") } }, sign),
    ).rejects.toMatchObject({ code: "order.signature" });
    expect(existsSync(keyFile())).toBe(false);
    expect(await open()).toBe("key.destroyed");
    await releaser.stop("SIGKILL");
    releaser = await RunningReleaser.start(releaser.directory);
    expect(await open()).toBe("key.destroyed");
    await expect(releaser.key({ org: world.org, case: world.caseId })).rejects.toThrow("key.destroyed");
  });

  it("[vault 16] a store restored from before the shredding opens nothing until it has destroyed the key again", async () => {
    const copy = mkdtempSync(join(tmpdir(), "copy-"));
    cpSync(releaser.directory, copy, { recursive: true });
    rmSync(join(copy, "lock"));
    const { request, answer } = await order({ t: "key.shred" });
    if (!("done" in answer)) throw new Error(codeOf(answer));
    const current = releaser;
    await current.stop();
    rmSync(current.directory, { recursive: true });
    releaser = await RunningReleaser.start(copy, {}, { settled: false });
    seen = 0;
    expect(existsSync(keyFile())).toBe(true);
    expect(await open()).toBe("order.unsettled");
    expect(await again({ ...request, done: answer })).toBe("done");
    expect(existsSync(keyFile())).toBe(false);
    await releaser.post("/v1/settle", {});
    expect(await open()).toBe("key.destroyed");
  });

  it("a key file that a kill left behind is destroyed at the next start", async () => {
    const left = readFileSync(keyFile());
    await order({ t: "key.shred" });
    await releaser.stop("SIGKILL");
    writeFileSync(keyFile(), left);
    releaser = await RunningReleaser.start(releaser.directory);
    expect(existsSync(keyFile())).toBe(false);
  });

  it("obeys administrators only, each about what is theirs, and only what is logged and signed", async () => {
    expect((await order({ t: "key.shred" }, world.engineer, "staff")).code).toBe("order.actor");
    expect((await order({ t: "key.shred" }, world.engineer, "customer")).code).toBe("order.actor");
    expect((await order({ t: "case.close" })).code).toBe("order.leaf");
    const unlogged = await logOrder(world, { t: "key.shred" }, { by: world.customer, kind: "customer", old: seen });
    const proof = unlogged.proof.replace(/^index \d+$/m, "index 0");
    expect(codeOf(await releaser.order({ ...unlogged, proof }))).toBe("release.unlogged");
    expect(existsSync(keyFile())).toBe(true);
    expect((await order({ t: "key.shred" }, world.administrator, "staff")).code).toBe("done");
    expect(existsSync(keyFile())).toBe(false);
  });

  it("[vault 51] destroys and deletes nothing that is held; the later of two orders about holding counts", async () => {
    const { file } = world.manifest.manifest;
    const held = await order({ t: "file.hold", file });
    expect(held.code).toBe("done");
    expect((await order({ t: "key.shred" })).code).toBe("order.held");
    expect((await order({ t: "file.delete", file })).code).toBe("order.held");
    expect(await open()).toBe("released");
    expect((await order({ t: "file.unhold", file })).code).toBe("done");
    expect(await again(held.request)).toBe("done");
    expect((await order({ t: "file.delete", file })).code).toBe("done");
    expect(await open()).toBe("file.deleted");
    expect((await order({ t: "file.hold" })).code).toBe("done");
    expect((await order({ t: "key.shred" })).code).toBe("order.held");
    await releaser.stop("SIGKILL");
    releaser = await RunningReleaser.start(releaser.directory);
    expect((await order({ t: "key.shred" })).code).toBe("order.held");
    expect((await order({ t: "file.unhold" })).code).toBe("done");
    expect((await order({ t: "key.shred" })).code).toBe("done");
  });

  it("[vault 51] lets a sweep shred what was closed for as long as a signed rule says, and nothing else", async () => {
    const days = 30;
    const settings = await signStatement(
      {
        v: 1,
        t: "settings",
        created: new Date(Date.now() - 1000).toISOString(),
        org: world.org,
        approve: "none",
        breakGlass: false,
        notify: [],
        retention: { problem: days },
      },
      world.customerRoot,
    );
    const entryOf = (leaf: Partial<Leaf> & Pick<Leaf, "t">, ts: string): string =>
      toBase64url(
        encodeLeaf({
          v: 1,
          ts,
          org: world.org,
          case: world.caseId,
          actor: { id: "server", kind: "server" },
          ...leaf,
        }),
      );
    const sweep = async (closedDaysAgo: number, what: string, statements = [...world.statements, settings]) => {
      const [then, now] = [new Date(Date.now() - closedDaysAgo * 86_400_000).toISOString(), new Date().toISOString()];
      const closed = entryOf({ t: "case.close" }, then);
      const leaf = entryOf({ t: "key.shred", what }, now);
      await world.log.tiles.append([fromBase64url(closed), fromBase64url(leaf)]);
      const { size } = world.log.tiles;
      const answer = await releaser.order({
        leaf,
        proof: await world.log.proof(size - 1),
        old: seen,
        consistency: await world.log.consistency(seen),
        statements: statements.map(asJson),
        closed: { leaf: closed, proof: await world.log.proof(size - 2) },
      });
      if (codeOf(answer) === "done") seen = size;
      return codeOf(answer);
    };
    expect(await sweep(31, "retention:30", [...world.statements])).toBe("order.actor");
    expect(await sweep(31, "retention:7")).toBe("order.actor");
    expect(await sweep(29, "retention:30")).toBe("order.leaf");
    expect(existsSync(keyFile())).toBe(true);
    expect(await sweep(31, "retention:30")).toBe("done");
    expect(existsSync(keyFile())).toBe(false);
  });
});
