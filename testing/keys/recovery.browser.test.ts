import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch } from "../../web/test/browser.ts";
import { visit } from "../../web/test/people.ts";
import { Looks } from "../story/look.ts";
import { buildPages, freshFolder, startProgram, type Program } from "../story/program.ts";
import { createPasskey, enter, greeted, introduce } from "../story/steps.ts";

const EMAIL = "administrator@harbour.example";

describe("Recovery, on the pages", () => {
  let browser: Browser;
  let folder: string;
  let program: Program;
  let looks: Looks;
  let words: string[];
  let first: Page;

  beforeAll(async () => {
    folder = freshFolder("recovery");
    looks = new Looks(process.env["BREAKWATER_SCREENSHOTS"] ?? join(folder, "screenshots"));
    mkdirSync(join(folder, "data"));
    await buildPages();
    [browser, program] = await Promise.all([launch(), startProgram(join(folder, "data"))]);
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
  /** Types back the words that the page asks for. */
  const rehearse = async (page: Page, of: readonly string[]): Promise<void> => {
    for (const field of await page.getByLabel(/^Word \d+$/).all()) {
      const label = await field.evaluate((input) => (input as HTMLInputElement).labels?.[0]?.textContent ?? "");
      await field.fill(of[Number(/\d+/.exec(label)?.[0]) - 1] ?? "");
    }
    await page.getByRole("button", { name: "Set these words" }).click();
  };
  const signIn = async (page: Page, typed: string): Promise<void> => {
    await page.goto(`${program.url}/sign-in`);
    await page.getByRole("button", { name: "Lost every passkey? Use recovery words" }).click();
    await page.getByLabel("E-mail address").fill(EMAIL);
    await page.getByLabel("Recovery words").fill(typed);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  };

  it("24 words are shown once at enrolment, and typed back before they count", async () => {
    first = await newPage();
    await first.goto(program.link);
    await introduce(first, { name: "Desk Administrator", email: EMAIL, org: "Harbour Support" });
    await createPasskey(first);
    await first.getByRole("button", { name: "Set up recovery words" }).click();
    await first.getByRole("button", { name: "Make the words" }).click();
    const list = first.getByRole("list", { name: "Recovery words" }).getByRole("listitem");
    await list.first().waitFor();
    words = (await list.allInnerTexts()).map((text) => text.replace(/[^a-z]/g, ""));
    expect(words).toHaveLength(24);
    await looks.at(first, "recovery-words");
    await first.getByRole("button", { name: "I have written them down" }).click();
    await rehearse(first, words.toReversed());
    await first.getByText("This is another word.").first().waitFor();
    await looks.at(first, "recovery-rehearse");
    await rehearse(first, words);
    await first.getByText("Recovery words are set").waitFor();
    await enter(first, "Desk Administrator");
  });

  it("[vault 11] they sign in on a device without any passkey, which gets one, and the lost device is out", async () => {
    const page = await newPage();
    await signIn(page, words.toReversed().join(" "));
    await page.getByRole("alert").waitFor();
    await looks.at(page, "recovery-sign-in");
    await signIn(page, words.join(" "));
    await page.getByText("You signed in with your recovery words.").waitFor();
    await looks.at(page, "recovery-back");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await greeted(page, "Desk Administrator");
    await first.goto(`${program.url}/people`);
    await first.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByRole("button", { name: /Desk Administrator/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page
      .getByRole("button", { name: "Use a passkey" })
      .or(page.getByRole("button", { name: /passkey/i }))
      .first()
      .click();
    await greeted(page, "Desk Administrator");
    first = page;
  });

  it("[vault 13] split 3 of 5: two shares are an error that says so, any three bring the person back", async () => {
    await first.getByRole("button", { name: /Desk Administrator/ }).click();
    await first.getByRole("menuitem", { name: "Keys and recovery" }).click();
    await first.getByRole("button", { name: "Replace them" }).click();
    await first.getByRole("radio", { name: /^Split among holders/ }).click();
    await looks.at(first, "recovery-split");
    await first.getByRole("button", { name: "Make the words" }).click();
    await first.getByText("Share 5 of 5").waitFor();
    const shares = await first.locator("code", { hasText: /^BW1-3-/ }).allInnerTexts();
    expect(shares).toHaveLength(5);
    await looks.at(first, "recovery-shares");
    await first.getByRole("button", { name: "I have written them down" }).click();
    await rehearse(first, (shares[0] ?? "").split(" ").slice(1));
    await first.getByText("Recovery words are set", { exact: false }).first().waitFor();

    const page = await newPage();
    await signIn(page, words.join(" "));
    await page.getByText("That did not sign you in.", { exact: false }).or(page.getByRole("alert")).first().waitFor();
    await signIn(page, shares.slice(0, 2).join("\n"));
    await page.getByText("These are 2 different shares; 3 are needed.").waitFor();
    await looks.at(page, "recovery-too-few");
    await signIn(page, [shares[4], shares[1], shares[3]].join("\n\n"));
    await page.getByText("You signed in with your recovery words.").waitFor();
    expect(looks.findings).toEqual([]);
  });
});
