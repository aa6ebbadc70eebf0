import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDocuments } from "../vite.config.ts";
import { complaints, launch } from "./browser.ts";
import { serveDist, type Served } from "./serve.ts";

const root = resolve(import.meta.dirname, "../..");
const corpus = join(resolve(root, process.env["BREAKWATER_SHARED"] ?? "../shared"), "data/har");
const present = existsSync(corpus);
if (!present) console.warn(`The HAR corpus is not at ${corpus}: its tests are skipped. Set BREAKWATER_SHARED.`);

let dist: string;
let served: Served;
let browser: Browser;
let page: Page;
let heard: string[];

beforeAll(async () => {
  dist = mkdtempSync(join(tmpdir(), "breakwater-web-"));
  await buildDocuments(dist, ["engine.html", "test/harness.html"]);
  served = await serveDist(dist, {
    document: "harness.html",
    route: (request, response) => {
      const name = /^\/har\/([\w./-]+)$/.exec(request.url ?? "")?.[1];
      if (name === undefined) return false;
      response.setHeader("cross-origin-resource-policy", "same-origin").end(readFileSync(join(corpus, name)));
      return true;
    },
  });
  browser = await launch();
  page = await browser.newPage();
  heard = complaints(page);
  await page.goto(served.url);
  await page.evaluate("breakwater.connectEngine().then((engine) => { globalThis.engine = engine; })");
  await page.evaluate(`globalThis.take = async (name) => new File([await (await fetch("/har/" + name)).blob()], name.split("/").pop());
    globalThis.left = async () => { const names = []; try { for await (const name of (await (await navigator.storage.getDirectory()).getDirectoryHandle("sanitised")).keys()) names.push(name); } catch {} return names; };`);
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
  if (dist) rmSync(dist, { recursive: true, force: true });
});

test.skipIf(!present)(
  "sanitise reports progress, counts what it replaced, and leaves no canary in any entry's preview",
  async () => {
    const result = await page.evaluate<{
      seen: number[];
      after: string[];
      changed: number;
      total: number;
      entries: number;
      open: number;
      closed: number;
      findings: string;
    }>(`(async () => {
    const seen = [];
    const sanitised = await engine.sanitise({ file: await take("canary/canary.har") }, { onProgress: (progress) => seen.push(progress.done / progress.total) });
    const after = [];
    let changed = 0;
    for (const { index } of sanitised.entries) {
      const preview = await engine.previewEntry({ handle: sanitised.handle, index });
      after.push(preview.after);
      if (preview.after !== preview.before) changed++;
    }
    const open = (await left()).length;
    await engine.dropSanitised({ handle: sanitised.handle });
    return { seen, after, changed, total: sanitised.total, entries: sanitised.entries.length, open, closed: (await left()).length, findings: JSON.stringify(sanitised.values) };
  })()`);
    const canaries = secretsIn(JSON.parse(readFileSync(join(corpus, "canary/canaries.json"), "utf8")));
    expect(canaries.length).toBeGreaterThan(20);
    expect(result.entries).toBeGreaterThan(0);
    expect(result.changed).toBeGreaterThan(0);
    expect(result.total).toBeGreaterThan(canaries.length / 2);
    expect(result.seen.at(-1)).toBe(1);
    const text = result.after.join("\n");
    expect(canaries.filter((canary) => text.includes(canary) || result.findings.includes(canary))).toEqual([]);
    expect([result.open, result.closed]).toEqual([1, 0]);
    expect(heard).toEqual([]);
  },
);

test.skipIf(!present)("sanitise refuses what is no HAR with a code, and keeps nothing of it", async () => {
  const codes = await page.evaluate(`(async () => {
    const code = (bytes) => engine.sanitise({ file: new File([bytes], "x.har") }).then(() => "taken", (error) => error.code);
    const whole = new Uint8Array(await (await take("canary/canary.har")).arrayBuffer());
    return [await code("hello"), await code("{}"), await code(whole.slice(0, whole.length / 2)), (await left()).length];
  })()`);
  expect(codes).toEqual(["har.notJson", "har.notHar", "har.truncated", 0]);
});

test.skipIf(!present)("sanitise stops when it is cancelled and deletes what it had written", async () => {
  const result = await page.evaluate(`(async () => {
    const controller = new AbortController();
    const har = JSON.parse(await (await take("corpus/jonluca_har-to-openapi__request-generator-all-status-and-method.har")).text());
    // Large enough that the work is not done before the order to stop arrives.
    har.log.entries = Array(8).fill(har.log.entries).flat();
    const file = new File([JSON.stringify(har)], "large.har");
    const answer = engine.sanitise({ file }, { signal: controller.signal, onProgress: () => controller.abort() }).then(() => "done", (error) => error.code);
    return [await answer, (await left()).length];
  })()`);
  expect(result).toEqual(["engine.cancelled", 0]);
});

/** The values of canaries.json, wherever they stand in it. */
function secretsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(secretsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === "value" && typeof member === "string" ? [member] : secretsIn(member),
  );
}
