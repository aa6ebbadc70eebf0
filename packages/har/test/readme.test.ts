import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

/** Runs an example, and gives what it printed beside what its comments say. */
async function runExample(code: string, number: number): Promise<{ printed: string[]; promised: string[] }> {
  const printed: string[] = [];
  const print = {
    log: (...values: unknown[]): void =>
      void printed.push(values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" ")),
  };
  // A module of its own, beside the sources, as a reader would have it.
  const file = join(import.meta.dirname, `readme-${number}.generated.mjs`);
  const imports = code.replace(/from "@breakwater\/har"/g, 'from "../src/index.ts"');
  writeFileSync(
    file,
    `export async function run(console) {\n${imports.replace(/^import .*$/gm, "")}\n}\n${imports.match(/^import .*$/gm)?.join("\n") ?? ""}\n`,
  );
  try {
    const example: { run(print: { log(...values: unknown[]): void }): Promise<void> } = await import(
      pathToFileURL(file).href
    );
    await example.run(print);
  } finally {
    rmSync(file);
  }
  return { printed, promised: [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1] ?? "") };
}

describe("README", () => {
  it("has examples", () => expect(examples.length).toBeGreaterThan(3));

  it.each(examples.map((code, i): [string, string, number] => [code.split("\n")[0] ?? "", code, i]))(
    "runs: %s",
    async (_, code, number) => {
      const { printed, promised } = await runExample(code, number);
      const plain = (text: string): string => text.replace(/redacted[0-9a-f]+…?/g, "redacted…").replace(/["\s{}]/g, "");
      expect(printed.map(plain)).toEqual(promised.map(plain));
    },
  );
});
