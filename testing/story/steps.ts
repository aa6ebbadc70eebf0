import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect } from "vitest";
import type { Download, Frame, FrameLocator, Page } from "playwright-core";
import { devtools } from "./devtools.ts";
import type { Recording } from "./recordings.ts";

/** What a person does on the pages, found as a person finds it: by what is written there. */

export interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly org?: string;
}

/** The first step of enrolment. */
export async function introduce(page: Page, { name, email, org }: NewPerson): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("E-mail address").fill(email);
  if (org !== undefined) await page.getByLabel(/^Name of (the support desk|your organisation)/).fill(org);
  await page.getByRole("button", { name: "Continue" }).click();
}

export async function createPasskey(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Create passkey" }).click();
  await page.getByRole("button", { name: "Go to Breakwater" }).waitFor();
}

export async function createPassphrase(page: Page, passphrase: string): Promise<void> {
  await page.getByRole("radio", { name: /^Passphrase/ }).click();
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await page.getByLabel("Passphrase, once more").fill(passphrase);
  await page.getByRole("button", { name: "Lock my keys with it" }).click();
  await page.getByRole("button", { name: "Go to Breakwater" }).waitFor();
}

export async function enter(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Go to Breakwater" }).click();
  await greeted(page, name);
}

export function greeted(page: Page, name: string): Promise<void> {
  return page.getByRole("heading", { level: 1, name: `Hello, ${name}` }).waitFor();
}

/** The main navigation. */
export async function goTo(page: Page, where: "Home" | "Cases" | "Who opened what" | "People"): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: where, exact: true }).click();
}

export async function chooseFromMenu(page: Page, person: string, item: "Sign out" | "Lock my keys"): Promise<void> {
  await page.getByRole("button", { name: new RegExp(person) }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** Closes a passing notice, so that it covers nothing of what is looked at next. */
export async function dismiss(page: Page, notice: string): Promise<void> {
  const toast = page.getByRole("dialog").filter({ hasText: notice });
  await toast.getByRole("button", { name: "Dismiss" }).click();
  await toast.waitFor({ state: "hidden" });
}

/** Drops a file of this disk on the page, as the window system does. */
export async function drop(page: Page, path: string): Promise<void> {
  const target = page.getByText("Drop a HAR file here");
  const box = await target.boundingBox();
  if (box === null) throw new Error("There is no place to drop a file on.");
  const session = await devtools(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: box.x + box.width / 2, y: box.y + box.height / 2, data });
  }
}

/** Until the preview of a recording is there. */
export async function previewed(page: Page, { name }: Pick<Recording, "name">): Promise<string> {
  const summary = page.getByRole("region", { name: "Summary" });
  await summary.getByText(name).waitFor({ timeout: 60_000 });
  return summary.innerText();
}

/** Seals, sends and takes the receipt away; gives the receipt's path on this disk. */
export async function sealAndSend(page: Page, name: string): Promise<string> {
  await page.getByRole("button", { name: "Seal and send" }).click();
  await page.getByText(`${name} is sealed and sent`).waitFor({ timeout: 60_000 });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download receipt" }).click(),
  ]);
  return saved(download);
}

async function saved(download: Download): Promise<string> {
  const path = await download.path();
  expect(basename(download.suggestedFilename())).toMatch(/^breakwater-receipt-.*\.json$/);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ t: "receipt" });
  return path;
}

export const viewer = (page: Page): FrameLocator => page.frameLocator('iframe[title="File viewer"]');

export function viewerFrame(page: Page): Frame {
  const frame = page.frames().find((one) => one.url().endsWith("/viewer.html"));
  if (!frame) throw new Error("The viewer is not on the page.");
  return frame;
}

/** Asks for the index of a file, with a reason, and waits until the sandbox shows it. */
export async function openIndex(page: Page, reason: string): Promise<void> {
  await page.getByLabel("Reason").fill(reason);
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await viewer(page).getByRole("grid", { name: "Requests" }).waitFor({ timeout: 30_000 });
}

/** Opens a further part from within the sandbox. */
export async function openMore(page: Page, what: "Open headers" | "Open bodies", reason: string): Promise<void> {
  await viewer(page).getByRole("button", { name: what }).first().click();
  const dialog = page.getByRole("dialog", { name: what });
  await dialog.getByLabel("Reason").fill(reason);
  await dialog.getByRole("button", { name: "Open", exact: true }).click();
  await dialog.waitFor({ state: "hidden", timeout: 30_000 });
}
