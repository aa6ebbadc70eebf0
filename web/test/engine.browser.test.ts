import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDocuments } from "../vite.config.ts";
import { complaints, launch } from "./browser.ts";
import { serveDist, type Served } from "./serve.ts";

let dist: string;
let served: Served;
let browser: Browser;
let page: Page;
let heard: string[];

beforeAll(async () => {
  dist = mkdtempSync(join(tmpdir(), "breakwater-web-"));
  await buildDocuments(dist, ["engine.html", "test/harness.html"]);
  served = await serveDist(dist, { document: "harness.html" });
  browser = await launch();
  page = await browser.newPage();
  heard = complaints(page);
  await page.goto(served.url);
  await page.evaluate("breakwater.connectEngine().then((engine) => { globalThis.engine = engine; })");
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
  if (dist) rmSync(dist, { recursive: true, force: true });
});

test("connectEngine starts the worker through engine.html under trusted-types 'none', without a complaint", async () => {
  const state = await page.evaluate("engine.state()");
  expect(state).toEqual({ pins: [], teams: [], isRoot: false });
  expect(heard).toEqual([]);
});

test("new Worker is refused on the page itself, which is why the frame exists", async () => {
  const refused = await page.evaluate(
    "(() => { try { new Worker('/assets/x.js'); return 'started'; } catch (error) { return error.name; } })()",
  );
  expect(refused).toBe("TypeError");
  heard.length = 0;
});

test("createIdentity, unlock and lock keep the keys in the worker, and a wrong passphrase says so", async () => {
  const result = await page.evaluate(`(async () => {
    const secret = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    const key = "A".repeat(43);
    const started = { kind: "first", challenge: "", rp: { id: "localhost", name: "x" }, desk: { logHost: "localhost", log: key, releaser: key, witness: "w+0123abcd+AAAA" }, invite: null, statements: [] };
    const user = "usr_" + "a".repeat(26);
    const events = [];
    engine.subscribe((event) => events.push(event.type + (event.reason ?? "")));
    const invite = await engine.readInvite({ fragment: "#" + secret });
    const made = await engine.createIdentity({ fragment: secret, started, user, name: "Admin", orgName: "Desk", unlock: { method: "passphrase", passphrase: "correct horse" } });
    const token = await engine.passphraseToken({ passphrase: "correct horse", salt: made.passphrase.salt });
    await engine.lock();
    const locked = await engine.makeInvite({ url: "https://x", for: "staff", role: "engineer", org: made.org, label: "x", statements: [] }).catch((error) => error.code);
    const unlock = (passphrase) => engine.unlock({ user, wraps: made.wraps, identity: made.identity, unlock: { method: "passphrase", passphrase } });
    const wrong = await unlock("wrong").catch((error) => error.code);
    const state = await unlock("correct horse");
    const invitation = await engine.makeInvite({ url: "https://desk.example", for: "customer", role: "admin", org: made.org, label: "Acme", statements: made.statements });
    const trust = await engine.openTrust({ statements: made.statements });
    return { invite, types: made.statements.map((one) => one.body.t), words: made.words.length, same: token.token === made.passphrase.token, locked, wrong, isRoot: state.isRoot, events, link: invitation.link, desk: trust.desk.name, people: trust.people.length, act: made.act.t };
  })()`);
  expect(result).toMatchObject({
    types: ["org.root", "desk.keys", "team", "bundle", "device"],
    words: 12,
    same: true,
    locked: "engine.locked",
    wrong: "userkey.open",
    isRoot: true,
    desk: "Desk",
    people: 1,
    act: "key.bind",
  });
  expect((result as { events: string[] }).events).toEqual(["unlocked", "lockedasked", "unlocked"]);
  expect((result as { link: string }).link).toMatch(/^https:\/\/desk\.example\/enrol#[\w-]{43}\.[\w-]{43}$/);
  expect(heard).toEqual([]);
});

test("proofFor signs with the browser's own key, the same for page and worker, whose private half cannot be exported", async () => {
  const result = await page.evaluate(`(async () => {
    const { key, dev, jwk } = await breakwater.device();
    const exported = await crypto.subtle.exportKey("jwk", key.privateKey).catch((error) => error.name);
    const proof = await breakwater.proofFor("GET", "/v1/me?x=1");
    const bound = await engine.bindDevice({ org: "org_" + "a".repeat(26) });
    const claims = JSON.parse(atob(proof.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    return { exported, same: bound.statement.body.dev === dev && bound.statement.body.jwk.x === jwk.x, htu: claims.htu, htm: claims.htm };
  })()`);
  expect(result).toEqual({ exported: "InvalidAccessError", same: true, htu: `${served.url}/v1/me`, htm: "GET" });
});
