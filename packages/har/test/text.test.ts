import { describe, expect, it } from "vitest";
import {
  BufferSink,
  bytesSource,
  HarError,
  InventoryCollector,
  kindOf,
  Meter,
  sanitiseText,
  scanText,
  type TextKind,
  type TextOptions,
  type TextReport,
} from "../src/index.ts";
import { sanitiseTextWith } from "../src/text.ts";
import { KEY, refusal } from "./support.ts";

const enc = new TextEncoder();
const TOKEN = "Zq81kfPw02LmxA7tHu63bQ";
const PASSWORD = "hunter2horse";

interface Ran {
  readonly output: string;
  readonly report: TextReport;
}

async function run(input: string | Uint8Array, options: Partial<TextOptions> = {}): Promise<Ran> {
  const sink = new BufferSink();
  const bytes = typeof input === "string" ? enc.encode(input) : input;
  const report = await sanitiseText(bytesSource(bytes), sink, { key: KEY, ...options });
  return { output: new TextDecoder().decode(sink.bytes()), report };
}

/** One file of each kind: what must go, and what must stay as it is. */
const FILES: readonly {
  readonly name: string;
  readonly kind: TextKind;
  readonly text: string;
  readonly gone: readonly string[];
  readonly kept: readonly string[];
}[] = [
  {
    name: "server.log",
    kind: "log",
    text: `2026-11-24T10:00:00.123Z INFO  request id=7f3a path=/api/me?access_token=${TOKEN} status=200
2026-11-24T10:00:01.000Z DEBUG headers: Cookie: sid=abc123; theme=dark Accept: text/html
2026-11-24T10:00:02.000Z DEBUG Authorization: Bearer ${TOKEN} -> 200 OK
2026-11-24T10:00:03.000Z ERROR login failed {"user":"anna@acme.example","password":"${PASSWORD}","attempt":3}
2026-11-24T10:00:04.000Z ERROR java.lang.IllegalStateException: pool exhausted
    at com.acme.Pool.take(Pool.java:42)
2026-11-24T10:00:05.000Z INFO echo of abc123 and ${PASSWORD} done in 12 ms
`,
    gone: [TOKEN, PASSWORD, "anna@"],
    kept: [
      "2026-11-24T10:00:00.123Z INFO  request id=7f3a path=/api/me?access_token=",
      "status=200",
      "-> 200 OK",
      '"attempt":3}',
      "at com.acme.Pool.take(Pool.java:42)",
      "IllegalStateException: pool exhausted",
      "done in 12 ms",
      "@acme.example",
      "theme=",
    ],
  },
  {
    name: "access.log",
    kind: "log",
    text: `10.0.0.7 - - [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1\n81.2.69.142 - anna [24/Nov/2026:10:00:00 +0000] "GET /reset/${TOKEN}?next=/home HTTP/1.1" 200 512 "https://app.example/login?code=${TOKEN}" "Mozilla/5.0 (X11)"\n`,
    gone: [TOKEN, "anna", "81.2.69.142"],
    kept: [
      "10.0.0.7 - ",
      "[24/Nov/2026:10:00:00 +0000]",
      "?next=/home HTTP/1.1",
      "200 512",
      "https://app.example/login?code=",
      "Mozilla/5.0 (X11)",
    ],
  },
  {
    name: "answer.json",
    kind: "json",
    text: `{\n  "user": {"email": "anna@acme.example", "id": 12},\n  "access_token": "${TOKEN}",\n  "headers": {"cookie": "a=short99x; b=2"},\n  "note": "short99x"\n}\n`,
    gone: [TOKEN, "anna@", "short99x"],
    kept: ['{\n  "user": {', '"id": 12}', '"access_token": "redacted'],
  },
  {
    name: "events.ndjson",
    kind: "ndjson",
    text: `{"t":1,"msg":"ok"}\n{"t":2,"token":"${TOKEN}"}\n{"t":3,"msg":"again ${TOKEN}"}\n`,
    gone: [TOKEN],
    kept: ['{"t":1,"msg":"ok"}', '{"t":2,"token":"redacted'],
  },
  {
    name: "deploy.yaml",
    kind: "yaml",
    text: `apiVersion: v1
kind: Secret
metadata:
  name: db
data:
  user: YWRtaW4=
  nothing: c2VjcmV0LXBhc3N3b3Jk
---
kind: Deployment
spec:
  replicas: 3
  env:
    - name: DB_PASSWORD
      value: ${PASSWORD}
    - name: LOG_LEVEL
      value: debug
  image: registry.example/app:1.2.3
tls:
  private_key: |
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
    BKcwggSjAgEAAoIBAQC7
`,
    gone: ["YWRtaW4=", "c2VjcmV0LXBhc3N3b3Jk", PASSWORD, "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "BKcwggSjAgEAAoIBAQC7"],
    kept: ["kind: Deployment", "replicas: 3", "value: debug", "registry.example/app:1.2.3", "name: DB_PASSWORD"],
  },
  {
    name: ".env.production",
    kind: "env",
    text: `# settings\nexport DB_PASSWORD="${PASSWORD}"\nPORT=8080\nAPI_KEY=${TOKEN}\nDATABASE_URL=postgres://app:s3cr3tpw@db.example:5432/app\nNODE_ENV=production\nCONFIG=Endpoint=https://foo.azconfig.io;Id=ABCD-E6;Secret=abCD1EF+GHIJx/LMnOA53ST8uVW=\n`,
    gone: [PASSWORD, TOKEN, "s3cr3tpw", "abCD1EF+GHIJx/LMnOA53ST8uVW"],
    kept: [
      "# settings",
      "PORT=8080",
      "NODE_ENV=production",
      "@db.example:5432/app",
      "Endpoint=https://foo.azconfig.io;Id=",
      'export DB_PASSWORD="redacted',
    ],
  },
  {
    name: "app.properties",
    kind: "ini",
    text: `[main]\nspring.datasource.password=correcthorse\nserver.port = 8443\n; old\nclient.secret = ${TOKEN} ; rotate\n`,
    gone: ["correcthorse", TOKEN],
    kept: ["[main]", "server.port = 8443", "; old", "; rotate"],
  },
  {
    name: "web.config",
    kind: "xml",
    text: `<?xml version="1.0"?>\n<configuration><add key="ApiPassword" value="${PASSWORD}"/><add key="Retries" value="3"/><connectionStrings><add connectionString="Server=db;User Id=app;Password=correcthorse;"/></connectionStrings></configuration>\n`,
    gone: [PASSWORD, "correcthorse"],
    kept: ['<add key="Retries" value="3"/>', "Server=db"],
  },
  {
    name: "page.html",
    kind: "html",
    text: `<!doctype html><html><head><meta name="csrf-token" content="${TOKEN}"></head><body><p>Hello</p><script>const apiKey = "${TOKEN}";</script></body></html>`,
    gone: [TOKEN],
    kept: ["<p>Hello</p>", '<meta name="csrf-token" content="redacted'],
  },
  {
    name: "people.csv",
    kind: "csv",
    text: `id,email,password,note\n1,anna@acme.example,correcthorse,"said ""hi"",\nand left"\n2,bert@acme.example,${PASSWORD},fine\n`,
    gone: ["anna@", "bert@", "correcthorse", PASSWORD],
    kept: ["id,email,password,note", '"said ""hi"",\nand left"', ",fine"],
  },
  {
    name: "request.sh",
    kind: "curl",
    text: `curl 'https://app.example/api/pay?sig=${TOKEN}' \\\n  -H 'Accept: application/json' \\\n  -H 'Cookie: sid=tiny1234; lang=nl' \\\n  -u deploy:${PASSWORD} \\\n  --data-raw '{"card":"4111 1111 1111 1111","amount":12}'\n`,
    gone: [TOKEN, "tiny1234", PASSWORD, "4111 1111 1111 1111"],
    kept: ["-H 'Accept: application/json' \\", "-u deploy:", '"amount":12}\'', "https://app.example/api/pay?sig="],
  },
  {
    name: "console.txt",
    kind: "plain",
    text: `> fetch("https://app.example/x", {
  "headers": {
    "authorization": "Bearer ${TOKEN}"
  },
  "method": "GET"
});
< Set-Cookie: sid=${PASSWORD}; Path=/; HttpOnly
Uncaught TypeError: Cannot read properties of undefined (reading 'map')
-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAx
-----END RSA PRIVATE KEY-----
`,
    gone: [TOKEN, PASSWORD, "MIIEowIBAAKCAQEAx"],
    kept: [
      "Uncaught TypeError: Cannot read properties of undefined (reading 'map')",
      "; Path=/; HttpOnly",
      '"method": "GET"',
    ],
  },
];

describe("sanitiseText", () => {
  it.each(FILES)("[har text] takes the secrets out of $name and keeps what explains the problem", async (file) => {
    const kind = kindOf(file.name, enc.encode(file.text));
    expect(kind).toBe(file.kind);
    const { output, report } = await run(file.text, { kind: file.kind });
    for (const value of file.gone) expect(output).not.toContain(value);
    for (const value of file.kept) expect(output).toContain(value);
    expect(output.split("\n")).toHaveLength(report.lines + (output.endsWith("\n") ? 1 : 0));
    expect(report).toMatchObject({ kind: file.kind, entries: 0, mode: "support", refused: [] });
    expect(JSON.stringify(report)).not.toContain(TOKEN);
    if (file.kind === "json") expect(() => void JSON.parse(output)).not.toThrow();
    // Sanitising twice changes nothing, and a scan of the result finds nothing.
    expect((await run(output, { kind: file.kind })).output).toBe(output);
    expect((await scanText(bytesSource(enc.encode(output)), { key: KEY, kind: file.kind })).clean).toBe(true);
  });

  it.each(FILES)("[har text A1] strict mode leaves no value, word of a person or address of $name", async (file) => {
    const { output, report } = await run(file.text, { kind: file.kind, mode: "strict" });
    for (const value of [...file.gone, "acme", "db.example", "4111"]) expect(output).not.toContain(value);
    expect(report.mode).toBe("strict");
    if (file.kind === "json") expect(() => void JSON.parse(output)).not.toThrow();
  });

  it.each(["utf-16le", "utf-16be", "bom", "latin1", "gzip", "small windows"])("reads %s", async (form) => {
    const text = `password: "café9secret" and again café9secret\n`.repeat(40);
    const utf16 = (little: boolean): Uint8Array => {
      const out = new Uint8Array(text.length * 2 + 2);
      const view = new DataView(out.buffer);
      view.setUint16(0, 0xfeff, little);
      for (let i = 0; i < text.length; i++) view.setUint16(2 + i * 2, text.charCodeAt(i), little);
      return out;
    };
    const packed = async (): Promise<Uint8Array> =>
      new Uint8Array(
        await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
      );
    const bytes =
      form === "utf-16le" || form === "utf-16be"
        ? utf16(form === "utf-16le")
        : form === "bom"
          ? enc.encode(`\ufeff${text}`)
          : form === "latin1"
            ? Uint8Array.from(text, (c) => c.charCodeAt(0))
            : form === "gzip"
              ? await packed()
              : enc.encode(text);
    const { output, report } = await run(bytes, { limits: { windowBytes: form === "small windows" ? 100 : 1 << 18 } });
    expect(output).not.toContain("9secret");
    expect(output).toMatch(/^password: "redacted[0-9a-f]{20}" and again redacted[0-9a-f]{20}\n/);
    expect(report.lines).toBe(40);
  });

  it.each([
    ["picture", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
    ["archive", [0x50, 0x4b, 3, 4, 20, 0]],
    ["PDF", [...enc.encode("%PDF-1.7\n")]],
    ["program", [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]],
  ])("refuses a %s as text.binary, and writes nothing", async (_, head) => {
    const sink = new BufferSink();
    const bytes = Uint8Array.from([...head, ...new Uint8Array(200)]);
    expect(kindOf("x.log", bytes)).toBe("binary");
    const error = await refusal(sanitiseText(bytesSource(bytes), sink, { key: KEY, kind: "log" }));
    expect(error.code).toBe("text.binary");
    expect(sink.length).toBe(0);
  });

  it("refuses bytes that stop being text in the middle, before anything is written", async () => {
    const bytes = new Uint8Array(400_000).fill(0x61);
    for (let i = 0; i < bytes.length; i += 80) bytes[i] = 10;
    for (let i = 300_000; i < 320_000; i++) bytes[i] = i % 7;
    const sink = new BufferSink();
    expect((await refusal(sanitiseText(bytesSource(bytes), sink, { key: KEY }))).code).toBe("text.binary");
    expect(sink.length).toBe(0);
  });

  it("refuses what would not fit in memory, and a recording", async () => {
    const limits = { maxDocumentBytes: 1000, windowBytes: 100, maxWindowBytes: 500 };
    const refused = async (text: string): Promise<string> =>
      (await refusal(sanitiseText(bytesSource(enc.encode(text)), new BufferSink(), { key: KEY, limits }))).code;
    expect(await refused(`{"a":"${"x".repeat(2000)}"}`)).toBe("text.tooLarge");
    expect(await refused("x".repeat(2000))).toBe("text.tooLarge");
    expect(await refused('{"log":{"entries":[]}}')).toBe("text.recording");
    await expect(
      sanitiseText(bytesSource(enc.encode("a")), new BufferSink(), { key: KEY, signal: AbortSignal.abort() }),
    ).rejects.toBeInstanceOf(HarError);
  });

  it("[har B2] gives equal stand-ins to equal values over the whole file, also across windows", async () => {
    const line = (i: number): string => `${i} ordinary words of a log that says nothing at all about anybody\n`;
    const filler = Array.from({ length: 2000 }, (_, i) => line(i)).join("");
    const { output } = await run(`Cookie: sid=${TOKEN}\n${filler}last ${TOKEN} end\n`, {
      limits: { windowBytes: 4096 },
    });
    const stand = /sid=(redacted[0-9a-f]{20})/.exec(output)?.[1];
    expect(output.endsWith(`last ${stand} end\n`)).toBe(true);
    expect(output.split("\n").slice(1, 2001).join("\n")).toBe(filler.trimEnd());
  });

  it("[har A5] notices a rule that does not replace", async () => {
    for (const text of [`Cookie: sid=${TOKEN}\n`, `{"token":"${TOKEN}"}`]) {
      const sink = new BufferSink();
      const done = sanitiseTextWith(bytesSource(enc.encode(text)), sink, { key: KEY }, { all: true });
      expect((await refusal(done)).code).toBe("har.verify");
      expect(sink.length).toBe(0);
    }
  });

  it("lists findings by line, and gives inventory and manifest", async () => {
    const collector = new InventoryCollector();
    const input = bytesSource(enc.encode(`first\nAuthorization: Bearer ${TOKEN}\n`));
    const meter = new Meter(input, new BufferSink(), KEY);
    const report = await sanitiseText(meter.source, meter.sink, { key: KEY, observer: collector });
    expect(report.findings).toMatchObject([{ rule: "header.authorization", entry: -1, pointer: "/lines/2" }]);
    expect(collector.inventory(new Date(0)).items).toMatchObject([{ kind: "bearer", session: true, entries: [] }]);
    const manifest = meter.manifest(report, { at: new Date(0), mode: report.mode });
    expect(manifest.output.bytes).toBe(report.bytesOut);
  });

  it("is linear and bounded on hostile text", async () => {
    for (const text of [
      "{\n".repeat(50_000),
      '{"'.repeat(50_000),
      "=".repeat(100_000),
      "'".repeat(50_000),
      `curl ${"-H '".repeat(20_000)}`,
      '"a,'.repeat(50_000),
    ]) {
      for (const kind of ["log", "csv", "yaml", "json", "curl"] as const) {
        const { output } = await run(text, { kind });
        expect(output.length).toBeGreaterThan(0);
      }
    }
  }, 30_000);
});

describe("kindOf", () => {
  it.each([
    ["session.har", '{"log":{}}', "har"],
    ["x.json", '{"log": {"version":"1.2"', "har"],
    ["x.json", '{"log": 1}', "json"],
    ["noname", "[\n 1]", "json"],
    ["noname", "[info] text", "plain"],
    ["server.log.1", "{}", "log"],
    ["data.tsv", "a\tb", "csv"],
    ["README", "# Title\n", "plain"],
    ["Dockerfile", "FROM node\nRUN x", "plain"],
  ])("%s with %j is %s", (name, text, kind) => expect(kindOf(name, enc.encode(text))).toBe(kind));

  it("tells packed recordings from other archives", () => {
    const gzip = Uint8Array.of(0x1f, 0x8b, 8, 0);
    const zip = Uint8Array.of(0x50, 0x4b, 3, 4);
    expect([
      kindOf("a.har.gz", gzip),
      kindOf("a.har.zip", zip),
      kindOf("a.log.gz", gzip),
      kindOf("a.docx", zip),
    ]).toEqual(["har.gz", "har.zip", "binary", "binary"]);
  });
});
