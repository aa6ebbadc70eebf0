import { expect, test } from "vitest";
import { BufferSink, bytesSource, fingerprint, InventoryCollector, sanitise, watchList } from "../src/index.ts";

const enc = new TextEncoder();
const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const JWT = `${b64({ alg: "RS256", kid: "k1" })}.${b64({ iss: "https://acme.okta.com", sub: "00u1abcd2efgh", email: "Jane@acme.example", jti: "AT.7Yx9wQ2", sid: "idxSession77", exp: 1_800_000_000, scp: ["okta.users.manage"] })}.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg`;
const SID = "102kR7pQ2vXz9LmN4tYbW8sD";
const OLD = "oldQ8w7E6r5T4y3U2i1O0p";

function har(): Uint8Array {
  const entry = (url: string, headers: object[], response: object[] = [], text = "") => ({
    startedDateTime: "2026-11-24T00:00:00.000Z",
    time: 1,
    request: {
      method: "GET",
      url,
      httpVersion: "HTTP/1.1",
      headers,
      queryString: [],
      cookies: [],
      headersSize: -1,
      bodySize: 0,
    },
    response: {
      status: 200,
      statusText: "OK",
      httpVersion: "HTTP/1.1",
      headers: response,
      cookies: [],
      content: { size: text.length, mimeType: "application/json", text },
      redirectURL: "",
      headersSize: -1,
      bodySize: 0,
    },
    cache: {},
    timings: { send: 0, wait: 1, receive: 0 },
  });
  const entries = [
    entry(
      "https://acme-admin.okta.com/admin/dashboard",
      [{ name: "Cookie", value: `sid=${SID}; theme=dark` }],
      [{ name: "X-Okta-Request-Id", value: "ZrQ1abcdef0123456789" }],
    ),
    entry(
      "https://acme.okta.com/api",
      [
        { name: "Authorization", value: `Bearer ${JWT}` },
        { name: "Cookie", value: `sid=${SID}` },
      ],
      [{ name: "Set-Cookie", value: `old_session=${OLD}; Max-Age=60; HttpOnly` }],
      '{"externalSessionId":"trsXyz123456"}',
    ),
  ];
  return enc.encode(JSON.stringify({ log: { version: "1.2", creator: { name: "t", version: "1" }, entries } }));
}

async function collect(): Promise<InventoryCollector> {
  const observer = new InventoryCollector();
  await sanitise(bytesSource(har()), new BufferSink(), { key: new Uint8Array(32).fill(7), observer });
  return observer;
}

test("InventoryCollector names kind, hosts, entries, expiry and administration of each credential", async () => {
  const { items, sessions, people, advice } = (await collect()).inventory(new Date("2026-11-24T12:00:00Z"));
  const sid = items.find((item) => item.names.includes("sid"));
  expect(sid).toMatchObject({
    kind: "cookie",
    hosts: ["acme-admin.okta.com", "acme.okta.com"],
    entries: [0, 1],
    live: "unknown",
    admin: true,
    session: true,
  });
  const bearer = items.find((item) => item.kind === "bearer");
  expect(bearer).toMatchObject({
    live: "live",
    expires: "2027-01-15T08:00:00.000Z",
    issuer: "acme.okta.com",
    admin: true,
    person: "p1",
  });
  expect(bearer?.logFields).toEqual(expect.arrayContaining(["jti", "sid", "sub"]));
  expect(items.find((item) => item.names.includes("old_session"))).toMatchObject({
    live: "expired",
    expires: "2026-11-24T00:01:00.000Z",
  });
  expect(sessions).toMatchObject({ live: 1, expired: 1, admin: 2 });
  expect(people).toBe(1);
  expect(advice.join(" ")).toContain("administrator session");
  expect(advice.join(" ")).toContain("Clear user sessions");
});

test("watchList holds keyed fingerprints and no credential", async () => {
  const key = new Uint8Array(32).fill(9);
  const collector = await collect();
  const list = watchList(collector, key, new Date("2026-11-24T12:00:00Z"));
  expect(list.credentials.map((item) => item.fingerprint)).toContain(fingerprint(key, SID));
  expect(list.logIds).toContainEqual({ field: "jti", fingerprint: fingerprint(key, "AT.7Yx9wQ2") });
  expect(list.logIds).toContainEqual({ field: "externalSessionId", fingerprint: fingerprint(key, "trsXyz123456") });
  expect(list.requestIds[0]).toMatchObject({ header: "x-okta-request-id", host: "acme-admin.okta.com" });
  expect(list.people).toEqual([{ person: "jane@acme.example", fingerprint: fingerprint(key, "jane@acme.example") }]);
  const text = JSON.stringify([list, collector.inventory(new Date())]);
  for (const value of [SID, OLD, JWT, "c2lnbmF0dXJl", "AT.7Yx9wQ2", "trsXyz123456"]) expect(text).not.toContain(value);
});

test("fingerprint refuses a key of the wrong length", () => {
  expect(() => fingerprint(new Uint8Array(5), "x")).toThrow("exactly 32 random bytes");
});
