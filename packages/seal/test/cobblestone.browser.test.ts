import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { inflateSync } from "node:zlib";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "vite";
import { toBase64 } from "@breakwater/wire";
import { ciphertextSize, generateRecipient, openWith } from "../src/index.ts";
import type { PageHalf } from "./page.ts";
import { hex, readVectors, vectorsMissing } from "./shared.ts";

declare global {
  var seal: PageHalf;
}

const COBBLESTONE = "wycheproof/c2sp_chunked_encryption_aes_256_gcm_test.json";
const CHROMIUM = process.env["BREAKWATER_CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

interface Vector {
  readonly tcId: number;
  readonly key: string;
  readonly ctx: string;
  readonly ct: string;
  readonly msgSha512?: string;
  readonly result: string;
}

describe("@breakwater/seal in Chromium", () => {
  const out = mkdtempSync(join(tmpdir(), "seal-browser-"));
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    // The page's half of the test is bundled as the product's is, from the same sources.
    await build({
      configFile: false,
      logLevel: "error",
      build: {
        outDir: out,
        emptyOutDir: false,
        lib: { entry: resolve(import.meta.dirname, "page.ts"), formats: ["es"], fileName: "page" },
      },
    });
    server = createServer((request, response) => {
      const script = request.url === "/page.js";
      response.setHeader("content-type", script ? "text/javascript" : "text/html");
      response.end(
        script ? readFileSync(join(out, "page.js")) : `<!doctype html><script type="module" src="/page.js"></script>`,
      );
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("The test server has no port.");
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    page = await browser.newPage();
    // localhost is a secure context, without which there is no crypto.subtle.
    await page.goto(`http://localhost:${address.port}/`);
    await page.waitForFunction(() => "seal" in globalThis);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(out, { recursive: true, force: true });
  });

  it.skipIf(vectorsMissing(COBBLESTONE))(
    "decrypt and encrypt: Wycheproof Cobblestone-256, 35 of 35, as in Node",
    async () => {
      const groups = (JSON.parse(readVectors(COBBLESTONE)) as { testGroups: { tests: Vector[] }[] }).testGroups;
      const vectors = groups
        .flatMap((group) => group.tests)
        .map((vector) => ({ ...vector, ct: toBase64(inflateSync(hex(vector.ct))) }));
      const answers = await page.evaluate((tests) => globalThis.seal.runCobblestone(tests), vectors);
      expect(answers).toHaveLength(35);
      for (const [i, answer] of answers.entries()) {
        const vector = vectors[i]!;
        if (vector.result !== "valid") {
          expect(answer).toMatchObject({
            tcId: vector.tcId,
            buffered: expect.stringMatching(/^cipher\./),
            streamed: expect.stringMatching(/^cipher\./),
          });
        } else {
          const sha = vector.msgSha512;
          expect(answer).toEqual({ tcId: vector.tcId, buffered: sha, streamed: sha, random: sha, again: true });
        }
      }
    },
  );

  it("sealTo and openWith: Chromium's engine, noble in Chromium and Node's engine read each other", async () => {
    const recipient = await generateRecipient();
    const answer = await page.evaluate((key) => globalThis.seal.runHpke(key), toBase64(recipient.publicKey));
    console.log(`Chromium ${browser.version()} uses the ${answer.engine} engine`);
    expect([answer.own, answer.byNoble]).toEqual(["to myself", "to myself"]);
    const text = (value: string): Uint8Array => new TextEncoder().encode(value);
    const sealed = { enc: Uint8Array.from(answer.enc), ct: Uint8Array.from(answer.ct) };
    expect(new TextDecoder().decode(await openWith(recipient.secretKey, text("info"), text("aad"), sealed))).toBe(
      "to node",
    );
  });

  it("openTrust, device keys and Ed25519: statements and proofs hold in Chromium", async () => {
    expect(await page.evaluate(() => globalThis.seal.runKeys())).toEqual({
      desk: true,
      exportable: false,
      proof: true,
    });
  });

  it("[vault 6] encryptStream: says its speed on this machine", async () => {
    const { size, seconds, sealed } = await page.evaluate(() => globalThis.seal.runSpeed(64));
    console.log(`Chromium seals ${Math.round(size / 1e6 / seconds)} MB/s`);
    expect(sealed).toBe(ciphertextSize(size));
  });
});
