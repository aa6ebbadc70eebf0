import { toBase64url } from "@breakwater/wire";
import type { Browser } from "playwright-core";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDocuments } from "../vite.config.ts";
import { launch } from "./browser.ts";
import { Fake } from "./fake.ts";
import { inspect } from "./inspect.ts";
import { enrol, invite, visit, type Visitor } from "./people.ts";
import { serveDist, type Served } from "./serve.ts";

/** The pages against a server of the contract's shape, under the real policies. Tests follow one story, in order. */
const fake = new Fake();
const PASSPHRASE = "k7mq-2xvd-9rte-hw4c-3fjp";
let dist: string;
let served: Served;
let browser: Browser;
let admin: Visitor;
let customer: Visitor;
let customerLink: string;
let staffLink: string;

beforeAll(async () => {
  dist = mkdtempSync(join(tmpdir(), "breakwater-app-"));
  await buildDocuments(dist);
  served = await serveDist(dist, { route: fake.route });
  browser = await launch();
  admin = await visit(browser);
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
  if (dist) rmSync(dist, { recursive: true, force: true });
});

test("sign-in shows to a visitor without a session, and says that there is no administrator yet", async () => {
  await admin.page.goto(served.url);
  await admin.page.getByText("This desk has no administrator yet").waitFor();
  expect(await inspect(admin, "sign-in")).toEqual([]);
});

test("enrol takes the secret out of the address bar before anything else", async () => {
  await admin.page.goto(`${served.url}/enrol#${toBase64url(fake.firstToken)}`);
  await admin.page.getByLabel("Your name").waitFor();
  expect(admin.page.url()).toBe(`${served.url}/enrol`);
  expect(
    await admin.page.evaluate("JSON.stringify(history.state) + location.href + document.documentElement.outerHTML"),
  ).not.toContain(toBase64url(fake.firstToken));
  expect(await inspect(admin, "enrol-person")).toEqual([]);
});

test("enrol asks for what is missing, next to where it is missing", async () => {
  await admin.page.getByRole("button", { name: "Continue" }).click();
  expect(await admin.page.getByText("Fill this in to go on.").count()).toBe(2);
  await admin.page.getByLabel("Name of the support desk").fill("Harbour Support");
  await admin.page.getByLabel("Your name").fill("Desk Administrator");
  await admin.page.getByLabel("E-mail address").fill("administrator@harbour.example");
  await admin.page.getByRole("button", { name: "Continue" }).click();
  await admin.page.getByRole("radio", { name: /^Passphrase/ }).click();
  await admin.page.getByLabel("Passphrase", { exact: true }).fill("Breakwater2026!");
  await admin.page.getByText("It is built on a word that attackers try first.").waitFor();
  expect(await inspect(admin, "enrol-secure")).toEqual([]);
});

test("enrol makes a passkey with PRF, shows the desk's twelve words and leads home", async () => {
  await admin.page.getByRole("radio", { name: /^Passkey/ }).click();
  await admin.page.getByRole("button", { name: "Create passkey" }).click();
  await admin.page.getByText("Write them down").waitFor();
  expect(
    await admin.page.getByRole("list", { name: "Fingerprint in twelve words" }).getByRole("listitem").count(),
  ).toBe(12);
  expect(await inspect(admin, "enrol-words")).toEqual([]);
  await admin.page.getByRole("button", { name: "Go to Breakwater" }).click();
  await admin.page.getByRole("heading", { name: "Invite an engineer" }).waitFor();
  expect(await inspect(admin, "home-first")).toEqual([]);
});

test("nothing that a passkey's PRF gives goes to the server", () => {
  const sent = JSON.stringify(fake.people[0]?.finish.credential);
  expect(sent).not.toContain("prf");
  expect(sent).toContain('"clientExtensionResults":{}');
});

test("people makes one-time links, lists them and revokes them", async () => {
  customerLink = await invite(admin.page, "Invite a customer", "Northwind");
  staffLink = await invite(admin.page, "Invite a colleague", "Engineer");
  await invite(admin.page, "Invite a colleague", "A mistake");
  expect(customerLink.startsWith(`${served.url}/enrol#`)).toBe(true);
  await admin.page
    .getByRole("row", { name: /A mistake/ })
    .getByRole("button", { name: "Revoke" })
    .click();
  await admin.page.getByRole("button", { name: "Revoke invitation" }).click();
  await admin.page.getByRole("row", { name: /A mistake/ }).waitFor({ state: "detached" });
  expect(await inspect(admin, "people-invitations")).toEqual([]);
});

