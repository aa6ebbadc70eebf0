import { PATHS, path } from "@breakwater/contract";
import { newId } from "@breakwater/wire";
import { readdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeskClient } from "../src/desk-client.ts";
import { startServer, type TestServer } from "../src/server.ts";

let server: TestServer;
let customer: DeskClient;
let admin: DeskClient;

beforeAll(async () => {
  server = await startServer();
  const target = { url: server.url };
  admin = await DeskClient.enrol(target, server.enrolment ?? "", { name: "Admin", email: "admin@desk.test" });
  customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
    name: "Cus",
    email: "cus@customer.test",
  });
  await customer.openCase();
}, 120_000);
afterAll(() => server?.destroy());

const MIB = 1024 * 1024;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const BODIES: Readonly<Record<string, Uint8Array>> = {
  nothing: new Uint8Array(),
  "2 MiB of one text": bytes(`{"act":"${"x".repeat(2 * MIB)}"}`),
  "100,000 lists in each other": bytes("[".repeat(100_000) + "]".repeat(100_000)),
  "100,000 objects in each other": bytes(`${'{"act":'.repeat(100_000)}1${"}".repeat(100_000)}`),
  "50,000 members": bytes(JSON.stringify(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i])))),
  "bytes that are no UTF-8": Uint8Array.from({ length: 4096 }, (_, i) => (i * 37) % 256),
  "a text": bytes('"hello"'),
  null: bytes("null"),
  "a list": bytes("[1,2,3]"),
  "a prototype": bytes('{"__proto__":{"admin":true},"constructor":{"prototype":{}},"act":{"__proto__":null}}'),
  "half an object": bytes('{"act":{"v":1,'),
  "wrong kinds": bytes(
    JSON.stringify({
      act: [],
      token: 7,
      statement: "x",
      grant: 1e308,
      rpk: "!",
      manifest: null,
      parts: {},
      case: "cas_",
      file: -1,
      user: "",
      wraps: "",
      identity: "=",
      statements: 0,
      email: 1,
      device: 1,
      response: 1,
    }),
  ),
  "a wide act": bytes(
    JSON.stringify({ act: { v: 1, t: "case.open", what: "x".repeat(900_000) }, rpk: "A", grant: null }),
  ),
};

interface Route {
  readonly method: string;
  readonly address: string;
}

/** Every address of the contract with every method that carries a body, whether the server knows the pair or not. */
function routes(): readonly Route[] {
  const ids: Readonly<Record<string, string>> = {
    case: newId("case"),
    file: newId("file"),
    part: newId("part"),
    invite: newId("invite"),
    log: customer.org,
    session: newId("session"),
    device: newId("device"),
    team: newId("team"),
    grant: newId("grant"),
    view: "1",
    set: "s".repeat(43),
  };
  const all = Object.keys(PATHS).map((name) => path(name as keyof typeof PATHS, ids).replace("*", "0/000"));
  const methods = ["POST", "PUT", "PATCH", "DELETE"];
  // These read no body: for them there is no bad one.
  const bodiless = [
    `DELETE ${PATHS.session}`,
    `DELETE ${PATHS.sessions}`,
    `POST ${PATHS.passkeyStart}`,
    `POST ${PATHS.verifyStart}`,
    `POST ${PATHS.unlocksStart}`,
  ];
  return all
    .flatMap((address) => methods.map((method) => ({ method, address })))
    .filter(({ method, address }) => !bodiless.includes(`${method} ${address}`));
}

interface Told {
  readonly status: number;
  readonly text: string;
}

async function tell(
  { browser }: DeskClient,
  { method, address }: Route,
  body: Uint8Array,
  type: string,
): Promise<Told> {
  try {
    const answer = await browser.send(method, address, {
      body,
      headers: { "content-type": type, "tus-resumable": "1.0.0", "upload-offset": "0" },
    });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    // The server may hang up on one who goes on sending after the refusal.
    if (error instanceof TypeError) return { status: 413, text: '{"code":"request.tooLarge"}' };
    throw error;
  }
}

/** What is stored: the size of each log, the files on disk, the cases. */
async function stored(): Promise<unknown> {
  const sizeOf = async (log: string): Promise<string> =>
    (await (await admin.browser.send("GET", path("logCheckpoint", { log }))).text()).split("\n")[1] ?? "";
  const disk = ["blobs", "uploads"].flatMap((name) =>
    readdirSync(join(server.directory, name), { recursive: true }).map(String),
  );
  const { cases } = await customer.browser.call<{ cases: unknown[] }>("GET", "cases");
  const { invites } = await admin.browser.call<{ invites: unknown[] }>("GET", "invites");
  return {
    desk: await sizeOf(admin.org),
    customer: await sizeOf(customer.org),
    disk,
    cases: cases.length,
    invites: invites.length,
  };
}

