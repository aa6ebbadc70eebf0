import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it, test } from "vitest";
import { buildSingle, SINGLE } from "../single/build.ts";
import { complaints, launch } from "./browser.ts";
import { inspect } from "./inspect.ts";
import { COOKIE, PERSON, recording } from "./recording.ts";

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
  page.setDefaultTimeout(10_000);
  heard = complaints(page);
  asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(join(folder, SINGLE)).href);
});

afterAll(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const INPUT = 'input[type="file"]';

async function saved(button: string): Promise<string> {
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: button }).click();
  const download = await waiting;
  return readFileSync(await download.path(), "utf8");
}

async function take(text: string): Promise<void> {
  await page.setInputFiles(INPUT, { name: "session.har", mimeType: "application/json", buffer: Buffer.from(text) });
  await page.getByText(/^session.har has \d+ requests/).waitFor();
}

it.skipIf(!hasShared)("the single file sanitises a recording from file:// and asks nobody for anything", async () => {
  await page.setInputFiles(INPUT, recorded);
  await page.getByText(/has 19 requests\. \d+ values were replaced/).waitFor();
  const before = JSON.parse(readFileSync(recorded, "utf8"));
  const text = await saved("Save the sanitised recording");
  const after = JSON.parse(text);
  expect(after.log.entries).toHaveLength(before.log.entries.length);
  const cookies: string[] = before.log.entries
    .flatMap((entry: { request: { cookies: { value: string }[] } }) =>
      entry.request.cookies.map((cookie) => cookie.value),
    )
    .filter((value: string) => value.length >= 12);
  expect(cookies.length).toBeGreaterThan(0);
  expect(cookies.filter((value) => text.includes(value))).toEqual([]);
  await page.getByRole("radio", { name: /^Sessions/ }).click();
  expect(await page.getByRole("grid", { name: "Sessions" }).getByRole("row").count()).toBeGreaterThan(1);
  expect(foreign()).toEqual([]);
  expect(heard).toEqual([]);
});

function foreign(): string[] {
  return asked.filter((url) => !url.startsWith("file:") && !url.startsWith("blob:") && !url.startsWith("data:"));
}

test("the single file shows requests with a waterfall, one before and after, what was replaced, and sessions", async () => {
  await take(recording(12));
  expect(await page.getByRole("grid", { name: "Requests" }).getByRole("img").count()).toBeGreaterThan(5);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const pane = page.getByRole("region", { name: "Before and after" }).first();
  await pane.getByText(COOKIE).first().waitFor();
  await pane
    .getByText(/redacted[0-9a-f]{20}/)
    .first()
    .waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("needle-in-the");
  await page.getByText("1 of 12 requests").waitFor();
  await page.getByRole("radio", { name: /^Replaced values/ }).click();
  await page.getByRole("grid", { name: "Replaced values" }).getByText("e-mail address").first().waitFor();
  await page.getByRole("radio", { name: /^Sessions/ }).click();
  await page.getByText(/^Okta: Directory, People/).waitFor();
  expect(JSON.parse(await saved("Download report"))).toMatchObject({ mode: "support", kept: [] });
  expect(foreign()).toEqual([]);
  expect(heard).toEqual([]);
});

test("the single file keeps one value readable and replaces it again", async () => {
  await take(recording(3));
  await page.getByRole("radio", { name: /^Replaced values/ }).click();
  await page
    .getByRole("row")
    .filter({ hasText: "e-mail address" })
    .getByRole("button", { name: "Keep readable…" })
    .first()
    .click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep readable", exact: true }).click();
  await page.getByText("You keep 1 value readable").waitFor();
  expect(await saved("Save the sanitised recording")).toContain(PERSON);
  await page.getByRole("button", { name: "Replace again" }).click();
  await page.getByText("You keep 1 value readable").waitFor({ state: "detached" });
  expect(await saved("Save the sanitised recording")).not.toContain(PERSON);
});

test("the single file speaks Japanese and Dutch", async () => {
  for (const [language, title] of [
    ["日本語", "HAR サニタイザー"],
    ["Nederlands", "HAR-opschoner"],
  ] as const) {
    await page.getByRole("combobox").click();
    await page.getByRole("option", { name: language }).click();
    await page.getByRole("heading", { name: title }).waitFor();
  }
});

test("the single file has no serious finding of axe, in any view, light and dark, wide and narrow", async () => {
  const visitor = { page, heard, context: page.context() };
  expect(await inspect(visitor, "single-pick")).toEqual([]);
  await take(recording(12));
  expect(await inspect(visitor, "single-requests")).toEqual([]);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page
    .getByText(/redacted[0-9a-f]{20}/)
    .first()
    .waitFor();
  expect(await inspect(visitor, "single-compare")).toEqual([]);
  await page.getByRole("radio", { name: /^Sessions/ }).click();
  await page.getByRole("button", { name: "Close" }).click();
  expect(await inspect(visitor, "single-sessions")).toEqual([]);
});

test("the single file says what is wrong with a file that is no recording, and shows none of it", async () => {
  await page.setInputFiles(INPUT, {
    name: "x.har",
    mimeType: "application/json",
    buffer: Buffer.from('{"log":{"entries":[{"password":"hunter2hunter2"'),
  });
  await page.getByText("Nothing was written").waitFor();
  expect(await page.evaluate("document.body.innerText")).not.toContain("hunter2");
  expect(await page.getByRole("grid").count()).toBe(0);
});

test("the single file is smaller than a megabyte", () => {
  expect(statSync(join(folder, SINGLE)).size).toBeLessThan(1_000_000);
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
    const input = document.querySelector('input[type="file"]');
    input.files = transfer.files;
    globalThis.longest = 0; last = performance.now();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  })()`);
  await page.getByText(/[1-9][\d.]* MB of/).waitFor();
  const began = Date.now();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Drop a HAR file here").waitFor();
  expect(Date.now() - began).toBeLessThan(1000);
  // The bound of the page is 50 ms on a free machine; tests share theirs.
  expect(await page.evaluate("longest")).toBeLessThan(250);
});
