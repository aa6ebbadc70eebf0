import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { CDPSession, Frame, Page } from "playwright-core";
import { devtools } from "./devtools.ts";

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
const SCHEMES = ["light", "dark"] as const;

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** Looks at every page that the story comes by: wide and narrow, light and dark, with axe in both. */
export class Looks {
  readonly folder: string;
  /** What axe calls serious or critical, by page. */
  readonly findings: string[] = [];
  #count = 0;
  pages = 0;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** `frame`: a sandboxed frame on the page, which axe has to be brought into separately. */
  async at(page: Page, name: string, frame?: Frame): Promise<void> {
    const number = String(++this.#count).padStart(2, "0");
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const viewport of [NARROW, WIDE]) {
        await page.setViewportSize(viewport);
        await settled(page.mainFrame());
        // The frame learns its new size one turn later than the page around it.
        if (frame) await settled(frame);
        await page.screenshot({ path: join(this.folder, `${number}-${name}-${viewport.width}-${colorScheme}.png`) });
        this.#wider(await overflow(page), `${name} ${viewport.width}`);
      }
      this.#note(`${name} ${colorScheme}`, await audit(page, page.mainFrame()));
      if (frame) this.#note(`${name} ${colorScheme}, in the frame`, await audit(page, frame));
      this.pages++;
    }
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  }

  #note(where: string, violations: readonly Violation[]): void {
    for (const { id, impact, nodes } of violations) {
      if (impact !== "serious" && impact !== "critical") continue;
      const places = nodes
        .slice(0, 3)
        .map(
          ({ target, failureSummary = "" }) =>
            `${target.join(" ")} (${failureSummary.replace(/\s+/g, " ").slice(0, 160)})`,
        );
      this.findings.push(`${where}: ${impact} ${id}: ${places.join("; ")}`);
    }
  }

  #wider(pixels: number, where: string): void {
    if (pixels > 0) this.findings.push(`${where}: the page is ${pixels} pixels wider than its window`);
  }
}

async function settled(frame: Frame): Promise<void> {
  await frame.evaluate(async () => {
    await document.fonts.ready;
    const width = innerWidth;
    for (let turn = 0; turn < 20; turn++) {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const ending = document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity);
      await Promise.all(ending.map((animation) => animation.finished.catch(() => undefined)));
      if (turn > 0 && innerWidth === width) break;
    }
  });
}

function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

/** The watermark is faint by intent: what it lies over must stay legible, and the page says the same elsewhere. */
const INCIDENTAL = JSON.stringify({ exclude: [["[data-watermark]"]] });

/** Runs axe in a world of its own, where the page's policy neither forbids it nor hears of it. */
async function audit(page: Page, frame: Frame): Promise<Violation[]> {
  const session = await devtools(page, frame === page.mainFrame() ? page : frame);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", {
    frameId: frameTree.frame.id,
    worldName: "axe",
  });
  await evaluate(session, executionContextId, `${axe.source};undefined`);
  const found = await evaluate(
    session,
    executionContextId,
    `axe.run(${INCIDENTAL}, { iframes: false, resultTypes: ["violations"] }).then(({ violations }) => JSON.stringify(violations))`,
  );
  return JSON.parse(String(found)) as Violation[];
}

async function evaluate(session: CDPSession, contextId: number, expression: string): Promise<unknown> {
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
    expression,
    contextId,
    awaitPromise: true,
    returnByValue: true,
  });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}
