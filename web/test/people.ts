import type { Browser, BrowserContext, Page } from "playwright-core";
import { complaints } from "./browser.ts";

/** A person with a browser of their own: own profile, own device key, own authenticator. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly heard: string[];
}

export interface Look {
  readonly colorScheme?: "light" | "dark";
  readonly locale?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly prf?: boolean;
}

export async function visit(
  browser: Browser,
  { colorScheme = "light", locale = "en-GB", viewport = { width: 1440, height: 900 }, prf = true }: Look = {},
): Promise<Visitor> {
  const context = await browser.newContext({ colorScheme, locale, viewport });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      hasPrf: prf,
    },
  });
  return { page, context, heard: complaints(page) };
}

export interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly org?: string;
  /** Left out: a passkey. */
  readonly passphrase?: string;
}

/** Goes through the enrolment page as a person does, up to the home page. English pages only. */
export async function enrol(page: Page, link: string, person: NewPerson): Promise<void> {
  await page.goto(link);
  if (person.org !== undefined) await page.getByLabel(/Name of (the support desk|your organisation)/).fill(person.org);
  await page.getByLabel("Your name").fill(person.name);
  await page.getByLabel("E-mail address").fill(person.email);
  await page.getByRole("button", { name: "Continue" }).click();
  if (person.passphrase === undefined) await page.getByRole("button", { name: "Create passkey" }).click();
  else {
    await page.getByRole("radio", { name: /^Passphrase/ }).click();
    await page.getByLabel("Passphrase", { exact: true }).fill(person.passphrase);
    await page.getByLabel("Passphrase, once more").fill(person.passphrase);
    await page.getByRole("button", { name: "Lock my keys with it" }).click();
  }
  await page.getByRole("button", { name: "Go to Breakwater" }).click();
  await page.getByRole("heading", { level: 1, name: `Hello, ${person.name}` }).waitFor();
}

/** Makes a one-time link on the people page, as an administrator. */
export async function invite(page: Page, button: string, label: string): Promise<string> {
  await page.getByRole("link", { name: "People" }).first().click();
  await page.getByRole("button", { name: button }).click();
  await page.getByRole("dialog").getByRole("textbox").fill(label);
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByLabel("One-time link").inputValue();
  await page.getByRole("button", { name: "Done" }).click();
  return link;
}
