import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { launch } from "../../web/test/browser.ts";
import { enrol, invite, visit, type Visitor } from "../../web/test/people.ts";
import { Looks } from "./look.ts";
import { buildPages, freshFolder, startProgram, type Program } from "./program.ts";
import * as person from "./steps.ts";

/** Who may open, as people live it: a customer who wants to be asked, an engineer who waits, answers by passkey, and an emergency. */
const REASON = "Which cookie is lost after the redirect?";
const HAR = {
  log: {
    version: "1.2",
    creator: { name: "test", version: "1" },
    entries: [
      {
        startedDateTime: "2026-01-02T03:04:05.678Z",
        time: 12,
        request: {
          method: "GET",
          url: "https://sso.example/callback?state=1",
          httpVersion: "HTTP/2",
          headers: [{ name: "cookie", value: "session=3f1c9a7be2d84c06a5b1" }],
          queryString: [],
          cookies: [],
          headersSize: -1,
          bodySize: 0,
        },
        response: {
          status: 302,
          statusText: "Found",
          httpVersion: "HTTP/2",
          headers: [],
          cookies: [],
          content: { size: 0, mimeType: "text/html" },
          redirectURL: "/",
          headersSize: -1,
          bodySize: 0,
        },
        cache: {},
        timings: { send: 1, wait: 10, receive: 1 },
      },
    ],
  },
};

