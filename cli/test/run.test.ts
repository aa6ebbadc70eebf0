import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { breakwater, BIN } from "./command.ts";

describe("breakwater", () => {
  it("explains itself with --help, help or nothing, on standard output", () => {
    for (const args of [["--help"], ["-h"], ["help"], [], ["har", "--help"], ["ledger", "-h"]]) {
      const { status, stdout, stderr } = breakwater(args);
      expect({ status, stderr }, args.join(" ")).toEqual({ status: 0, stderr: "" });
      for (const word of ["har sanitize", "ledger verify", "Exit codes", "Examples"]) expect(stdout).toContain(word);
      expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
    }
    expect(breakwater(["har", "sanitize", "--help"]).stdout).toMatch(/^Usage: breakwater har sanitize/);
    expect(breakwater(["ledger", "verify", "-h"]).stdout).toMatch(/^Usage: breakwater ledger verify/);
  });

  it("says its version", () => {
    expect(breakwater(["--version"])).toMatchObject({ status: 0, stdout: "breakwater 0.1.0\n" });
  });

  it("names the commands when it does not know one, without letting the name act on the terminal", () => {
    for (const args of [
      ["frobnicate"],
      ["har"],
      ["har", "frob"],
      ["--frob"],
      ["\u001b[31mred\u001b[0m\n"],
      ["constructor"],
      ["toString", "x"],
    ]) {
      const { status, stdout, stderr } = breakwater(args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/^breakwater: [^\n]+\n$/);
      expect(stderr).not.toContain("\u001b");
    }
  });

  // The machine's own Node, where there is one that is too old for TypeScript.
  const old = ["/usr/bin/node", "/usr/local/bin/node"].find(
    (node) =>
      existsSync(node) && Number(/\d+/.exec(spawnSync(node, ["--version"], { encoding: "utf8" }).stdout)?.[0]) < 24,
  );
  if (old === undefined) console.warn("SKIPPED: this machine has no Node older than 24 to start the command with.");
  it.skipIf(old === undefined)(
    "runs under the pinned Node when it is started by an older one, and passes the exit code on",
    () => {
      expect(spawnSync(old ?? "", [BIN, "--version"], { encoding: "utf8" })).toMatchObject({
        status: 0,
        stdout: "breakwater 0.1.0\n",
      });
      expect(spawnSync(old ?? "", [BIN, "frob"], { encoding: "utf8" })).toMatchObject({ status: 2 });
    },
  );
});
