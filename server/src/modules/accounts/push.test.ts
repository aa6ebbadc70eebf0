import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Statement } from "@breakwater/seal";
import { createPglite, migrate } from "@breakwater/sql";
import { ledgerMigrations } from "../ledger/index.ts";
import { accountsMigrations } from "./migrations.ts";
import { createPush } from "./push.ts";

it("createPush: tells again until the releaser has it, and all of it at a start", async () => {
  const directory = mkdtempSync(join(tmpdir(), "push-"));
  const sql = await createPglite({ directory });
  await migrate(sql, [ledgerMigrations, accountsMigrations]);
  const told: (readonly Statement[])[] = [];
  let away = true;
  let heard = (): void => undefined;
  const releaser = {
    async standing(statements: readonly Statement[]) {
      if (away) throw new Error("Nobody answers.");
      told.push(statements);
      heard();
    },
  };
  const complaints: unknown[] = [];
  const push = createPush({ sql, releaser, report: (error) => complaints.push(error) });
  expect(await push.tell("org_a")).toBe(false);
  expect(complaints).toHaveLength(1);
  const second = new Promise<void>((done) => (heard = done));
  away = false;
  await second;
  expect(told).toHaveLength(1);
  expect(await push.tell("org_a")).toBe(true);
  await push.start();
  push.close();
  await sql.close();
  rmSync(directory, { recursive: true });
});
