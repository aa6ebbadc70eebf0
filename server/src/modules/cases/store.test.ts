import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPglite, migrate, type Sql } from "@breakwater/sql";
import { newId } from "@breakwater/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { casesMigrations } from "./migrations.ts";
import { findCases, insertAssignee, insertCase, readCase, type CaseFilter } from "./store.ts";

const COUNT = 10_000;
const orgs = Array.from({ length: 40 }, () => newId("org"));
const engineers = Array.from({ length: 8 }, () => newId("user"));
let directory: string;
let sql: Sql;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "cases-"));
  sql = await createPglite({ directory: join(directory, "sql") });
  await migrate(sql, [casesMigrations]);
  // A sealed subject is about 1,600 characters; a case key with two wraps about 5,000.
  const [subject, key] = ["s".repeat(1_600), "k".repeat(5_000)];
  for (let from = 0; from < COUNT; from += 1000) {
    await sql.transaction(async (tx) => {
      for (let i = from; i < from + 1000; i++) {
        const case_id = newId("case");
        const org = orgs[i % orgs.length] ?? "";
        const opened = new Date(1_700_000_000_000 + i * 60_000);
        await insertCase(tx, {
          case_id,
          org,
          type: "problem",
          jurisdiction: "NL",
          sensitivity: "normal",
          state: i % 10 === 0 ? "open" : "closed",
          subject,
          case_key: key,
          releaser_key: "{}",
          opened_by: org,
          opened,
          changed: opened,
        });
        if (i % 3 === 0)
          await insertAssignee(tx, {
            case_id,
            user_id: engineers[i % engineers.length] ?? "",
            number: i + 1,
            since: opened,
          });
      }
    });
  }
}, 120_000);
afterAll(async () => {
  await sql.close();
  rmSync(directory, { recursive: true, force: true });
});

async function medianOf(filter: CaseFilter): Promise<{ readonly ms: number; readonly rows: number }> {
  const times: number[] = [];
  let rows = 0;
  for (let i = 0; i < 9; i++) {
    const began = performance.now();
    rows = (await findCases(sql.db, filter)).length;
    times.push(performance.now() - began);
  }
  return { ms: times.sort((a, b) => a - b)[4] ?? 0, rows };
}

describe(`findCases() over ${COUNT} cases`, () => {
  it.each([
    ["the newest", { limit: 100 }],
    ["open ones", { state: "open", limit: 100 }],
    ["one customer's", { org: orgs[3], limit: 100 }],
    ["one customer's open ones", { org: orgs[10], state: "open", limit: 100 }],
    ["an engineer's", { assignee: engineers[1], limit: 100 }],
    ["the last page", { before: 101, limit: 100 }],
  ] as const)("gives a page of %s in well under a tenth of a second", async (what, filter) => {
    const { ms, rows } = await medianOf(filter);
    console.log(`${what}: ${rows} rows, median ${ms.toFixed(1)} ms`);
    expect(rows).toBe(100);
    expect(ms).toBeLessThan(100);
  });

  it("walks every case once, newest first, by key", async () => {
    const seen: number[] = [];
    for (let before: number | undefined; ;) {
      const page = await findCases(sql.db, { before, limit: 500 });
      seen.push(...page.map(({ number }) => number));
      before = page.at(-1)?.number;
      if (page.length < 500) break;
    }
    expect(seen).toHaveLength(COUNT);
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
  });

  it("gives the assignees with each case", async () => {
    const [newest] = await findCases(sql.db, { assignee: engineers[1], limit: 1 });
    expect(newest?.assignees).toEqual([engineers[1]]);
    expect((await readCase(sql.db, newest?.case_id ?? ""))?.assignees).toEqual([engineers[1]]);
    expect(await readCase(sql.db, newId("case"))).toBeUndefined();
  });
});
