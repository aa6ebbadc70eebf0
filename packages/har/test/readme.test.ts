import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as api from "../src/index.ts";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

/** Runs an example, and gives what it printed beside what its comments say. */
async function runExample(code: string): Promise<{ printed: string[]; promised: string[] }> {
  const printed: string[] = [];
  const print = { log: (...values: unknown[]) => printed.push(values.map((value) => (typeof value === "object" ? JSON.stringify(value) : String(value))).join(" ")) };
  const body = code.replace(/import (\{[^}]*\}) from "@breakwater\/har";/g, "const $1 = api;");
  const run: unknown = new Function("api", "console", `return (async () => {${body}})();`);
  if (typeof run !== "function") throw new Error("not a function");
  await run(api, print);
  return { printed, promised: [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1] ?? "") };
}

describe("README", () => {
  it("has examples", () => expect(examples.length).toBeGreaterThan(3));

  it.each(examples.map((code) => [code.split("\n")[0] ?? "", code]))("runs: %s", async (_, code) => {
    const { printed, promised } = await runExample(code);
    const plain = (text: string): string => text.replace(/redacted[0-9a-f]+…?/g, "redacted…").replace(/["\s{}]/g, "");
    expect(printed.map(plain)).toEqual(promised.map(plain));
  });
});
