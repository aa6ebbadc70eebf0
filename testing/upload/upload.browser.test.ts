import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch } from "../../web/test/browser.ts";
import { inspect } from "../../web/test/inspect.ts";
import { visit, type Visitor } from "../../web/test/people.ts";
import { COOKIE, EXPIRED, PERSON, PREFERENCE_TOKEN, recording } from "../../web/test/recording.ts";
import { DeskClient, type CaseRow } from "../src/desk-client.ts";
import { buildPages, freshFolder, startProgram, type Program } from "../story/program.ts";
import { openIndex, openMore } from "../story/steps.ts";

/** The page on which a customer sanitises a recording, against the real program. Tests follow one story, in order. */
const PASSPHRASE = "gravel lantern orbit pickle seventeen moss";
const SECRETS = [COOKIE, EXPIRED, PREFERENCE_TOKEN, "correct-horse-9"];
const CUSTOMER = "administrator@customer.example";
const ENGINEER = "engineer@harbour.example";
let browser: Browser;
let folder: string;
let program: Program;
let visitor: Visitor;
let page: Page;
let row: CaseRow;

beforeAll(async () => {
  folder = freshFolder("upload");
  mkdirSync(join(folder, "data"));
  await buildPages();
  [browser, program] = await Promise.all([launch(), startProgram(join(folder, "data"))]);
  const target = { url: program.url };
  const admin = await DeskClient.enrol(target, program.link, {
    name: "Desk Administrator",
    email: "administrator@harbour.example",
    orgName: "Harbour Support",
  });
  const customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
    name: "Customer Administrator",
    email: CUSTOMER,
    orgName: "Northwind",
    passphrase: PASSPHRASE,
  });
  const engineer = await DeskClient.enrol(target, await admin.invite({ for: "staff", role: "engineer" }), {
    name: "Support Engineer",
    email: ENGINEER,
    passphrase: PASSPHRASE,
  });
  row = await customer.openCase("Sign-in loops after the redirect");
  await engineer.take(row);
  visitor = await come(CUSTOMER, `/cases/${row.case}/upload`);
  page = visitor.page;
  await page.getByText("Drop a HAR file here").waitFor();
});

afterAll(async () => {
  await browser?.close();
  await program?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Signs in and goes to a page, as a person with a passphrase does. */
async function come(email: string, path: string): Promise<Visitor> {
  const one = await visit(browser);
  one.page.setDefaultTimeout(20_000);
  await one.page.goto(`${program.url}/sign-in`);
  await one.page.getByRole("button", { name: "Use a passphrase" }).click();
  await one.page.getByLabel("E-mail address").fill(email);
  await one.page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await one.page.getByRole("button", { name: "Sign in", exact: true }).click();
  await one.page.getByRole("heading", { level: 1, name: /^Hello, / }).waitFor({ timeout: 60_000 });
  await one.page.goto(`${program.url}${path}`);
  await one.page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await one.page.getByRole("button", { name: "Unlock" }).click();
  return one;
}

async function choose(name: string, text: string): Promise<void> {
  await page
    .locator('input[type="file"]')
    .setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
}

const view = (name: string | RegExp) => page.getByRole("radio", { name });
const text = (): Promise<string> => page.evaluate<string>("document.body.innerText");

test("upload says in plain words why a file was not taken, and that nothing was sent", async () => {
  visitor.heard.length = 0;
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
  await page.getByRole("option", { name: /^tokens/ }).click();
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
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Drop a HAR file here").waitFor();
  await expect
    .poll(
      () =>
        page.evaluate<number>(
          `(async () => { let count = 0; try { const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("sanitised"); for await (const _ of folder.keys()) count++; } catch {} return count; })()`,
        ),
      { timeout: 15_000 },
    )
    .toBe(0);
});

test("an upload is paused and goes on, and the desk sees what the customer kept readable", async () => {
  await choose("sent.har", recording(3000));
  await page.getByText(/^sent.har has 3,000 requests\./).waitFor({ timeout: 60_000 });
  await view(/^Replaced values/).click();
  const grid = page.getByRole("grid", { name: "Replaced values" });
  await grid
    .getByRole("row")
    .filter({ hasText: "e-mail address" })
    .getByRole("button", { name: "Keep readable…" })
    .first()
    .click();
  await page
    .getByRole("dialog")
    .getByLabel(/^Reason/)
    .fill("The name decides the branch");
  await page.getByRole("dialog").getByRole("button", { name: "Keep readable", exact: true }).click();
  await page.getByText("You keep 1 value readable").waitFor({ timeout: 60_000 });
  const network = await visitor.context.newCDPSession(page);
  const slow = (uploadThroughput: number) =>
    network.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await slow(400_000);
  await page.getByRole("button", { name: "Seal and send" }).click();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("sent.har is paused").waitFor();
  expect(await inspect(visitor, "upload-paused")).toEqual([]);
  await slow(-1);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("sent.har is sealed and sent").waitFor({ timeout: 60_000 });

  const engineer = await come(ENGINEER, `/cases/${row.case}`);
  await engineer.page
    .getByText("The customer kept 1 value readable: e-mail address (The name decides the branch)")
    .waitFor();
  expect(await inspect(engineer, "case-kept")).toEqual([]);
  await engineer.page.getByRole("link", { name: "Open", exact: true }).click();
  await openIndex(engineer.page, "Which branch is taken?");
  await engineer.page.getByText("Checked again with today's rules: nothing found.").waitFor({ timeout: 60_000 });
  await engineer.page.getByText(/Signed by the uploader's device\. The rules were the same as today's\./).waitFor();
  expect(await inspect(engineer, "view-arrival")).toEqual([]);
  await openMore(engineer.page, "Open headers", "Which branch is taken?");
  await openMore(engineer.page, "Open bodies", "Which branch is taken?");
  await engineer.page
    .getByText("Checked again with today's rules: only what the customer kept readable was found.")
    .waitFor({ timeout: 60_000 });
});

async function saved(button: string): Promise<{ readonly name: string; readonly text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button, exact: true }).click(),
  ]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}
