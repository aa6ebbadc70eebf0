import fc from "fast-check";
import { newId } from "@breakwater/wire";
import { describe, expect, it } from "vitest";
import {
  actMessage,
  encodeLeaf,
  isLeafType,
  LEAF_TYPES,
  LedgerError,
  parseLeaf,
  signedPart,
  type Leaf,
  type LeafType,
} from "../src/index.ts";

const hash = "A".repeat(43);
const full: Leaf = {
  v: 1,
  t: "key.release",
  ts: "2026-01-02T03:04:05.678Z",
  at: "2026-01-02T03:04:05.000Z",
  org: newId("org"),
  case: newId("case"),
  file: newId("file"),
  parts: ["index", "headers"],
  actor: { id: newId("user"), kind: "staff", dev: newId("device") },
  ses: hash,
  net: { ip: hash, pfx: "192.0.2.0/24" },
  pol: { set: `sha256:${"0".repeat(64)}`, ids: ["staff.open-assigned"], dec: "allow" },
  grant: newId("grant"),
  rpk: hash,
  man: hash,
  n: 2,
  why: "diagnose",
  x: { to: `${newId("case")}#1`, enc: "AAAA", ct: "BBBB" },
  what: hash,
  asig: "A".repeat(86),
};

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("encodeLeaf and parseLeaf", () => {
  it("are inverse for every leaf type with exactly the members it needs", () => {
    for (const t of Object.keys(LEAF_TYPES) as LeafType[]) {
      const needed = new Set<string>(["v", "t", "ts", "org", "actor", ...LEAF_TYPES[t]]);
      const leaf = {
        ...(Object.fromEntries(Object.entries(full).filter(([name]) => needed.has(name))) as unknown as Leaf),
        t,
      };
      expect(parseLeaf(encodeLeaf(leaf)), t).toEqual(leaf);
      for (const name of needed) {
        const { [name as keyof Leaf]: _, ...rest } = leaf;
        expect(() => encodeLeaf(rest as Leaf), `${t} without ${name}`).toThrow(LedgerError);
      }
    }
    expect(parseLeaf(encodeLeaf(full))).toEqual(full);
  });

  it("write canonical JSON and read nothing else", () => {
    const canonical = new TextDecoder().decode(encodeLeaf(full));
    expect(canonical.startsWith('{"actor":{"dev":')).toBe(true);
    for (const text of [
      ` ${canonical}`,
      `${canonical}\n`,
      `\ufeff${canonical}`,
      canonical.replace('"v":1', '"v":1.0'),
      canonical.replace('"v":1', '"v":1,"v":1'),
      canonical.replace('"diagnose"', '"d\\u0069agnose"'),
      JSON.stringify(full),
    ]) {
      expect(() => parseLeaf(new TextEncoder().encode(text)), text.slice(0, 40)).toThrow(
        expect.objectContaining({ code: "leaf.malformed" }),
      );
    }
  });

  it("refuse unknown types, unknown members and wrong values", () => {
    expect(() => encodeLeaf({ ...full, t: "user.impersonate" as LeafType })).toThrow(
      expect.objectContaining({ code: "leaf.type" }),
    );
    expect(() => encodeLeaf({ ...full, t: "toString" as LeafType })).toThrow(
      expect.objectContaining({ code: "leaf.type" }),
    );
    for (const change of [
      { v: 2 },
      { extra: 1 },
      { ["__proto__x"]: 1 },
      { ts: "2026-01-02T03:04:05Z" },
      { ts: "2026-02-30T03:04:05.678Z" },
      { ts: 5 },
      { at: "now" },
      { org: "org_x" },
      { case: newId("file") },
      { file: "" },
      { parts: "index" },
      { parts: ["index", "index"] },
      { parts: Array.from({ length: 17 }, (_, i) => `p${i}`) },
      { actor: { id: "u", kind: "robot" } },
      { actor: { kind: "staff" } },
      { actor: { id: "u", kind: "staff", name: "Eve" } },
      { actor: null },
      { actor: [] },
      { ses: "short" },
      { net: { ip: hash, port: 1 } },
      { pol: { set: "md5:0", ids: [], dec: "allow" } },
      { pol: { ...full.pol, dec: "maybe" } },
      { pol: { ...full.pol, ids: "x" } },
      { grant: "g" },
      { rpk: `${hash}A` },
      { man: null },
      { n: -1 },
      { n: 1.5 },
      { n: "2" },
      { why: "curious" },
      { x: { to: "a", enc: "", ct: "b" } },
      { x: { enc: "a", ct: "b" } },
      { what: "line\nbreak" },
      { what: "" },
      { asig: "A".repeat(85) },
    ]) {
      const leaf = { ...full, ...change } as unknown as Leaf;
      expect(() => encodeLeaf(leaf), JSON.stringify(change)).toThrow(expect.objectContaining({ code: "leaf.member" }));
      expect(() => parseLeaf(bytesOf(leaf)), JSON.stringify(change)).toThrow(LedgerError);
    }
  });

  it("refuse entries of more than 65,535 bytes and JSON that is nested or broken", () => {
    expect(() => encodeLeaf({ ...full, x: { to: "a", enc: "A".repeat(40_000), ct: "B".repeat(40_000) } })).toThrow(
      expect.objectContaining({ code: "leaf.tooLarge" }),
    );
    expect(() => parseLeaf(new Uint8Array(65_536))).toThrow(expect.objectContaining({ code: "leaf.tooLarge" }));
    for (const text of ["", "null", "1", "[]", '"x"', "{", "[".repeat(60_000), '{"t":{"a":{"b":{"c":{}}}}}']) {
      expect(() => parseLeaf(new TextEncoder().encode(text)), text.slice(0, 20)).toThrow(LedgerError);
    }
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        (entry) => {
          expect(() => parseLeaf(new Uint8Array(entry))).toThrow(LedgerError);
        },
      ),
    );
  });
});

describe("signedPart", () => {
  it("keeps what the person signs and leaves out what the server adds", () => {
    const part = signedPart(full);
    expect(Object.keys(part).toSorted()).toEqual([
      "actor",
      "at",
      "case",
      "file",
      "grant",
      "man",
      "n",
      "org",
      "parts",
      "rpk",
      "t",
      "v",
      "what",
      "why",
      "x",
    ]);
    const { v, t, org, actor } = full;
    expect(Object.keys(signedPart({ v, t, org, actor })).toSorted()).toEqual(["actor", "org", "t", "v"]);
  });

  it("gives the same signed bytes for the act and for the leaf made of it", () => {
    expect(actMessage(signedPart(full))).toEqual(actMessage(full));
    expect(new TextDecoder().decode(actMessage(full)).startsWith('breakwater/v1/act\0{"actor":')).toBe(true);
    expect(actMessage({ ...full, ts: "2027-01-02T03:04:05.678Z" })).toEqual(actMessage(full));
    expect(actMessage({ ...full, at: "2027-01-02T03:04:05.678Z" })).not.toEqual(actMessage(full));
  });
});

describe("isLeafType", () => {
  it("knows the registry and nothing else", () => {
    expect(Object.keys(LEAF_TYPES).length).toBe(44);
    expect(isLeafType("key.release")).toBe(true);
    for (const word of ["", "key", "constructor", "__proto__", "key.release "]) expect(isLeafType(word)).toBe(false);
  });
});
