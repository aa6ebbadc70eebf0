import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { breakwater } from "../../cli/test/command.ts";
import { launch } from "../../web/test/browser.ts";
import { visit, type Visitor } from "../../web/test/people.ts";
import { DeskClient, randomParts, type CaseRow, type Plain } from "../src/desk-client.ts";
import { Looks } from "../story/look.ts";
import { buildPages, freshFolder, startProgram, type Program } from "../story/program.ts";

const PASSPHRASE = "gravel lantern orbit pickle seventeen moss";

describe("The life of a case, on the pages", () => {
  let browser: Browser;
  let folder: string;
  let program: Program;
  let looks: Looks;
  let customer: DeskClient;
  let visitor: Visitor;
  let row: CaseRow;
  let plain: Plain;

  beforeAll(async () => {
    folder = freshFolder("life");
    looks = new Looks(process.env["BREAKWATER_SCREENSHOTS"] ?? join(folder, "screenshots"));
    mkdirSync(join(folder, "data"));
    await buildPages();
    [browser, program] = await Promise.all([launch(), startProgram(join(folder, "data"))]);
    const target = { url: program.url };
    const admin = await DeskClient.enrol(target, program.link, {
      name: "Desk Administrator",
      email: "administrator@harbour.example",
      orgName: "Harbour Support",
    });
    customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
      name: "Customer Administrator",
      email: "administrator@customer.example",
      orgName: "Northwind",
      passphrase: PASSPHRASE,
    });
    row = await customer.openCase("Sign-in loops after the redirect");
    plain = randomParts();
    await customer.upload(row.case, plain, "login.har");
    await customer.upload(row.case, randomParts(), "second.har");
  });
  afterAll(async () => {
    await browser?.close();
    await program?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("an administrator holds, lifts, deletes and shreds, and the pages say what happened", async () => {
    visitor = await visit(browser);
    const { page } = visitor;
    page.setDefaultTimeout(20_000);
    await page.goto(`${program.url}/sign-in`);
    await page.getByRole("button", { name: "Use a passphrase" }).click();
    await page.getByLabel("E-mail address").fill("administrator@customer.example");
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Hello, Customer Administrator" }).waitFor({ timeout: 60_000 });
    await page.goto(`${program.url}/cases/${row.case}`);
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByRole("button", { name: "Unlock" }).click();
    const panel = page.locator("section", { has: page.getByRole("heading", { name: "Keeping and destroying" }) });
    await panel.waitFor();

    await panel.getByRole("button", { name: "Put under legal hold" }).click();
    const hold = page.getByRole("dialog", { name: "Put under legal hold" });
    await hold.getByLabel("Reason").fill("The court asked us to keep it.");
    await looks.at(page, "life-hold");
    await hold.getByRole("button", { name: "Put under legal hold" }).click();
    await panel.getByText("Nothing of this case is deleted or shredded").waitFor();
    await panel.getByText("The court asked us to keep it.").waitFor();
    await panel.getByText("done, signed by the releaser").waitFor();
    expect(await panel.getByRole("button", { name: "Shred case …" }).isDisabled()).toBe(true);
    await looks.at(page, "life-held");

    await panel.getByRole("button", { name: "Lift legal hold" }).click();
    const lift = page.getByRole("dialog", { name: "Lift legal hold" });
    await lift.getByLabel("Reason").fill("The court is done.");
    await lift.getByRole("button", { name: "Lift legal hold" }).click();
    await lift.waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "More about this file" }).last().click();
    await page.getByRole("menuitem", { name: "Delete file …" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete file …" }).click();
    await page.getByText("Deleted", { exact: true }).waitFor();

    await page.goto(`${program.url}/approvals?tab=settings`);
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByRole("button", { name: "Unlock" }).click();
    const rules = page.locator("section", { has: page.getByRole("heading", { name: "How long cases live" }) });
    await rules.getByLabel("Problem, days").fill("soon");
    await rules.getByRole("button").click();
    await rules.getByText("A whole number from 1 to 3650, or nothing.").waitFor();
    await rules.getByLabel("Problem, days").fill("90");
    await rules.getByRole("button").click();
    await page.getByText("A whole number from 1 to 3650, or nothing.").waitFor({ state: "hidden" });
    await looks.at(page, "life-settings");
    await page.reload();
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByRole("button", { name: "Unlock" }).click();
    expect(await rules.getByLabel("Problem, days").inputValue()).toBe("90");
    await page.goto(`${program.url}/cases/${row.case}`);
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByRole("button", { name: "Unlock" }).click();

    await panel.getByRole("button", { name: "Export …" }).click();
    const exporting = page.getByRole("dialog", { name: "Export case" });
    await exporting.getByLabel("Passphrase for the export").fill(PASSPHRASE);
    await exporting.getByLabel("Passphrase, once more").fill(PASSPHRASE);
    await looks.at(page, "life-export");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      exporting.getByRole("button", { name: "Export", exact: true }).click(),
    ]);
    await exporting.waitFor({ state: "hidden" });
    const archive = await download.path();
    expect(breakwater(["case", "verify", archive])).toMatchObject({ status: 0 });
    writeFileSync(join(folder, "passphrase"), PASSPHRASE);
    const out = join(folder, "out");
    const decrypted = breakwater([
      "case",
      "decrypt",
      archive,
      "--out",
      out,
      "--passphrase",
      join(folder, "passphrase"),
    ]);
    expect(decrypted).toMatchObject({ status: 0, stderr: "" });
    const part = readFileSync(join(out, "login.har.parts/responseBodies"));
    expect(part.equals(plain.responseBodies)).toBe(true);

    await panel.getByRole("button", { name: "Shred case …" }).click();
    const shred = page.getByRole("dialog", { name: "Shred case" });
    await shred.getByLabel(/^Type the case's number/).fill("999");
    await shred.getByRole("button", { name: "Shred for ever" }).click();
    await shred.getByText("This is not the number of this case.").waitFor();
    await looks.at(page, "life-shred");
    await shred.getByLabel(/^Type the case's number/).fill(String(row.number));
    await shred.getByRole("button", { name: "Shred for ever" }).click();
    await shred.waitFor({ state: "hidden" });
    await page.getByText("Customer Administrator destroyed its key on").waitFor();
    await page.getByText("Shredded", { exact: true }).first().waitFor();
    await panel.getByText("done, signed by the releaser").last().waitFor();
    expect(await page.getByRole("link", { name: "Open", exact: true }).count()).toBe(0);
    await looks.at(page, "life-shredded");
    expect(looks.findings).toEqual([]);
  });
});
