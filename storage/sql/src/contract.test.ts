import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql as raw } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPostgres, type TestPostgres } from "../../../testing/src/postgres.ts";
import { createPglite, createPostgres, migrate, type Migration, type Sql } from "./index.ts";

type Tables = {
  things: { id: number; bytes: Uint8Array | null; at: Date | null; doc: string | null; parent: number | null };
};

const CREATE: Migration = {
  name: "001-things",
  statements: [
    "create table things (id bigint primary key, bytes bytea, at timestamptz, doc jsonb, parent bigint references things (id))",
  ],
};
const folder = mkdtempSync(join(tmpdir(), "sql-"));
let server: TestPostgres | null = null;
const engines: Record<string, Sql | undefined> = {};

beforeAll(async () => {
  server = await startPostgres();
  if (server === null)
    console.warn("PostgreSQL 15 or newer is not installed: the contract runs on the embedded engine only.");
  else engines["postgres"] = await createPostgres({ url: server.url });
  engines["pglite"] = await createPglite({ directory: join(folder, "db") });
}, 120_000);
afterAll(async () => {
  for (const engine of Object.values(engines)) await engine?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(["pglite", "postgres"])("Sql on %s", (name) => {
  const engine = (skip: (note: string) => void): Sql => {
    const found = engines[name];
    if (found === undefined) skip(`${name} is not installed here`);
    return found as Sql;
  };
  const things = (sql: Sql) => sql.db.withTables<Tables>().selectFrom("things");

  it("migrate() applies each migration once, in order, and refuses a changed one", async ({ skip }) => {
    const sql = engine(skip);
    const sets = [{ module: "test", migrations: [CREATE] }];
    expect(await migrate(sql, sets)).toEqual(["test/001-things"]);
    expect(await migrate(sql, sets)).toEqual([]);
    const changed = [{ module: "test", migrations: [{ ...CREATE, statements: ["select 1"] }] }];
    await expect(migrate(sql, changed)).rejects.toMatchObject({ code: "sql.migration" });
    const broken = [
      { module: "test", migrations: [CREATE, { name: "002", statements: ["create table half (id int)", "nonsense"] }] },
    ];
    await expect(migrate(sql, broken)).rejects.toMatchObject({ code: "sql.failed" });
    const { rows } = await raw<{ half: string | null }>`select to_regclass('half')::text as half`.execute(sql.db);
    expect(rows).toEqual([{ half: null }]);
  });

  it("gives bytes, large integers, times and JSON back as they went in", async ({ skip }) => {
    const sql = engine(skip);
    const row = {
      id: 2 ** 52,
      bytes: new Uint8Array([0, 255, 10]),
      at: new Date("2026-01-02T03:04:05.678Z"),
      doc: '{"a":[1,"ä"]}',
      parent: null,
    };
    await sql.transaction(async (tx) => {
      await tx.withTables<Tables>().insertInto("things").values(row).execute();
    });
    const back = await things(sql)
      .selectAll()
      .where("id", "=", 2 ** 52)
      .executeTakeFirstOrThrow();
    expect({ ...back, bytes: [...(back.bytes ?? [])] }).toEqual({ ...row, bytes: [0, 255, 10], doc: { a: [1, "ä"] } });
  });

  it("transaction() keeps nothing when it throws, and afterCommit() runs only after a commit", async ({ skip }) => {
    const sql = engine(skip);
    const heard: string[] = [];
    const insert = (id: number, fail: boolean): Promise<void> =>
      sql.transaction(async (tx) => {
        sql.afterCommit(tx, () => heard.push(`${id}`));
        await tx
          .withTables<Tables>()
          .insertInto("things")
          .values({ id, bytes: null, at: null, doc: null, parent: null })
          .execute();
        expect(heard).not.toContain(`${id}`);
        if (fail) throw new Error("changed my mind");
      });
    await expect(insert(10, true)).rejects.toThrow("changed my mind");
    await insert(11, false);
    expect(heard).toEqual(["11"]);
    expect(await things(sql).select("id").where("id", "in", [10, 11]).execute()).toEqual([{ id: 11 }]);
  });

  it("names duplicates and missing references, and goes on working after them", async ({ skip }) => {
    const sql = engine(skip);
    const insert = (id: number, parent: number | null) =>
      sql.transaction((tx) =>
        tx.withTables<Tables>().insertInto("things").values({ id, bytes: null, at: null, doc: null, parent }).execute(),
      );
    await insert(20, null);
    await expect(insert(20, null)).rejects.toMatchObject({ code: "sql.duplicate", constraint: "things_pkey" });
    await expect(insert(21, 999)).rejects.toMatchObject({ code: "sql.reference" });
    await insert(21, 20);
  });

  it("refuses a second connection inside a transaction instead of waiting for ever", async ({ skip }) => {
    const sql = engine(skip);
    await expect(sql.transaction(() => things(sql).selectAll().execute())).rejects.toMatchObject({
      code: "sql.nested",
    });
    await expect(sql.transaction(() => sql.transaction(async () => 1))).rejects.toMatchObject({ code: "sql.nested" });
    expect(await sql.transaction(async () => 1)).toBe(1);
  });

  it("keeps concurrent transactions apart: a row lock makes counting dense", async ({ skip }) => {
    const sql = engine(skip);
    const counter = { id: 30, bytes: null, at: null, doc: "0", parent: null };
    await sql.transaction((tx) => tx.withTables<Tables>().insertInto("things").values(counter).execute());
    const next = (): Promise<number> =>
      sql.transaction(async (tx) => {
        const db = tx.withTables<Tables>();
        const { doc } = await db
          .selectFrom("things")
          .select("doc")
          .where("id", "=", 30)
          .forUpdate()
          .executeTakeFirstOrThrow();
        await db
          .updateTable("things")
          .set({ doc: String(Number(doc) + 1) })
          .where("id", "=", 30)
          .execute();
        return Number(doc);
      });
    const seen = await Promise.all(Array.from({ length: 40 }, next));
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });
});

describe("createPostgres()", () => {
  it("says that the server cannot be reached", async () => {
    await expect(createPostgres({ url: "postgresql://postgres@127.0.0.1:1/none" })).rejects.toMatchObject({
      code: "sql.unavailable",
    });
  });
});
