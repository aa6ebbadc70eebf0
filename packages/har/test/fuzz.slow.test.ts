import { deflateRawSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { HarError } from "../src/index.ts";
import { leaks } from "./leak-check.ts";
import { entry, har, run } from "./support.ts";

/**
 * The slow part of the fuzzing (npm run test:slow): a secret that stands in a cookie is repeated anywhere, through up to three
 * encodings, in a file whose structure is then damaged. A second opinion (leak-check.ts) looks for it in what comes out.
 * BREAKWATER_FUZZ_CASES says how many cases, BREAKWATER_FUZZ_SEED where to begin: a failure names its seed.
 */
const CASES = Number(process.env["BREAKWATER_FUZZ_CASES"] ?? 1_000_000);
const FIRST = Number(process.env["BREAKWATER_FUZZ_SEED"] ?? 1);
const SLOW_CASE_MS = 2000;

type Next = () => number;

function random(seed: number): Next {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pick = <T>(next: Next, items: readonly T[]): T => items[Math.floor(next() * items.length)] ?? items[0]!;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const secretOf = (next: Next): string =>
  Array.from({ length: 16 + Math.floor(next() * 40) }, () => ALPHABET[Math.floor(next() * 62)]).join("");
const entities = (text: string): string => [...text].map((c) => `&#${c.charCodeAt(0)};`).join("");
const escapes = (text: string): string =>
  [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");

/** Every one of these carries its whole input to whoever knows the format. */
const ENCODINGS: Readonly<Record<string, (text: string, next: Next) => string>> = {
  raw: (text) => text,
  percent: (text) => encodeURIComponent(text),
  percentAll: (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  json: (text) => JSON.stringify({ data: { list: [text] } }),
  jsonInJson: (text) => JSON.stringify(JSON.stringify({ t: text })),
  escapes,
  entities,
  html: (text) => `<div data-x="${text.replaceAll('"', "&quot;")}"><b>${text.replaceAll("<", "&lt;")}</b></div>`,
  base64: (text, next) => Buffer.from("x".repeat(Math.floor(next() * 3)) + text).toString("base64"),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  hex: (text) => Buffer.from(text).toString("hex"),
  gzip: (text) => gzipSync(text).toString("base64"),
  deflate: (text) => deflateRawSync(text).toString("base64"),
  utf16: (text) => [...text].map((c) => `${c}\0`).join(""),
  quotedPrintable: (text) => text.replaceAll("=", "=3D").replace(/.{40}/g, "$&=\r\n"),
  form: (text) => `a=1&q=${encodeURIComponent(text)}&b=2`,
  sse: (text) => `event: x\ndata: ${text.replaceAll("\n", " ")}\n\n`,
  multipart: (text) => `--XX\r\nContent-Disposition: form-data; name="f"\r\n\r\n${text}\r\n--XX--\r\n`,
  prose: (text) => `The value was ${text} as far as we know.`,
  jsonp: (text) => `cb({"v":${JSON.stringify(text)}});`,
};

const TYPES = [
  "application/json",
  "text/html",
  "text/plain",
  "",
  "application/javascript",
  "multipart/form-data; boundary=XX",
  "application/x-www-form-urlencoded",
  "application/octet-stream",
];

function place(text: string, next: Next): object {
  const type = pick(next, TYPES);
  const one = Math.floor(next() * 8);
  if (one === 0) return entry({}, { content: { size: text.length, mimeType: type, text } });
  if (one === 1)
    return entry(
      {},
      {
        content: { size: text.length, mimeType: type, text: Buffer.from(text).toString("base64"), encoding: "base64" },
      },
    );
  if (one === 2) return entry({ method: "POST", postData: { mimeType: type, text } });
  if (one === 3)
    return entry({ url: `https://a.example/p/x?${pick(next, ["q", "next", "data"])}=${encodeURIComponent(text)}` });
  if (one === 4)
    return entry({
      headers: [{ name: pick(next, ["X-Debug", "Referer", "X-State"]), value: text.replace(/[\r\n]+/g, " ") }],
    });
  if (one === 5) return entry({}, {}, { _webSocketMessages: [{ type: "send", time: 1, opcode: 1, data: text }] });
  if (one === 6) return entry({}, {}, { comment: text, _vendor: { deep: [{ note: text }] } });
  return entry({}, {}, { _initiator: { type: "script", url: `https://a.example/s.js#${encodeURIComponent(text)}` } });
}

interface Case {
  readonly secret: string;
  readonly chain: string;
  readonly text: string;
  readonly damaged: boolean;
}

function caseOf(seed: number): Case {
  const next = random(seed);
  const secret = secretOf(next);
  let text = secret;
  const chain: string[] = [];
  for (let i = 0; i < 1 + Math.floor(next() * 3); i++) {
    const name = pick(next, Object.keys(ENCODINGS));
    chain.push(name);
    text = ENCODINGS[name]?.(text, next) ?? text;
  }
  const plant = entry({
    headers: [{ name: pick(next, ["Cookie", "cookie"]), value: `sid=${secret}` }],
    cookies: [{ name: "sid", value: secret }],
  });
  const entries = next() < 0.5 ? [plant, place(text, next)] : [place(text, next), plant];
  const whole = har(...entries);
  const damaged = next() < 0.3;
  return { secret, chain: chain.join(" > "), damaged, text: damaged ? damage(whole, next) : whole };
}

function damage(text: string, next: Next): string {
  const at = Math.floor(next() * text.length);
  const kind = Math.floor(next() * 4);
  if (kind === 0) return text.slice(0, at);
  if (kind === 1) return text.slice(0, at) + text.slice(at + 1 + Math.floor(next() * 8));
  if (kind === 2) return text.slice(0, at) + String.fromCharCode(Math.floor(next() * 256)) + text.slice(at);
  return text.replace(
    /"(?:headers|cookies|content|request)":/,
    (name) => `${name}${pick(next, ["null,", "3,", "[],", '"x",'])}"_was":`,
  );
}

it(
  `D1 slow: no leak, crash, hang or invalid JSON in ${CASES} files with a secret behind up to three encodings`,
  { timeout: 24 * 3_600_000 },
  async () => {
    const bad: string[] = [];
    let clean = 0;
    for (let seed = FIRST; seed < FIRST + CASES && bad.length < 20; seed++) {
      const { secret, chain, text, damaged } = caseOf(seed);
      const began = performance.now();
      try {
        const { output } = await run(text);
        JSON.parse(output);
        // Damage may take the cookie away; its echo is then an unknown value, and only its shape can tell.
        if (text.includes(`sid=${secret}`) && leaks(output, [secret]).length > 0)
          bad.push(`seed ${seed}: leak through ${chain}`);
        clean++;
      } catch (error) {
        if (!(error instanceof HarError))
          bad.push(`seed ${seed}: crash ${error instanceof Error ? error.name : ""} (${chain})`);
        else if (!damaged) bad.push(`seed ${seed}: refused whole (${error.code}) with ${chain}`);
      }
      if (performance.now() - began > SLOW_CASE_MS)
        bad.push(`seed ${seed}: took ${Math.round(performance.now() - began)} ms (${chain})`);
    }
    expect(bad).toEqual([]);
    expect(clean).toBeGreaterThan(CASES * 0.6);
  },
);
