import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, test } from "vitest";
import {
  BufferSink,
  bytesSource,
  HarError,
  Meter,
  openPolicy,
  parsePolicy,
  sanitise,
  scan,
  signerFrom,
  signManifest,
  signPolicy,
  verifyManifest,
  type Policy,
  type SanitiseOptions,
} from "../src/index.ts";
import { leaks } from "./leak-check.ts";

const shared = process.env["BREAKWATER_SHARED"] ?? join(import.meta.dirname, "../../../../shared");
const canaries = join(shared, "data/har/canary/canaries.json");
const hasShared = existsSync(canaries);
if (!hasShared)
  console.log("No shared data: the strict mode is not measured on the canary file. Set BREAKWATER_SHARED.");

const enc = new TextEncoder();
const key = new Uint8Array(32).fill(3);

function har(url: string, body: string): Uint8Array {
  const message = {
    httpVersion: "HTTP/1.1",
    headers: [{ name: "Content-Type", value: "application/json" }],
    cookies: [],
    headersSize: -1,
    bodySize: 0,
  };
  const entry = {
    startedDateTime: "2026-11-24T00:00:00.000Z",
    time: 1,
    request: { method: "GET", url, ...message, queryString: [] },
    response: {
      status: 200,
      statusText: "OK",
      ...message,
      content: { size: body.length, mimeType: "application/json", text: body },
      redirectURL: "",
    },
    cache: {},
    timings: { send: 0, wait: 1, receive: 0 },
  };
  return enc.encode(
    JSON.stringify({ log: { version: "1.2", creator: { name: "t", version: "1" }, entries: [entry] } }),
  );
}

async function run(input: Uint8Array, options: Partial<SanitiseOptions>) {
  const sink = new BufferSink();
  const report = await sanitise(bytesSource(input), sink, { key, ...options });
  return { report, text: new TextDecoder().decode(sink.bytes()) };
}

const policy = (members: object): Policy =>
  parsePolicy(JSON.stringify({ format: "breakwater-har-policy/1", name: "test", ...members }));

test("policy redactNames makes every value under the name secret, also where it is repeated", async () => {
  const input = har(
    "https://a.example/x?branch=Main+Street+Office",
    JSON.stringify({ costCentre: "Rotterdam West 7", note: "for Rotterdam West 7 only" }),
  );
  expect((await run(input, {})).text).toContain("Rotterdam West 7");
  const { text } = await run(input, { policy: policy({ redactNames: ["cost-centre", "branch"] }) });
  expect(text).not.toContain("Rotterdam West 7");
  expect(text).not.toContain("Main+Street");
});

test("policy keepNames loosens by name only, and is recorded", async () => {
  const input = har(
    "https://a.example/",
    JSON.stringify({ answer: "forty-two and a bit", token: "Zq8Xw7Vu6Ts5Rq4Po3Nm2Lk1" }),
  );
  expect((await run(input, {})).text).not.toContain("forty-two");
  const { text, report } = await run(input, { policy: policy({ keepNames: ["Answer", "token"] }) });
  expect(text).toContain("forty-two and a bit");
  expect(text).not.toContain("Zq8Xw7Vu6Ts5Rq4Po3Nm2Lk1");
  expect(report.loosened).toEqual(["answer", "token"]);
});

test.each([
  ["not JSON", "{"],
  ["an unknown member", '{"format":"breakwater-har-policy/1","name":"x","keepName":["a"]}'],
  ["a name that opens sessions", '{"format":"breakwater-har-policy/1","name":"x","keepNames":["Set-Cookie"]}'],
  ["another format", '{"format":"x","name":"x"}'],
  [
    "too many names",
    JSON.stringify({
      format: "breakwater-har-policy/1",
      name: "x",
      redactNames: Array.from({ length: 1001 }, (_, i) => `n${i}`),
    }),
  ],
  ["an unknown mode", '{"format":"breakwater-har-policy/1","name":"x","mode":"lax"}'],
])("parsePolicy refuses %s", (_, text) => {
  expect(() => parsePolicy(text)).toThrow(HarError);
});

test("openPolicy accepts the administrator's signature and no other", async () => {
  const signer = await signerFrom(new Uint8Array(32).fill(1));
  const other = await signerFrom(new Uint8Array(32).fill(2));
  const mine = policy({ mode: "strict", redactNames: ["x1"] });
  const signed = structuredClone(await signPolicy(mine, signer));
  const json = JSON.parse(JSON.stringify(signed));
  await expect(openPolicy(json, signer.publicKey)).resolves.toEqual(mine);
  await expect(openPolicy(json, other.publicKey)).rejects.toThrow("signature");
  json.document.redactNames = [];
  await expect(openPolicy(json, signer.publicKey)).rejects.toThrow("signature");
});

test("a policy that asks for strict wins over the caller's mode", async () => {
  const { report, text } = await run(har("https://a.example/x", '{"hello":"world"}'), {
    mode: "support",
    policy: policy({ mode: "strict" }),
  });
  expect(report.mode).toBe("strict");
  expect(text).not.toContain("world");
});

test("verifyManifest notices another file, another signer, and a policy that loosened", async () => {
  const signer = await signerFrom(new Uint8Array(32).fill(1));
  const sink = new BufferSink();
  const loose = policy({ keepNames: ["answer"] });
  const meter = new Meter(bytesSource(har("https://a.example/", '{"answer":"forty-two and a bit"}')), sink, key);
  const report = await sanitise(meter.source, meter.sink, { key, policy: loose });
  const signed = JSON.parse(
    JSON.stringify(
      await signManifest(meter.manifest(report, { at: new Date(0), mode: "support", policy: loose }), signer),
    ),
  );
  const check = (bytes: Uint8Array, trusted = signer.publicKey) => verifyManifest(signed, trusted, bytesSource(bytes));
  expect(await check(sink.bytes())).toEqual({ ok: true, problems: ["loosened"] });
  expect(await check(enc.encode("{}"))).toMatchObject({ ok: false, problems: ["output", "loosened"] });
  expect(await check(sink.bytes(), (await signerFrom(new Uint8Array(32).fill(2))).publicKey)).toEqual({
    ok: false,
    problems: ["signature"],
  });
});

test("Meter refuses a file that changes between the two readings", async () => {
  let opened = 0;
  const first = har("https://a.example/1", "{}");
  const second = har("https://a.example/2", "{}");
  const meter = new Meter({ open: () => bytesSource(opened++ === 0 ? first : second).open() }, new BufferSink(), key);
  await expect(sanitise(meter.source, meter.sink, { key })).rejects.toMatchObject({ code: "har.changed" });
});

it.skipIf(!hasShared)("A1 strict: 0 of 110 planted values are left in the canary file", async () => {
  const planted: Record<string, { value: string }> = JSON.parse(readFileSync(canaries, "utf8"));
  const { text } = await run(readFileSync(join(shared, "data/har/canary/canary.har")), { mode: "strict" });
  const values = Object.values(planted).map((item) => item.value);
  expect(values).toHaveLength(110);
  expect(leaks(text, values)).toEqual([]);
  expect(JSON.parse(text).log.entries).toHaveLength(86);
  expect((await scan(bytesSource(enc.encode(text)), { key })).report.findings).toEqual([]);
});
