import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPglite, migrate, type Sql } from "@breakwater/sql";
import { newId } from "@breakwater/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { casesMigrations } from "./migrations.ts";
import { countCases, findCases, placeOf, readPlace, type CaseFilter, type CasePage, type CaseSort } from "./find.ts";
import { insertAssignee, insertCase, readCase, replaceTags } from "./store.ts";

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
          changed: new Date(opened.getTime() + ((i * 7919) % COUNT) * 1000),
          priority: i % 4,
          team: null,
          waiting: i % 10 === 0 ? opened : null,
          closed: null,
        });
        if (i % 50 === 0) await replaceTags(tx, case_id, ["saml", `batch-${i % 500}`]);
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

const PAGE: CasePage = { sort: "number", order: "desc", limit: 100 };

async function medianOf(filter: CaseFilter, page: CasePage): Promise<{ readonly ms: number; readonly rows: number }> {
  const times: number[] = [];
  let rows = 0;
  for (let i = 0; i < 9; i++) {
    const began = performance.now();
    rows = (await findCases(sql.db, filter, page)).length;
    await countCases(sql.db, filter);
    times.push(performance.now() - began);
  }
  return { ms: times.sort((a, b) => a - b)[4] ?? 0, rows };
}

describe(`findCases() over ${COUNT} cases`, () => {
  it.each([
    ["the newest", {}, {}],
    ["open ones", { states: ["open"] }, {}],
    ["one customer's", { org: orgs[3] }, {}],
    ["one customer's open ones", { org: orgs[10], states: ["open"] }, {}],
    ["an engineer's", { assignee: engineers[1] }, {}],
    ["cases that nobody has", { assignee: null }, {}],
    ["the last page", {}, { after: { key: "", number: 101 } }],
    ["the most urgent", {}, { sort: "priority" }],
    ["those who wait longest", {}, { sort: "waiting", order: "asc" }],
    ["a tag's", { tag: "saml" }, {}],
    ["what one person has not seen", { unreadBy: newId("user") }, {}],
    ["a search for a customer", { search: { orgs: [orgs[5] ?? ""], users: [] } }, {}],
    ["a search for an engineer", { search: { orgs: [], users: [engineers[2] ?? ""] } }, {}],
  ] as const)("gives a page of %s and their count", async (what, filter, page) => {
    const { ms, rows } = await medianOf(filter, { ...PAGE, ...page });
    console.log(`${what}: ${rows} rows, median ${ms.toFixed(1)} ms with the count`);
    expect(rows).toBe(100);
  });

  it.each([
    ["number", "desc"],
    ["number", "asc"],
    ["changed", "desc"],
    ["priority", "desc"],
    ["priority", "asc"],
    ["waiting", "asc"],
  ] as const)("walks every case once by %s, %s", async (sort: CaseSort, order) => {
    const seen: number[] = [];
    let after: CasePage["after"];
    for (;;) {
      const page = await findCases(sql.db, {}, { sort, order, after, limit: 500 });
      seen.push(...page.map(({ number }) => number));
      const last = page.at(-1);
      if (!last || page.length < 500) break;
      after = readPlace(sort, placeOf(sort, last));
      expect(after).toBeDefined();
    }
    expect(seen).toHaveLength(COUNT);
    expect(new Set(seen).size).toBe(COUNT);
  });

  it("counts what it finds, and finds nothing for an empty list or a place that no page gave", async () => {
    expect(await countCases(sql.db, { states: ["open"] })).toBe(COUNT / 10);
    expect(await countCases(sql.db, { tag: "saml" })).toBe(COUNT / 50);
    expect(await countCases(sql.db, { teams: [] })).toBe(0);
    expect(await countCases(sql.db, { search: { orgs: [], users: [] } })).toBe(0);
    expect(await countCases(sql.db, { search: { number: 77, orgs: [], users: [] } })).toBe(1);
    for (const text of ["", "x", "0~", "5~5", "5~'; drop table cases"])
      expect(readPlace("priority", text)).toBeUndefined();
  });

  it("gives the assignees with each case", async () => {
    const [newest] = await findCases(sql.db, { assignee: engineers[1] }, { ...PAGE, limit: 1 });
    expect(newest?.assignees).toEqual([engineers[1]]);
    expect((await readCase(sql.db, newest?.case_id ?? ""))?.assignees).toEqual([engineers[1]]);
    expect(await readCase(sql.db, newId("case"))).toBeUndefined();
  });
});
