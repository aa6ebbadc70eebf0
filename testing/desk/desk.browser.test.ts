import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launch } from "../../web/test/browser.ts";
import { enrol, invite, visit, type Visitor } from "../../web/test/people.ts";
import { Looks } from "../story/look.ts";
import { buildPages, freshFolder, startProgram, type Program } from "../story/program.ts";

/** Two people in two browsers work on one case of the real program. Each step stands on the one before. */
describe("A case that two people work on at once", () => {
  let browser: Browser;
  let folder: string;
  let program: Program;
  let looks: Looks;
  let customer: Visitor;
  let engineer: Visitor;
  let address: string;
  let broken: string | undefined;

  beforeAll(async () => {
    folder = freshFolder("desk");
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
    console.error(
      [...[customer, engineer].flatMap((visitor) => visitor?.heard ?? []), program?.output().slice(-4000)].join("\n"),
    );
  });
  afterAll(async () => {
    await browser?.close();
    await program?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const newVisitor = async (): Promise<Visitor> => {
    const visitor = await visit(browser);
    visitor.page.setDefaultTimeout(20_000);
    return visitor;
  };
  const thread = (page: Page) => page.getByRole("list", { name: "Messages" });
  const write = async (page: Page, text: string): Promise<void> => {
    await page.getByLabel("Write a message").fill(text);
    await page.getByRole("button", { name: "Send", exact: true }).click();
  };
  const said = (page: Page, text: string) => thread(page).getByText(text, { exact: true });

  it("a desk, an engineer and a customer enrol, and the customer opens a case", async () => {
    const admin = await newVisitor();
    await enrol(admin.page, program.link, {
      name: "Desk Administrator",
      email: "admin@desk.example",
      org: "Harbour Support",
    });
    const staff = await invite(admin.page, "Invite a colleague", "Engineer");
    const buyer = await invite(admin.page, "Invite a customer", "Northwind");
    [engineer, customer] = [await newVisitor(), await newVisitor()];
    await enrol(engineer.page, staff, { name: "Support Engineer", email: "engineer@desk.example" });
    await enrol(customer.page, buyer, {
      name: "Customer Administrator",
      email: "c@northwind.example",
      org: "Northwind",
    });
    await admin.context.close();
    const { page } = customer;
    await page.getByRole("link", { name: "New case" }).first().click();
    await page.getByLabel("Subject").fill("Uploads stop at 90%");
    await page.getByRole("button", { name: "Open case" }).click();
    await page.getByRole("heading", { level: 1, name: "Uploads stop at 90%" }).waitFor();
    address = page.url();
  });

  it("the customer writes; the engineer sees that there are words, takes the case and reads them", async () => {
    const { page } = customer;
    await write(
      page,
      "It stops at **90%** since Monday.\n\n- Chromium\n- Firefox\n\nSee https://status.example/incident and <b>this</b>.",
    );
    await said(page, "90%").waitFor();
    await engineer.page.goto(address);
    await engineer.page.getByRole("button", { name: "Unlock with your passkey" }).click();
    await engineer.page.getByText("There is 1 message. Take the case to read it.").waitFor();
    expect(await engineer.page.content()).not.toContain("since Monday");
    await looks.at(engineer.page, "case-not-taken");
    await engineer.page.getByRole("button", { name: "Take the case" }).click();
    await said(engineer.page, "90%").waitFor();
    expect(await thread(engineer.page).locator("b").count()).toBe(0);
    expect(
      await thread(engineer.page).getByRole("link", { name: "https://status.example/incident" }).getAttribute("rel"),
    ).toContain("noopener");
  });

  it("what one writes appears at the other's without a reload, as an answer to what it answers", async () => {
    await engineer.page.getByRole("button", { name: "Reply to Customer Administrator" }).click();
    await write(engineer.page, "Which version?");
    await said(customer.page, "Which version?").waitFor();
    await customer.page.getByText("Customer Administrator: It stops at").waitFor();
    await customer.page.getByText("Waiting for the customer").first().waitFor();
    await looks.at(customer.page, "case-thread-customer");
    await looks.at(engineer.page, "case-thread-engineer");
  });

  it("both write ten words at once, and both have all twenty in the same order", async () => {
    const all = async (page: Page, who: string): Promise<void> => {
      for (let i = 0; i < 10; i++) await write(page, `${who} ${i}`);
    };
    await Promise.all([all(customer.page, "customer"), all(engineer.page, "engineer")]);
    const texts = async (page: Page) => {
      await Promise.all(
        ["customer", "engineer"].flatMap((who) =>
          Array.from({ length: 10 }, (_, i) => said(page, `${who} ${i}`).waitFor()),
        ),
      );
      return (await thread(page).locator("p").allInnerTexts()).filter((text) => /^(customer|engineer) \d$/.test(text));
    };
    const [one, other] = [await texts(customer.page), await texts(engineer.page)];
    expect(one).toHaveLength(20);
    expect(other).toEqual(one);
    for (const who of ["customer", "engineer"])
      expect(one.filter((text) => text.startsWith(who))).toEqual(Array.from({ length: 10 }, (_, i) => `${who} ${i}`));
  });

  it("a draft outlives a reload, sealed: the disk holds none of its words", async () => {
    const { page } = customer;
    await page.getByLabel("Write a message").fill("Half a sentence that is not");
    await page.waitForTimeout(600);
    const stored = await page.evaluate(
      () =>
        new Promise<string>((resolve, reject) => {
          const request = indexedDB.open("breakwater");
          request.addEventListener("error", () => reject(request.error));
          request.addEventListener("success", () => {
            const all = request.result.transaction("drafts").objectStore("drafts").getAll();
            all.addEventListener("success", () => {
              const bytes = all.result.flatMap((value: Uint8Array) => [...value]);
              resolve(String.fromCharCode(...bytes));
              request.result.close();
            });
          });
        }),
    );
    expect(stored.length).toBeGreaterThan(20);
    expect(stored).not.toContain("sentence");
    await page.reload();
    await unlock(page);
    await expect
      .poll(() => page.getByLabel("Write a message").inputValue(), { timeout: 20_000 })
      .toBe("Half a sentence that is not");
  });

  it("what is sent without a connection waits, outlives a reload, and arrives once", async () => {
    const { page, context } = customer;
    await context.route("**/messages", (route) =>
      route.request().method() === "POST" ? route.abort() : route.continue(),
    );
    await write(page, "Sent in a tunnel");
    await page.getByText("Waiting for the connection").waitFor();
    await looks.at(page, "case-waiting");
    await page.reload();
    await unlock(page);
    await said(page, "Sent in a tunnel").waitFor();
    await context.unroute("**/messages");
    await said(engineer.page, "Sent in a tunnel").waitFor({ timeout: 60_000 });
    await page.getByText("Waiting for the connection").waitFor({ state: "hidden", timeout: 60_000 });
    expect(await said(page, "Sent in a tunnel").count()).toBe(1);
    expect(await said(engineer.page, "Sent in a tunnel").count()).toBe(1);
  });

  it("a change that meets somebody else's is shown as a choice", async () => {
    const { page } = engineer;
    await page.getByRole("combobox", { name: "Priority" }).click();
    // The customer is quicker: the engineer's page does not hear of it in time.
    await engineer.context.route("**/v1/cases/*", (route) =>
      route.request().method() === "GET" ? route.abort() : route.continue(),
    );
    await customer.page.getByRole("combobox", { name: "Priority" }).click();
    await customer.page.getByRole("option", { name: "Urgent" }).click();
    await customer.page.getByText("Urgent").first().waitFor();
    await page.getByRole("option", { name: "Low" }).click();
    await engineer.context.unroute("**/v1/cases/*");
    await page.getByText("Somebody changed this case since you looked at it").waitFor();
    await looks.at(page, "case-conflict");
    await page.getByRole("button", { name: "Leave it as it is now" }).click();
    await page.getByRole("combobox", { name: "Priority" }).getByText("Urgent").waitFor({ timeout: 30_000 });
  });

  const upload = async (page: Page, name: string, content: string | Buffer): Promise<void> => {
    await page.getByRole("link", { name: "Upload a file" }).first().click();
    await page.getByLabel("Choose a file").setInputFiles({
      name,
      mimeType: "application/octet-stream",
      buffer: Buffer.from(content),
    });
  };
  const sealed = async (page: Page, name: string): Promise<void> => {
    await page.getByText(`${name} is sealed and sent`).waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: "Back to the case" }).click();
    await page.getByLabel("Write a message").waitFor();
  };
  const SECRET = "Zq81kfPw02LmxA7tHu63";

  it("a log is looked through before it is sealed, and the engineer reads it with its secrets replaced", async () => {
    const { page } = customer;
    const lines = Array.from({ length: 400 }, (_, i) => `10:00:${String(i).padStart(3, "0")} INFO step ${i} done`);
    lines[7] = `10:00:07 DEBUG Cookie: sid=${SECRET}`;
    lines[300] = `10:00:30 WARN session ${SECRET} is slow`;
    await upload(page, "app.log", lines.join("\n"));
    await page.getByText("What will be sealed", { exact: true }).first().waitFor({ timeout: 30_000 });
    await page.getByText("INFO step 6 done").waitFor();
    expect(await page.content()).not.toContain(SECRET);
    await looks.at(page, "upload-text");
    await page.getByRole("button", { name: "Seal and send" }).click();
    await sealed(page, "app.log");

    const desk = engineer.page;
    await desk.reload();
    await unlock(desk);
    await desk.getByRole("listitem").filter({ hasText: "app.log" }).getByRole("link", { name: "Open" }).click();
    await desk.getByText("The whole text, after secrets were replaced in it.").waitFor();
    await desk.getByLabel("Reason").fill("Where does it stop");
    await desk.getByRole("button", { name: "Open", exact: true }).click();
    const frame = desk.frameLocator('iframe[title="File viewer"]');
    await frame.getByText("400 lines").waitFor({ timeout: 30_000 });
    await frame.getByRole("searchbox").fill("is slow");
    await frame.getByText("Matching lines: 1").waitFor();
    await frame.getByText("Only lines that match").click();
    await frame.getByRole("region", { name: "Text of the file" }).getByText("WARN session").waitFor();
    expect(await frame.locator("body").innerText()).not.toContain(SECRET);
    const inside = desk.frames().find((one) => one.url().endsWith("/viewer.html"));
    await looks.at(desk, "view-text", inside);
    await desk.goto(address);
    await unlock(desk);
  });

  it("the desk sends a patch that nothing looked into, after a word for it; the customer sees bytes, and may save them", async () => {
    const desk = engineer.page;
    await upload(desk, "fix.bin", Buffer.from([0x50, 0x4b, 0x99, 0, 1, 2, 3, 0xff, 0x41]));
    await desk.getByText("Nothing looked into this file").waitFor();
    await looks.at(desk, "upload-raw");
    expect(await desk.getByRole("button", { name: "Seal and send" }).getAttribute("aria-disabled")).toBe("true");
    await desk.getByText("I know what is in it, and it may be sent.").click();
    await desk.getByRole("button", { name: "Seal and send" }).click();
    await sealed(desk, "fix.bin");
    await desk.getByRole("button", { name: "Attach a file" }).click();
    await desk.getByRole("menuitem", { name: "fix.bin" }).click();
    await write(desk, "Please try this build.");
    await said(desk, "Please try this build.").waitFor();

    const { page } = customer;
    await said(page, "Please try this build.").waitFor();
    await page.getByText("Not looked into").waitFor();
    await thread(page).getByRole("link", { name: "fix.bin" }).click();
    await page.getByRole("button", { name: "Open", exact: true }).click();
    const frame = page.frameLocator('iframe[title="File viewer"]');
    await frame.getByText("50 4b 99 00 01 02 03 ff 41").waitFor({ timeout: 30_000 });
    const inside = page.frames().find((one) => one.url().endsWith("/viewer.html"));
    await looks.at(page, "view-bytes", inside);
    await page.getByRole("button", { name: "Save to disk" }).click();
    const dialog = page.getByRole("alertdialog", { name: "Save this file to your disk?" });
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      dialog.getByRole("button", { name: "Save to disk" }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe("fix.bin");
    expect([...readFileSync(await saved.path())]).toEqual([0x50, 0x4b, 0x99, 0, 1, 2, 3, 0xff, 0x41]);
    await page.goto(address);
    await unlock(page);
    await page.getByText("Saved to disk").waitFor();
    await looks.at(page, "case-timeline");
  });

  it("the queue finds by what the server may see, and by words that the page opened; keys change the case under the cursor", async () => {
    const { page } = engineer;
    await page.keyboard.press("Escape");
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Cases" }).click();
    const grid = page.getByRole("grid", { name: "Cases" });
    await grid.getByRole("link", { name: "Uploads stop at 90%" }).waitFor();
    await looks.at(page, "queue");
    await page.keyboard.press("/");
    await page.keyboard.type("northwind");
    await page.getByRole("status").getByText("1 case", { exact: true }).waitFor();
    await page.getByRole("searchbox").fill("nobody at all");
    await page.getByText("No case fits these filters").waitFor();
    await page.getByRole("button", { name: "Clear", exact: true }).click();
    await grid.getByRole("link", { name: "Uploads stop at 90%" }).waitFor();
    await page.getByRole("searchbox").fill("#1");
    await grid.getByRole("link", { name: "Uploads stop at 90%" }).waitFor();
    await page.getByRole("heading", { level: 1, name: "Cases" }).click();
    await page.keyboard.press("j");
    await page.keyboard.press("p");
    await page.getByRole("dialog", { name: "Priority of case #1" }).waitFor();
    await looks.at(page, "queue-priority");
    await page.keyboard.press("2");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await grid.getByText("High").first().waitFor();
    await page.keyboard.press("s");
    await page.getByRole("dialog", { name: "State of case #1" }).getByRole("button", { name: "Solved" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByRole("menuitem", { name: "Keep this view" }).click();
    await page.getByLabel("Name").fill("One");
    await page.getByRole("button", { name: "Keep", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByRole("menuitem", { name: "One" }).waitFor();
    await page.keyboard.press("Escape");
  });

  it("no page that was come by has a serious finding of axe, or is wider than its window", () => {
    expect(looks.findings).toEqual([]);
    expect(looks.pages).toBeGreaterThan(8);
  });

  const unlock = async (page: Page): Promise<void> => {
    await page.getByRole("button", { name: "Unlock with your passkey" }).click();
    await page.getByLabel("Write a message").waitFor();
  };
});
