import { describe, expect, it } from "vitest";
import { body, entry, har, run } from "./support.ts";

const HEX = "9f86d081884c7d659a2feaa0c55ad015";
const UUID = "3f2b8c1e-9d4a-4f6b-8e7c-1a2b3c4d5e6f";
const MIXED = "k3j9x0q2m7v5b8n1c4z6a9s2";

async function text(url: string, value: object): Promise<string> {
  const content = { size: 1, mimeType: "application/json", text: JSON.stringify(value) };
  const { output } = await run(har(entry({ url }, { content })));
  expect((await run(output)).output).toBe(output);
  const inner: string = JSON.parse(output).log.entries[0].response.content.text;
  return inner;
}

describe("drawn values without a telling name", () => {
  it.each([
    ["https://app.example/api/login", { result: UUID }],
    ["https://app.example/oauth/token", { d: { x: HEX } }],
    ["https://app.example/v1/sessions", { handle: MIXED }],
    ["https://app.example/auth/refresh?x=1", { list: [UUID] }],
    ["https://app.example/api/state", { localStorage: [{ name: "k", value: UUID }] }],
    ["https://app.example/api/state", { origins: [{ localStorage: { anything: HEX } }] }],
    ["https://app.example/api/state", { cookies: [{ name: "prefs", value: "short1x", path: "/" }] }],
    ["https://app.example/api/state", { cookies: { prefs: UUID } }],
    ["https://app.example/api/state", { type: "auth", blob: UUID }],
    ["https://app.example/api/state", { list: ["authenticate", HEX] }],
    ["https://app.example/api/state", { data: HEX }],
  ])("[har A1] goes from %s: %j", async (url, value) => {
    const output = await text(url, value);
    for (const secret of [HEX, UUID, MIXED, "short1x"]) expect(output).not.toContain(secret);
    expect(output).toMatch(/redacted[0-9a-f]{20}/);
  });

  it.each([
    [
      "https://app.example/api/login",
      { userId: UUID, tenant_id: UUID, requestId: UUID, groups: [UUID], etag: HEX, build: HEX },
    ],
    [
      "https://app.example/api/items",
      { id: UUID, uuid: UUID, parent: UUID, md5: HEX, sha1: HEX, traceId: HEX, items: [UUID] },
    ],
    ["https://app.example/api/items", { commit: HEX, file: `${HEX}.js`, integrity: `sha256-${HEX}`, checksum: HEX }],
    ["https://app.example/api/items", { type: "order", blob: UUID }],
    ["https://app.example/api/items", { cookies: { policy: "strict", enabled: true } }],
    [`https://app.example/items/${UUID}/files/${HEX}.css`, { ok: true }],
  ])("[har B5] stays at %s: %j", async (url, value) => {
    expect(JSON.parse(await text(url, value))).toEqual(value);
  });

  it("goes from frames of a WebSocket that authenticate, and stays in others", async () => {
    const frames = (data: object): object =>
      entry({}, {}, { _webSocketMessages: [{ type: "send", time: 1, opcode: 1, data: JSON.stringify(data) }] });
    expect((await run(har(frames({ type: "auth", payload: { a: UUID } })))).output).not.toContain(UUID);
    expect((await run(har(frames({ type: "move", payload: { a: UUID } })))).output).toContain(UUID);
  });

  it("goes from a form under a name that says nothing", async () => {
    const { output } = await run(har(body(`x=1&data=${HEX}`, "application/x-www-form-urlencoded")));
    expect(output).not.toContain(HEX);
  });
});
