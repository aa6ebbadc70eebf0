import { chromium, type Browser, type Page } from "playwright-core";

/** Chromium with an empty profile, and everything that it complained about on a page. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["BREAKWATER_CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export function complaints(page: Page): string[] {
  const found: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") found.push(message.text());
  });
  page.on("pageerror", (error) => found.push(error.message));
  return found;
}
