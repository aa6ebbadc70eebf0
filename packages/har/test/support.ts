import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { BufferSink, bytesSource, HarError, sanitise, type Report } from "../src/index.ts";

const ROOT = join(import.meta.dirname, "../../..");
export const DATA = join(process.env["BREAKWATER_SHARED"] ?? join(ROOT, "../shared"), "data/har");
export const hasData = existsSync(join(DATA, "canary/canary.har"));
if (!hasData)
  console.warn(
    `No HAR files under ${DATA}: tests that read them are skipped. Set BREAKWATER_SHARED to the folder that holds data/har.`,
  );

export const KEY = new Uint8Array(32).fill(7);

export interface Result {
  readonly output: string;
  readonly report: Report;
}

export async function run(input: string | Uint8Array, key = KEY): Promise<Result> {
  const sink = new BufferSink();
  const report = await sanitise(
    bytesSource(typeof input === "string" ? new TextEncoder().encode(input) : input),
    sink,
    { key },
  );
  return { output: new TextDecoder().decode(sink.bytes()), report };
}

/** A HAR of the given entries, each laid over a plain GET. */
export function har(...entries: object[]): string {
  return JSON.stringify({ log: { version: "1.2", creator: { name: "test", version: "1" }, entries } });
}

export function entry(request: object = {}, response: object = {}, rest: object = {}): object {
  return {
    startedDateTime: "2026-01-01T00:00:00.000Z",
    time: 1,
    request: {
      method: "GET",
      url: "https://app.example/",
      httpVersion: "h2",
      headers: [],
      queryString: [],
      cookies: [],
      headersSize: -1,
      bodySize: 0,
      ...request,
    },
    response: {
      status: 200,
      statusText: "",
      httpVersion: "h2",
      headers: [],
      cookies: [],
      content: { size: 0, mimeType: "text/html" },
      redirectURL: "",
      headersSize: -1,
      bodySize: -1,
      ...response,
    },
    cache: {},
    timings: { send: 0, wait: 1, receive: 0 },
    ...rest,
  };
}

export function body(text: string, mimeType = "application/json", extra: object = {}): object {
  return entry({}, { content: { size: text.length, mimeType, text, ...extra } });
}

export interface CorpusFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The text without wrapping, as a parser would need it. */
  readonly text: string;
}

export function corpus(): CorpusFile[] {
  if (!hasData) return [];
  const names = ["corpus", "corpus/recorded", "canary"].flatMap((folder) =>
    readdirSync(join(DATA, folder))
      .filter((name) => /\.har(\.gz)?$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  return names.map((name) => {
    const bytes = readFileSync(join(DATA, name));
    const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes)
      .toString("utf8")
      .replace(/^\uFEFF/, "")
      .replace(/^\s*onInputData\(/, "")
      .replace(/\);?\s*$/, "");
    return { name, bytes, text };
  });
}

export async function refusal(promise: Promise<unknown>): Promise<HarError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof HarError) return error;
    throw error;
  }
  throw new Error("It was expected to be refused.");
}
