import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMPACT_LINES, Journal, readJournal } from "./journal.ts";
import type { ReleaseRecord } from "./record.ts";
import { State } from "./state.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "journal-"));
  path = join(directory, "journal.jsonl");
});
afterEach(() => rmSync(directory, { recursive: true }));

const release = (n: number, at = 1_000_000 + n): ReleaseRecord => ({
  t: "release",
  leaf: `leaf${n}`,
  at,
  actor: "usr_a",
  org: "org_a",
  grant: { id: "grt_a", hash: "h" },
  head: { t: "head", origin: "desk.test/log/org_a", size: n + 1, root: "AAAA" },
});
const limits = { perActor: 1000, perOrg: 1000 };

describe("Journal", () => {
  it("gives back after a restart what was appended", async () => {
    const journal = await Journal.begin(path, () => []);
    await Promise.all(Array.from({ length: 50 }, (_, n) => journal.append(release(n))));
    await journal.close();
    expect(readJournal(path)).toEqual(Array.from({ length: 50 }, (_, n) => release(n)));
  });

  it("compacts itself while it runs, and loses nothing that was answered for", async () => {
    const state = new State([], limits);
    const journal = await Journal.begin(path, () => state.records());
    const head = (size: number) => ({ t: "head", origin: "desk.test/log/org_a", size, root: "AAAA" }) as const;
    const append = (record: ReleaseRecord | ReturnType<typeof head>): Promise<void> => {
      state.apply(record);
      return journal.append(record);
    };
    await append(release(0));
    const waiting = Array.from({ length: COMPACT_LINES }, (_, n) => append(head(n + 2)));
    // Applied and waiting while the file is written anew.
    waiting.push(append(release(COMPACT_LINES + 1)));
    await Promise.all(waiting);
    await append(release(COMPACT_LINES + 2));
    await journal.close();
    const lines = readJournal(path);
    expect(lines.length).toBeLessThan(10);
    const read = new State(lines, limits);
    expect([...read.records()]).toEqual([...state.records()]);
    expect(read.head("desk.test/log/org_a")?.size).toBe(COMPACT_LINES + 3);
  });

  it("forgets a torn last line, whatever it was cut to", async () => {
    const journal = await Journal.begin(path, () => [release(0)]);
    await journal.append(release(1));
    await journal.close();
    const whole = readFileSync(path);
    const last = whole.lastIndexOf("\n", whole.length - 2) + 1;
    for (let size = last; size < whole.length; size += 7) {
      writeFileSync(path, whole.subarray(0, size));
      expect(readJournal(path)).toEqual([release(0)]);
    }
  });

  it("stops on a line that was damaged later", async () => {
    const journal = await Journal.begin(path, () => [release(0), release(1)]);
    await journal.close();
    writeFileSync(path, readFileSync(path, "utf8").replace('"actor"', '"actxr"'));
    expect(() => readJournal(path)).toThrow("Line 1");
    appendFileSync(path, "{}\n");
    expect(() => readJournal(path)).toThrow("damaged");
  });

  it("refuses to append after it was closed", async () => {
    const journal = await Journal.begin(path, () => []);
    await journal.close();
    await expect(journal.append(release(0))).rejects.toThrow("stopping");
  });
});

describe("State", () => {
  it("compacts to records that say the same", () => {
    const state = new State(
      [
        { t: "key", org: "org_a", case: "cas_a" },
        release(0),
        release(1),
        { t: "head", origin: "desk.test/log/org_a", size: 9, root: "BBBB" },
      ],
      limits,
    );
    const again = new State(state.records(), limits);
    expect([...again.records()]).toEqual([...state.records()]);
    expect(again.head("desk.test/log/org_a")?.size).toBe(9);
    expect(() => again.checkNew({ leaf: "leaf1", act: "another" })).toThrow("released before");
    expect(again.madeKey("cas_a")).toBe(true);
  });

  it("counts a grant's uses, and an actor's and an organisation's last hour", () => {
    const state = new State([release(0), release(1)], { perActor: 3, perOrg: 4 });
    const asked = { actor: "usr_a", org: "org_a", now: 1_000_010 };
    expect(() => state.checkCounts(asked, { id: "grt_a", hash: "h", max: 3 })).not.toThrow();
    expect(() => state.checkCounts(asked, { id: "grt_a", hash: "h", max: 2 })).toThrow("used 2 times");
    expect(() => state.checkCounts(asked, { id: "grt_a", hash: "other", max: 9 })).toThrow("Another grant");
    state.apply(release(2));
    expect(() => state.checkCounts(asked, undefined)).toThrow("usr_a opened files 3 times");
    expect(() => state.checkCounts({ ...asked, now: asked.now + 3_600_000 }, undefined)).not.toThrow();
    state.apply({ ...release(3), actor: "usr_b" });
    expect(() => state.checkCounts({ ...asked, actor: "usr_c" }, undefined)).toThrow(
      "Files of org_a were opened 4 times",
    );
  });
});
