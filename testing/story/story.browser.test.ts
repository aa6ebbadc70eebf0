import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PATHS } from "@breakwater/contract";
import { launch } from "../../web/test/browser.ts";
import { invite, visit, type Visitor } from "../../web/test/people.ts";
import { Looks } from "./look.ts";
import { breakwater, buildPages, freshFolder, startProgram, type Program } from "./program.ts";
import { haveRecordings, plantedCookie, recordings, secretsOf, truncated } from "./recordings.ts";
import { Needles, search } from "./search.ts";
import * as person from "./steps.ts";

/**
 * Issue 2's whole story on the real program, as people live it: a fresh start, a desk, an engineer, a customer, real recordings,
 * openings with reasons, and the customer's proof. Each step stands on the one before.
 */

const BIG = "micmro_PerfCascade__chrome_github.com_home.har";
const REASON = "Sign-in loops after the redirect";
const PASSPHRASE = "gravel lantern orbit pickle seventeen moss";
const IDLE_MS = 15 * 60_000;
const IDLE_HERE_MS = 3_000;

describe.skipIf(!haveRecordings)("The first file, from a customer's browser to an engineer's eyes", () => {
  const files = haveRecordings ? recordings() : [];
  const receipts: string[] = [];
  let browser: Browser;
  let folder: string;
  let program: Program;
  let looks: Looks;
  let admin: Visitor;
  let engineer: Visitor;
  let customer: Visitor;
  let words: string;
  const links = { engineer: "", second: "", customer: "" };
  const visitors: Visitor[] = [];

  const newVisitor = async (): Promise<Visitor> => {
    const visitor = await visit(browser);
    visitor.page.setDefaultTimeout(20_000);
    visitors.push(visitor);
    return visitor;
  };

  beforeAll(async () => {
    folder = freshFolder("story");
    looks = new Looks(process.env["BREAKWATER_SCREENSHOTS"] ?? join(folder, "screenshots"));
    mkdirSync(join(folder, "data"));
    await buildPages();
    [browser, program] = await Promise.all([launch(), startProgram(join(folder, "data"))]);
  });

  let broken: string | undefined;
  beforeEach(() => {
    if (broken !== undefined) throw new Error(`The story stopped at an earlier step: ${broken}.`);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail" || broken !== undefined) return;
    broken = task.name;
    for (const [at, page] of (browser?.contexts() ?? []).flatMap((context) => context.pages()).entries()) {
      await page.screenshot({ path: join(looks.folder, `failed-${at}.png`) });
    }
    console.error([...visitors.flatMap(({ heard }) => heard), program?.output() ?? ""].join("\n"));
  });

  afterAll(async () => {
    await browser?.close();
    await program?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("the printed link enrols the first administrator with a passkey and makes the desk", async () => {
    admin = await newVisitor();
    const { page } = admin;
    await page.goto(program.url);
    await page.getByText("This desk has no administrator yet.").waitFor();
    await looks.at(page, "sign-in-empty");
    await page.goto(program.link);
    await page.getByLabel("Your name").waitFor();
    // The secret leaves the address bar before anything else happens.
    expect(new URL(page.url()).hash).toBe("");
    await looks.at(page, "enrol-person");
    await person.introduce(page, {
      name: "Desk Administrator",
      email: "administrator@harbour.example",
      org: "Harbour Support",
    });
    await page.getByRole("button", { name: "Create passkey" }).waitFor();
    await looks.at(page, "enrol-secure");
    await person.createPasskey(page);
    words = (
      await page.getByRole("list", { name: "Fingerprint in twelve words" }).getByRole("listitem").allInnerTexts()
    )
      .map((word) => word.replace(/[^a-z]/g, ""))
      .join(" ");
    expect(words.split(" ")).toHaveLength(12);
    await looks.at(page, "enrol-words");
    await person.enter(page, "Desk Administrator");
    await looks.at(page, "home-administrator");
  });

  it("the printed link works once", async () => {
    const late = await visit(browser);
    await late.page.goto(program.link);
    await late.page.getByText("This invitation cannot be used").waitFor();
    await late.context.close();
  });

  it("the releaser is a process of its own", () => {
    if (process.platform === "linux")
      expect(program.children().filter((line) => line.includes("releaser/src/main.ts"))).toHaveLength(1);
  });

  it("the administrator invites two engineers and a customer by one-time links", async () => {
    const { page } = admin;
    links.engineer = await invite(page, "Invite a colleague", "Engineer");
    links.second = await invite(page, "Invite a colleague", "Second");
    links.customer = await invite(page, "Invite a customer", "Northwind");
    await page.getByRole("tab", { name: "Invitations" }).click();
    await page.getByText("Northwind").waitFor();
    await looks.at(page, "people-invitations");
  });

  it("an engineer enrols with a passkey, another with a passphrase, a customer with a passkey", async () => {
    [engineer, customer] = [await newVisitor(), await newVisitor()];
    const second = await newVisitor();
    await engineer.page.goto(links.engineer);
    await person.introduce(engineer.page, { name: "Support Engineer", email: "engineer@harbour.example" });
    await person.createPasskey(engineer.page);
    await person.enter(engineer.page, "Support Engineer");
    await looks.at(engineer.page, "home-engineer");

    await second.page.goto(links.second);
    await person.introduce(second.page, { name: "Second Engineer", email: "second@harbour.example" });
    await person.createPassphrase(second.page, PASSPHRASE);
    await person.enter(second.page, "Second Engineer");
    await second.context.close();

    await customer.page.goto(links.customer);
    await person.introduce(customer.page, {
      name: "Customer Administrator",
      email: "administrator@northwind.example",
      org: "Northwind",
    });
    await person.createPasskey(customer.page);
    await looks.at(customer.page, "enrol-customer-done");
    await person.enter(customer.page, "Customer Administrator");
    await looks.at(customer.page, "home-customer");
  });

  it("the customer opens a case", async () => {
    const { page } = customer;
    await page.getByRole("link", { name: "New case" }).first().click();
    await page.getByLabel("Subject").fill("Sign-in loops after the SSO redirect");
    await looks.at(page, "case-new");
    await page.getByRole("button", { name: "Open case" }).click();
    await page.getByRole("heading", { level: 1, name: "Sign-in loops after the SSO redirect" }).waitFor();
    await page.getByText(/line(s)? proven/).waitFor();
    await person.dismiss(page, "The case is open");
    await looks.at(page, "case-new-customer");
  });

  it("half a recording is refused with a sentence that says why", async () => {
    const { page } = customer;
    await page.getByRole("link", { name: "Upload a file" }).first().click();
    await page.getByText("Drop a HAR file here").waitFor();
    await looks.at(page, "upload-choose");
    const { name, content } = truncated();
    await page.getByLabel("Choose a file").setInputFiles({ name, mimeType: "application/json", buffer: content });
    await page.getByText("The file ends in the middle. Save the recording again.").waitFor();
    await looks.at(page, "upload-refused");
  });

  it.each(files.map((file, at) => ({ ...file, at })))(
    "$name is dropped, sanitised, shown, sealed and sent, and its receipt verifies",
    async (file) => {
      const { page } = customer;
      if (file.at > 0) await page.getByRole("button", { name: "Send another file" }).click();
      await person.drop(page, file.path);
      const summary = await person.previewed(page, file);
      expect(summary).toMatch(/searched for [\d,]+ secret values in [\d,]+ encodings: none is left/);
      if (file.name === BIG) await looks.at(page, "upload-preview-big");
      if (file.name === "canary.har") await lookAtPreview(page);
      receipts.push(await person.sealAndSend(page, file.name));
      if (file.name === "canary.har") await looks.at(page, "upload-receipt");
    },
  );

  const lookAtPreview = async (page: Page): Promise<void> => {
    await looks.at(page, "upload-preview");
    await page.getByRole("grid", { name: "Requests" }).getByRole("row").nth(1).click();
    await page.getByRole("region", { name: "Before and after" }).getByText("Before (stays here)").waitFor();
    await looks.at(page, "upload-before-after");
    await page.getByRole("region", { name: "Before and after" }).getByRole("button", { name: "Close" }).click();
    await page
      .getByRole("radio", { name: /^Replaced values/ })
      .or(page.getByRole("button", { name: /^Replaced values/ }))
      .click();
    await page.getByRole("grid", { name: "Replaced values" }).waitFor();
    await looks.at(page, "upload-findings");
  };

  it("every receipt verifies on the command line against the desk's twelve words", async () => {
    expect(receipts).toHaveLength(files.length);
    for (const receipt of receipts)
      expect(await breakwater("ledger", "verify", receipt, "--desk", words)).toContain("This receipt verifies.");
  });

  it("the engineer sees the case in the queue and takes it", async () => {
    await customer.page.getByRole("button", { name: "Back to the case" }).click();
    await customer.page.getByText("canary.har").waitFor();
    await looks.at(customer.page, "case-customer");
    const { page } = engineer;
    await person.goTo(page, "Cases");
    await page.getByRole("link", { name: "Sign-in loops after the SSO redirect" }).waitFor();
    await looks.at(page, "queue");
    await page.getByRole("link", { name: "Sign-in loops after the SSO redirect" }).click();
    await page.getByRole("button", { name: "Take the case" }).click();
    await page.getByText("Support Engineer took the case").waitFor();
    await person.dismiss(page, "The case is yours");
    await looks.at(page, "case-engineer");
  });

  it("the engineer opens a file part by part, each with a reason, and reads it in the sandbox", async () => {
    const { page } = engineer;
    await page.getByRole("listitem").filter({ hasText: "canary.har" }).getByRole("link", { name: "Open" }).click();
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByText("Say in a few words what you are looking for.").waitFor();
    await looks.at(page, "open-reason");
    await person.openIndex(page, REASON);
    const sandbox = person.viewer(page);
    await sandbox.getByRole("row").nth(1).click();
    await sandbox.getByRole("tab", { name: "Headers" }).click();
    await sandbox.getByText("This part is not open").waitFor();
    await person.openMore(page, "Open headers", `${REASON}: which cookie is lost?`);
    await sandbox.getByText(/Request headers · \d+/).waitFor();
    await looks.at(page, "viewer-headers", person.viewerFrame(page));
    await person.openMore(page, "Open bodies", `${REASON}: what does the callback answer?`);
    await sandbox.getByRole("searchbox").fill("/b13");
    await sandbox.getByText("/b13", { exact: true }).click();
    await sandbox.getByRole("tab", { name: "Response body" }).click();
    await sandbox.getByRole("region", { name: "Body" }).waitFor();
    await looks.at(page, "viewer-bodies", person.viewerFrame(page));
    await page.getByText("Checked again with today's rules: nothing found.").waitFor();
    await page
      .getByText(
        /^Sanitised by breakwater-har .* Signed by the uploader's device\. The rules were the same as today's\./,
      )
      .waitFor();
    await sandbox.getByRole("region", { name: "Request" }).getByRole("button", { name: "Close" }).click();
    await sandbox.getByRole("searchbox").clear();
    await looks.at(page, "viewer", person.viewerFrame(page));
  });

  it("what was opened holds no planted value, and the sandbox is an origin without a network", async () => {
    const { page } = engineer;
    const sandbox = person.viewer(page);
    await sandbox.getByRole("searchbox").fill(plantedCookie());
    await sandbox.getByText("Nothing that is open holds this text.").waitFor();
    await sandbox.getByRole("searchbox").fill("set-cookie");
    await sandbox.getByText(/^[1-9]\d* of \d+ requests$/).waitFor();
    expect(await person.viewerFrame(page).evaluate(() => self.origin)).toBe("null");
    await page.getByRole("button", { name: "Proof" }).click();
    await page.getByText("The releaser signed its shares for this entry.").first().waitFor();
    await looks.at(page, "viewer-proof");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Close the file" }).click();
  });

  it("the engineer opens a big recording, and closing it takes it out of the browser", async () => {
    const { page } = engineer;
    await page.getByRole("main").getByRole("link", { name: "#1" }).click();
    await page.getByRole("listitem").filter({ hasText: BIG }).getByRole("link", { name: "Open" }).click();
    await person.openIndex(page, "Is the log-in call slow, or its answer?");
    const sandbox = person.viewer(page);
    await sandbox.getByText(/^\d{2,3} requests$/).waitFor();
    await looks.at(page, "viewer-big", person.viewerFrame(page));
    await person.openMore(page, "Open headers", "Is the log-in call slow, or its answer?");
    await sandbox.getByRole("row").nth(1).click();
    await sandbox.getByRole("tab", { name: "Headers" }).click();
    await sandbox.getByText(/Response headers · \d+/).waitFor();
    await looks.at(page, "viewer-big-headers", person.viewerFrame(page));
    await page.getByRole("button", { name: "Close the file" }).click();
    expect(page.frames().some((frame) => frame.url().endsWith("/viewer.html"))).toBe(false);
  });

  it("the customer sees every opening with its reader and reason, and every proof verified", async () => {
    const { page } = customer;
    await person.goTo(page, "Who opened what");
    await page.getByText(/^\d+ entries, all proofs check$/).waitFor();
    await page
      .getByRole("radio", { name: "Openings" })
      .or(page.getByRole("button", { name: "Openings" }))
      .click();
    const log = page.getByRole("grid", { name: "Log" });
    await log.getByText(`${REASON}: what does the callback answer?`).waitFor();
    const openings = log.getByRole("row").filter({ hasText: "Support Engineer" });
    expect(await openings.count()).toBe(5);
    for (const parts of ["index", "headers", "request bodies and response bodies"])
      await openings.getByText(parts, { exact: true }).first().waitFor();
    expect(await openings.getByText("checked", { exact: true }).count()).toBe(5);
    await looks.at(page, "access");
    await openings.first().click();
    await page.getByRole("heading", { name: "What this browser checked" }).waitFor();
    await looks.at(page, "access-entry");
  });

  it("the program and its browsers can start again: reload and unlock, sign out and in", async () => {
    const { page } = customer;
    await page.reload();
    await page.getByRole("heading", { name: "Welcome back, Customer Administrator" }).waitFor();
    await looks.at(page, "unlock");
    await page.getByRole("button", { name: "Unlock with your passkey" }).click();
    await page.getByText(/^\d+ entries, all proofs check$/).waitFor();
    // The log only grew: the checkpoint of before the reload is still within it.
    await page.getByText(/It contains all \d+ entries that this browser saw before/).waitFor();
    await person.chooseFromMenu(page, "Customer Administrator", "Sign out");
    await page.getByText("You are signed out.").waitFor();
    await looks.at(page, "signed-out");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await person.greeted(page, "Customer Administrator");
  });

  it("a passphrase signs in on another browser, and keys that nobody uses are locked", async () => {
    const other = await newVisitor();
    const { page } = other;
    await hurry(other.context);
    await page.goto(program.url);
    await page.getByRole("button", { name: "Use a passphrase" }).click();
    await page.getByLabel("E-mail address").fill("second@harbour.example");
    await page.getByLabel("Passphrase").fill(PASSPHRASE);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await person.greeted(page, "Second Engineer");
    await page.getByText("Nobody used this page for a while, so the keys were locked.").waitFor();
    await looks.at(page, "unlock-idle");
    await page.getByLabel("Passphrase").fill(PASSPHRASE);
    await page.getByRole("button", { name: "Unlock" }).click();
    await person.greeted(page, "Second Engineer");
    await other.context.close();
  });

  /** Shortens the quarter of an hour of the engine's idle timer, and nothing else of it. */
  const hurry = (context: BrowserContext): Promise<unknown> =>
    context.route(/\/assets\/.*worker.*\.js$/, async (route) => {
      const response = await route.fetch();
      const sooner = `{const wait=setTimeout;globalThis.setTimeout=(run,ms,...rest)=>wait(run,ms===${IDLE_MS}?${IDLE_HERE_MS}:ms,...rest)}\n`;
      await route.fulfill({ response, body: sooner + (await response.text()) });
    });

  it("a copied cookie jar opens nothing: every request without the device key is refused", async () => {
    const jar = await customer.context.cookies();
    const cookie = jar.map(({ name, value }) => `${name}=${value}`).join("; ");
    expect(cookie).toContain("__Host-breakwater=");
    const api = await fetch(`${program.url}${PATHS.openapi}`).then(
      (answer) => answer.json() as Promise<{ paths: Record<string, Record<string, unknown>> }>,
    );
    const open: readonly string[] = [
      PATHS.status,
      PATHS.openapi,
      PATHS.enrolStart,
      PATHS.enrolFinish,
      PATHS.passkeyStart,
      PATHS.passkeyFinish,
      PATHS.passphraseStart,
      PATHS.passphraseFinish,
      PATHS.recoveryFinish,
    ];
    const answers: string[] = [];
    for (const [pattern, methods] of Object.entries(api.paths)) {
      if (open.includes(pattern)) continue;
      for (const method of Object.keys(methods)) {
        const answer = await fetch(`${program.url}${pattern.replace(/\{\w+\}/g, "x")}`, {
          method: method.toUpperCase(),
          headers: { cookie, ...(method === "get" ? {} : { "content-type": "application/json" }) },
          ...(method === "get" || method === "head" ? {} : { body: "{}" }),
        });
        answers.push(`${answer.status} ${method} ${pattern}`);
      }
    }
    expect(answers.length).toBeGreaterThan(20);
    expect(answers.filter((answer) => !answer.startsWith("401 "))).toEqual([]);
  });

  it("the program stops cleanly on Ctrl-C", async () => {
    for (const visitor of visitors) await visitor.context.close().catch(() => undefined);
    expect(await program.stop()).toBe(0);
  });

  it("no secret value is in the database, the blobs, the releaser's directory, the logs or the output", () => {
    const needles = new Needles(secretsOf(files));
    const { found, ...figures } = search(needles, program.data, { output: program.output() });
    console.log(
      `Searched ${figures.files} files and the output, ${(figures.bytes / 1e6).toFixed(1)} MB, for ${figures.needles} forms of ${secretsOf(files).size} values.`,
    );
    expect(figures.bytes).toBeGreaterThan(files.reduce((sum, { bytes }) => sum + bytes, 0) / 2);
    expect(found).toEqual([]);
  });

  it("the search finds a value when it is there", () => {
    const value = plantedCookie();
    const needles = new Needles([value]);
    const forms = [
      value,
      encodeURIComponent(value),
      Buffer.from(`ab${value}c`).toString("base64"),
      Buffer.from(`c${value}xy`).toString("base64url"),
      Buffer.from(value).toString("hex"),
    ];
    for (const form of forms) expect(needles.in(Buffer.from(`…${form}…`)).length, form.slice(0, 4)).toBeGreaterThan(0);
    expect(needles.in(Buffer.from(value, "utf16le")).length).toBeGreaterThan(0);
  });

  it("no page complained, and axe found nothing serious on any", () => {
    console.log(`Looked at ${looks.pages} pages; screenshots in ${looks.folder}.`);
    expect({
      heard: visitors.flatMap(({ heard }, at) => heard.map((text) => `visitor ${at}: ${text}`)),
      findings: looks.findings,
    }).toEqual({ heard: [], findings: [] });
  });
});
