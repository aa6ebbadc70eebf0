import { describe, expect, it } from "vitest";
import { gunzipSync, gzipSync } from "node:zlib";
import { canonical, Pseudonyms } from "../src/key.ts";
import { nameClass } from "../src/names.ts";
import { looksRandom } from "../src/shapes.ts";
import { body, entry, har, KEY, run } from "./support.ts";

const TOKEN = "Zq81kfPw02LmxA7tHu63Bn9s";
const PSEUDONYM = /redacted[0-9a-f]{20}/;

async function bodyText(text: string, mimeType = "application/json", extra: object = {}): Promise<string> {
  return JSON.parse((await run(har(body(text, mimeType, extra)))).output).log.entries[0].response.content.text;
}

async function url(text: string): Promise<string> {
  return JSON.parse((await run(har(entry({ url: text })))).output).log.entries[0].request.url;
}

async function headers(...pairs: [string, string][]): Promise<string[]> {
  const output = (await run(har(entry({ headers: pairs.map(([name, value]) => ({ name, value })) })))).output;
  return JSON.parse(output).log.entries[0].request.headers.map((header: { value: string }) => header.value);
}

describe("Pseudonyms", () => {
  it("B2: give one stand-in for one secret, however it is written, and 100,000 different ones for as many secrets", () => {
    const names = new Pseudonyms(KEY);
    expect(new Set(Array.from({ length: 100_000 }, (_, i) => names.of(`secret-${i}`))).size).toBe(100_000);
    expect(names.of("a%20b%2525")).toBe(names.of(canonical('"a b%"')));
  });
});

describe("sanitise keeps what is needed", () => {
  it("B2: shows one token alike in header, cookies, URL, body and WebSocket message, and another one differently", async () => {
    const other = "Xa72jdQe91KnzB5uGt84Vm3c";
    const item = entry(
      {
        url: `https://app.example/?access_token=${TOKEN}`,
        headers: [
          { name: "Cookie", value: `sid=${TOKEN}; b=${other}` },
          { name: "Authorization", value: `Bearer ${TOKEN}` },
        ],
        cookies: [{ name: "sid", value: TOKEN }],
      },
      { content: { size: 1, mimeType: "application/json", text: JSON.stringify({ a: [TOKEN] }) } },
      { _webSocketMessages: [{ type: "send", time: 1, opcode: 1, data: JSON.stringify({ token: TOKEN }) }] },
    );
    const found = (await run(har(item))).output.match(new RegExp(PSEUDONYM, "g")) ?? [];
    expect(found).toHaveLength(7);
    expect(new Set(found).size).toBe(2);
  });

  it("B3: keeps issuer, audience, expiry, algorithm and key id of a JWT, and hides who it is about", async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = {
      iss: "https://acme.okta.com",
      aud: "api://default",
      exp: 1_700_000_000,
      iat: 1_699_996_400,
      scp: ["openid"],
      sub: "00u1abcd",
      email: "jane@acme.example",
      groups: ["Admins"],
      n: 5,
    };
    const token = `${part({ alg: "RS256", kid: "k1" })}.${part(claims)}.${"Xa72jdQe91KnzB5uGt84Vm3c".repeat(4)}`;
    const [value = ""] = await headers(["Authorization", `Bearer ${token}`]);
    const [head = "", payload = "", signature = ""] = value.replace("Bearer ", "").split(".");
    expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual({ alg: "RS256", kid: "k1" });
    const seen = JSON.parse(Buffer.from(payload, "base64url").toString());
    expect(seen).toMatchObject({
      iss: claims.iss,
      aud: claims.aud,
      exp: claims.exp,
      iat: claims.iat,
      scp: claims.scp,
      n: 5,
    });
    expect(seen.sub).toMatch(PSEUDONYM);
    expect(seen.email).toMatch(/^redacted[0-9a-f]{20}@acme\.example$/);
    expect(seen.groups[0]).toMatch(PSEUDONYM);
    expect(signature).toMatch(/^redacted[0-9a-f]{20}$/);
  });

  it("B3: keeps OAuth errors, redirect hosts and paths", async () => {
    const error =
      "https://app.example/oauth/callback?error=access_denied&error_description=User%20did%20not%20consent&scope=openid%20email";
    expect(await url(error)).toBe(error);
    expect(await url(`https://app.example/oauth/callback?code=${TOKEN}&scope=openid`)).toMatch(
      /^https:\/\/app\.example\/oauth\/callback\?code=redacted[0-9a-f]{20}&scope=openid$/,
    );
  });

  it("B3: keeps the status of a SAML response that stays base64", async () => {
    const saml = `<samlp:Response ID="_1"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Requester"/></samlp:Status><ds:SignatureValue>${TOKEN}==</ds:SignatureValue></samlp:Response>`;
    const output = (
      await run(
        har(
          entry({
            postData: {
              mimeType: "application/x-www-form-urlencoded",
              text: `SAMLResponse=${encodeURIComponent(Buffer.from(saml).toString("base64"))}`,
            },
          }),
        ),
      )
    ).output;
    const text: string = JSON.parse(output).log.entries[0].request.postData.text;
    const inner = Buffer.from(decodeURIComponent(text.replace("SAMLResponse=", "")), "base64").toString();
    expect(inner).toContain("status:Requester");
    expect(inner).not.toContain(TOKEN);
  });

  it("B4: keeps JSON's types, spaces, order, number forms and doubled names", async () => {
    const text =
      '{ "id": 12345678901234567890,\n  "f": 1.0, "password": "hunter2", "password": "again33x", "pin": 123456, "on": true, "none": null }';
    const out = await bodyText(text);
    expect(out.replace(/redacted[0-9a-f]{20}/g, "R")).toBe(
      '{ "id": 12345678901234567890,\n  "f": 1.0, "password": "R", "password": "R", "pin": 111111, "on": true, "none": null }',
    );
  });

  it("B4: leaves compressed base64 compressed base64", async () => {
    const out = await bodyText(
      gzipSync(JSON.stringify({ access_token: TOKEN })).toString("base64"),
      "application/json",
      { encoding: "base64" },
    );
    expect(JSON.parse(gunzipSync(Buffer.from(out, "base64")).toString()).access_token).toMatch(PSEUDONYM);
  });

  it("keeps cookie attributes and authentication schemes", async () => {
    const item = entry(
      {},
      {
        headers: [
          {
            name: "Set-Cookie",
            value: `sid=${TOKEN}; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; SameSite=Lax\nb=${TOKEN}2; Secure`,
          },
        ],
      },
    );
    const value: string = JSON.parse((await run(har(item))).output).log.entries[0].response.headers[0].value;
    expect(value.replace(/redacted[0-9a-f]{20}/g, "R")).toBe(
      "sid=R; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; SameSite=Lax\nb=R; Secure",
    );
    const [basic = "", digest = ""] = await headers(
      ["authorization", `Basic ${Buffer.from("svc:pass-Word-77").toString("base64")}`],
      [
        "authorization",
        'Digest username="u", realm="r", nonce="Zq81kfPw02Lm", uri="/x", response="6629fae49393a05397450978507c4ef1"',
      ],
    );
    expect(Buffer.from(basic.replace("Basic ", ""), "base64").toString()).toMatch(/^svc:redacted/);
    expect(digest).toContain('realm="r"');
    expect(digest).toContain('uri="/x"');
    expect(digest).not.toContain("6629fae4");
  });

  it("keeps harmless requests as they are", async () => {
    const plain = entry(
      {
        url: "https://fonts.gstatic.com/s/roboto/v18/KFOmCnqEu92Fr1Mu4mxKKTU1Kg.woff2",
        headers: [
          { name: "User-Agent", value: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36" },
          { name: "x-request-id", value: "01G9WKT36JZT4BVKABH9G9T4PB-lga" },
        ],
      },
      {
        headers: [
          { name: "etag", value: '"5f1e-59A8b7Cd2E"' },
          {
            name: "content-security-policy",
            value: "script-src 'nonce-Zq81kfPw02LmxA7tHu63Bn9s' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
          },
        ],
        content: {
          size: 9,
          mimeType: "application/json",
          text: JSON.stringify({
            status: "ok",
            requestId: "6fa459ea-ee8a-3ca4-894e-db77e160355e",
            token_type: "Bearer",
            expires_in: 3600,
            sessionTimeout: 30,
            message: "Your password has expired.",
          }),
        },
      },
    );
    expect(JSON.parse((await run(har(plain))).output)).toEqual(JSON.parse(har(plain)));
  });
});

