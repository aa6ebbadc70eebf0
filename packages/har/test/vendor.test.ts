import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BufferSink, bytesSource, sanitiseText } from "../src/index.ts";
import { VENDOR_DATA } from "../src/vendor-data.ts";
import { rewriteVendorTokens } from "../src/vendor.ts";
import { body, har, KEY, run } from "./support.ts";

interface Vector {
  readonly id: string;
  readonly examples: readonly string[];
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "vectors/kingfisher.json"), "utf8"),
);
const patterns = new Map(VENDOR_DATA.map(([id, , pattern]) => [id, new RegExp(pattern)]));

/** What the rule itself calls the secret in its example. */
function secretIn(id: string, example: string): string | undefined {
  return patterns.get(id)?.exec(example)?.[0];
}

describe("vendor rules", () => {
  it("[har 5] take out the secret of every example that their authors give, in a log and in a JSON body", async () => {
    let checked = 0;
    for (const { id, examples } of vectors) {
      for (const encoded of examples) {
        const example = Buffer.from(encoded, "base64").toString();
        const secret = secretIn(id, example);
        if (secret === undefined) continue;
        checked++;
        const sink = new BufferSink();
        await sanitiseText(bytesSource(Buffer.from(`${example}\n`)), sink, { key: KEY, kind: "log" });
        expect(new TextDecoder().decode(sink.bytes()), `${id} in a log`).not.toContain(secret);
        const { output } = await run(har(body(JSON.stringify({ list: ["x", secret], note: `see ${secret}&x=1` }))));
        expect(output, `${id} in JSON`).not.toContain(secret);
      }
    }
    expect(checked).toBeGreaterThan(80);
  });

  it("stop at what is no part of a token, and leave words that begin alike", () => {
    const token = `dop_v1_${"0123456789abcdef".repeat(4)}`;
    const mask = (text: string): string => rewriteVendorTokens(text, () => "X");
    expect(mask(`a=${token}&b=1`)).toBe("a=X&b=1");
    expect(mask(`x${token}`)).toBe(`x${token}`);
    expect(mask(`${token}a=1`)).toBe("X=1");
    expect(mask("AKIAQWERTYUI2345ZXCVlonG")).toBe("AKIAQWERTYUI2345ZXCVlonG");
    expect(mask("pattern-recognition-of-words")).toBe("pattern-recognition-of-words");
    // Too little entropy for a drawn value.
    expect(mask(`hf_${"a".repeat(34)}`)).toBe(`hf_${"a".repeat(34)}`);
  });

  it("each have a beginning of three characters and an expression that begins with it", () => {
    for (const [id, begins, pattern] of VENDOR_DATA) {
      for (const begin of begins.split(" ")) expect(begin.length, id).toBeGreaterThanOrEqual(3);
      expect(() => new RegExp(pattern, "y"), id).not.toThrow();
    }
    expect(VENDOR_DATA.length).toBeGreaterThan(150);
  });
});
