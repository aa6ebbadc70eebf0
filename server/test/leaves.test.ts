import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isLeafType, LEAF_TYPES } from "@breakwater/ledger";
import { startServer, type TestServer } from "@breakwater/testing/src/server.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHttp } from "../src/http.ts";
import { JOBS, LEAVES } from "../src/leaves.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.destroy());

/** The server's own sources, without the table itself and without tests. */
const sources = readdirSync(join(import.meta.dirname, "../src"), { recursive: true, withFileTypes: true })
  .filter(({ name }) => name.endsWith(".ts") && !name.endsWith(".test.ts") && name !== "leaves.ts")
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
  .join("\n");
const written = Object.keys(LEAF_TYPES).filter((type) => sources.includes(`t: "${type}"`));
const named = new Set(
  [...Object.values(LEAVES), ...Object.values(JOBS)].flatMap((trace) => (typeof trace === "string" ? [] : trace)),
);

describe("[vault 24] LEAVES", () => {
  it("lets no route start that does not say what it leaves in the ledger", async () => {
    const app = await createHttp({ version: "0", logLevel: "fatal", secure: false, trustedProxies: [] });
    expect(() => app.get("/v1/cases/:case/secretly", () => "")).toThrow("add it to server/src/leaves.ts");
    await app.close();
  });

  it("names no route that does not exist", () => {
    const routes = Object.keys(LEAVES).filter((route) => {
      const [method = "", url = ""] = route.split(" ");
      return !server.app.hasRoute({ method: method as "GET", url });
    });
    expect(routes).toEqual([]);
  });

  it("names every kind of line that the server's sources write, and none that nothing writes", () => {
    expect(written.length).toBeGreaterThan(15);
    expect(written.filter((type) => !named.has(type as "file.meta"))).toEqual([]);
    for (const type of named) {
      expect(isLeafType(type)).toBe(true);
      expect(sources.includes(`"${type}"`), type).toBe(true);
    }
  });
});
