import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { breakwater, ended, recording, SECRET, started } from "./command.ts";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "breakwater-cli-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...args: string[]) => breakwater(["har", "sanitize", ...args], { cwd });
const put = (name: string, content: string | Uint8Array) => writeFileSync(join(cwd, name), content);
const get = (name: string) => readFileSync(join(cwd, name), "utf8");
const files = () => readdirSync(cwd).toSorted();

describe("breakwater har sanitize", () => {
  it("writes session.sanitized.har and the report, without the secret, readable by the owner only", () => {
    put("session.har", recording(3));
    const { status, stdout, stderr } = run("session.har", "--report", "report.json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(
      /^Replaced \d+ secrets in 3 requests: \d+ cookie\.\nSearched .*\nWrote session\.sanitized\.har\.\nWrote report\.json\.\n$/,
    );
    expect(files()).toEqual(["report.json", "session.har", "session.sanitized.har"]);
    expect(JSON.parse(get("session.sanitized.har"))).toMatchObject({ log: { entries: { length: 3 } } });
    expect(get("session.sanitized.har") + get("report.json")).not.toContain(SECRET);
    expect(statSync(join(cwd, "session.sanitized.har")).mode & 0o777).toBe(0o600);
    expect(JSON.parse(get("report.json"))).toMatchObject({ tool: "breakwater-har", entries: 3 });
  });

  it("reads standard input and writes standard output, with the summary on standard error", () => {
    const { status, stdout, stderr } = breakwater(["har", "sanitize", "-"], { cwd, input: recording(2) });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ log: { entries: { length: 2 } } });
    expect(stdout).not.toContain(SECRET);
    expect(stderr).toContain("Replaced");
    expect(files()).toEqual([]);
  });

  it("sanitises logs and other text, also packed and from standard input, and says lines", () => {
    put("server.log", `10:00 INFO start\n10:01 DEBUG Cookie: sid=${SECRET}\n`);
    put(".env", `API_TOKEN=${SECRET}\nPORT=8080\n`);
    put("old.log.gz", gzipSync(`Authorization: Bearer ${SECRET}\n`));
    const { status, stdout, stderr } = run("server.log", ".env", "old.log.gz");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("Replaced 1 secrets in 2 lines: 1 cookie.");
    expect(files().filter((name) => name.includes("sanitized"))).toEqual([
      ".env.sanitized",
      "old.sanitized.log",
      "server.sanitized.log",
    ]);
    expect(get("server.sanitized.log")).toMatch(/^10:00 INFO start\n10:01 DEBUG Cookie: sid=redacted[0-9a-f]{20}\n$/);
    expect(get(".env.sanitized")).toMatch(/^API_TOKEN=redacted[0-9a-f]{20}\nPORT=8080\n$/);
    expect(get("old.sanitized.log")).not.toContain(SECRET);
    expect(breakwater(["har", "sanitize", "-"], { cwd, input: `password=${SECRET}\n` }).stdout).not.toContain(SECRET);
    expect(breakwater(["har", "verify", "server.sanitized.log"], { cwd }).status).toBe(0);
    expect(breakwater(["har", "verify", "server.log"], { cwd }).status).toBe(1);
  });

  it("refuses what is no text with exit code 2 and leaves no file", () => {
    put("shot.png", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13));
    const { status, stderr } = run("shot.png");
    expect(status).toBe(2);
    expect(stderr).toContain("shot.png: This file is not text");
    expect(files()).toEqual(["shot.png"]);
  });

  it("reads gzip, from a file and from standard input", () => {
    put("session.har.gz", gzipSync(recording(2)));
    expect(run("session.har.gz").status).toBe(0);
    expect(files()).toEqual(["session.har.gz", "session.sanitized.har"]);
    expect(breakwater(["har", "sanitize", "-", "-o", "piped.har"], { cwd, input: gzipSync(recording(2)) }).status).toBe(
      0,
    );
    expect(JSON.parse(get("piped.har"))).toMatchObject({ log: { entries: { length: 2 } } });
  });

  it("replaces no file without --force, and never its own input", () => {
    put("session.har", recording(1));
    put("out.har", "precious");
    const refused = run("session.har", "-o", "out.har");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toBe(
      "breakwater: out.har: this file exists already; choose another name, or add --force to replace it.\n",
    );
    expect(get("out.har")).toBe("precious");
    expect(run("session.har", "--report", "out.har").status).toBe(2);
    expect(files()).toEqual(["out.har", "session.har"]);
    expect(run("session.har", "-o", "out.har", "--force").status).toBe(0);
    expect(get("out.har")).toContain("entries");
    expect(run("session.har", "-o", "session.har", "--force").stderr).toContain("this is the input itself");
    symlinkSync("session.har", join(cwd, "link.har"));
    expect(run("session.har", "-o", "link.har").status).toBe(2);
    expect(get("session.har")).toBe(recording(1));
  });

  it("says in one line what is wrong with the input, and leaves nothing", () => {
    put("text.har", "not json");
    put("list.har", "[]");
    put("cut.har", recording(3).slice(0, -40));
    put("broken.har", recording(3).replace('"time":1', '"time":"'));
    put("empty.har", "");
    put("bytes.har", Uint8Array.of(0x1f, 0x8b, 1, 2, 3, 4, 5, 6));
    mkdirSync(join(cwd, "folder"));
    const before = files();
    for (const name of [
      "text.har",
      "list.har",
      "cut.har",
      "broken.har",
      "empty.har",
      "bytes.har",
      "folder",
      "missing.har",
      "missing/x.har",
    ]) {
      const { status, stdout, stderr } = run(name, "-o", "out.har", "--report", "report.json");
      expect({ status, stdout }, name).toEqual({ status: 2, stdout: "" });
      expect(stderr, name).toMatch(/^breakwater: [^\n]+\n$/);
      expect(stderr, name).toContain(name);
      expect(stderr, name).not.toMatch(/ {4}at |Error/);
    }
    expect(files()).toEqual(before);
  });

  it("says so when the output cannot be written, and for wrong options", () => {
    put("session.har", recording(1));
    mkdirSync(join(cwd, "folder"));
    for (const args of [
      ["session.har", "-o", "folder"],
      ["session.har", "-o", "missing/out.har"],
      ["session.har", "-o", "a.har", "--report", "./a.har"],
      ["session.har", "--report", "-"],
      ["session.har", "--unknown"],
      ["session.har", "other.har"],
      [],
    ]) {
      const { status, stderr } = run(...args);
      expect(status, args.join(" ")).toBe(2);
      expect(stderr, args.join(" ")).toMatch(/^breakwater: [^\n]+\n$/);
    }
    expect(files()).toEqual(["folder", "session.har"]);
  });

  // Root may read everything, so the command runs as somebody else where the tests run as root.
  it("says so when the file may not be read", () => {
    put("session.har", recording(1));
    chmodSync(join(cwd, "session.har"), 0);
    chmodSync(cwd, 0o777);
    const { status, stderr } = breakwater(["har", "sanitize", "session.har"], {
      cwd,
      ...(process.getuid?.() === 0 ? { uid: 65_534 } : {}),
    });
    expect({ status, stderr }).toEqual({ status: 2, stderr: "breakwater: session.har: no permission.\n" });
  });

  it("leaves nothing under the final name when it is killed while writing, and nothing at all when it is asked to stop", async () => {
    put("session.har", recording(60_000));
    for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
      const child = started(["har", "sanitize", "session.har", "-o", "out.har"], cwd);
      await until(() => files().some((name) => name.endsWith(".tmp") && statSync(join(cwd, name)).size > 0));
      const temporary = files().find((name) => name.endsWith(".tmp")) ?? "";
      expect(statSync(join(cwd, temporary)).mode & 0o777).toBe(0o600);
      const end = ended(child);
      child.kill(signal);
      expect(await end).toEqual(signal === "SIGKILL" ? { code: null, signal } : { code: 2, signal: null });
      expect(existsSync(join(cwd, "out.har"))).toBe(false);
      // Whoever does the work hears that the command was killed, and tidies up.
      await until(() => !files().includes(temporary));
      expect(files()).toEqual(["session.har"]);
    }
  });

  it("stops waiting for standard input when it is asked to", async () => {
    const child = started(["har", "sanitize", "-"], cwd);
    child.stdin?.write("{");
    await new Promise((resolve) => setTimeout(resolve, 500));
    const end = ended(child);
    child.kill("SIGTERM");
    expect(await end).toEqual({ code: 2, signal: null });
  });

  it("ends without a trace when the reader of standard output goes away", async () => {
    put("session.har", recording(20_000));
    const child = started(["har", "sanitize", "session.har", "-o", "-"], cwd);
    const stderr: Buffer[] = [];
    child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
    const end = ended(child);
    if (child.stdout) await once(child.stdout, "data");
    child.stdout?.destroy();
    expect(await end).toEqual({ code: 2, signal: null });
    expect(Buffer.concat(stderr).toString()).toBe("breakwater: The output was closed before everything was written.\n");
  });
});

async function until(ready: () => boolean): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 5) {
    if (ready()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("It did not happen within 30 seconds.");
}
