import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql as raw } from "kysely";
import { afterAll, describe, expect, it } from "vitest";
import { createPglite } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "pglite-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Another process that opens the directory, says so, and holds it. */
function holder(directory: string): ChildProcess {
  const script = `
    import { createPglite } from ${JSON.stringify(join(import.meta.dirname, "index.ts"))};
    process.stdout.write("began\\n");
    const sql = await createPglite({ directory: ${JSON.stringify(directory)} });
    process.stdout.write("open\\n");
    process.on("SIGTERM", () => sql.close().then(() => process.exit(0)));`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
}
function says(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    // Listening, not iterating: an iterator would close the pipe when it has heard enough.
    child.stdout?.on("data", (data: Buffer) => {
      output += data.toString();
      if (output.includes(word)) resolve();
    });
    child.once("exit", () => reject(new Error(`The process ended without saying ${word}.`)));
  });
}
async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

describe("createPglite()", () => {
  it("fails within a second naming the process that holds the directory, and takes over from one that was killed", async () => {
    const directory = join(folder, "held");
    const child = holder(directory);
    await says(child, "open");
    const began = performance.now();
    await expect(createPglite({ directory })).rejects.toMatchObject({
      code: "sql.inUse",
      message: expect.stringContaining(`Process ${child.pid} `),
    });
    expect(performance.now() - began).toBeLessThan(1000);
    await kill(child, "SIGKILL");
    expect(existsSync(`${directory}.lock`)).toBe(true);
    const sql = await createPglite({ directory });
    expect(readFileSync(`${directory}.lock`, "utf8")).toMatch(new RegExp(`^${process.pid} `));
    await sql.close();
    expect(existsSync(`${directory}.lock`)).toBe(false);
  });

  it("takes over a lock whose number now belongs to another process", async () => {
    const directory = join(folder, "held");
    // Our parent lives, but was not born at the first tick of the machine.
    writeFileSync(`${directory}.lock`, `${process.ppid} 1\n`);
    await (await createPglite({ directory })).close();
  });

  it("makes a database anew whose making was killed", async () => {
    const directory = join(folder, "half");
    const child = holder(directory);
    await says(child, "began");
    for (let i = 0; i < 500 && !existsSync(join(directory, "base")); i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await kill(child, "SIGKILL");
    expect(existsSync(`${directory}.creating`)).toBe(true);
    const sql = await createPglite({ directory });
    expect((await raw<{ one: number }>`select 1 as one`.execute(sql.db)).rows).toEqual([{ one: 1 }]);
    await sql.close();
    expect(existsSync(`${directory}.creating`)).toBe(false);
  });

  it("leaves the main thread free during a long query", async () => {
    const sql = await createPglite({ directory: join(folder, "held") });
    let worst = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      worst = Math.max(worst, performance.now() - last - 10);
      last = performance.now();
    }, 10);
    await raw`select count(*) from generate_series(1, 3000000) n where n % 7 = 3`.execute(sql.db);
    clearInterval(timer);
    console.log(`longest stall of the main thread: ${worst.toFixed(0)} ms`);
    expect(worst).toBeLessThan(250);
    await sql.close();
  });

  it("says what is wrong with a directory that cannot be used", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(createPglite({ directory: join(folder, "file", "sql") })).rejects.toMatchObject({
      code: "sql.unavailable",
    });
  });

  it("refuses statements after it was closed", async () => {
    const sql = await createPglite({ directory: join(folder, "held") });
    await sql.close();
    await expect(raw`select 1`.execute(sql.db)).rejects.toThrow();
  });
});
