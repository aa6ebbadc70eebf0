import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { ERROR_STATUS, PATHS } from "@breakwater/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enrol, invite, type TestPerson } from "../../testing/src/client.ts";
import { startServer, type TestServer } from "../../testing/src/server.ts";
import { readConfig } from "../src/config.ts";
import { problemOf } from "../src/http.ts";
import { explain, start } from "../src/main.ts";

let server: TestServer;
let admin: TestPerson;
let customer: TestPerson;
beforeAll(async () => {
  server = await startServer();
  admin = await enrol(server.enrolment ?? "");
  customer = await enrol(await invite(admin, { for: "customer", role: "admin" }));
}, 120_000);
afterAll(() => server.destroy());

describe("start()", () => {
  it("says which process holds the data directory, and stops at once", async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts")], {
      env: { BREAKWATER_DATA: server.directory, BREAKWATER_URL: "http://localhost:7499" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let complaint = "";
    child.stderr.on("data", (data: Buffer) => (complaint += data.toString()));
    const [code] = await once(child, "close");
    expect(code).toBe(1);
    expect(complaint).toContain(`Process ${process.pid} already uses this data directory`);
    expect(complaint).not.toContain("    at ");
  });

  it("says that the port is in use, and gives everything back", async () => {
    const other = createServer().listen(0, "localhost");
    await once(other, "listening");
    const address = other.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const config = readConfig({
      BREAKWATER_DATA: join(server.directory, "second"),
      BREAKWATER_URL: `http://localhost:${port}`,
      BREAKWATER_LOG: "fatal",
    });
    const options = { config, web: null, now: Date.now };
    const error = await start(options).catch((cause: unknown) => cause);
    expect(explain(error, config)).toContain(`Port ${port} is in use`);
    other.close();
    await once(other, "close");
    // Nothing holds the directory any more: lock, releaser and database are free again.
    await (await start(options)).close();
  });
});

describe("createHttp()", () => {
  it("describes every route of the contract in OpenAPI 3.1", async () => {
    const { openapi, paths } = (await (await fetch(`${server.url}${PATHS.openapi}`)).json()) as {
      openapi: string;
      paths: Record<string, object>;
    };
    expect(openapi).toBe("3.1.0");
    const described = Object.keys(paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ":$1"));
    for (const [name, path] of Object.entries(PATHS)) {
      if (["openapi", "logTile", "upload", "uploads"].includes(name)) continue;
      expect(described, name).toContain(path);
    }
  });

  it("answers with headers that keep everything out of caches, frames and other origins", async () => {
    for (const path of [PATHS.status, PATHS.me, "/nothing"]) {
      const { headers } = await fetch(`${server.url}${path}`);
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  it.each([
    ["not JSON", "{", 400, "request.invalid"],
    ["a wrong shape", '{"token":7}', 400, "request.invalid"],
    ["too much", JSON.stringify({ token: "A".repeat(1_100_000) }), 413, "request.tooLarge"],
    ["an unknown token", JSON.stringify({ token: "A".repeat(43) }), 404, "invite.unknown"],
    ["a token that is none", JSON.stringify({ token: "A" }), 404, "invite.unknown"],
  ])("answers a body that is %s with its code", async (_, body, status, code) => {
    const response = await fetch(`${server.url}${PATHS.enrolStart}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it("tells nothing about an error that it does not know", () => {
    const problem = problemOf(new Error("select * from secrets"));
    expect(problem.code).toBe("server.failed");
    expect(problem.message).not.toContain("secrets");
    expect(problem.status).toBe(ERROR_STATUS["server.failed"]);
  });
});

describe("eventsRoute()", () => {
  it("tells customers of their own organisation only, and staff of all", async () => {
    const other = await enrol(await invite(admin, { for: "customer", role: "admin" }));
    const listen = async (person: TestPerson) => {
      const controller = new AbortController();
      const response = await person.client.send("GET", PATHS.events, { signal: controller.signal });
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      expect(response.headers.get("cache-control")).toBe("no-store");
      let text = "";
      const reading = (async () => {
        const decoder = new TextDecoder();
        for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
      })().catch(() => {});
      return {
        text: () => text,
        stop: async () => {
          controller.abort();
          await reading;
        },
      };
    };
    const streams = await Promise.all([listen(customer), listen(other), listen(admin)]);
    await invite(customer, { for: "member", role: "member" });
    for (let i = 0; i < 100 && !streams[0]?.text().includes("config.change"); i++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const [own, stranger, staff] = streams.map(({ text }) => text());
    expect(own).toContain(`"type":"config.change","org":"${customer.org}"`);
    expect(stranger).not.toContain(customer.org);
    expect(staff).toContain(customer.org);
    for (const stream of streams) await stream.stop();
    expect((await fetch(`${server.url}${PATHS.events}`)).status).toBe(401);
  });

  it("ends with the session, and gives one session 20 streams", async () => {
    const { client } = await enrol(await invite(admin, { for: "customer", role: "admin" }));
    const open = await Promise.all(Array.from({ length: 20 }, () => client.send("GET", PATHS.events)));
    expect(open.every(({ status }) => status === 200)).toBe(true);
    expect((await client.call("GET", PATHS.events)).body.code).toBe("request.rateLimited");
    expect((await client.call("DELETE", PATHS.session)).status).toBe(200);
    // Sooner than the next beat, which would notice as well.
    const before = Date.now();
    await Promise.all(open.map((response) => response.text()));
    expect(Date.now() - before).toBeLessThan(5000);
  });
});
