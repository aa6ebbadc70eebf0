import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BufferSink, bytesSource, sanitise, splitParts, type PartName } from "@breakwater/har";
import type { Browser, Frame, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDocuments } from "../vite.config.ts";
import { complaints, launch } from "./browser.ts";
import { serveDist, type Served } from "./serve.ts";

const root = resolve(import.meta.dirname, "../..");
const recording = join(
  resolve(root, process.env["BREAKWATER_SHARED"] ?? "../shared"),
  "data/har/corpus/jonluca_har-to-openapi__ericduran.github.io.har",
);
const present = existsSync(recording);
if (!present)
  console.warn(`There is no recording at ${recording}: the viewer is tested with a small one. Set BREAKWATER_SHARED.`);

const SMALL = JSON.stringify({
  log: {
    version: "1.2",
    creator: { name: "test", version: "1" },
    entries: [
      {
        startedDateTime: "2026-01-01T00:00:00.000Z",
        time: 12,
        request: {
          method: "POST",
          url: "https://example.com/a?b=c",
          httpVersion: "h2",
          headers: [{ name: "accept", value: "*/*" }],
          cookies: [],
          queryString: [{ name: "b", value: "c" }],
          headersSize: -1,
          bodySize: 2,
          postData: { mimeType: "application/json", text: "{}" },
        },
        response: {
          status: 200,
          statusText: "OK",
          httpVersion: "h2",
          headers: [],
          cookies: [],
          content: { size: 20, mimeType: "text/html", text: "<script>alert(1)</script>" },
          redirectURL: "",
          headersSize: -1,
          bodySize: 20,
        },
        cache: {},
        timings: { send: 1, wait: 10, receive: 1 },
      },
    ],
  },
});

let dist: string;
let served: Served;
let browser: Browser;
let page: Page;
let heard: string[];
let parts: Record<PartName, string>;

beforeAll(async () => {
  parts = await partsOf(present ? readFileSync(recording) : new TextEncoder().encode(SMALL));
  dist = mkdtempSync(join(tmpdir(), "breakwater-web-"));
  await buildDocuments(dist, ["viewer.html", "engine.html", "test/harness.html"]);
  served = await serveDist(dist, { document: "harness.html" });
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  heard = complaints(page);
  await page.goto(served.url);
  await page.evaluate(MOUNT);
  await page.evaluate("mounted");
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
  if (dist) rmSync(dist, { recursive: true, force: true });
});

/** The page's side of the protocol, as features/view/frame.tsx speaks it. */
const MOUNT = `
  globalThis.wants = [];
  globalThis.mounted = new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.src = "/viewer.html";
    Object.assign(frame.style, { position: "fixed", inset: "0", width: "100%", height: "100%", border: "0" });
    addEventListener("message", ({ source, data, origin }) => {
      if (source !== frame.contentWindow || data !== "breakwater-viewer") return;
      globalThis.viewerOrigin = origin;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => wants.push(data);
      frame.contentWindow.postMessage({ kind: "init", locale: "en", theme: globalThis.theme ?? "light" }, "*", [port2]);
      globalThis.control = port1;
      resolve();
    });
    document.body.append(frame);
  });
  globalThis.give = (role, text, ending = "end") => {
    const { port1, port2 } = new MessageChannel();
    control.postMessage({ kind: "part", role, watermark: { reader: "Support Engineer", at: "2026-01-02T03:04:05.678Z", leaf: 41 }, until: Date.now() + 3600e3 }, [port2]);
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += 65536) port1.postMessage({ kind: "bytes", bytes: bytes.slice(at, at + 65536) });
    port1.postMessage({ kind: ending });
  };`;

