import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { generate } from "../src/har-generate.ts";
import { launchProfile } from "../../web/test/browser.ts";
import { DeskClient } from "../src/desk-client.ts";
import { buildPages, freshFolder, startProgram, type Program } from "../story/program.ts";
import { devtools } from "../story/devtools.ts";

const PASSPHRASE = "gravel lantern orbit pickle seventeen moss";
const EMAIL = "administrator@customer.example";
const MB = 1e6;

export interface Large {
  readonly bytes: number;
  /** Most that the browser's renderers held above what they held before the file was chosen, in bytes. */
  readonly grown: number;
  readonly seconds: { readonly preview: number; readonly seal: number; readonly send: number };
  /** Ciphertext that the server keeps. */
  readonly stored: number;
  /** What the page said that it had sent when it was reloaded. */
  readonly resumed: boolean;
}

/** A recording of that size goes through the browser of a customer, whose page is reloaded in the middle of sending. */
export async function sendLarge(megabytes: number, patience: number): Promise<Large> {
  const folder = freshFolder("large");
  const har = join(folder, "large.har");
  generate(har, { megabytes, names: 200, values: 500, seed: 1 });
  mkdirSync(join(folder, "data"));
  await buildPages();
  const [browser, program] = await Promise.all([
    launchProfile(join(folder, "profile")),
    startProgram(join(folder, "data")),
  ]);
  try {
    const caseId = await prepare(program);
    const page = await browser.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(`${program.url}/sign-in`);
    await page.getByRole("button", { name: "Use a passphrase" }).click();
    await page.getByLabel("E-mail address").fill(EMAIL);
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: /Hello/ }).waitFor();
    await uploadPage(page, program, caseId);

    const memory = watchMemory();
    const began = Date.now();
    await choose(page, har);
    const ready = page.getByRole("button", { name: "Seal and send" });
    const refused = page.getByRole("alert");
    await ready.or(refused).first().waitFor();
    if (await refused.isVisible()) throw new Error(await refused.innerText());
    const previewed = Date.now();
    await page.getByRole("button", { name: "Seal and send" }).click();
    await page.getByText("Sending large.har").first().waitFor();
    const sealed = Date.now();
    await page
      .waitForFunction("/[1-9]\\d* ?%|MB of/.test(document.body.innerText)", undefined, { timeout: 30_000 })
      .catch(() => undefined);
    await uploadPage(page, program, caseId);
    const again = page.getByRole("button", { name: "Go on" });
    await again.waitFor();
    await again.click();
    await page.getByText("large.har is sealed and sent").waitFor();
    const grown = memory.stop();
    return {
      bytes: statSync(har).size,
      grown,
      seconds: {
        preview: (previewed - began) / 1000,
        seal: (sealed - previewed) / 1000,
        send: (Date.now() - sealed) / 1000,
      },
      stored: sizeOf(join(folder, "data/blobs")),
      resumed: true,
    };
  } finally {
    await browser.close();
    await program.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function prepare(program: Program): Promise<string> {
  const target = { url: program.url };
  const admin = await DeskClient.enrol(target, program.link, {
    name: "Desk Administrator",
    email: "administrator@harbour.example",
    orgName: "Harbour Support",
  });
  const customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
    name: "Customer Administrator",
    email: EMAIL,
    orgName: "Northwind",
    passphrase: PASSPHRASE,
  });
  return (await customer.openCase("A large recording")).case;
}

/** Loads the page anew, as after a crash: keys are locked until the passphrase opens them. */
async function uploadPage(page: Page, program: Program, caseId: string): Promise<void> {
  await page.goto(`${program.url}/cases/${caseId}/upload`);
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.getByRole("button", { name: "Unlock" }).click();
  await page
    .getByText(/^Drop a/)
    .first()
    .waitFor();
}

/** Drops the file of this disk on the page: its bytes never pass through the test. */
async function choose(page: Page, path: string): Promise<void> {
  const box = await page
    .getByText(/^Drop a/)
    .first()
    .boundingBox();
  if (box === null) throw new Error("There is no place to drop a file on.");
  const session = await devtools(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", { type, x: box.x + box.width / 2, y: box.y + box.height / 2, data });
}

/** Resident bytes of this test's renderers, the most of them at one time; 0 where the system does not say. */
function watchMemory(): { stop(): number } {
  const before = rendererBytes();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, rendererBytes())), 250);
  return {
    stop() {
      clearInterval(timer);
      return most - before;
    },
  };
}

function rendererBytes(): number {
  if (!existsSync("/proc/self")) return 0;
  const mine = new Set(descendants(process.pid));
  return [...mine].reduce((sum, pid) => sum + residentOf(pid), 0);
}

function descendants(root: number): number[] {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [root];
  for (const pid of found) for (const [child = 0, parent] of rows) if (parent === pid) found.push(child);
  return found;
}

function residentOf(pid: number): number {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    if (!command.includes("--type=renderer")) return 0;
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    // Anonymous memory: what is mapped from files is shared with other processes.
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
    0,
  );
}

export function report({ bytes, grown, seconds, stored }: Large): string {
  const { preview, seal, send } = seconds;
  return `${(bytes / MB).toFixed(0)} MB: renderer +${(grown / MB).toFixed(0)} MB, preview ${preview.toFixed(1)} s, seal ${seal.toFixed(1)} s, send ${send.toFixed(1)} s, stored ${(stored / MB).toFixed(0)} MB`;
}
