import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fingerprint, signerFrom } from "@breakwater/har";
import { breakwater, recording, SECRET } from "./command.ts";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "breakwater-cli-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const har = (...args: string[]) => breakwater(["har", ...args], { cwd });
const put = (name: string, content: string | Uint8Array) => writeFileSync(join(cwd, name), content);
const get = (name: string) => readFileSync(join(cwd, name), "utf8");
const files = (folder = "") => readdirSync(join(cwd, folder)).toSorted();

describe("breakwater har sanitize, its options", () => {
  it("takes folders and patterns, writes into a folder, and reports one line of JSON for each", () => {
    mkdirSync(join(cwd, "in/deep"), { recursive: true });
    mkdirSync(join(cwd, "out"));
    put("in/a.har", recording(1));
    put("in/deep/b.har", recording(2));
    put("in/old.sanitized.har", recording(1));
    const { status, stdout } = har("sanitize", "in", "-o", "out", "--json");
    expect(status).toBe(0);
    expect(files("out")).toEqual(["a.sanitized.har", "b.sanitized.har"]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { file: "in/a.har", entries: 1 },
      { file: "in/deep/b.har", entries: 2 },
    ]);
    expect(stdout).not.toContain(SECRET);
    expect(har("sanitize", "in/*.har").status).toBe(0);
    expect(files("in")).toEqual(["a.har", "a.sanitized.har", "deep", "old.sanitized.har"]);
  });

  it("does the other recordings when one cannot be read, and says so by its exit code", () => {
    put("good.har", recording(1));
    put("bad.har", "{");
    const { status, stderr } = har("sanitize", "good.har", "bad.har");
    expect(status).toBe(2);
    expect(stderr).toMatch(/^breakwater: bad\.har: [^\n]+\n$/);
    expect(files()).toEqual(["bad.har", "good.har", "good.sanitized.har"]);
  });

  it("gives the same bytes for the same key, and others for another", () => {
    put("s.har", recording(2));
    put("one.key", "11".repeat(32));
    put("two.key", "22".repeat(32));
    for (const [key, out] of [
      ["one.key", "a"],
      ["one.key", "b"],
      ["two.key", "c"],
    ] as const)
      expect(har("sanitize", "s.har", "--key", key, "-o", out).status).toBe(0);
    expect(get("a")).toBe(get("b"));
    expect(get("a")).not.toBe(get("c"));
  });

  it("--watch writes fingerprints under the given key, or a fresh one beside it", () => {
    put("s.har", recording(2));
    put("w.key", "33".repeat(32));
    expect(har("sanitize", "s.har", "--watch", "watch.json", "--watch-key", "w.key").status).toBe(0);
    const list = JSON.parse(get("watch.json"));
    expect(list.credentials.map((item: { fingerprint: string }) => item.fingerprint)).toContain(
      fingerprint(Buffer.from("33".repeat(32), "hex"), SECRET),
    );
    expect(get("watch.json")).not.toContain(SECRET);
    expect(har("sanitize", "s.har", "-o", "t.har", "--watch", "fresh.json").status).toBe(0);
    const key = Buffer.from(get("fresh.json.key").trim(), "base64url");
    expect(JSON.parse(get("fresh.json")).credentials[0].fingerprint).toBe(fingerprint(key, SECRET));
  });

  it("--mode strict and --policy decide what stays; a policy file that is wrong or unsigned is refused", () => {
    put("s.har", recording(1));
    expect(har("sanitize", "s.har", "-o", "strict.har", "--mode", "strict").status).toBe(0);
    expect(get("strict.har")).not.toContain("hello 0");
    put("p.json", JSON.stringify({ format: "breakwater-har-policy/1", name: "ours", mode: "strict" }));
    expect(har("sanitize", "s.har", "-o", "p.har", "--policy", "p.json").status).toBe(0);
    expect(get("p.har")).not.toContain("hello 0");
    put("bad.json", '{"format":"breakwater-har-policy/1","name":"x","keep":["a"]}');
    expect(har("sanitize", "s.har", "-o", "q.har", "--policy", "bad.json").stderr).toContain('"keep" is unknown');
    expect(
      har("sanitize", "s.har", "-o", "q.har", "--policy", "p.json", "--policy-signer", "A".repeat(43)).status,
    ).toBe(2);
    expect(har("sanitize", "s.har", "-o", "q.har", "--mode", "lax").status).toBe(2);
    expect(files()).not.toContain("q.har");
  });

  it("--manifest is signed, and har verify checks it on arrival", async () => {
    put("s.har", recording(1));
    put("sign.key", Buffer.alloc(32, 7));
    const signer = Buffer.from((await signerFrom(Buffer.alloc(32, 7))).publicKey).toString("base64url");
    expect(har("sanitize", "s.har", "--manifest", "m.json", "--sign", "sign.key").status).toBe(0);
    expect(har("verify", "s.sanitized.har", "--manifest", "m.json", "--signer", signer)).toMatchObject({ status: 0 });
    put("other.har", `${get("s.sanitized.har")} `);
    const other = har("verify", "other.har", "--manifest", "m.json", "--signer", signer);
    expect(other.status).toBe(1);
    expect(other.stdout).toContain("belongs to another file");
    expect(har("verify", "s.sanitized.har", "--manifest", "m.json", "--signer", "A".repeat(43)).status).toBe(1);
  });
});

describe("breakwater har inspect, diff, verify", () => {
  it("inspect describes hosts, places and sessions without the secret", () => {
    put("s.har", recording(3));
    const { status, stdout } = har("inspect", "s.har");
    expect(status).toBe(0);
    for (const part of [
      "3 requests to 1 hosts",
      "app.example",
      "value of a cookie that the browser sent",
      "/request/headers/*/value",
      "Sessions: ",
    ])
      expect(stdout).toContain(part);
    const { stdout: json } = har("inspect", "s.har", "--json");
    expect(JSON.parse(json)).toMatchObject({
      file: "s.har",
      entries: 3,
      inventory: { items: [{ kind: "cookie", names: ["sid"] }] },
    });
    expect(stdout + json).not.toContain(SECRET);
  });

  it("diff lists the places that changed without the secret", () => {
    put("s.har", recording(2));
    har("sanitize", "s.har");
    const { status, stdout } = har("diff", "s.har", "s.sanitized.har");
    expect(status).toBe(0);
    expect(stdout).toContain("value    /log/entries/1/request/cookies/0/value\n");
    expect(stdout).not.toContain(SECRET);
    expect(har("diff", "s.har").status).toBe(2);
  });

  it("verify ends with 1 for a recording as it was, and 0 once it is sanitised", () => {
    put("s.har", recording(1));
    har("sanitize", "s.har");
    const before = har("verify", "s.har");
    expect(before.status).toBe(1);
    expect(before.stdout).toContain("the rules find 2 secrets");
    expect(before.stdout).not.toContain(SECRET);
    expect(har("verify", "s.sanitized.har")).toMatchObject({
      status: 0,
      stdout: "s.sanitized.har: the rules find nothing in 1 requests.\n",
    });
    expect(JSON.parse(har("verify", "s.har", "--json").stdout)).toMatchObject({ clean: false, file: "s.har" });
  });
});