describe("sanitise finds", () => {
  const places: [string, object][] = [
    ["a two-word header name", entry({ headers: [{ name: "X-Acme-Sess", value: TOKEN }] })],
    ["a cookie object as Internet Explorer writes", entry({ cookies: { sid: TOKEN } })],
    ["a matrix parameter", entry({ url: `https://app.example/a;jsessionid=${TOKEN}?x=1` })],
    ["a fragment with a route", entry({ url: `https://app.example/#/cb?id_token=${TOKEN}` })],
    [
      "a URL in a URL, encoded twice",
      entry({
        url: `https://app.example/?ru=${encodeURIComponent(encodeURIComponent(`https://b.example/?sess=${TOKEN}`))}`,
      }),
    ],
    ["the page title", entry({}, {}, { _title: `https://app.example/?ticket=${TOKEN}` })],
    [
      "an initiator's stack",
      entry(
        {},
        {},
        { _initiator: { type: "script", stack: { callFrames: [{ url: `https://app.example/s.js?key=${TOKEN}` }] } } },
      ),
    ],
    ["raw header lines", entry({}, {}, { _headers: { request: ["GET / HTTP/1.1", `cookie: sid=${TOKEN}`] } })],
    [
      "a raw header block",
      entry({}, {}, { _raw: `GET /x HTTP/1.1\r\nHost: app.example\r\nCookie: sid=short77x; b=${TOKEN}\r\n\r\n` }),
    ],
    ["NDJSON", body(`{"a":1}\n{"access_token":"${TOKEN}"}\n`, "application/x-ndjson")],
    ["server-sent events", body(`event: m\ndata: {"token":"${TOKEN}"}\n\n`, "text/event-stream")],
    ["Socket.IO packets", entry({}, {}, { _webSocketMessages: [{ data: `42["auth",{"token":"${TOKEN}"}]` }] })],
    [
      "SignalR records",
      entry(
        {},
        {},
        { _webSocketMessages: [{ data: `{"type":1,"arguments":[{"accessToken":"${TOKEN}"}]}\u001e{"type":6}\u001e` }] },
      ),
    ],
    [
      "STOMP frames",
      entry({}, {}, { _webSocketMessages: [{ data: `CONNECT\nlogin:guest\npasscode:${TOKEN}\n\n\u0000` }] }),
    ],
    ["a label beside the value", body(JSON.stringify([{ value: TOKEN, name: "csrf" }]))],
    [
      "an HTML attribute that holds JSON",
      body(`<div data-state="{&quot;apiKey&quot;:&quot;${TOKEN}&quot;}"></div>`, "text/html"),
    ],
    ["an inline script", body(`<script>var cfg = {sessionToken: '${TOKEN}'};</script>`, "text/html")],
    [
      "GraphQL literals",
      body(JSON.stringify({ query: `mutation { login(email:"a@b.example", pass:"${TOKEN}"){ok} }` })),
    ],
    [
      "a data: URL",
      entry({ url: `data:application/json;base64,${Buffer.from(JSON.stringify({ k: TOKEN })).toString("base64")}` }),
    ],
    ["a name that is a secret in a query list", entry({ queryString: [{ name: TOKEN, value: "" }] })],
    ["a vendor object's name", entry({}, {}, { _x: { [TOKEN]: 1 } })],
  ];
  it.each(places)("%s", async (_, item) => {
    expect((await run(har(item))).output).not.toContain(TOKEN.slice(2, 20));
  });

  it("short secrets by their place alone", async () => {
    const out = await bodyText(JSON.stringify({ password: "hunter2", otp: "123456", note: "hunter2 is a word" }));
    expect(JSON.parse(out)).toMatchObject({
      password: expect.stringMatching(PSEUDONYM),
      otp: expect.stringMatching(PSEUDONYM),
      note: "hunter2 is a word",
    });
  });

  it("personal data by check digit or name", async () => {
    const data = {
      card: "4111111111111111",
      iban: "NL91ABNA0417164300",
      ssn: "078-05-1120",
      phone: "+31 6 12345678",
      firstName: "Wilhelmina",
      text: "call +31 6 12345678 or write to a.b@acme.example",
      order: "4111111111111112",
    };
    const out = JSON.parse(await bodyText(JSON.stringify(data)));
    expect(out.order).toBe(data.order);
    expect(out.text).toMatch(/^call redacted[0-9a-f]{20} or write to redacted[0-9a-f]{20}@acme\.example$/);
    for (const name of ["card", "iban", "ssn", "phone", "firstName"])
      expect(out[name], name).toMatch(/^redacted[0-9a-f]{20}$/);
  });
});