describe(
  "INVARIANT 9: bad input costs its sender a clear error, and nobody else anything",
  { timeout: 180_000 },
  () => {
    it.each(Object.keys(BODIES))("every route refuses this body, stores nothing, and serves on: %s", async (name) => {
      const body = BODIES[name] ?? new Uint8Array();
      const before = await stored();
      const all = routes();
      expect(all.length).toBeGreaterThan(80);
      // Enrolment and sign-in count attempts: what they answer then is a refusal as well.
      for (const route of all) {
        const { status, text } = await tell(customer, route, body, "application/json");
        const where = `${route.method} ${route.address}: ${status} ${text.slice(0, 200)}`;
        expect(status, where).toBeGreaterThanOrEqual(400);
        expect(status, where).toBeLessThan(500);
        if (!route.address.startsWith(PATHS.uploads))
          expect((JSON.parse(text) as { readonly code: string }).code, where).toMatch(/^[a-z]+\.[a-zA-Z]+$/);
        expect(text, where).not.toMatch(/node_modules|\.ts:\d+|at async/);
      }
      expect(await stored()).toEqual(before);
      expect((await customer.browser.send("GET", PATHS.status)).status).toBe(200);
    });

    it("a type that is not JSON, or none, is refused", async () => {
      const before = await stored();
      for (const type of [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "nonsense",
      ]) {
        for (const route of routes()) {
          const { status } = await tell(customer, route, bytes('{"a":1}'), type);
          expect(status, `${route.method} ${route.address} ${type}`).toBeGreaterThanOrEqual(400);
          expect(status, `${route.method} ${route.address} ${type}`).toBeLessThan(500);
        }
      }
      expect(await stored()).toEqual(before);
    });

    it("addresses that lead nowhere, out of the tree or into the database are not found", async () => {
      const odd = [
        "/v1/cases/..%2f..%2fetc%2fpasswd",
        "/v1/cases/%00",
        "/v1/files/'%20or%201=1--",
        `/v1/files/${"a".repeat(5_000)}`,
        "/v1/cases/%ff%fe",
        "/log/global/tile/0/..%2f..%2fkeys",
        `/v1/cases?limit=99999999`,
        "/v1/cases?limit=x",
        "/v1/access?before=-1",
        "/v1/access?from=1e99",
        "/v1/files/fil_a/parts/prt_b",
      ];
      for (const address of odd) {
        const { status, text } = await rawGet(address);
        expect(status, `${address} ${text}`).toBeGreaterThanOrEqual(400);
        expect(status, `${address} ${text}`).toBeLessThan(500);
      }
    });

    it("headers that are too long, and proofs and cookies that are none, are refused", async () => {
      const long = "x".repeat(100_000);
      const tries: readonly Readonly<Record<string, string>>[] = [
        { dpop: long },
        { cookie: long },
        { dpop: "a.b.c" },
        { dpop: `${"e30".repeat(2_000)}.e30.e30` },
        { cookie: "__Host-breakwater=%00" },
        { range: "bytes=0-1,2-3,".repeat(2_000) },
      ];
      for (const headers of tries) {
        const { status } = await rawGet("/v1/me", headers);
        expect(status, Object.keys(headers).join()).toBeGreaterThanOrEqual(400);
        expect(status, Object.keys(headers).join()).toBeLessThan(500);
      }
      expect((await customer.browser.send("GET", PATHS.me)).status).toBe(200);
    });
  },
);

/** As it stands: fetch would tidy the address. */
async function rawGet(address: string, headers: Readonly<Record<string, string>> = {}): Promise<Told> {
  const { port } = new URL(server.url);
  const own = {
    cookie: customer.browser.cookie ?? "",
    dpop: await customer.browser.proof("GET", address.split("?", 1)[0] ?? ""),
  };
  return new Promise((done, failed) => {
    const asked = request(
      { host: "localhost", port, path: address, method: "GET", headers: { ...own, ...headers } },
      (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
        answer.on("end", () => done({ status: answer.statusCode ?? 0, text }));
      },
    );
    asked.on("error", failed);
    asked.end();
  });
}
