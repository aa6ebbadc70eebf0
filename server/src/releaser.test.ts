import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "@breakwater/wire";
import { createReleaserClient } from "./releaser-client.ts";
import { startReleaser, type ReleaserProcess } from "./releaser-process.ts";

let directory: string;
let running: ReleaserProcess | undefined;
const said: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "releaser-"));
  said.length = 0;
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  rmSync(directory, { recursive: true, force: true });
});
const start = async (): Promise<ReleaserProcess> =>
  (running = await startReleaser({ directory, report: (message) => said.push(message) }));

describe("startReleaser()", () => {
  it("starts it again when it dies, with the same identity", async () => {
    const releaser = await start();
    const client = createReleaserClient(releaser.url, releaser.secret);
    const before = await client.identity();
    const pid = releaser.pid();
    process.kill(pid ?? 0, "SIGKILL");
    await expect.poll(() => releaser.pid(), { timeout: 40_000 }).not.toBe(pid);
    await expect.poll(() => releaser.url(), { timeout: 40_000 }).toBeDefined();
    expect(await client.identity()).toEqual(before);
    expect(said.join("\n")).toContain("SIGKILL");
  });

  it("stops cleanly, and then says that it is unavailable", async () => {
    const releaser = await start();
    const client = createReleaserClient(releaser.url, releaser.secret);
    await releaser.close();
    expect(releaser.url()).toBeUndefined();
    await expect(client.identity()).rejects.toMatchObject({ code: "releaser.unavailable", status: 503 });
  });

  it("says why a releaser does not start", async () => {
    await start();
    await expect(startReleaser({ directory, report: () => {} })).rejects.toThrow(
      "Another releaser uses this directory",
    );
  });
});

describe("createReleaserClient()", () => {
  it("makes a case's key, and passes a refusal on with its code", async () => {
    const releaser = await start();
    const client = createReleaserClient(releaser.url, releaser.secret);
    const place = { org: newId("org"), case: newId("case") };
    expect((await client.key(place)).body).toMatchObject({ t: "releaser.key", ...place });
    await expect(client.key({ ...place, org: newId("org") })).rejects.toMatchObject({ code: "key.unknown" });
    await expect(client.pin([], "A".repeat(43))).rejects.toMatchObject({ code: "pin.refused" });
  });

  it("says 404 for a log that it does not know", async () => {
    const releaser = await start();
    const note =
      "desk.test/log/global\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— desk.test/log/global AAAAAAAAAA==\n";
    expect(await createReleaserClient(releaser.url, releaser.secret).addCheckpoint(`old 0\n\n${note}`)).toMatchObject({
      status: 404,
    });
  });
});
