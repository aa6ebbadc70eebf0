import { expect, test } from "vitest";
import {
  BufferSink,
  InventoryCollector,
  liveStandIns,
  bytesSource,
  parsePolicy,
  providerOf,
  sanitise,
  type Observer,
  type SanitiseOptions,
} from "../src/index.ts";

const EMAIL = "customer.administrator@corp.example";
const TOKEN = "Zq81kfPw02LmxA7tHu63Vb5n";
const key = new Uint8Array(32).fill(7);

const har = {
  log: {
    version: "1.2",
    creator: { name: "demo", version: "1" },
    entries: [0, 1].map((at) => ({
      startedDateTime: "2026-11-24T00:00:00.000Z",
      request: {
        method: "GET",
        url: `https://app.example/people/${at}?access_token=${TOKEN}`,
        headers: [{ name: "Cookie", value: `sid=Xy7Kq0Lw93mNa8BvTc64` }],
      },
      response: {
        status: 200,
        headers: [],
        content: {
          mimeType: "application/json",
          text: JSON.stringify({ email: EMAIL, again: TOKEN, sid: "Xy7Kq0Lw93mNa8BvTc64" }),
        },
      },
    })),
  },
};

async function run(options: Partial<SanitiseOptions> = {}) {
  const standIns = new Map<string, { rules: Set<string>; places: number }>();
  const observer: Observer = {
    entry: () => undefined,
    secret: () => undefined,
    replaced: (standIn, rule) => {
      const one = standIns.get(standIn ?? "") ?? { rules: new Set(), places: 0 };
      one.rules.add(rule);
      one.places++;
      standIns.set(standIn ?? "", one);
    },
  };
  const sink = new BufferSink();
  const report = await sanitise(bytesSource(new TextEncoder().encode(JSON.stringify(har))), sink, {
    key,
    observer,
    ...options,
  });
  return { text: new TextDecoder().decode(sink.bytes()), report, standIns };
}

const withRule = (standIns: Awaited<ReturnType<typeof run>>["standIns"], rule: string): string =>
  [...standIns].find(([, { rules }]) => rules.has(rule))?.[0] ?? "";

test("sanitise tells an observer every stand-in with its rule, as often as the report counts", async () => {
  const { standIns, report, text } = await run();
  expect([...standIns.values()].reduce((sum, { places }) => sum + places, 0)).toBe(report.counts.total);
  for (const standIn of standIns.keys()) expect(text).toContain(standIn);
});

test("sanitise keeps the one value that was named by its stand-in, everywhere, and replaces the rest as before", async () => {
  const first = await run();
  const email = withRule(first.standIns, "pii.email");
  expect(first.text).not.toContain(EMAIL);
  const second = await run({ keep: [email] });
  expect(second.text.split(EMAIL)).toHaveLength(3);
  expect(second.text).toBe(first.text.replaceAll(email, EMAIL.split("@")[0] ?? ""));
  expect(second.report.kept).toEqual([{ standIn: email, rule: "pii.email", kind: "personal", places: 2 }]);
  expect(second.text).not.toContain(TOKEN);
  expect(JSON.stringify(second.report)).not.toContain(EMAIL);
});

test("sanitise keeps a secret that other places repeat, and the verification searches for everything else", async () => {
  const first = await run();
  const token = withRule(first.standIns, "url.query");
  const second = await run({ keep: [token] });
  expect(second.text.split(TOKEN)).toHaveLength(5);
  expect(second.report.verified.values).toBe(first.report.verified.values - 1);
  expect(second.report.kept.reduce((sum, { places }) => sum + places, 0)).toBeGreaterThanOrEqual(2);
  expect(second.text).not.toContain("Xy7Kq0Lw93mNa8BvTc64");
});

test("sanitise refuses to keep anything in strict mode, against a policy, or by anything but a stand-in", async () => {
  const keep = ["redacted00112233445566778899"];
  const policy = parsePolicy('{"format":"breakwater-har-policy/1","name":"firm","keepValues":false}');
  await expect(run({ keep, mode: "strict" })).rejects.toMatchObject({ code: "har.policy" });
  await expect(run({ keep, policy })).rejects.toMatchObject({ code: "har.policy" });
  await expect(run({ keep: [TOKEN] })).rejects.toMatchObject({ code: "har.policy" });
  expect((await run({ keep })).report.kept).toEqual([]);
});

test("providerOf knows a provider by its own hosts and not by a part of another name", () => {
  expect(providerOf("corp.okta.com")).toBe("okta");
  expect(providerOf("login.microsoftonline.com")).toBe("entra");
  expect(providerOf("notokta.com")).toBeUndefined();
  expect(providerOf("okta.com.example")).toBeUndefined();
});

test("liveStandIns names the cookie that opens a session, and not a person's address", async () => {
  const collector = new InventoryCollector();
  const { standIns } = await run({ observer: collector }).then(() => run());
  const live = liveStandIns(collector, key, new Date("2026-11-24T00:00:00Z"));
  expect(live.has(withRule(standIns, "cookie.request"))).toBe(true);
  expect(live.has(withRule(standIns, "pii.email"))).toBe(false);
});
