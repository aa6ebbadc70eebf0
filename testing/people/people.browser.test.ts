import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch } from "../../web/test/browser.ts";
import { enrol, invite, visit } from "../../web/test/people.ts";
import { Looks } from "../story/look.ts";
import { buildPages, freshFolder, startProgram, type Program } from "../story/program.ts";
import { goTo } from "../story/steps.ts";

/** People, teams, browsers and sessions as an administrator and the people themselves see them. */
describe("People, on the pages", () => {
  let browser: Browser;
  let folder: string;
  let program: Program;
  let looks: Looks;
  let admin: Page;
  let engineer: Page;
  let customer: Page;

  beforeAll(async () => {
    folder = freshFolder("people");
    looks = new Looks(process.env["BREAKWATER_SCREENSHOTS"] ?? join(folder, "screenshots"));
    mkdirSync(join(folder, "data"));
    await buildPages();
    [browser, program] = await Promise.all([launch(), startProgram(join(folder, "data"))]);
    [admin, engineer, customer] = [await newPage(), await newPage(), await newPage()];
    await enrol(admin, program.link, {
      name: "Desk Administrator",
      email: "administrator@harbour.example",
      org: "Harbour Support",
    });
    const links = {
      engineer: await invite(admin, "Invite a colleague", "Engineer"),
      customer: await invite(admin, "Invite a customer", "Northwind"),
    };
    await enrol(engineer, links.engineer, { name: "Support Engineer", email: "engineer@harbour.example" });
    await enrol(customer, links.customer, {
      name: "Customer Administrator",
      email: "administrator@northwind.example",
      org: "Northwind",
    });
    for (const subject of ["Sign-in loops", "Export is empty"]) await openCase(subject);
  });
  afterAll(async () => {
    await browser?.close();
    await program?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const newPage = async (): Promise<Page> => {
    const { page } = await visit(browser);
    page.setDefaultTimeout(20_000);
    return page;
  };
  const openCase = async (subject: string): Promise<void> => {
    await goTo(customer, "Cases");
    await customer
      .getByRole("link", { name: "New case" })
      .or(customer.getByRole("button", { name: "New case" }))
      .first()
      .click();
    await customer.getByLabel("Subject").fill(subject);
    await customer.getByRole("button", { name: "Open case" }).click();
    await customer.getByRole("heading", { level: 1, name: subject }).waitFor();
  };
  const tab = async (page: Page, name: string): Promise<void> => {
    await goTo(page, "People");
    await page.getByRole("tab", { name, exact: true }).click();
  };
  const row = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });
  const openPerson = async (name: string): Promise<void> => {
    await tab(admin, "Members");
    await row(admin, name).click();
    await admin.getByRole("heading", { level: 1, name }).waitFor();
  };

  it("an administrator sees people, their browsers and sessions, and what each may", async () => {
    await tab(admin, "Members");
    await row(admin, "Support Engineer").waitFor();
    await looks.at(admin, "members");
    await openPerson("Support Engineer");
    await admin.getByText("Takes cases and opens files, with a reason.").waitFor();
    await admin.getByText("Chrome, Linux").first().waitFor();
    await looks.at(admin, "person");
    await tab(admin, "Sessions");
    await row(admin, "Support Engineer").waitFor();
    await looks.at(admin, "sessions");
    await tab(admin, "Devices");
    await row(admin, "Support Engineer").waitFor();
    await looks.at(admin, "devices");
  });

  it("people name their own browser, and see no others'", async () => {
    await tab(engineer, "Devices");
    await engineer.getByRole("button", { name: "Actions for Chrome, Linux" }).click();
    await engineer.getByRole("menuitem", { name: "Rename" }).click();
    await engineer.getByRole("dialog").getByLabel("Name").fill("Work laptop");
    await engineer.getByRole("button", { name: "Save" }).click();
    await row(engineer, "Work laptop").waitFor();
    expect(await row(engineer, "Desk Administrator").count()).toBe(0);
    await tab(admin, "Devices");
    await row(admin, "Work laptop").waitFor();
  });

  it("a team is made with a key of its own, and somebody joins it", async () => {
    await tab(admin, "Teams");
    await admin.getByRole("button", { name: "New team" }).click();
    await admin.getByLabel("Team name").fill("Night shift");
    await looks.at(admin, "new-team");
    await admin.getByRole("button", { name: "Make team" }).click();
    await row(admin, "Night shift").click();
    const dialog = admin.getByRole("dialog", { name: "Night shift" });
    await dialog
      .getByRole("listitem")
      .filter({ hasText: "Support Engineer" })
      .getByRole("button", { name: "Add" })
      .click();
    await dialog.getByRole("button", { name: "Take out" }).waitFor();
    await looks.at(admin, "team");
    await dialog.getByRole("button", { name: "Close" }).click();
    await looks.at(admin, "teams");
  });

  it("[vault 42] a session that is ended, and a person who is suspended, lose the page at once; who is let back in signs in again", async () => {
    await openPerson("Support Engineer");
    await admin.getByRole("button", { name: "Suspend" }).click();
    const dialog = admin.getByRole("alertdialog");
    await dialog.getByLabel("Why").fill("On leave");
    await looks.at(admin, "suspend");
    await dialog.getByRole("button", { name: "Suspend" }).click();
    await admin.getByText("Support Engineer is suspended").first().waitFor();
    await engineer.getByRole("button", { name: "Sign in with a passkey" }).waitFor();
    await looks.at(engineer, "signed-out");
    await admin.getByRole("button", { name: "Resume" }).click();
    await admin.getByRole("alertdialog").getByRole("button", { name: "Resume" }).click();
    await engineer.getByRole("button", { name: "Sign in with a passkey" }).click();
    await engineer.getByRole("navigation", { name: "Main" }).waitFor();
  });

  it("a role is changed, and the person's pages follow", async () => {
    await openPerson("Support Engineer");
    await admin.getByRole("button", { name: "Change role" }).click();
    await admin.getByRole("radio", { name: /^Lead/ }).click();
    await looks.at(admin, "role");
    await admin.getByRole("alertdialog").getByRole("button", { name: "Change role" }).click();
    await admin.getByText("Support Engineer is now Lead").first().waitFor();
  });

  it("[vault 14] removing somebody gives their teams and the open cases new keys, made in the administrator's page", async () => {
    await openPerson("Support Engineer");
    await admin.getByRole("button", { name: "Remove" }).click();
    await looks.at(admin, "remove");
    await admin.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await admin.getByText("Support Engineer was removed").first().waitFor();
    await engineer.getByRole("button", { name: "Sign in with a passkey" }).waitFor();
    await tab(admin, "Teams");
    await expect
      .poll(
        () =>
          admin
            .getByRole("row")
            .filter({ hasText: /Harbour Support/ })
            .innerText(),
        { timeout: 20_000 },
      )
      .toMatch(/\b2\b/);
    // The subjects were sealed to the new keys, and both sides read them.
    await goTo(admin, "Cases");
    await admin.getByText("Sign-in loops").first().waitFor();
    await customer.reload();
    await customer
      .getByRole("button", { name: "Use your passkey" })
      .or(customer.getByRole("button", { name: /passkey/i }))
      .first()
      .click();
    await goTo(customer, "Cases");
    await customer.getByText("Export is empty").first().waitFor();
    await openCase("After the removal");
    await goTo(admin, "Cases");
    await admin.getByText("After the removal").first().waitFor();
  });

  it("every look is free of what axe calls serious", () => {
    expect(looks.findings).toEqual([]);
  });
});
