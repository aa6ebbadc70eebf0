import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BufferSink, bytesSource, sanitise } from "@breakwater/har";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launch } from "./browser.ts";

const ROOT = join(import.meta.dirname, "../..");
const KEY = "5c".repeat(32);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "breakwater-same-"));
});

afterAll(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Secrets in a good many places, so that the three would have to agree on more than on copying. */
function recording(): string {
  const token = (i: number): string =>
    Buffer.from(`token ${i} ${"xyz".repeat(i % 5)} ${i * 7919}`).toString("base64url");
  const entry = (i: number): object => ({
    startedDateTime: "2026-01-01T00:00:00.000Z",
    time: i,
    request: {
      method: "POST",
      url: `https://app.example/reset/${token(i)}?access_token=${token(i + 1)}#id_token=${token(i)}`,
      headers: [
        { name: "Cookie", value: `sid=${token(i % 7)}; theme=dark` },
        { name: "Authorization", value: `Basic ${Buffer.from(`desk:horse${i}`).toString("base64")}` },
      ],
      postData: { mimeType: "application/json", text: JSON.stringify({ password: `horse-${i}`, echo: token(i % 7) }) },
    },
    response: {
      status: 200,
      headers: [],
      content: {
        mimeType: i % 2 === 0 ? "text/html" : "application/octet-stream",
        text: Buffer.from(`<input name="csrf" value="${token(i)}"> søren@corp.example ${token(i % 7)}`).toString(
          "base64",
        ),
        encoding: "base64",
      },
    },
  });
  return JSON.stringify({ log: { version: "1.2", entries: Array.from({ length: 200 }, (_, i) => entry(i)) } });
}

/** A worker with the package in it, bundled as an application would. */
async function worker(): Promise<string> {
  const entry = join(folder, "worker.ts");
  writeFileSync(
    entry,
    `import { blobSource, BufferSink, sanitise } from ${JSON.stringify(join(ROOT, "packages/har/src/index.ts"))};
    self.addEventListener("message", async ({ data }) => {
      const sink = new BufferSink();
      const key = Uint8Array.from(data.key.match(/../g), (pair) => Number.parseInt(pair, 16));
      await sanitise(blobSource(new Blob([data.text])), sink, { key });
      self.postMessage(new TextDecoder().decode(sink.bytes()));
    });`,
  );
  await build({
    root: ROOT,
    configFile: false,
    logLevel: "error",
    build: {
      outDir: join(folder, "out"),
      lib: { entry, formats: ["iife"], name: "worker", fileName: () => "worker.js" },
    },
  });
  return readFileSync(join(folder, "out/worker.js"), "utf8");
}

async function inWorker(text: string): Promise<string> {
  const source = await worker();
  const browser = await launch();
  try {
    const page = await browser.newPage();
    return await page.evaluate(
      ([code = "", har = "", key = ""]) =>
        new Promise<string>((resolve, reject) => {
          const work = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
          work.addEventListener("message", (event: MessageEvent<string>) => resolve(event.data));
          work.addEventListener("error", (event) => reject(new Error(event.message)));
          work.postMessage({ text: har, key });
        }),
      [source, text, KEY],
    );
  } finally {
    await browser.close();
  }
}

it("B4: the command, the library and a browser's worker write the same bytes for the same key", async () => {
  const text = recording();
  const sink = new BufferSink();
  await sanitise(bytesSource(new TextEncoder().encode(text)), sink, { key: Buffer.from(KEY, "hex") });
  const library = new TextDecoder().decode(sink.bytes());
  expect(library).not.toContain("horse-1");

  writeFileSync(join(folder, "in.har"), text);
  writeFileSync(join(folder, "one.key"), KEY);
  const command = spawnSync(
    process.execPath,
    [join(ROOT, "cli/bin/breakwater.mjs"), "har", "sanitize", "in.har", "--key", "one.key", "-o", "out.har"],
    { cwd: folder, encoding: "utf8", timeout: 60_000 },
  );
  expect(command.stderr).toBe("");
  expect(readFileSync(join(folder, "out.har"), "utf8")).toBe(library);
  expect(await inWorker(text)).toBe(library);
});
