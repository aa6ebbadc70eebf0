import { describe, expect, it } from "vitest";
import { corpus, hasData, run } from "../support.ts";
import { echoed, placed } from "./cases.ts";

/**
 * B4: what a HAR schema asks (types, members, URLs, dates) holds in the output wherever it held in the input. This asks
 * more than a schema does: every member keeps its type and its place.
 */
function differences(before: unknown, after: unknown, at: string, out: string[]): string[] {
  if (typeof before !== typeof after || Array.isArray(before) !== Array.isArray(after)) out.push(`${at}: type`);
  else if (typeof before === "string" && typeof after === "string") textDifferences(before, after, at, out);
  else if (Array.isArray(before) && Array.isArray(after)) {
    if (before.length !== after.length) out.push(`${at}: length`);
    for (const [i, item] of before.entries()) differences(item, after[i], `${at}/${i}`, out);
  } else if (isRecord(before) && isRecord(after)) {
    const [old, fresh] = [Object.entries(before), Object.entries(after)];
    if (old.length !== fresh.length) out.push(`${at}: members`);
    for (const [i, [name, member]] of old.entries()) {
      const [renamed = "", other] = fresh[i] ?? [];
      if (renamed !== name && name.length < 12) out.push(`${at}/${name}: renamed`);
      differences(member, other, `${at}/${name}`, out);
    }
  }
  return out;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function textDifferences(before: string, after: string, at: string, out: string[]): void {
  if (before === after) return;
  if (/\/(?:request\/url|redirectURL)$/.test(at) && URL.canParse(before) && !URL.canParse(after))
    out.push(`${at}: URL`);
  if (/DateTime$|expires$/.test(at)) out.push(`${at}: date`);
  if (at.endsWith("/text") && parses(before) && !parses(after) && !after.startsWith("redacted: "))
    out.push(`${at}: JSON`);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A body that is declared to be base64 still is. */
function undecodable(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(undecodable);
  if (!isRecord(value)) return [];
  const { text, encoding } = value;
  const broken =
    encoding === "base64" &&
    typeof text === "string" &&
    !text.startsWith("redacted: ") &&
    !/^[\w+/\s-]*={0,2}\s*$/.test(text);
  return [...(broken ? [text.slice(0, 20)] : []), ...Object.values(value).flatMap(undecodable)];
}

describe("sanitise keeps a HAR a HAR", () => {
  it("B4: members, types, URLs, dates, JSON bodies and base64 of every planted file", async () => {
    const found: string[] = [];
    for (const item of [...placed(21, 10), ...echoed(21, 8)]) {
      const { output } = await run(item.text);
      found.push(...differences(JSON.parse(item.text), JSON.parse(output), "", []).map((what) => `${item.id} ${what}`));
      found.push(...undecodable(JSON.parse(output)).map((what) => `${item.id} ${what}`));
    }
    expect(found).toEqual([]);
  });

  it.skipIf(!hasData)("B4: and of every public recording", async () => {
    const found: string[] = [];
    for (const file of corpus()) {
      if (/not-json|not-valid|brokenfile/.test(file.name)) continue;
      const { output } = await run(file.bytes);
      found.push(
        ...differences(JSON.parse(file.text), JSON.parse(output), "", []).map((what) => `${file.name} ${what}`),
      );
      if (undecodable(JSON.parse(file.text)).length === 0)
        found.push(...undecodable(JSON.parse(output)).map((what) => `${file.name} ${what}`));
    }
    expect(found).toEqual([]);
  });
});