describe("Approvals, between three people", () => {
  let browser: Browser;
  let folder: string;
  let program: Program;
  let looks: Looks;
  let admin: Visitor;
  let engineer: Visitor;
  let customer: Visitor;
  const visitors: Visitor[] = [];
  let broken: string | undefined;

  const newVisitor = async (): Promise<Visitor> => {
    const visitor = await visit(browser);
    visitor.page.setDefaultTimeout(20_000);
    visitors.push(visitor);
    return visitor;
  };
  const tab = (page: Page, name: string): Promise<void> =>
    page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();
  const approvals = (page: Page): Promise<void> =>
    page
      .getByRole("navigation", { name: "Main" })
      .getByRole("link", { name: /^Approvals/ })
      .click();

  beforeAll(async () => {
    folder = freshFolder("approvals");
    looks = new Looks(process.env["BREAKWATER_SCREENSHOTS"] ?? join(folder, "screenshots"));
    mkdirSync(join(folder, "data"));
    await buildPages();
    [browser, program] = await Promise.all([launch(), startProgram(join(folder, "data"))]);
  });
  beforeEach(() => {
    if (broken !== undefined) throw new Error(`The story stopped at an earlier step: ${broken}.`);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail" || broken !== undefined) return;
    broken = task.name;
    for (const [at, page] of (browser?.contexts() ?? []).flatMap((context) => context.pages()).entries())
      await page.screenshot({ path: join(looks.folder, `failed-${at}.png`) });
    console.error([...visitors.flatMap(({ heard }) => heard), program?.output().slice(-4000) ?? ""].join("\n"));
  });
  afterAll(async () => {
    await browser?.close();
    await program?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("a desk, an engineer and a customer with a sealed recording", async () => {
    [admin, engineer, customer] = [await newVisitor(), await newVisitor(), await newVisitor()];
    await enrol(admin.page, program.link, {
      name: "Desk Administrator",
      email: "administrator@harbour.example",
      org: "Harbour Support",
    });
    const links = [
      await invite(admin.page, "Invite a colleague", "Engineer"),
      await invite(admin.page, "Invite a customer", "Northwind"),
    ];
    await enrol(engineer.page, links[0] ?? "", { name: "Support Engineer", email: "engineer@harbour.example" });
    await enrol(customer.page, links[1] ?? "", {
      name: "Customer Administrator",
      email: "administrator@northwind.example",
      org: "Northwind",
    });
    const { page } = customer;
    await page.getByRole("link", { name: "New case" }).first().click();
    await page.getByLabel("Subject").fill("Sign-in loops");
    await page.getByRole("button", { name: "Open case" }).click();
    await page.getByRole("heading", { level: 1, name: "Sign-in loops" }).waitFor();
    await page
      .getByRole("link", { name: /^Upload/ })
      .first()
      .click();
    const buffer = Buffer.from(JSON.stringify(HAR));
    await page.getByLabel("Choose a file").setInputFiles({ name: "loop.har", mimeType: "application/json", buffer });
    await page.getByRole("button", { name: "Seal and send" }).click();
    await page.getByText("loop.har is sealed and sent").waitFor({ timeout: 60_000 });
  });

  it("the customer says that a lead and they themselves approve each opening", async () => {
    const { page } = customer;
    await approvals(page);
    await page.getByText("Nothing waits for you").waitFor();
    await looks.at(page, "nothing-waits");
    await tab(page, "Who approves");
    await page.getByRole("combobox", { name: "Approved by" }).click();
    await page.getByRole("option", { name: /^Both/ }).click();
    await page.getByRole("button", { name: "Sign and save" }).first().click();
    await page.getByText("Saved. It holds from now on.").waitFor();
    await looks.at(page, "settings");
  });

  it("the engineer takes the case, says what they need and why, and waits", async () => {
    const { page } = engineer;
    await person.goTo(page, "Cases");
    await page.getByRole("link", { name: "Sign-in loops" }).click();
    await page.getByRole("button", { name: "Take the case" }).click();
    await page.getByRole("button", { name: "Take the case" }).waitFor({ state: "hidden" });
    await page.getByRole("listitem").filter({ hasText: "loop.har" }).getByRole("link", { name: "Open" }).click();
    await page.getByText("This opening needs approval.").waitFor();
    await page.getByRole("checkbox", { name: "Headers" }).click();
    await page.getByLabel("Reason").fill(REASON);
    await looks.at(page, "ask");
    await page.getByRole("button", { name: "Ask for approval" }).click();
    await page.getByRole("heading", { name: "Your request waits for approval" }).waitFor();
    await looks.at(page, "waiting");
  });

  it("a lead decides with everything on one card, by passkey", async () => {
    const { page } = admin;
    await approvals(page);
    await page.getByText(REASON).waitFor();
    await page.getByText("loop.har").waitFor();
    await looks.at(page, "decide-desk");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("Nothing waits for you").waitFor();
  });

  it("the customer decides too, and the engineer's page says so by itself and opens", async () => {
    const { page } = customer;
    await tab(page, "Waiting for you");
    await page.getByText("Desk Administrator approved").waitFor();
    await looks.at(page, "decide-customer");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("Nothing waits for you").waitFor();

    const opened = engineer.page;
    await opened.getByRole("heading", { name: "Your request was approved" }).waitFor();
    await looks.at(opened, "approved");
    await opened.getByRole("button", { name: "Open now" }).click();
    await person.viewer(opened).getByRole("grid", { name: "Requests" }).waitFor({ timeout: 30_000 });
    await opened.getByRole("button", { name: "Close the file" }).click();
  });

  it("a denial comes with words, which the engineer reads", async () => {
    const { page } = engineer;
    await page.getByRole("checkbox", { name: "Response bodies" }).click();
    await page.getByLabel("Reason").fill("And what does the callback answer?");
    await page.getByRole("button", { name: "Ask for approval" }).click();
    await page.getByRole("heading", { name: "Your request waits for approval" }).waitFor();
    const other = customer.page;
    await other.getByRole("button", { name: "Deny" }).click();
    await other.getByLabel("Why not").fill("The answer holds personal data. Ask for the headers.");
    await looks.at(other, "deny");
    await other.getByRole("button", { name: "Deny" }).click();
    await other.getByText("Nothing waits for you").waitFor();
    await approvals(page);
    await tab(page, "My requests");
    await page.getByText("The answer holds personal data. Ask for the headers.").waitFor();
    await looks.at(page, "mine");
  });

  it("an emergency opens at once, and everybody sees it until another administrator has looked", async () => {
    const { page } = admin;
    await person.goTo(page, "Cases");
    await page.getByRole("link", { name: "Sign-in loops" }).click();
    await page.getByRole("listitem").filter({ hasText: "loop.har" }).getByRole("link", { name: "Open" }).click();
    await page.getByRole("checkbox", { name: /^Emergency/ }).click();
    await page.getByLabel("Reason").fill("Sign-in is down for everybody.");
    await looks.at(page, "emergency");
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await person.viewer(page).getByRole("grid", { name: "Requests" }).waitFor({ timeout: 30_000 });

    const told = customer.page;
    await person.goTo(told, "Cases");
    await told.getByRole("link", { name: "Sign-in loops" }).click();
    await told.getByText("A file was opened in an emergency").waitFor();
    await looks.at(told, "emergency-customer");
    await person.goTo(told, "Who opened what");
    await told.getByText("Desk Administrator opened in an emergency, without an approval").waitFor();
  });

  it("the rules are read, changed with a mistake shown at its line, tried, and proposed", async () => {
    const { page } = admin;
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Rules" }).click();
    await page.getByText("This account is suspended.").waitFor();
    await looks.at(page, "rules");
    await tab(page, "Change");
    const editor = page.getByRole("textbox", { name: "Rules" });
    const text = await editor.inputValue();
    await editor.fill(text.replace("principal.suspended", "principal.suspendet"));
    await page
      .getByRole("button", { name: /^Line \d+, column \d+$/ })
      .first()
      .waitFor();
    await looks.at(page, "rules-wrong");
    await editor.fill(
      `${text}\n@id("no-answers")\n@say("The desk opens no answers.")\nforbid (principal, action == Action::"grant.request", resource)\nwhen { context.grant.parts.contains("responseBodies") };\n`,
    );
    await page.getByText("These rules are valid").waitFor();
    await page.getByRole("button", { name: "Try", exact: true }).click();
    await page.getByText("1 would now be denied, 0 newly allowed.").waitFor();
    await page.getByText("Support Engineer: grant.request, 1 ×").waitFor();
    await page.getByLabel("Why").fill("Answers hold personal data");
    await looks.at(page, "rules-tried");
    await page.getByRole("button", { name: "Propose" }).click();
    await page.getByText("Waits for a second person").waitFor();
    await page.getByText("Only tightens").waitFor();
    await looks.at(page, "rules-proposed");
  });

  it("looks right everywhere, and says nothing on the console", () => {
    expect(looks.findings).toEqual([]);
    expect(visitors.flatMap(({ heard }) => heard)).toEqual([]);
  });
});
