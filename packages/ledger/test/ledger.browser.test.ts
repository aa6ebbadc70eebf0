import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkProof, makeProof } from "./page.ts";
import { readJson, vectorFolder } from "./shared.ts";

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
const wycheproof = vectorFolder("wycheproof");

describe("@breakwater/ledger in Chromium", () => {
  const out = mkdtempSync(join(tmpdir(), "ledger-browser-"));
  let server: Server | undefined;
  let browser: Browser | undefined;
  let page: Page;

  beforeAll(async () => {
    await build({
      configFile: false,
      logLevel: "error",
      build: {
        outDir: out,
        emptyOutDir: false,
        lib: { entry: join(import.meta.dirname, "page.ts"), formats: ["es"], fileName: "page" },
      },
    });
    const listening = createServer((request, response) => {
      const script = request.url === "/page.js";
      response.setHeader("content-type", script ? "text/javascript" : "text/html");
      response.end(
        script ? readFileSync(join(out, "page.js")) : `<!doctype html><script type="module" src="/page.js"></script>`,
      );
    });
    server = listening;
    await new Promise<void>((done) => listening.listen(0, "127.0.0.1", done));
    const address = listening.address();
    if (address === null || typeof address === "string") throw new Error("The test server has no port.");
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    page = await browser.newPage();
    // localhost is a secure context, without which there is no crypto.subtle.
    await page.goto(`http://localhost:${address.port}/`);
    await page.waitForFunction(() => "ledger" in globalThis);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(out, { recursive: true, force: true });
  });

  it("makes the same proof as Node, byte for byte, and each verifies the other's", async () => {
    const here = await makeProof(299);
    const there = await page.evaluate(() => globalThis.ledger.makeProof(299));
    expect(there).toEqual(here);
    expect(await checkProof(there, 299)).toBe(299);
    expect(await page.evaluate((proof) => globalThis.ledger.checkProof(proof, 299), here)).toBe(299);
  });

  it("refuses a changed proof and another entry with the same codes as Node", async () => {
    const good = await makeProof(299);
    const cases = [
      { given: good, index: 298 },
      { given: { ...good, proof: good.proof.replace("index 299", "index 298") }, index: 299 },
      { given: { ...good, proof: good.proof.replace("\n700\n", "\n701\n") }, index: 299 },
      { given: { ...good, proof: good.proof.slice(0, good.proof.lastIndexOf("— ")) }, index: 299 },
      { given: { ...good, proof: "" }, index: 299 },
    ];
    for (const { given, index } of cases) {
      const here = await checkProof(given, index);
      expect(typeof here).toBe("string");
      expect(await page.evaluate((one) => globalThis.ledger.checkProof(one.given, one.index), { given, index })).toBe(
        here,
      );
    }
  });

  it("derives the public key of RFC 8032 section 7.1, test 1", async () => {
    const seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    expect(await page.evaluate((one) => globalThis.ledger.publicKeyOf(one), seed)).toBe(
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    );
  });

  it.skipIf(wycheproof === undefined)("agrees with the Wycheproof Ed25519 vectors", async () => {
    const { testGroups } = readJson<{
      testGroups: { publicKey: { pk: string }; tests: { msg: string; sig: string; result: string }[] }[];
    }>(`${wycheproof ?? ""}/ed25519_test.json`);
    const tests = testGroups.flatMap(({ publicKey, tests: group }) =>
      group.map(({ msg, sig, result }) => ({ key: publicKey.pk, message: msg, signature: sig, result })),
    );
    const answers = await page.evaluate((all) => globalThis.ledger.checkSignatures(all), tests);
    expect(answers).toEqual(tests.map(({ result }) => result === "valid"));
    expect(answers.length).toBe(151);
  });
});
