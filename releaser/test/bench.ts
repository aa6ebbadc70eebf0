/** node releaser/test/bench.ts: openings per CPU-second of the releaser, over HTTP, against the hybrid seal that no release can avoid. */
import { readFileSync } from "node:fs";
import { generateRecipient, sealTo, type ReleaseRequest } from "@breakwater/seal";
import { RunningReleaser } from "./running.ts";
import { logOpening, makeGrant, makeOpening, makeWorld } from "./world.ts";

const RELEASES = Number(process.argv[2] ?? 300);
const TICKS_PER_SECOND = 100;

function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const releaser = await RunningReleaser.start(undefined, {
  BREAKWATER_RELEASER_ACTOR_PER_HOUR: "1000000",
  BREAKWATER_RELEASER_ORG_PER_HOUR: "1000000",
});
try {
  const world = await makeWorld(releaser);
  const seal = async (): Promise<void> => {
    const { publicKey } = await generateRecipient();
    await sealTo(publicKey, new Uint8Array(8), new Uint8Array(32), new Uint8Array(32));
  };
  for (let i = 0; i < 20; i++) await seal();
  const before = process.cpuUsage();
  for (let i = 0; i < 200; i++) await seal();
  const { user, system } = process.cpuUsage(before);
  const sealCost = (user + system) / 1000 / 200;

  // All are logged first: one checkpoint then covers them, and only the releaser works while the clock runs.
  const requests: ReleaseRequest[] = [];
  let grant = await makeGrant(world, { max: 50 });
  for (let i = 0; i < RELEASES; i++) {
    if (i % 50 === 0) grant = await makeGrant(world, { max: 50 });
    requests.push(await logOpening(world, await makeOpening(world, grant), 0));
  }
  const proven = await Promise.all(
    requests.map(async (request, index) => ({ ...request, proof: await world.log.proof(index), consistency: [] })),
  );
  const start = cpuSeconds(releaser.child.pid);
  const clock = performance.now();
  let released = 0;
  for (let at = 0; at < proven.length; at += 8) {
    const answers = await Promise.all(proven.slice(at, at + 8).map((request) => releaser.release(request)));
    for (const answer of answers) {
      if ("code" in answer) throw new Error(answer.code);
      released++;
    }
  }
  const seconds = (performance.now() - clock) / 1000;
  const cpu = cpuSeconds(releaser.child.pid) - start;
  console.log(
    `${released} openings of one part in ${seconds.toFixed(1)} s: ${(released / seconds).toFixed(0)} a second.`,
  );
  console.log(
    `${(released / cpu).toFixed(0)} for each CPU-second of the releaser, ${((cpu / released) * 1000).toFixed(1)} ms CPU each.`,
  );
  console.log(
    `One hybrid key pair and seal takes ${sealCost.toFixed(2)} ms CPU: an opening costs ${((cpu * 1000) / released / sealCost).toFixed(1)} times that.`,
  );
} finally {
  await releaser.stop();
}
