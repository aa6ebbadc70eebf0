import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "@breakwater/wire";
import { signStatement, type Standing, type StandingBody, type Statement } from "@breakwater/seal";
import { codeOf, RunningReleaser } from "../test/running.ts";
import { asJson, logOpening, makeGrant, makeOpening, makeWorld, type Someone, type World } from "../test/world.ts";

let releaser: RunningReleaser;
let world: World;
beforeAll(async () => {
  releaser = await RunningReleaser.start();
  world = await makeWorld(releaser);
}, 60_000);
afterAll(async () => {
  await releaser.stop();
  rmSync(releaser.directory, { recursive: true });
});

let clock = Date.now() - 30_000;
/** Each a millisecond after the one before. */
function standing(body: Pick<StandingBody, "of" | "id">, state: Standing, by = world.admin): Promise<Statement> {
  const created = new Date(clock++).toISOString();
  return signStatement({ v: 1, t: "standing", org: world.deskOrg, created, state, why: "", ...body }, by);
}

async function open(by: Someone = world.engineer, more: readonly Statement[] = []): Promise<string> {
  const grant = await makeGrant(world, {}, by);
  const opening = await makeOpening(world, grant, {}, by);
  const request = await logOpening(world, opening, 0);
  const send = (old: number, consistency: readonly string[]) =>
    releaser.release({ ...request, old, consistency, statements: [...request.statements, ...more.map(asJson)] });
  const answer = await send(0, []);
  if (codeOf(answer) !== "release.behind" || !("size" in answer)) return codeOf(answer);
  const size = answer.size ?? 0;
  return codeOf(await send(size, await world.log.consistency(size)));
}

describe("POST /v1/standing", () => {
  it("[vault 14] refuses the next release of whoever was removed, though the request says nothing of it, also after a restart", async () => {
    expect(await open(world.other)).toBe("released");
    const removed = await standing({ of: "user", id: world.other.user }, "revoked");
    expect(await releaser.standing([...world.statements, removed])).toBeGreaterThan(0);
    expect(await open(world.other)).toBe("release.standing");
    expect(await open()).toBe("released");
    await releaser.stop("SIGKILL");
    releaser = await RunningReleaser.start(releaser.directory);
    expect(await open(world.other)).toBe("release.standing");
  });

  it("refuses a device that was revoked, and takes a suspension back when it is active again", async () => {
    const { engineer } = world;
    const suspended = await standing({ of: "user", id: engineer.user }, "suspended");
    await releaser.standing([...world.statements, suspended]);
    expect(await open()).toBe("release.standing");
    await releaser.standing([
      ...world.statements,
      suspended,
      await standing({ of: "user", id: engineer.user }, "active"),
    ]);
    expect(await open()).toBe("released");
    expect(await open(engineer, [await standing({ of: "device", id: engineer.dev }, "suspended")])).toBe(
      "release.standing",
    );
    await releaser.standing([...world.statements, await standing({ of: "device", id: engineer.dev }, "suspended")]);
    expect(await open()).toBe("release.standing");
    await releaser.standing([...world.statements, await standing({ of: "device", id: engineer.dev }, "active")]);
    expect(await open()).toBe("released");
  });

  it("ignores what does not chain: a stranger's word, and what an administrator said after their own end", async () => {
    const before = await releaser.standing(world.statements);
    const forged = await standing({ of: "user", id: world.engineer.user }, "revoked", world.customerKey);
    const unknown = await standing({ of: "user", id: newId("user") }, "revoked");
    expect(await releaser.standing([...world.statements, forged, unknown])).toBe(before);
    expect(await open()).toBe("released");
  });

  it("answers no request that is not a list of statements", async () => {
    expect((await releaser.post("/v1/standing", { statements: 3 })).status).toBe(400);
    expect((await releaser.post("/v1/standing", { statements: [{ body: 1 }, null] })).status).toBe(200);
  });

  it("killed at any moment, knows every standing that it answered for", { timeout: 120_000 }, async () => {
    for (let round = 0; round < 6; round++) {
      const statements = await Promise.all(
        Array.from({ length: 10 }, () => standing({ of: "user", id: world.other.user }, "suspended")),
      );
      const answered: Statement[] = [];
      const killed = delay(Math.random() * 60).then(() => releaser.stop("SIGKILL"));
      await Promise.all(
        statements.map((one) =>
          releaser.standing([...world.statements, one]).then(
            () => answered.push(one),
            () => undefined,
          ),
        ),
      );
      await killed;
      releaser = await RunningReleaser.start(releaser.directory);
      const known = await releaser.standing(world.statements);
      expect(await releaser.standing([...world.statements, ...answered])).toBe(known);
    }
  });
});
