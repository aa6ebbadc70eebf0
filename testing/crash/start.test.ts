import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../src/postgres.ts";
import { newId } from "@breakwater/wire";
import { loadLogKey } from "../../server/src/modules/ledger/index.ts";
import { alive, House, runServer, until } from "./house.ts";

let house: House;
const scratch = mkdtempSync(join(tmpdir(), "start-"));
beforeAll(async () => {
  house = await House.build();
  await house.start();
}, 120_000);
afterAll(async () => {
  await house?.destroy();
  rmSync(scratch, { recursive: true, force: true });
});

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const onFreePort = async (directory: string): Promise<Record<string, string>> => ({
  BREAKWATER_DATA: directory,
  BREAKWATER_URL: `http://localhost:${await freePort()}`,
});

describe("node server/src/main.ts", { timeout: 120_000 }, () => {
  it("refuses a second start on the same directory, naming the process, and leaves the first one alone", async () => {
    const { code, text } = await runServer(await onFreePort(house.directory));
    expect(code).toBe(1);
    expect(text).toMatch(new RegExp(`^Process ${house.pid} already uses this data directory`));
    expect(text.trim().split("\n")).toHaveLength(1);
    expect((await fetch(`${house.url}/v1/status`)).status).toBe(200);
  });

  it("says that its port is in use", async () => {
    const taken = createServer().listen(0, "localhost");
    await new Promise((listening) => taken.once("listening", listening));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { code, text } = await runServer({
      BREAKWATER_DATA: join(scratch, "port"),
      BREAKWATER_URL: `http://localhost:${port}`,
    });
    taken.close();
    expect(code).toBe(1);
    expect(text.trim()).toBe(
      `Port ${port} is in use. Stop what uses it, or set BREAKWATER_URL to another port, such as http://localhost:7411.`,
    );
  });

  it("says that it may not write its directory", async () => {
    const directory = join(scratch, "readonly");
    mkdirSync(directory);
    chmodSync(directory, 0o555);
    chmodSync(scratch, 0o755);
    const { code, text } = await runServer(await onFreePort(directory), isRoot ? NOBODY : undefined);
    expect(code).toBe(1);
    expect(text.trim()).toMatch(
      /^The data directory cannot be written: .*\. Give this user the right to write there, or set BREAKWATER_DATA\.$/,
    );
  });

  it("says so when a file stands where its directory should be", async () => {
    const file = join(scratch, "file");
    writeFileSync(file, "something else");
    const { code, text } = await runServer(await onFreePort(file));
    expect(code).toBe(1);
    expect(text.trim()).toMatch(/^The data directory cannot be written: /);
    expect(text.trim().split("\n")).toHaveLength(1);
    expect(readFileSync(file, "utf8")).toBe("something else");
  });

  it("makes a new log key when the first start was killed while it wrote one, and never a second", () => {
    const place = join(scratch, "log.key");
    writeFileSync(`${place}.new`, "half a k");
    const key = loadLogKey(place);
    expect(key).toHaveLength(32);
    expect(loadLogKey(place)).toEqual(key);
    writeFileSync(place, "");
    expect(() => loadLogKey(place)).toThrow(/is damaged\. Restore it from a backup/);
  });

  it("takes its releaser with it when it is killed, and the next start waits for that", async () => {
    const releaser = house.releaserPid() ?? 0;
    expect(alive(releaser)).toBe(true);
    await house.stop("SIGKILL");
    await until(() => !alive(releaser), 5_000);
    // What a finish leaves that is killed between its leaves and its answer.
    const left = newId("part");
    writeFileSync(join(house.directory, "uploads", left), "ciphertext");
    await house.start();
    expect(house.staged()).not.toContain(left);
    expect(house.releaserPid()).not.toBe(releaser);
    expect(alive(house.releaserPid() ?? 0)).toBe(true);
  });

  it("stops with exit 0 within five seconds at Ctrl-C, with a request half sent", async () => {
    const releaser = house.releaserPid() ?? 0;
    // A connection that sends half a request and waits.
    const { hostname, port } = new URL(house.url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    socket.write(
      "POST /v1/enrol/start HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{",
    );
    await sleep(100);
    const began = Date.now();
    expect(await house.stop("SIGINT")).toEqual({ code: 0, signal: null });
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(alive(releaser)).toBe(false);
    socket.destroy();
    await house.start();
    expect((await house.stop("SIGTERM")).code).toBe(0);
  });
});
