import { closeSync, openSync, writeSync } from "node:fs";

/** mulberry32: small, seeded; the same arguments give the same file everywhere. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Shape {
  readonly megabytes: number;
  /** Distinct names of headers and parameters. */
  readonly names: number;
  /** Distinct cookie values. */
  readonly values: number;
  readonly seed: number;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PNG = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
const WORDS =
  "the order was sent to a shop near station and will arrive on monday please keep this page open until price list item total amount view edit delete".split(
    " ",
  );

interface Draw {
  readonly next: () => number;
  readonly pick: (count: number) => number;
  /** The n-th token of a size: the same one wherever it is asked for. */
  readonly token: (n: number, size: number) => string;
  readonly prose: (count: number) => string;
}

interface Body {
  readonly mimeType: string;
  readonly text: string;
  readonly encoding?: string;
}

function draw(seed: number): Draw {
  const next = random(seed);
  const pick = (count: number): number => Math.floor(next() * count);
  const token = (n: number, size: number): string => {
    const own = random(n * 7919 + size);
    let out = "";
    for (let i = 0; i < size; i++) out += ALPHABET[Math.floor(own() * 62)];
    return out;
  };
  const prose = (count: number): string => Array.from({ length: count }, () => WORDS[pick(WORDS.length)]).join(" ");
  return { next, pick, token, prose };
}

/** API answers, pages, scripts and pictures. */
function bodiesOf({ next, pick, token, prose }: Draw): readonly (() => Body)[] {
  const json = (rows: number): string =>
    JSON.stringify({
      page: pick(90),
      items: Array.from({ length: rows }, (_, i) => ({
        id: 1000 + i,
        title: prose(6),
        price: pick(10_000) / 100,
        inStock: next() < 0.5,
        tags: [prose(1), prose(1)],
        updatedAt: "2026-11-24T00:00:00Z",
      })),
    });
  return [
    () => ({ mimeType: "application/json; charset=utf-8", text: json(60) }),
    () => ({
      mimeType: "text/html",
      text: `<!doctype html><html><body>${Array.from({ length: 80 }, () => `<p class="x">${prose(12)}</p>`).join("\n")}</body></html>`,
    }),
    () => ({
      mimeType: "application/javascript",
      text: Array.from(
        { length: 120 },
        (_, i) => `function f${i}(a,b){return a.${prose(1)}+b.${prose(1)}*${pick(99)}}`,
      ).join("\n"),
    }),
    () => ({
      mimeType: "image/png",
      text: Buffer.concat([PNG, Buffer.from(token(pick(50), 9000), "base64")]).toString("base64"),
      encoding: "base64",
    }),
  ];
}

function entryOf(i: number, content: Body, shape: Shape, { next, pick, token, prose }: Draw): object {
  const session = token(pick(shape.values), 32);
  const name = `x-field-${pick(shape.names)}`;
  const url = `https://app${pick(5)}.example.com/api/v1/${WORDS[pick(WORDS.length)]}/${i}?${name}=${pick(100)}&page=${pick(9)}&access_token=${token(pick(shape.values), 40)}`;
  return {
    _initiator: {
      type: "script",
      stack: {
        callFrames: [
          { functionName: "load", url: "https://app0.example.com/main.js", lineNumber: 1, columnNumber: pick(9999) },
        ],
      },
    },
    _resourceType: "fetch",
    startedDateTime: new Date(1_795_000_000_000 + i * 37).toISOString(),
    time: next() * 400,
    request: {
      method: "GET",
      url,
      httpVersion: "http/2.0",
      headers: [
        { name: "accept", value: "*/*" },
        { name: "cookie", value: `sid=${session}; theme=dark` },
        { name, value: prose(2) },
        { name: "user-agent", value: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36" },
      ],
      queryString: [{ name: "page", value: "1" }],
      cookies: [{ name: "sid", value: session, path: "/", httpOnly: true, secure: true }],
      headersSize: -1,
      bodySize: 0,
    },
    response: {
      status: 200,
      statusText: "",
      httpVersion: "http/2.0",
      headers: [
        { name: "content-type", value: content.mimeType },
        { name: "cache-control", value: "no-store" },
      ],
      cookies: [],
      content: { size: content.text.length, ...content },
      redirectURL: "",
      headersSize: -1,
      bodySize: -1,
      _transferSize: content.text.length,
    },
    cache: {},
    timings: { blocked: 1, dns: -1, connect: -1, send: 0.1, wait: next() * 300, receive: next() * 20, ssl: -1 },
  };
}

/** Writes a recording in the manner of Chrome's: API calls with JSON, pages of HTML, scripts, pictures in base64. */
export function generate(path: string, shape: Shape): void {
  const dice = draw(shape.seed);
  const bodies = bodiesOf(dice);
  const file = openSync(path, "w");
  let written = 0;
  const write = (text: string): void => {
    written += writeSync(file, text);
  };
  write('{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},"pages":[],"entries":[');
  for (let i = 0; written < shape.megabytes * 1e6; i++) {
    const content = bodies[dice.pick(bodies.length)]?.() ?? { mimeType: "", text: "" };
    const entry = entryOf(i, content, shape, dice);
    write(`${i === 0 ? "" : ","}${JSON.stringify(entry)}`);
  }
  write("]}}");
  closeSync(file);
}