test("a change that needs the person asks for the passkey, does nothing when it is not shown, and goes on when it is", async () => {
  const { page } = admin;
  fake.stale = true;
  await page.getByRole("button", { name: "Invite a colleague" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("Another mistake");
  await page.getByRole("button", { name: "Make the link" }).click();
  const dialog = page.getByRole("dialog", { name: "Show that it is you" });
  await dialog.waitFor();
  // The browser notes the refusals that the dialog answers.
  admin.heard.splice(0);
  expect(await inspect(admin, "people-verify")).toEqual([]);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Show that it is you before this is done.").waitFor();
  await page.getByRole("button", { name: "Make the link" }).click();
  await dialog.getByRole("button", { name: "Use your passkey" }).click();
  expect(await page.getByLabel("One-time link").inputValue()).toContain("/enrol#");
  await page.getByRole("button", { name: "Done" }).click();
  admin.heard.splice(0);
});

test("enrol falls back to a passphrase where a passkey cannot hold keys", async () => {
  const engineer = await visit(browser, { prf: false });
  await enrol(engineer.page, staffLink, {
    name: "Support Engineer",
    email: "engineer@harbour.example",
    passphrase: PASSPHRASE,
  });
  expect(await inspect(engineer, "home-engineer")).toEqual([]);
  await engineer.page.reload();
  await engineer.page.getByLabel("Passphrase").fill("not the passphrase");
  await engineer.page.getByRole("button", { name: "Unlock" }).click();
  await engineer.page.getByText("This does not unlock your keys").waitFor();
  expect(await inspect(engineer, "unlock")).toEqual([]);
  await engineer.page.getByLabel("Passphrase").fill(PASSPHRASE);
  await engineer.page.getByRole("button", { name: "Unlock" }).click();
  await engineer.page.getByRole("heading", { name: "Hello, Support Engineer" }).waitFor();
  await engineer.context.close();
});

test("a customer opens a case whose subject the server cannot read, and the desk reads it at once", async () => {
  customer = await visit(browser);
  await enrol(customer.page, customerLink, {
    name: "Customer Administrator",
    email: "administrator@northwind.example",
    org: "Northwind",
  });
  expect(await inspect(customer, "home-customer")).toEqual([]);
  await admin.page.getByRole("link", { name: "Home" }).click();
  await customer.page.keyboard.press("c");
  await customer.page.getByRole("heading", { name: "New case" }).waitFor();
  expect(await inspect(customer, "case-new")).toEqual([]);
  await customer.page.getByLabel("Subject").fill("Sign-in loops after the redirect");
  await customer.page.getByRole("button", { name: "Open case" }).click();
  await customer.page.getByRole("heading", { level: 1, name: "Sign-in loops after the redirect" }).waitFor();
  expect(JSON.stringify(fake.cases)).not.toContain("Sign-in");
  // News brings it to the desk's open page without a reload.
  await admin.page.getByRole("link", { name: /Sign-in loops/ }).waitFor();
});

test("case shows its files and facts, and what cannot be read says so and what to do", async () => {
  // This server keeps no log, so the timeline stands for every region whose read fails.
  await customer.page.getByText("The timeline could not be loaded").waitFor();
  customer.heard.length = 0;
  expect(await inspect(customer, "case")).toEqual([]);
});

test("cases stays fast with 10,000 rows, and the keyboard goes through them", async () => {
  fake.multiply(10_000);
  fake.tell("case.open");
  const { page } = admin;
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.getByRole("grid", { name: "Cases" }).waitFor();
  await page.getByText("10,000 cases").waitFor();
  await page
    .getByRole("link", { name: /Sign-in loops/ })
    .first()
    .waitFor();
  expect(await inspect(admin, "cases")).toEqual([]);
  await page.keyboard.press("j");
  const began = performance.now();
  for (let at = 0; at < 40; at++) {
    await page.keyboard.press("End");
    await page.waitForTimeout(50);
  }
  await expect
    .poll(() => page.evaluate("Number(document.querySelector('[role=grid]').getAttribute('aria-rowcount'))"), {
      timeout: 20_000,
    })
    .toBeGreaterThan(2000);
  const seconds = (performance.now() - began) / 1000;
  expect(await page.getByRole("row").count()).toBeLessThan(80);
  expect(seconds).toBeLessThan(20);
  console.log(`40 times End over a growing list took ${seconds.toFixed(1)} s`);
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /Sign-in loops/ }).waitFor();
});

test("case is taken and closed by the desk, after saying what closing does", async () => {
  const { page } = admin;
  await page.getByRole("button", { name: "Take the case" }).click();
  await page.getByText("The case is yours").waitFor();
  await page.getByRole("button", { name: "Close case" }).click();
  await page.getByText("new openings are refused").waitFor();
  admin.heard.length = 0;
  expect(await inspect(admin, "case-close")).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByText("new openings are refused").waitFor({ state: "detached" });
});

test("the interface is whole in Japanese and Dutch, chosen by the browser or in the menu", async () => {
  const dutch = await visit(browser, { locale: "nl-NL" });
  await dutch.page.goto(served.url);
  await dutch.page.getByRole("button", { name: "Inloggen met een passkey" }).waitFor();
  expect(await dutch.page.evaluate("document.documentElement.lang")).toBe("nl");
  await dutch.context.close();
  const { page } = customer;
  await page.getByRole("button", { name: /Customer Administrator/ }).click();
  await page.getByRole("menuitemradio", { name: "日本語" }).click();
  await page.getByRole("heading", { name: "タイムライン" }).waitFor();
  customer.heard.length = 0;
  expect(await inspect(customer, "case-japanese")).toEqual([]);
});

test("a session that the server ended leads to sign-in, which says why, and back to the page", async () => {
  const { page } = admin;
  const address = page.url();
  fake.failing.set("/v1/cases", { status: 401, code: "session.expired" });
  await page.getByRole("link", { name: "Cases" }).first().click();
  await page.getByText("Your session has ended: it was idle or old").waitFor();
  expect(page.url()).toContain("/sign-in?next=");
  fake.failing.clear();
  admin.heard.length = 0;
  expect(await inspect(admin, "sign-in-ended")).toEqual([]);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("grid", { name: "Cases" }).waitFor();
  expect(address).toContain("/cases/");
});

test("a read that fails shows its reason in place, and trying again helps", async () => {
  const { page } = admin;
  fake.failing.set("/v1/people", { status: 500, code: "server.failed" });
  await page.getByRole("link", { name: "People" }).first().click();
  await page.getByText("The list could not be loaded").waitFor({ timeout: 20_000 });
  admin.heard.length = 0;
  expect(await inspect(admin, "people-failed")).toEqual([]);
  fake.failing.clear();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("row", { name: /Desk Administrator/ }).waitFor();
  expect(await inspect(admin, "people")).toEqual([]);
});