test("viewer.html has an origin of its own, no network, no storage, no WebRTC and no way to a worker", async () => {
  const inside = await viewer().evaluate(`(async () => {
    const tried = (act) => { try { return String(act()); } catch (error) { return error.name; } };
    const image = new Image();
    const loaded = new Promise((resolve) => { image.onload = () => resolve("loaded"); image.onerror = () => resolve("blocked"); });
    image.src = "/favicon.ico";
    return {
      origin: self.origin,
      fetch: typeof fetch, xhr: typeof XMLHttpRequest, socket: typeof WebSocket, rtc: typeof RTCPeerConnection, webkit: typeof webkitRTCPeerConnection, transport: typeof WebTransport, events: typeof EventSource, worker: typeof Worker, open: typeof globalThis.open, idb: typeof indexedDB,
      beacon: typeof navigator.sendBeacon, service: tried(() => navigator.serviceWorker),
      local: tried(() => localStorage.length), session: tried(() => sessionStorage.length), cookie: tried(() => document.cookie),
      parent: tried(() => parent.document.title), markup: tried(() => { document.body.innerHTML = "<b>x</b>"; return "written"; }),
      fresh: tried(() => { const frame = document.createElement("iframe"); document.body.append(frame); const found = typeof frame.contentWindow?.RTCPeerConnection; frame.remove(); return found; }),
      image: await loaded,
    };
  })()`);
  expect(inside).toEqual({
    origin: "null",
    fetch: "undefined",
    xhr: "undefined",
    socket: "undefined",
    rtc: "undefined",
    webkit: "undefined",
    transport: "undefined",
    events: "undefined",
    worker: "undefined",
    open: "undefined",
    idb: "undefined",
    beacon: "undefined",
    service: "undefined",
    local: "SecurityError",
    session: "SecurityError",
    cookie: "SecurityError",
    parent: "SecurityError",
    markup: "TypeError",
    fresh: "SecurityError",
    image: "blocked",
  });
  expect(await page.evaluate("viewerOrigin")).toBe("null");
  heard.length = 0;
});

test("the viewer shows the index, asks the page for more, and shows headers and bodies as inert text", async () => {
  await give("index");
  const frame = page.frameLocator("iframe");
  await frame.getByRole("grid").locator("[role=row]").nth(1).waitFor();
  expect(await frame.getByText("Support Engineer").count()).toBeGreaterThan(10);
  await frame.getByRole("button", { name: "Open headers" }).click();
  expect(await page.evaluate("wants")).toEqual([{ kind: "want", roles: ["headers"] }]);
  for (const role of ["headers", "requestBodies", "responseBodies"] as const) await give(role);
  await frame.getByRole("grid").locator("[role=row]").nth(1).click();
  await frame.getByRole("tab", { name: "Headers" }).click();
  await frame.getByText(/Request headers/).waitFor();
  await frame.getByRole("tab", { name: "Response body" }).click();
  await frame.getByRole("region", { name: "Body" }).first().waitFor();
  expect(
    await viewer().evaluate("document.querySelectorAll('#root script, #root img, #root iframe, #root object').length"),
  ).toBe(0);
  expect(heard).toEqual([]);
});

test("a part that breaks off is shown not at all", async () => {
  await give("headers", parts.headers.slice(0, 500), "broken");
  await expect.poll(() => page.evaluate("wants")).toContainEqual({ kind: "broken", role: "headers" });
  await page.frameLocator("iframe").getByRole("tab", { name: "Headers" }).click();
  await page.frameLocator("iframe").getByText("did not arrive whole").waitFor();
});

function give(role: PartName, text = parts[role], ending = "end"): Promise<unknown> {
  return page.evaluate(`give(${JSON.stringify(role)}, ${JSON.stringify(text)}, ${JSON.stringify(ending)})`);
}

function viewer(): Frame {
  const frame = page.frames().find((one) => one.url().endsWith("/viewer.html"));
  if (!frame) throw new Error("The viewer's frame is not there.");
  return frame;
}

async function partsOf(bytes: Uint8Array): Promise<Record<PartName, string>> {
  const clean = new BufferSink();
  await sanitise(bytesSource(bytes), clean, { key: new Uint8Array(32).fill(7) });
  const sinks = {
    index: new BufferSink(),
    headers: new BufferSink(),
    requestBodies: new BufferSink(),
    responseBodies: new BufferSink(),
  };
  await splitParts(bytesSource(clean.bytes()), sinks);
  const text = (sink: BufferSink): string => new TextDecoder().decode(sink.bytes());
  return {
    index: text(sinks.index),
    headers: text(sinks.headers),
    requestBodies: text(sinks.requestBodies),
    responseBodies: text(sinks.responseBodies),
  };
}
