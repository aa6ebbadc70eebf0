import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { credentials } from "../../packages/har/test/leak-check.ts";

const ROOT = join(import.meta.dirname, "../..");
const DATA = join(process.env["BREAKWATER_SHARED"] ?? join(ROOT, "../shared"), "data/har");

/** Big and odd ones: Chrome, Firefox, mitmproxy, Fiddler and sitespeed.io made them; one is compressed, one begins with a byte order mark. */
const NAMES = [
  "canary/canary.har",
  "corpus/recorded/chrome156.full.har",
  "corpus/sitespeedio_pagexray__304.har",
  "corpus/haralyzer_haralyzer__cnn-chrome.har",
  "corpus/micmro_PerfCascade__chrome_github.com_home.har",
  "corpus/mitmproxy_mitmproxy__firefox.har",
  "corpus/janodvarko_harviewer__ie11.fiddler.har",
  "corpus/sitespeedio_compare__browsertime-chrome-wikipedia.har.gz",
  "corpus/mitmproxy_mitmproxy__with-bom.har",
] as const;

export interface Recording {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

export const haveRecordings = NAMES.every((name) => existsSync(join(DATA, name)));
if (!haveRecordings) {
  console.warn(
    `The story needs the HAR files under ${DATA}, and they are not there: it is skipped. Set BREAKWATER_SHARED to the folder that holds data/har.`,
  );
}

export function recordings(): Recording[] {
  return NAMES.map((name) => {
    const path = join(DATA, name);
    return { name: basename(name), path, bytes: readFileSync(path).length };
  });
}

/** Shorter values occur by chance. */
const SHORTEST = 12;

/** Every planted value, and every cookie and authorisation value of the recordings. */
export function secretsOf(all: readonly Recording[]): Set<string> {
  const planted: Record<string, { readonly value: string }> = JSON.parse(
    readFileSync(join(DATA, "canary/canaries.json"), "utf8"),
  );
  const found = new Set(Object.values(planted).map(({ value }) => value));
  for (const { path } of all) {
    const bytes = readFileSync(path);
    const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").replace(/^\uFEFF/, "");
    for (const value of credentials(JSON.parse(text), SHORTEST)) found.add(value);
  }
  return found;
}

/** One of the planted values that stands in the canary file as it is. */
export function plantedCookie(): string {
  const planted: Record<string, { readonly value: string } | undefined> = JSON.parse(
    readFileSync(join(DATA, "canary/canaries.json"), "utf8"),
  );
  const value = planted["K01"]?.value;
  if (value === undefined) throw new Error("The list of planted values has no K01.");
  return value;
}

/** The first half of a recording: what a full disk or a closed laptop leaves. */
export function truncated(): { name: string; content: Buffer } {
  const whole = readFileSync(join(DATA, "canary/canary.har"));
  return { name: "truncated.har", content: whole.subarray(0, Math.floor(whole.length / 2)) };
}