describe("nameClass", () => {
  it.each([
    [
      "secret",
      [
        "password",
        "X-Api-Key",
        "refreshToken",
        "user[token]",
        "$skiptoken",
        "__RequestVerificationToken",
        "JSESSIONID",
        "client_secret",
        "X-Amz-Signature",
        "csrf-token",
      ],
    ],
    ["safe", ["token_type", "expires_in", "keyCode", "errorCode"]],
    ["likely", ["session_timeout", "password_policy", "code", "state"]],
    ["plain", ["name", "monkey", "author", "description", "passenger", "significant"]],
  ])("calls %s what is: %j", (cls, names) => {
    expect(Object.fromEntries(names.map((name) => [name, nameClass(name)]))).toEqual(
      Object.fromEntries(names.map((name) => [name, cls])),
    );
  });
});

describe("looksRandom", () => {
  it("tells tokens from names, words, digests and versions", () => {
    for (const token of [TOKEN, "CnB03xakSVPhHDJsWCeD9nZxbrKn2b2WRQ", "k3j5h2l5m3x7q9z2w8v4t6r1"])
      expect(looksRandom(token), token).toBe(true);
    for (const word of [
      "getElementsByTagNameNS2022",
      "application-version-2024-11-02",
      "6fa459ea-ee8a-3ca4-894e-db77e160355e",
      "d41d8cd98f00b204e9800998ecf8427e",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaa11",
    ])
      expect(looksRandom(word), word).toBe(false);
  });

  it("takes out hexadecimal tokens where parameters and headers hold them, and leaves digests and trace ids", async () => {
    const token = "9f2c41d07ab35e68c1d2047fbe9a6053";
    const digest = "d41d8cd98f00b204e9800998ecf8427e";
    const { output } = await run(
      har(
        entry(
          { url: `https://a.example/x?q=${token}&v=${digest}`, headers: [{ name: "x-acme", value: token }] },
          {
            headers: [
              { name: "etag", value: digest },
              { name: "x-request-id", value: digest },
            ],
          },
        ),
      ),
    );
    expect(output).not.toContain(token);
    expect(output.split(digest)).toHaveLength(4);
  });
});
