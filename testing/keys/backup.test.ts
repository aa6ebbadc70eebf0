import { execFile } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { DeskClient, randomParts } from "../src/desk-client.ts";
import { startServer } from "../src/server.ts";

const PROGRAM = join(import.meta.dirname, "../../tools/backup.mjs");
const folder = mkdtempSync(join(tmpdir(), "backup-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<string> {
  return promisify(execFile)(process.execPath, [PROGRAM, ...args]).then(
    ({ stdout }) => stdout,
    (error: { stderr: string }) => `refused: ${error.stderr}`,
  );
}

describe("tools/backup.mjs", { timeout: 120_000 }, () => {
  it("[vault 60] the desk is lost, restored from its two backups, and opens what it held", async () => {
    let server = await startServer();
    const { directory, url } = server;
    const admin = await DeskClient.enrol({ url }, server.enrolment ?? "", { name: "Desk Admin", email: "a@desk.test" });
    const customer = await DeskClient.enrol({ url }, await admin.invite({ for: "customer", role: "admin" }), {
      name: "Customer Admin",
      email: "a@customer.test",
    });
    const row = await customer.openCase();
    const plain = randomParts();
    const { sealed } = await customer.upload(row.case, plain);
    expect(await run("take", directory, folder)).toMatch(/^refused: Process \d+ uses/);
    await server.close();

    const old = join(folder, "releaser-of-last-month");
    expect(await run("take", directory, folder, "releaser")).toContain("files");
    const [kept = ""] = readdirSync(folder);
    await promisify(execFile)("cp", ["-r", join(folder, kept), old]);
    utimesSync(old, new Date(), new Date(Date.now() - 30 * 86_400_000));
    rmSync(join(folder, kept), { recursive: true });
    expect(await run("take", directory, folder)).toContain("older than 7 days, removed");
    expect(existsSync(old)).toBe(false);
    const names = readdirSync(folder);
    const of = (part: string): string => join(folder, names.find((name) => name.startsWith(part)) ?? "");

    rmSync(directory, { recursive: true });
    const blobs = readdirSync(of("server"), { recursive: true, encoding: "utf8" }).find((name) =>
      /part_|prt_/.test(name),
    );
    expect(await run("check", of("server"))).toContain("whole");
    expect(await run("restore", of("server"), directory)).toContain("restored");
    expect(await run("restore", of("server"), directory)).toContain("a restore overwrites nothing");
    expect(await run("restore", of("releaser"), directory)).toContain("restored");
    server = await startServer({ BREAKWATER_DATA: directory, BREAKWATER_URL: url });
    const { plain: opened } = await customer.open(sealed.manifest, ["responseBodies"], null);
    expect(opened.get("responseBodies")).toEqual(plain.responseBodies);
    await server.close();
    rmSync(directory, { recursive: true });

    if (blobs !== undefined) appendFileSync(join(of("server"), blobs), "x");
    else appendFileSync(join(of("server"), "keys/log.key"), "x");
    expect(await run("restore", of("server"), directory)).toContain("was changed");
    expect(existsSync(directory)).toBe(false);
  });
});
