import { toBase64url } from "@breakwater/wire";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDocuments } from "../vite.config.ts";
import { launch } from "./browser.ts";
import { Fake } from "./fake.ts";
import { inspect } from "./inspect.ts";
import { enrol, invite, visit, type Visitor } from "./people.ts";
import { COOKIE, EXPIRED, PERSON, PREFERENCE_TOKEN, recording } from "./recording.ts";
import { serveDist, type Served } from "./serve.ts";

/** The page on which a customer sanitises a recording. Tests follow one story, in order. */
const SECRETS = [COOKIE, EXPIRED, PREFERENCE_TOKEN, "correct-horse-9"];
const fake = new Fake();
let dist: string;
let served: Served;
let browser: Browser;
let visitor: Visitor;
let page: Page;

beforeAll(async () => {
  dist = mkdtempSync(join(tmpdir(), "breakwater-upload-"));
  await buildDocuments(dist);
  served = await serveDist(dist, { route: fake.route });
  browser = await launch();
  const admin = await visit(browser);
  await enrol(admin.page, `${served.url}/enrol#${toBase64url(fake.firstToken)}`, {
    name: "Desk Administrator",
    email: "administrator@harbour.example",
    org: "Harbour Support",
  });
  const link = await invite(admin.page, "Invite a customer", "Northwind");
  visitor = await visit(browser);
  page = visitor.page;
  page.setDefaultTimeout(10_000);
  await enrol(page, link, {
    name: "Customer Administrator",
    email: "administrator@northwind.example",
    org: "Northwind",
  });
  await page.keyboard.press("c");
  await page.getByLabel("Subject").fill("Sign-in loops");
  await page.getByRole("button", { name: "Open case" }).click();
  await page.waitForURL(/\/cases\/cas_/);
  await page.getByRole("link", { name: "Upload a HAR" }).first().click();
  await page.getByText("Drop a HAR file here").waitFor();
  // What the small server does not know of other pages is no complaint about this one.
  visitor.heard.length = 0;
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
  if (dist) rmSync(dist, { recursive: true, force: true });
});

async function choose(name: string, text: string): Promise<void> {
  await page
    .locator('input[type="file"]')
    .setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
}

const view = (name: string | RegExp) => page.getByRole("radio", { name });
const text = (): Promise<string> => page.evaluate<string>("document.body.innerText");

test("upload says in plain words why a file was not taken, and that nothing was sent", async () => {
  expect(await inspect(visitor, "upload-pick")).toEqual([]);
  await choose("broken.har", '{"log":{"entries":[{"password":"hunter2hunter2"');
  await page.getByText("The file ends in the middle. Save the recording again.").waitFor();
  expect(await text()).not.toContain("hunter2");
  expect(await inspect(visitor, "upload-refused")).toEqual([]);
});

test("upload shows every request with its waterfall, and one request as it was and as it will be sealed", async () => {
  await choose("session.har", recording(24));
  await page.getByText(/^session.har has 24 requests\./).waitFor();
  const rows = page.getByRole("grid", { name: "Requests" }).getByRole("row");
  expect(await rows.count()).toBeGreaterThan(12);
  expect(await page.getByRole("grid", { name: "Requests" }).getByRole("img").count()).toBeGreaterThan(10);
  expect(await inspect(visitor, "upload-requests")).toEqual([]);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const pane = page.getByRole("region", { name: "Before and after" }).first();
  await pane.getByText(COOKIE).first().waitFor();
  expect(await pane.getByText(/redacted[0-9a-f]{20}/).count()).toBeGreaterThan(0);
  expect(await inspect(visitor, "upload-compare")).toEqual([]);
  for (const [tab, wanted] of [
    ["Headers", "Authorization"],
    ["Cookies", "sid"],
    ["Query", "access_token"],
    ["Response body", "first.reporter"],
  ] as const) {
    await page.getByRole("tab", { name: tab }).click();
    await page.getByRole("tabpanel", { name: tab }).getByText(wanted).first().waitFor();
  }
  await page.getByRole("tab", { name: "Headers" }).click();
  expect(await inspect(visitor, "upload-headers")).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("tab", { name: "Headers" }).waitFor({ state: "detached" });
});

test("upload searches the cleaned content with /, and Escape brings all requests back", async () => {
  await page.keyboard.press("/");
  await page.keyboard.type("needle-in-the");
  await page.getByText("1 of 24 requests").waitFor();
  expect(await page.getByRole("grid", { name: "Requests" }).getByText("/api/v1/users/7").count()).toBe(1);
  await page.keyboard.press("Control+a");
  await page.keyboard.type(COOKIE);
  await page.getByText("No request holds this text.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("/api/v1/users/3", { exact: true }).waitFor();
});

test("the keys help names the keys of lists and search", async () => {
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Search a list").waitFor();
  await dialog.getByText("Close what is open, or clear the search").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });
});

test("upload groups what was replaced by kind, and says what a kind is and why it went", async () => {
  await view(/^Replaced values/).click();
  const grid = page.getByRole("grid", { name: "Replaced values" });
  await grid.getByText("e-mail address").first().waitFor();
  await page.getByRole("combobox", { name: "Kind" }).click();
  await page.getByRole("option", { name: /^cookies/ }).click();
  await page.getByText("Whoever copies a session cookie is signed in as you.").waitFor();
  expect(await grid.getByText("may open a session").count()).toBeGreaterThan(0);
  expect(await inspect(visitor, "upload-values")).toEqual([]);
  for (const secret of SECRETS) expect(await text()).not.toContain(secret);
});

