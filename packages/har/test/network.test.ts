import dns from "node:dns";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bytesSource, inspect } from "../src/index.ts";
import { body, har, KEY, run } from "./support.ts";

/** Every way of Node to reach a network, each of which is noted and refused. */
const doors: readonly [Record<string, unknown>, string][] = [
  [net.Socket.prototype as unknown as Record<string, unknown>, "connect"],
  [dns, "lookup"],
  [globalThis, "fetch"],
  [globalThis, "WebSocket"],
];
let before: unknown[] = [];
let tried: string[] = [];

beforeEach(() => {
  tried = [];
  before = doors.map(([owner, name]) => owner[name]);
  for (const [owner, name] of doors) {
    owner[name] = () => {
      tried.push(name);
      throw new Error(`${name} was called.`);
    };
  }
});
afterEach(() => {
  for (const [i, [owner, name]] of doors.entries()) owner[name] = before[i];
});

it("D3: sanitise and inspect ask no network, whatever addresses the recording holds", async () => {
  const file = har(body('<img src="https://tracker.example/x.png"><script src="//cdn.example/a.js#sourceMappingURL=https://m.example/a.map"></script>', "text/html"));
  await run(file);
  await inspect(bytesSource(new TextEncoder().encode(file)), { key: KEY, now: new Date(0) });
  expect(tried).toEqual([]);
});

it("D3: no dependency of the package runs a script when it is installed", () => {
  const require = createRequire(import.meta.url);
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const names = Object.keys(dependencies);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    const paths = require.resolve.paths(name) ?? [];
    const found = paths.map((path) => `${path}/${name}/package.json`).find((path) => tryRead(path) !== undefined);
    const { scripts = {} }: { scripts?: Record<string, string> } = JSON.parse(tryRead(found ?? "") ?? "{}");
    expect(found, name).toBeDefined();
    expect(Object.keys(scripts).filter((script) => /^(?:pre|post)?install$/.test(script)), name).toEqual([]);
  }
});

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
