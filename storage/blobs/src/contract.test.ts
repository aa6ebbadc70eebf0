import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createFileBlobs, type Blobs } from "./index.ts";

const folders: string[] = [];
async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "blobs-"));
  folders.push(path);
  return path;
}
afterAll(async () => {
  for (const path of folders) await rm(path, { recursive: true, force: true });
});

const engines: [string, () => Promise<Blobs>][] = [["files", async () => createFileBlobs(await folder())]];
const bytes = Uint8Array.from({ length: 700_001 }, (_, i) => (i * 31) & 255);
async function* chunks(of: Uint8Array, size = 65_537): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < of.length; at += size) yield of.subarray(at, at + size);
}
async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

describe.each(engines)("Blobs on %s", (_, create) => {
  it("put() stores what get() returns, whole and in ranges", async () => {
    const blobs = await create();
    expect(await blobs.put("prt_aaaa", chunks(bytes))).toEqual({ size: bytes.length });
    expect(await blobs.size("prt_aaaa")).toBe(bytes.length);
    expect((await all(await blobs.get("prt_aaaa"))).equals(bytes)).toBe(true);
    for (const [start, end] of [
      [0, 1],
      [56, 16_456],
      [700_000, 700_001],
      [5, 5],
      [0, 700_001],
    ] as const) {
      expect((await all(await blobs.get("prt_aaaa", { start, end }))).equals(bytes.subarray(start, end))).toBe(true);
    }
  });

  it("put() stores an empty blob", async () => {
    const blobs = await create();
    await blobs.put("prt_empty", chunks(new Uint8Array(0)));
    expect(await blobs.size("prt_empty")).toBe(0);
    expect(await all(await blobs.get("prt_empty"))).toHaveLength(0);
  });

  it("put() never replaces a blob", async () => {
    const blobs = await create();
    await blobs.put("prt_once", chunks(bytes));
    await expect(blobs.put("prt_once", chunks(new Uint8Array(3)))).rejects.toMatchObject({ code: "blob.exists" });
    expect(await blobs.size("prt_once")).toBe(bytes.length);
  });

  it("put() keeps nothing when the stream or the check fails, and can then be tried again", async () => {
    const blobs = await create();
    const broken = (async function* (): AsyncGenerator<Uint8Array> {
      yield bytes;
      throw new Error("the sender went away");
    })();
    await expect(blobs.put("prt_fail", broken)).rejects.toThrow("went away");
    await expect(
      blobs.put("prt_fail", chunks(bytes), () => {
        throw new Error("not what was declared");
      }),
    ).rejects.toThrow("not what was declared");
    await expect(blobs.size("prt_fail")).rejects.toMatchObject({ code: "blob.missing" });
    await blobs.put("prt_fail", chunks(bytes));
    expect(await blobs.size("prt_fail")).toBe(bytes.length);
  });

  it("get() and size() refuse a missing blob, a range outside and a name that leaves the directory", async () => {
    const blobs = await create();
    await blobs.put("prt_small", chunks(new Uint8Array(10)));
    await expect(blobs.get("prt_none")).rejects.toMatchObject({ code: "blob.missing" });
    await expect(blobs.get("prt_small", { start: 0, end: 11 })).rejects.toMatchObject({ code: "blob.range" });
    await expect(blobs.get("prt_small", { start: 7, end: 6 })).rejects.toMatchObject({ code: "blob.range" });
    for (const name of ["../../etc/passwd", "a/b/c", "", "..", "PRT_X", "prt_small\0", `prt_${"x".repeat(80)}`]) {
      await expect(blobs.size(name)).rejects.toMatchObject({ code: "blob.name" });
    }
  });

  it("delete() removes a blob and may be called again", async () => {
    const blobs = await create();
    await blobs.put("prt_gone", chunks(bytes));
    await blobs.delete("prt_gone");
    await blobs.delete("prt_gone");
    await expect(blobs.size("prt_gone")).rejects.toMatchObject({ code: "blob.missing" });
  });
});

describe("createFileBlobs", () => {
  it("keeps blobs from other users of the machine", async () => {
    const directory = await folder();
    const blobs = await createFileBlobs(directory);
    await blobs.put("prt_mode", chunks(bytes));
    expect((await stat(join(directory, "de", "mo", "prt_mode"))).mode & 0o077).toBe(0);
  });

  it("says so when its directory cannot be made", async () => {
    await expect(createFileBlobs("/dev/null/blobs")).rejects.toMatchObject({ code: "blob.unusable" });
  });

  it("has whole blobs or none after kill -9 at random moments, and sweeps what was half written", async () => {
    const directory = await folder();
    const writer = `
      import { createFileBlobs } from ${JSON.stringify(join(import.meta.dirname, "index.ts"))};
      const blobs = await createFileBlobs(${JSON.stringify(directory)});
      const bytes = new Uint8Array(300_000).fill(7);
      async function* chunks() { for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000); }
      for (let i = 0; ; i++) { await blobs.put("prt_" + process.pid + "_" + i, chunks()); process.stdout.write("prt_" + process.pid + "_" + i + "\\n"); }`;
    const acknowledged: string[] = [];
    for (let round = 0; round < 8; round++) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", writer], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let output = "";
      child.stdout.on("data", (data: Buffer) => (output += data.toString()));
      await once(child.stdout, "data");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      child.kill("SIGKILL");
      await once(child, "close");
      acknowledged.push(...output.split("\n").slice(0, -1));
    }
    const blobs = await createFileBlobs(directory);
    expect(acknowledged.length).toBeGreaterThan(8);
    for (const name of acknowledged) expect(await blobs.size(name)).toBe(300_000);
    expect(await readdir(join(directory, "incoming"))).toEqual([]);
    const names = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    for (const { name } of names) expect(await blobs.size(name)).toBe(300_000);
  });
});
