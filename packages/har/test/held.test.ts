import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dictionary } from "../src/dictionary.ts";
import { Held } from "../src/held.ts";
import type { JsonValue } from "../src/json.ts";
import { Proof } from "../src/proof.ts";
import { DEFAULT_LIMITS } from "../src/sanitise.ts";
import { Splitter } from "../src/split.ts";
import { holdsKnown } from "../src/verify.ts";
import { body, entry, har, run } from "./support.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The one entry of a file whose text is given, with the places of its long texts. */
function pieceOf(entryJson: string): { readonly bytes: Uint8Array; readonly texts: readonly number[] } {
  const splitter = new Splitter(DEFAULT_LIMITS);
  const [piece] = splitter.push(encoder.encode(`{"log":{"entries":[${entryJson}]}}`));
  if (piece === undefined) throw new Error("The splitter gave no entry.");
  return piece;
}

const long = (text: string): string => text + " and more words".repeat(60);

describe("Splitter", () => {
  it("tells where long texts under the name text stand, and no others", () => {
    const json = `{"a":{"text" : ${JSON.stringify(long('one "quoted"'))}},"text":"short","x":"${long("other")}","y":["${long("listed")}"],"b":{"text":"${long("two")}"}}`;
    const { bytes, texts } = pieceOf(json);
    expect(texts).toHaveLength(4);
    const found = [0, 2].map((i): unknown =>
      JSON.parse(decoder.decode(bytes.subarray((texts[i] ?? 0) - 1, (texts[i + 1] ?? 0) + 1))),
    );
    expect(found).toStrictEqual([long('one "quoted"'), long("two")]);
  });
});

describe("Held", () => {
  it("writes what JSON.stringify writes, whatever is held", () => {
    const text = fc.string({ unit: "binary", minLength: 520, maxLength: 900 });
    fc.assert(
      fc.property(text, text, fc.json(), (first, second, other) => {
        const value: JsonValue = { content: { text: first }, other: JSON.parse(other), request: { text: second } };
        const { bytes, texts } = pieceOf(JSON.stringify(value));
        const parsed = Held.parse(bytes, texts);
        expect(JSON.parse(decoder.decode(parsed.held.written(parsed.value)))).toStrictEqual(
          JSON.parse(decoder.decode(encoder.encode(JSON.stringify(value)))),
        );
      }),
      { numRuns: 300 },
    );
  });

  it.each([String.fromCharCode(0xfdd0), "\\ufdd0", "\\uFDD0"])(
    "parses an entry that could forge a mark whole (%#)",
    (mark) => {
      const { bytes, texts } = pieceOf(`{"text":"${long("body")}","forged":"${mark}held text 0"}`);
      const { value, held } = Held.parse(bytes, texts);
      expect(value).toStrictEqual({ text: long("body"), forged: `${String.fromCharCode(0xfdd0)}held text 0` });
      expect(JSON.parse(decoder.decode(held.written(value)))).toStrictEqual(value);
    },
  );

  it("never takes a long text for a mark", () => {
    const { bytes, texts } = pieceOf(`{"text":"${long(`${String.fromCharCode(0xfdd0)}held text 0`)}"}`);
    const { value, held } = Held.parse(bytes, texts);
    const mark = typeof value === "object" && value !== null && !Array.isArray(value) ? value["text"] : undefined;
    expect(typeof mark === "string" ? held.text(mark) : undefined).toBe(long("\ufffdheld text 0"));
  });
});

describe("Proof", () => {
  const TOKEN = "Zq81kfPw02LmxA7tHu63Bn9s";
  const known = new Dictionary();
  known.add(TOKEN, true);
  known.add("fe_x-12z", false);
  known.add("Grüße 😀 an alle", false);
  known.freeze(() => false);

  it("A6: finds in JSON whatever a search of its strings finds", () => {
    const escaped = [
      TOKEN,
      encodeURIComponent(`a=${TOKEN}`).replaceAll("k", "%6b"),
      [...TOKEN].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
      [...TOKEN].map((c) => `&#${c.charCodeAt(0)};`).join(""),
      TOKEN.replace("P", "&#80;"),
      [...TOKEN].join("\0"),
      `k=3D${TOKEN.slice(0, 5)}=\r\n${TOKEN.slice(5)}`,
      `k=3D${TOKEN.slice(0, 5)}=\n${TOKEN.slice(5)}`,
      Buffer.from(`x ${TOKEN}`).toString("base64"),
      Buffer.from(TOKEN).toString("hex"),
      TOKEN.slice(3, 19),
      "fe_x-12z",
      "Grüße 😀 an alle",
    ];
    const filler = fc.string({
      unit: fc.constantFrom(..."aZ09 %&;=\\\"'\n\0<>/+ü😀\ud800".split(""), "&amp;", "%41", "=3D"),
    });
    fc.assert(
      fc.property(fc.constantFrom(...escaped), filler, filler, fc.boolean(), (secret, before, after, quoted) => {
        const text = before + (quoted ? JSON.stringify(secret).slice(1, -1) : secret) + after;
        const clean = new Proof(known).clears(encoder.encode(JSON.stringify(text)));
        if (holdsKnown(known, text)) expect(clean).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  it("finds nothing in text without it", () => {
    const words = "All orders of 50% & more; see https://a.example/?x=1&y=2 = the list, “quoted” \\ 😀\n".repeat(30);
    expect(new Proof(known).clears(encoder.encode(JSON.stringify({ text: words })))).toBe(true);
  });
});

describe("sanitise", () => {
  const secret = "Kp93LsTq07ZnXw41Vb";

  it("takes a known value out of a long body that was read before the value was known", async () => {
    const text = long(`see ${secret} there`);
    const later = entry({ headers: [{ name: "Cookie", value: `sid=${secret}` }] });
    const { output } = await run(har(body(text, "text/plain"), later));
    expect(output).not.toContain(secret);
    expect(output).toContain("and more words and more words");
  });

  it("copies a long body that holds nothing as it is", async () => {
    const text = JSON.stringify(long('a "quoted" line\nand é 😀')).replace("é", "\\u00e9");
    const file = har(body("BODY", "text/plain")).replace('"BODY"', text);
    expect((await run(file)).output).toContain(text);
  });

  it("reads bytes that are not UTF-8 as before", async () => {
    const file = har(body(long("caf#"), "text/plain"), entry());
    const bytes = encoder.encode(file).map((c) => (c === 0x23 ? 0xe9 : c));
    expect((await run(bytes)).output).toContain("café and more words");
  });
});
