import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalize,
  concat,
  domainHash,
  equalBytes,
  fromBase64,
  fromBase64url,
  fromHex,
  ID_PREFIXES,
  isId,
  newId,
  parseJson,
  toBase64,
  toBase64url,
  toHex,
  utf8,
  type IdKind,
  type Json,
} from "./index.ts";

describe("canonicalize", () => {
  // RFC 8785 section 3.2.2 and 3.2.3: the specification's own examples.
  it("writes the sample object of RFC 8785", () => {
    const value = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    ) as Json;
    expect(canonicalize(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it("orders names by UTF-16 code units", () => {
    const value = { "€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\u0080": 6, ö: 7 };
    const names = Object.keys(JSON.parse(canonicalize(value)) as object);
    expect(names.filter((name) => name !== "1")).toEqual(["\r", "\u0080", "ö", "€", "😀", "\ufb33"]);
    expect(canonicalize(value).indexOf('"\\r"')).toBeLessThan(canonicalize(value).indexOf('"1"'));
  });

  it("leaves out members without a value and refuses what JSON cannot carry", () => {
    expect(canonicalize({ a: undefined, b: 1 })).toBe('{"b":1}');
    expect(() => canonicalize(Number.NaN)).toThrow("not finite");
    expect(() => canonicalize("\ud800")).toThrow("lone surrogate");
  });

  it("is a fixed point: parsing and writing again changes nothing", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const once = canonicalize(value);
        expect(canonicalize(JSON.parse(once) as Json)).toBe(once);
      }),
    );
  });
});

describe("base64 and hex", () => {
  it("agree with the platform and are inverses", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
        expect(fromBase64url(toBase64url(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each(["A", "AB=", "A+==", "AB", "/x", "a b", "AAAAA"])("fromBase64url() or fromBase64() refuses %s", (text) => {
    if (text !== "AB") expect(() => fromBase64(text)).toThrow();
    // "AB" carries four stray bits: a second text for the same byte must not pass.
    expect(() => fromBase64url(text)).toThrow();
  });

  it.each(["0", "0g", "zz"])("fromHex() refuses %s", (text) => {
    expect(() => fromHex(text)).toThrow("hexadecimal");
  });
});

describe("ids", () => {
  it("newId() makes ids that isId() knows, of its own kind only", () => {
    const kinds = Object.keys(ID_PREFIXES) as IdKind[];
    for (const kind of kinds) {
      for (let i = 0; i < 50; i++) {
        const id = newId(kind);
        expect(kinds.filter((other) => isId(other, id))).toEqual([kind]);
      }
    }
  });

  it("isId() refuses other lengths, letters and stray bits", () => {
    const id = newId("case");
    expect(isId("case", id.slice(0, -1))).toBe(false);
    expect(isId("case", `${id}a`)).toBe(false);
    expect(isId("case", id.toUpperCase())).toBe(false);
    expect(isId("case", `${id.slice(0, -1)}b`)).toBe(false);
  });
});

describe("domainHash", () => {
  it("separates names and equals SHA-256 over prefix and parts", async () => {
    const expected = await crypto.subtle.digest("SHA-256", utf8("breakwater/v1/a\0bc"));
    expect(toHex(domainHash("a", utf8("b"), utf8("c")))).toBe(toHex(new Uint8Array(expected)));
    expect(domainHash("a", utf8("bc"))).not.toEqual(domainHash("ab", utf8("c")));
  });
});

describe("equalBytes and concat", () => {
  it("compare and join", () => {
    expect(equalBytes(concat(utf8("ab"), utf8("c")), utf8("abc"))).toBe(true);
    expect(equalBytes(utf8("abc"), utf8("abd"))).toBe(false);
    expect(equalBytes(utf8("abc"), utf8("ab"))).toBe(false);
  });
});

describe("parseJson", () => {
  const limits = { maxBytes: 100, maxDepth: 3 };
  it("parses what is within its limits", () => {
    expect(parseJson('{"a":[{"b":"[[[[["}]}', "The test", limits)).toEqual({ a: [{ b: "[[[[[" }] });
    expect(parseJson(utf8("[1]"), "The test", limits)).toEqual([1]);
  });
  it.each([
    ["parse.tooLarge", " ".repeat(101)],
    ["parse.tooDeep", "[[[[1]]]]"],
    ["parse.invalid", "{"],
  ])("refuses with %s", (code, text) => {
    expect(() => parseJson(text, "The test", limits)).toThrow(expect.objectContaining({ code }) as Error);
  });
  it("refuses bytes that are not UTF-8", () => {
    expect(() => parseJson(new Uint8Array([0xff]), "The test", limits)).toThrow("not UTF-8");
  });
});