test("the session inventory says what is live, whose it is, and how to end it, and shows no secret", async () => {
  await view(/^Sessions/).click();
  await page
    .getByText(/live session credential.*of an administrator: end (it|them) now/)
    .first()
    .waitFor();
  await page.getByText(/^Okta: Directory, People/).waitFor();
  const grid = page.getByRole("grid", { name: "Sessions" });
  await grid.getByText("in 3 hours").first().waitFor();
  await grid.getByText(PERSON).first().waitFor();
  await grid.getByText(/jti/).first().waitFor();
  const shown = await text();
  for (const secret of SECRETS) expect(shown).not.toContain(secret.slice(0, 6));
  expect(await inspect(visitor, "upload-sessions")).toEqual([]);
});

test("the watch-list and its key are two files, and neither holds a secret", async () => {
  const list = await saved("Watch-list");
  const key = await saved("Key of the watch-list");
  expect(list.name).toBe("session.watch.json");
  expect(key.name).toBe("session.watch.key");
  expect(JSON.parse(list.text)).toMatchObject({ format: "breakwater-watch/1" });
  expect(key.text.trim()).toMatch(/^[\w-]{43}$/);
  for (const secret of SECRETS) expect(list.text).not.toContain(secret.slice(0, 6));
});

test("one value can be kept readable, the page says so, and it can be replaced again", async () => {
  await view(/^Replaced values/).click();
  const grid = page.getByRole("grid", { name: "Replaced values" });
  await grid
    .getByRole("row")
    .filter({ hasText: "e-mail address" })
    .getByRole("button", { name: "Keep readable…" })
    .first()
    .click();
  const dialog = page.getByRole("dialog", { name: "Keep one value readable" });
  await dialog.getByText("The signed manifest records that you did this").waitFor();
  expect(await inspect(visitor, "upload-keep")).toEqual([]);
  await dialog.getByRole("button", { name: "Keep readable", exact: true }).click();
  await page.getByText("You keep 1 value readable").waitFor();
  await page.getByText(/^e-mail address, in \d+ places/).waitFor();
  expect(await inspect(visitor, "upload-kept")).toEqual([]);
  const report = JSON.parse((await saved("Download report")).text);
  expect(new Set(report.kept.map((one: { standIn: string }) => one.standIn)).size).toBe(1);
  expect(JSON.stringify(report)).not.toContain("first.reporter");
  await page.getByRole("button", { name: "Replace again" }).click();
  await page.getByText("You keep 1 value readable").waitFor({ state: "detached" });
});

test("a secret kind is kept only with a reason, and what may open a session not at all", async () => {
  await page.keyboard.press("Home");
  const grid = page.getByRole("grid", { name: "Replaced values" });
  await page.getByRole("combobox", { name: "Kind" }).click();
  await page.getByRole("option", { name: /^passwords/ }).click();
  await grid.getByRole("button", { name: "Keep readable…" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Keep one value readable" });
  await dialog.getByRole("button", { name: "Keep readable", exact: true }).click();
  await dialog.getByText("Say in a few words why this value has to stay readable.").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("combobox", { name: "Kind" }).click();
  await page.getByRole("option", { name: /^cookies/ }).click();
  expect(await grid.getByText("may open a session").count()).toBeGreaterThan(0);
});

test("strict mode keeps nothing readable", async () => {
  await page.getByRole("button", { name: "Choose another file" }).click();
  await page.getByRole("radio", { name: /^Strict/ }).click();
  await choose("strict.har", recording(6));
  await page.getByText(/^strict.har has 6 requests\./).waitFor();
  await view(/^Replaced values/).click();
  expect(await page.getByRole("button", { name: "Keep readable…" }).count()).toBe(0);
});

test("12,000 requests are listed, opened and searched without laying them all out", async () => {
  await page.getByRole("button", { name: "Choose another file" }).click();
  await page.getByRole("radio", { name: /^Support/ }).click();
  await choose("large.har", recording(12_000));
  await page.getByText(/^large.har has 12,000 requests\./).waitFor({ timeout: 90_000 });
  const grid = page.getByRole("grid", { name: "Requests" });
  expect(await grid.getAttribute("aria-rowcount")).toBe("12001");
  expect(await grid.getByRole("row").count()).toBeLessThan(120);
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page
    .getByRole("region", { name: "Before and after" })
    .first()
    .getByText(/redacted[0-9a-f]{20}/)
    .first()
    .waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("needle-in-the");
  await page.getByText("1 of 12,000 requests").waitFor();
  expect(await inspect(visitor, "upload-large")).toEqual([]);
});

test("upload is cancelled while it works, and nothing of the file stays behind", async () => {
  await page.getByRole("button", { name: "Choose another file" }).click();
  await page.evaluate(`(() => {
    const transfer = new DataTransfer();
    const entry = ${JSON.stringify(recording(1))};
    const one = JSON.stringify(JSON.parse(entry).log.entries[0]);
    const many = Array.from({ length: 30_000 }, () => one);
    transfer.items.add(new File(['{"log":{"version":"1.2","creator":{"name":"t","version":"1"},"entries":[', many.join(","), "]}}"], "huge.har"));
    const input = document.querySelector('input[type="file"]');
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  })()`);
  await page.getByText("Cleaning huge.har").waitFor();
  expect(await inspect(visitor, "upload-working")).toEqual([]);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Drop a HAR file here").waitFor();
  await expect
    .poll(() =>
      page.evaluate<number>(
        `(async () => { let count = 0; try { const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("sanitised"); for await (const _ of folder.keys()) count++; } catch {} return count; })()`,
      ),
    )
    .toBe(0);
});

async function saved(button: string): Promise<{ readonly name: string; readonly text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button, exact: true }).click(),
  ]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}
