import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPglite, migrate, type Sql } from "@breakwater/sql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadRules } from "./cedar.ts";
import { onlyTightens, Sets } from "./sets.ts";
import { insertSet, policyMigrations, type StoredSet } from "./tables.ts";
import { readPolicyFile } from "./test/set.ts";

const text = readPolicyFile("desk.cedar");
const schema = readPolicyFile("desk.cedarschema");
const zero = loadRules(text, schema);
const stricter = `${text}\n@id("extra") @say("Nothing is held.") forbid (principal, action == Action::"case.hold", resource);`;

describe("Sets", () => {
  let directory: string;
  let sql: Sql;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "sets-"));
    sql = await createPglite({ directory });
    await migrate(sql, [policyMigrations]);
  });
  afterAll(async () => {
    await sql.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const store = (id: string, set: string, effective: Date | null): Promise<void> => {
    const row: StoredSet = {
      id,
      hash: set === stricter ? loadRules(set, schema).hash : `sha256:${id}`,
      text: set,
      base: zero.hash,
      loosens: false,
      why: "test",
      proposed: new Date(0),
      proposed_by: "one",
      approved: effective === null ? null : new Date(0),
      approved_by: effective === null ? null : "two",
      effective,
      withdrawn: null,
      withdrawn_by: null,
      announced: false,
    };
    return sql.transaction((tx) => insertSet(tx, row));
  };

  it("hold what came with the program, then what two people approved, from its time on and also after a restart", async () => {
    await store("later", stricter, new Date(2_000));
    await store("nobody-approved", `${text}\n// another`, null);
    for (const sets of [new Sets(text, schema, { sql, report: () => undefined })]) {
      await sets.reload();
      expect(sets.at(1_999).hash).toBe(zero.hash);
      expect(sets.at(2_000)).toMatchObject({ hash: loadRules(stricter, schema).hash, text: stricter });
    }
  });

  it("never hold a set that does not validate: what held before it does, and it is reported", async () => {
    await store("broken", text.replace("principal.suspended", "principal.suspendet"), new Date(3_000));
    const reported: unknown[] = [];
    const sets = new Sets(text, schema, { sql, report: (error) => reported.push(error) });
    await sets.reload();
    expect(sets.at(9_999).text).toBe(stricter);
    expect(String(reported[0])).toContain("suspendet");
  });

  it("are changed by two different people only: the database itself refuses one", async () => {
    await expect(
      sql.transaction((tx) =>
        insertSet(tx, {
          id: "alone",
          hash: "h",
          text,
          base: "b",
          loosens: false,
          why: "",
          proposed: new Date(0),
          proposed_by: "one",
          approved: new Date(0),
          approved_by: "one",
          effective: new Date(0),
          withdrawn: null,
          withdrawn_by: null,
          announced: false,
        }),
      ),
    ).rejects.toThrow();
  });
});

describe("onlyTightens()", () => {
  const next = (change: (before: string) => string): boolean => onlyTightens(zero, loadRules(change(text), schema));

  it("holds for fewer permits and more rules that forbid", () => {
    expect(next(() => stricter)).toBe(true);
    expect(next((before) => before.replace(/@id\("customer-open-cases"\)[^;]+;/u, ""))).toBe(true);
  });

  it("does not for a permit more, a changed one, a rule that forbids less, or is gone", () => {
    expect(next((before) => `${before}\n@id("x") @say("x") permit (principal, action, resource);`)).toBe(false);
    expect(next((before) => before.replace('["admin", "lead", "engineer", "auditor"]', '["admin", "manager"]'))).toBe(
      false,
    );
    expect(
      next((before) => before.replace("when { principal.suspended }", "when { principal.suspended && false }")),
    ).toBe(false);
    expect(next((before) => before.replace(/@id\("legal-hold"\)[^;]+;/u, ""))).toBe(false);
  });
});
