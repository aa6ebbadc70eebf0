import { describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";
import { createHttp } from "./http.ts";

describe("readConfig()", () => {
  it("listens on loopback with embedded engines when nothing is set", () => {
    expect(readConfig({})).toMatchObject({
      listen: { host: "localhost", port: 7410 },
      databaseUrl: undefined,
      releaser: undefined,
      trustedProxies: [],
    });
  });

  it.each([
    ["BREAKWATER_URL", "desk.example.com"],
    ["BREAKWATER_URL", "http://desk.example.com"],
    ["BREAKWATER_URL", "https://user:secret@desk.example.com"],
    ["BREAKWATER_PORT", "70000"],
    ["BREAKWATER_QUOTA_GB", "much"],
    ["BREAKWATER_LOG", "loud"],
    ["RELEASER_URL", "file:///etc"],
    ["BREAKWATER_RELEASERS", "key http://127.0.0.1:1"],
    ["BREAKWATER_TRUSTED_PROXIES", "10.0.0.0/33"],
    ["BREAKWATER_TRUSTED_PROXIES", "proxy.example.com"],
  ])("names %s when it says %s, and no secret in it", (name, value) => {
    const read = (): unknown => readConfig({ [name]: value });
    expect(read).toThrow(name);
    expect(read).not.toThrow("secret");
  });
});

describe("createHttp()", () => {
  const addressSeen = async (trustedProxies: readonly string[]): Promise<string> => {
    const app = await createHttp({ version: "0", logLevel: "fatal", secure: false, trustedProxies });
    app.get("/address", async (request) => request.ip);
    const answer = await app.inject({
      url: "/address",
      headers: { "x-forwarded-for": "203.0.113.9" },
      remoteAddress: "127.0.0.1",
    });
    await app.close();
    return answer.body;
  };

  it("[vault 40] ignores X-Forwarded-For from anybody but the operator's own proxy", async () => {
    expect(await addressSeen([])).toBe("127.0.0.1");
    expect(await addressSeen(["10.0.0.0/8"])).toBe("127.0.0.1");
    expect(await addressSeen(["127.0.0.1"])).toBe("203.0.113.9");
  });
});
