import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Page } from "playwright-core";
import type { Visitor } from "./people.ts";

/** Pictures for people to look at; tests assert on none of them. */
const SHOTS = join(import.meta.dirname, "../../test-results/web");
const WIDTHS = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const;
const SCHEMES = ["light", "dark"] as const;

interface Violation {
  readonly id: string;
  readonly impact?: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * Everything that is wrong with the page as it stands, in both themes and at both widths: WCAG 2.2 AA findings of axe that are
 * serious, content wider than the screen, and what the browser complained about. Empty when all is well.
 */
export async function inspect({ page, heard }: Visitor, name: string): Promise<string[]> {
  mkdirSync(SHOTS, { recursive: true });
  // Taken before axe runs: its own helpers are not ours.
  const found = heard.splice(0).map((text) => `browser: ${text}`);
  for (const colorScheme of SCHEMES) {
    for (const [width, viewport] of Object.entries(WIDTHS)) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      await settle(page);
      await page.screenshot({ path: join(SHOTS, `${name}-${width}-${colorScheme}.png`) });
      found.push(...(await check(page)).map((text) => `${width} ${colorScheme}: ${text}`));
    }
  }
  heard.length = 0;
  await page.setViewportSize(WIDTHS.wide);
  return found.map((text) => `${name}: ${text}`);
}

/** Two frames: the layout after a media change, and what it causes. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60))))",
  );
}

async function check(page: Page): Promise<string[]> {
  const overflow = await page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(`if (!globalThis.axe) { ${axe.source} }`);
  const violations = await page.evaluate<Violation[]>(
    `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then((result) => result.violations)`,
  );
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return [
    ...(overflow > 0 ? [`the page is ${overflow} pixels wider than the screen`] : []),
    ...serious.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} (${failureSummary?.split("\n")[1]?.trim()})`).join("; ")}`,
    ),
  ];
}
