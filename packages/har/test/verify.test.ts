import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { BufferSink, bytesSource } from "../src/index.ts";
import { Dictionary } from "../src/dictionary.ts";
import type { RuleId } from "../src/rules.ts";
import { sanitiseWith } from "../src/sanitise.ts";
import { holdsKnown } from "../src/verify.ts";
import { findKnown } from "../src/views.ts";
import { body, entry, har, KEY, refusal, run } from "./support.ts";

const TOKEN = "Zq81kfPw02LmxA7tHu63Bn9s";

function dictionary(...values: string[]): Dictionary {
  const out = new Dictionary();
  for (const value of values) out.add(value, true);
  out.freeze(() => false);
  return out;
}

const percent = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const unicode = (text: string): string =>
  [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
const encodings: [string, (text: string) => string][] = [
  ["as it is", (text) => text],
  ["percent-encoding", percent],
  ["percent-encoding twice", (text) => encodeURIComponent(percent(text))],
  ["percent-encoding three times", (text) => encodeURIComponent(encodeURIComponent(percent(text)))],
  ["JSON escapes", unicode],
  ["JSON escapes in JSON", (text) => JSON.stringify(unicode(text))],
  ["decimal HTML entities", (text) => [...text].map((c) => `&#${c.charCodeAt(0)};`).join("")],
  ["hexadecimal HTML entities", (text) => [...text].map((c) => `&#x${c.charCodeAt(0).toString(16)};`).join("")],
  ...[0, 1, 2].map((shift): [string, (text: string) => string] => [
    `base64 at alignment ${shift}`,
    (text) => Buffer.from(`${"~".repeat(shift)}${text}~~`).toString("base64"),
  ]),
  ...[0, 1, 2].map((shift): [string, (text: string) => string] => [
    `base64url at alignment ${shift}`,
    (text) => Buffer.from(`${"~".repeat(shift)}${text}~`).toString("base64url"),
  ]),
  ["base64 twice", (text) => Buffer.from(Buffer.from(`a=${text}`).toString("base64")).toString("base64")],
  ["hexadecimal", (text) => Buffer.from(text).toString("hex")],
  ["hexadecimal in capitals", (text) => Buffer.from(text).toString("hex").toUpperCase()],
  ["UTF-16", (text) => [...text].join("\0")],
  ["quoted-printable", (text) => `key=3D${text.slice(0, 5)}=\n${text.slice(5)}`],
  ["gzip in base64", (text) => gzipSync(`{"a":"${text}"}`).toString("base64")],
  ["zlib in base64", (text) => deflateSync(`{"a":"${text}"}`).toString("base64")],
  ["deflate in base64", (text) => deflateRawSync(`<a ID="${text}"/>`).toString("base64")],
  [
    "Brotli in base64",
    (text) => brotliCompressSync(`{"note":"words that make it longer","a":"${text}"}`).toString("base64"),
  ],
  ["gzip in gzip in base64", (text) => gzipSync(gzipSync(`x ${text}`)).toString("base64")],
  ["a piece of 16 characters", (text) => `x${text.slice(4, 20)}y`],
];

describe("holdsKnown", () => {
  it.each(encodings)("A6: notices a known value in %s", (_, encode) => {
    const known = dictionary(TOKEN);
    for (const around of [
      (text: string) => text,
      (text: string) => `{"a": "${text}"}`,
      (text: string) => `<b c='${text}'>`,
    ])
      expect(holdsKnown(known, around(encode(TOKEN)))).toBe(true);
    expect(holdsKnown(known, encode("Xa72jdQe91KnzB5uGt84Vm3c"))).toBe(false);
  });

  it("notices a value wherever it stands, among any others", () => {
    const word = fc.string({ minLength: 8, maxLength: 60, unit: fc.constantFrom(..."abcXYZ0189-_+/=") });
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1, maxLength: 30 }),
        fc.nat(),
        fc.string(),
        fc.string(),
        (values, pick, before, after) => {
          const value = values[pick % values.length] ?? "";
          const known = dictionary(...values);
          expect(holdsKnown(known, `${before} ${value} ${after}`)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("agrees with a plain search on texts that hold nothing", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200, unit: fc.constantFrom(..."ab0") }),
        fc.string({ minLength: 12, maxLength: 14, unit: fc.constantFrom(..."ab0") }),
        (text, value) => {
          const known = new Dictionary();
          known.add(value, false);
          known.freeze(() => false);
          expect(known.occursIn(text)).toBe(text.includes(value));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("findKnown", () => {
  it("gives the place in the escaped text, so that cutting it out leaves nothing", () => {
    const known = dictionary(TOKEN);
    for (const [name, encode] of encodings.slice(0, 8)) {
      const text = `before ${encode(TOKEN)} after`;
      const [span, ...more] = findKnown(known, text);
      expect(more, name).toEqual([]);
      expect(text.slice(0, span?.start), name).toMatch(/^before "?$/);
      expect(text.slice(span?.end), name).toMatch(/^"? after$/);
    }
  });
});

/** One entry for each rule, in which only that rule finds the value. */
const FAULTS: [RuleId, object][] = [
  ["cookie.request", entry({ headers: [{ name: "cookie", value: `sid=${TOKEN}` }] })],
  ["cookie.response", entry({}, { headers: [{ name: "Set-Cookie", value: `sid=${TOKEN}; Path=/` }] })],
  ["header.authorization", entry({ headers: [{ name: "Authorization", value: `Bearer ${TOKEN}` }] })],
  ["header.name", entry({ headers: [{ name: "x-api-key", value: TOKEN }] })],
  ["url.userinfo", entry({ url: `https://u:${TOKEN}@app.example/` })],
  ["url.query", entry({ url: `https://app.example/?token=${TOKEN}` })],
  ["url.keyless", entry({ url: `https://app.example/?${TOKEN}` })],
  ["url.path", entry({ url: `https://app.example/reset/${TOKEN}/x` })],
  [
    "form.field",
    entry({
      postData: {
        mimeType: "multipart/form-data",
        text: `--B\r\nContent-Disposition: form-data; name="password"\r\n\r\n${TOKEN}\r\n--B--\r\n`,
      },
    }),
  ],
  [
    "multipart.file",
    entry({
      postData: {
        mimeType: "multipart/form-data",
        text: `--B\r\nContent-Disposition: form-data; name="f"; filename="k"\r\n\r\n${TOKEN}\r\n--B--\r\n`,
      },
    }),
  ],
  ["json.name", body(JSON.stringify({ refreshToken: TOKEN }))],
  ["json.key", body(JSON.stringify({ [TOKEN]: 1 }))],
  ["markup.name", body(`<p><input name="csrf_token" value="${TOKEN}"></p>`, "text/html")],
  ["text.name", body(`please use password=correct7horse for it`, "text/plain")],
  ["saml.signature", body(`<r><ds:SignatureValue>${TOKEN}</ds:SignatureValue></r>`, "text/xml")],
  ["shape.prefix", body("see AKIAIOSFODNN7EXAMPLE here", "text/plain")],
  ["shape.random", body(`see ${TOKEN} here`, "text/plain")],
  ["pii.email", body("write to jane.roe@acme.example please", "text/plain")],
  ["jwt.signature", body(JSON.stringify({ x: jwt({ iss: "https://idp.example" }) }))],
  ["jwt.claim", body(JSON.stringify({ x: jwt({ sub: TOKEN }) }))],
  [
    "jwe.part",
    body(JSON.stringify({ x: `${part({ alg: "dir", enc: "A256GCM" })}.${TOKEN}.${TOKEN}.${TOKEN}.${TOKEN}` })),
  ],
  [
    "binary.name",
    body(
      Buffer.from(`\x82\xa8password\xd9\x209f2c41d07ab35e68c1d2047fbe9a6053`, "latin1").toString("base64"),
      "application/msgpack",
      { encoding: "base64" },
    ),
  ],
  [
    "binary.random",
    body(
      Buffer.concat([Buffer.from([0, 0, 0, 0, 40, 10, 24]), Buffer.from(TOKEN), Buffer.from([1, 255])]).toString(
        "base64",
      ),
      "application/grpc-web",
      { encoding: "base64" },
    ),
  ],
];

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function jwt(claims: object): string {
  return `${part({ alg: "RS256", kid: "k1" })}.${part(claims)}.Xa72jdQe91KnzB5uGt84Vm3cZq81kfPw02LmxA7tHu63Bn9s`;
}

describe("sanitise with a seeded fault", () => {
  it.each(FAULTS)("A5: refuses to finish when rule %s does not replace", async (rule, item) => {
    const input = bytesSource(Buffer.from(har(item)));
    const report = await sanitiseWith(input, new BufferSink(), { key: KEY }, undefined);
    expect(report.counts.byRule[rule]).toBeGreaterThan(0);
    const error = await refusal(sanitiseWith(input, new BufferSink(), { key: KEY }, { rule }));
    expect(error.code).toBe("har.verify");
    expect(error.message).not.toContain(TOKEN.slice(0, 4));
  });

  it("A5: refuses to finish when nothing is replaced", async () => {
    for (const [, item] of FAULTS)
      expect(
        (
          await refusal(
            sanitiseWith(bytesSource(Buffer.from(har(item))), new BufferSink(), { key: KEY }, { all: true }),
          )
        ).code,
      ).toBe("har.verify");
  });

  it("A5: refuses to finish when echoes are not replaced", async () => {
    const input = har(
      entry({ headers: [{ name: "cookie", value: "sid=amsterdam-noord-17" }] }),
      body("we saw amsterdam-noord-17 there", "text/plain"),
    );
    expect(
      (await refusal(sanitiseWith(bytesSource(Buffer.from(input)), new BufferSink(), { key: KEY }, { rule: "echo" })))
        .code,
    ).toBe("har.verify");
  });
});

describe("sanitise", () => {
  it.each(encodings)("takes a cookie's value out where it is echoed in %s", async (_, encode) => {
    const cookie = entry({ headers: [{ name: "cookie", value: `sid=${TOKEN}` }] });
    for (const item of [
      body(`a ${encode(TOKEN)} b`, "text/plain"),
      body(JSON.stringify({ a: encode(TOKEN) })),
      entry({}, {}, { _custom: { deep: [encode(TOKEN)] } }),
    ]) {
      const { output } = await run(har(cookie, item));
      const known = dictionary(TOKEN);
      expect(holdsKnown(known, output)).toBe(false);
      expect(JSON.parse(output).log.entries).toHaveLength(2);
    }
  });

  it("A6: takes out a value that is split over two messages, and refuses to finish if it is not", async () => {
    const frames = [8, 12, 15].map((at) => ({
      _webSocketMessages: [
        { type: "send", data: `part ${TOKEN.slice(0, at)}` },
        { type: "send", data: `${TOKEN.slice(at)} rest` },
      ],
    }));
    const cookie = entry({ headers: [{ name: "cookie", value: `sid=${TOKEN}` }] });
    for (const frame of frames) {
      const input = har(cookie, entry({}, {}, frame));
      const { output } = await run(input);
      const [first, second] = JSON.parse(output).log.entries[1]._webSocketMessages;
      expect(first.data + second.data).toMatch(/^part redacted[0-9a-f]{20} rest$/);
      const source = bytesSource(Buffer.from(input));
      expect((await refusal(sanitiseWith(source, new BufferSink(), { key: KEY }, { rule: "echo" }))).code).toBe(
        "har.verify",
      );
    }
  });
});
