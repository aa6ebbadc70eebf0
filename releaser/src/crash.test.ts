import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { RunningReleaser, codeOf } from "../test/running.ts";
import { logOpening, makeGrant, makeOpening, makeWorld } from "../test/world.ts";

const ROUNDS = Number(process.env["BREAKWATER_KILL_ROUNDS"] ?? 20);

it(
  `the releaser, killed at ${ROUNDS} random moments, has persisted every release that it answered`,
  { timeout: 300_000 },
  async () => {
    let releaser = await RunningReleaser.start();
    const world = await makeWorld(releaser);
    const grant = await makeGrant(world);
    let answeredInAll = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const limited = await makeGrant(world, { max: 5 });
      const openings = await Promise.all(
        Array.from({ length: 12 }, (_, i) => makeOpening(world, i % 2 === 0 ? grant : limited)),
      );
      const known = await sizeOf(releaser, world);
      const logged = [];
      for (const opening of openings) logged.push(await logOpening(world, opening, known));
      const consistency = await world.log.consistency(known);
      const requests = await Promise.all(
        logged.map(async (request) => ({
          ...request,
          consistency,
          proof: await world.log.proof(indexOf(request.proof)),
        })),
      );
      const answered = new Set<number>();
      // In the middle of the work on any machine: some time after a few of the answers.
      const few = 1 + Math.floor(Math.random() * 5);
      const killed = (async () => {
        for (let waited = 0; answered.size < few && waited < 2000; waited++) await delay(1);
        await delay(Math.random() * 20);
        await releaser.stop("SIGKILL");
      })();
      await Promise.all(
        requests.map(async (request, i) => {
          const answer = await releaser.release(request).catch(() => undefined);
          if (answer && codeOf(answer) === "released") answered.add(i);
        }),
      );
      await killed;
      releaser = await RunningReleaser.start(releaser.directory);
      answeredInAll += answered.size;
      for (const i of answered) {
        const request = requests[i];
        if (!request) throw new Error("No such request.");
        const size = await sizeOf(releaser, world);
        // Proven from the size it has now, so that nothing but the leaf itself can refuse it.
        const again = {
          ...request,
          old: size,
          consistency: await world.log.consistency(size),
          proof: await world.log.proof(indexOf(request.proof)),
        };
        expect(codeOf(await releaser.release(again))).toBe("release.replayed");
      }
    }
    expect(answeredInAll).toBeGreaterThan(0);
    expect(await releaser.identity()).toMatchObject({ pinned: world.desk });
    await releaser.stop();
    rmSync(releaser.directory, { recursive: true });
  },
);

/** What the releaser has seen of the log, by its own word. */
async function sizeOf(
  releaser: RunningReleaser,
  world: {
    log: {
      checkpoint(): Promise<string>;
      tiles: { size: number; append(entries: readonly Uint8Array[]): Promise<unknown> };
    };
  },
): Promise<number> {
  if (world.log.tiles.size === 0) return 0;
  const answer = await releaser.addCheckpoint(`old 0\n\n${await world.log.checkpoint()}`);
  const body = await answer.text();
  return answer.status === 409 ? Number(body) : world.log.tiles.size;
}

function indexOf(proof: string): number {
  return Number(/^index (\d+)$/m.exec(proof)?.[1]);
}
