import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it, test } from "vitest";
import { buildSingle, SINGLE } from "../single/build.ts";
import { complaints, launch } from "./browser.ts";

const shared = process.env["BREAKWATER_SHARED"] ?? join(import.meta.dirname, "../../../shared");
const recorded = join(shared, "data/har/corpus/recorded/chrome156.full.har");
const hasShared = existsSync(recorded);
if (!hasShared)
  console.log("No shared data: the single file is not tried on a browser's recording. Set BREAKWATER_SHARED.");

let folder: string;
let browser: Browser;
let page: Page;
let heard: string[];
let asked: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "breakwater-single-"));
  await buildSingle(folder);
  browser = await launch();
});

beforeEach(async () => {
  page = await browser.newPage();
  heard = complaints(page);
  asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(join(folder, SINGLE)).href);
});

afterAll(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function saved(): Promise<string> {
  const waiting = page.waitForEvent("download");
  await page.click("#download");
  const download = await waiting;
  return readFileSync(await download.path(), "utf8");
}

it.skipIf(!hasShared)("the single file sanitises a recording from file:// and asks nobody for anything", async () => {
  await page.setInputFiles("#file", recorded);
  await page.waitForSelector("#result:not([hidden])");
  const before = JSON.parse(readFileSync(recorded, "utf8"));
  const text = await saved();
  const after = JSON.parse(text);
  expect(after.log.entries).toHaveLength(before.log.entries.length);
  const cookies: string[] = before.log.entries
    .flatMap((entry: { request: { cookies: { value: string }[] } }) =>
      entry.request.cookies.map((cookie) => cookie.value),
    )
    .filter((value: string) => value.length >= 12);
  expect(cookies.length).toBeGreaterThan(0);
  expect(cookies.filter((value) => text.includes(value))).toEqual([]);
  expect(await page.textContent("#summary")).toMatch(/^\d+ secrets were replaced in 19 requests/);
  expect(await page.locator("#session-table tr").count()).toBeGreaterThan(1);
  expect(await page.locator("#finding-table tr").count()).toBeGreaterThan(5);
  await page.fill("#search", "POST");
  await page.locator("#entries button").first().click();
  await page.waitForSelector("#compare .before");
  expect(await page.locator("#compare .after").count()).toBeGreaterThan(0);
  const foreign = asked.filter((url) => !url.startsWith("file:") && !url.startsWith("blob:"));
  expect(foreign).toEqual([]);
  expect(heard).toEqual([]);
});

it.skipIf(!hasShared)("the single file is accessible before and after the work", async () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const violations = async (): Promise<unknown> => {
    await page.evaluate(axe);
    return page.evaluate(
      "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then((found) => found.violations.map((violation) => violation.id + ': ' + violation.nodes[0].html.slice(0, 120)))",
    );
  };
  expect(await violations()).toEqual([]);
  await page.setInputFiles("#file", recorded);
  await page.waitForSelector("#result:not([hidden])");
  await page.locator("#entries button").first().click();
  await page.waitForSelector("#compare .before");
  expect(await violations()).toEqual([]);
});

test("the single file says what is wrong with a file that is no recording, and shows none of it", async () => {
  await page.setInputFiles("#file", {
    name: "x.har",
    mimeType: "application/json",
    buffer: Buffer.from('{"log":{"entries":[{"password":"hunter2hunter2"'),
  });
  await page.waitForSelector("#trouble:not([hidden])");
  const said = await page.textContent("#trouble");
  expect(said).toContain("Nothing was written.");
  expect(said).not.toContain("hunter2");
  expect(await page.isHidden("#result")).toBe(true);
});

test("the single file's policy refuses every connection", async () => {
  const outcomes = await page.evaluate(`Promise.all([
    fetch("https://example.invalid/").then(() => "sent", (error) => error.name),
    new Promise((resolve) => { const picture = new Image(); picture.onerror = () => resolve("refused"); picture.onload = () => resolve("sent"); picture.src = "https://example.invalid/x.png"; }),
    navigator.sendBeacon("https://example.invalid/", "x"),
  ])`);
  expect(outcomes).toEqual(["TypeError", "refused", expect.anything()]);
  expect(heard.filter((line) => line.includes("Content Security Policy")).length).toBeGreaterThanOrEqual(2);
});

test("C2 the page stays alive and cancels within a second while it works on a large recording", async () => {
  await page.evaluate(`(() => {
    const entry = (i) => JSON.stringify({ startedDateTime: "2026-11-24T00:00:00Z", request: { method: "GET", url: "https://a.example/" + i, headers: [{ name: "Cookie", value: "sid=" + String(i).padStart(8, "0") + "Zq8Xw7Vu6Ts5Rq4P" }] }, response: { status: 200, content: { mimeType: "text/html", text: "word ".repeat(1500) } } });
    const parts = ['{"log":{"version":"1.2","creator":{"name":"t","version":"1"},"entries":['];
    for (let i = 0; i < 8000; i++) parts.push((i ? "," : "") + entry(i));
    parts.push("]}}");
    globalThis.longest = 0;
    let last = performance.now();
    setInterval(() => { const now = performance.now(); longest = Math.max(longest, now - last); last = now; }, 5);
    const transfer = new DataTransfer();
    transfer.items.add(new File(parts, "big.har"));
    const input = document.getElementById("file");
    input.files = transfer.files;
    globalThis.longest = 0; last = performance.now();
    input.dispatchEvent(new Event("change"));
  })()`);
  await page.waitForSelector("#work:not([hidden])");
  await page.waitForSelector('#progress:not([value^="0.00"]):not([value="0"])');
  const began = Date.now();
  await page.click("#cancel");
  await page.waitForSelector("#trouble:not([hidden])");
  expect(Date.now() - began).toBeLessThan(1000);
  expect(await page.textContent("#trouble")).toContain("cancelled");
  // The bound of the page is 50 ms on a free machine; tests share theirs.
  expect(await page.evaluate("longest")).toBeLessThan(250);
});
