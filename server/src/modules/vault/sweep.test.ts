import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileBlobs, type Blobs } from "@breakwater/blobs";
import { createPglite, migrate, type Sql } from "@breakwater/sql";
import { newId } from "@breakwater/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { vaultMigrations } from "./migrations.ts";
import { createStaging, type Staging } from "./staging.ts";
import { insertFile, partsOfFile, readFile } from "./store.ts";
import { deleteExpired, tidy } from "./sweep.ts";

const now = 1_800_000_000_000;
const hour = 3_600_000;
let directory: string;
let deps: { readonly sql: Sql; readonly blobs: Blobs; readonly staging: Staging; readonly now: () => number };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "sweep-"));
  const sql = await createPglite({ directory: join(directory, "sql") });
  await migrate(sql, [vaultMigrations]);
  deps = {
    sql,
    blobs: await createFileBlobs(join(directory, "blobs")),
    staging: await createStaging(join(directory, "uploads")),
    now: () => now,
  };
}, 60_000);
afterAll(async () => {
  await deps.sql.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A file whose finish died after its first blob was stored. */
async function halfFinished(until: number): Promise<{ readonly file: string; readonly part: string }> {
  const [file, part] = [newId("file"), newId("part")];
  const row = {
    file_id: file,
    case_id: newId("case"),
    org: newId("org"),
    uploader: newId("user"),
    state: "uploading",
    manifest: null,
    man: null,
    leaf: null,
    entry: null,
    created: new Date(until - 24 * hour),
    until: new Date(until),
    sealed: null,
  };
  await deps.sql.transaction((tx) =>
    insertFile(tx, row, [{ part_id: part, file_id: file, role: "index", ct_size: 3 }]),
  );
  await deps.staging.begin(part);
  await deps.staging.append(part, bytes(), 0);
  await deps.blobs.put(part, bytes());
  return { file, part };
}
async function* bytes(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array([1, 2, 3]);
}

it("tidy() deletes the blobs of a finish that died half way, and keeps what was uploaded so that it can be finished", async () => {
  const { file, part } = await halfFinished(now + hour);
  await tidy(deps);
  await expect(deps.blobs.size(part)).rejects.toMatchObject({ code: "blob.missing" });
  expect(await deps.staging.size(part)).toBe(3);
  expect((await readFile(deps.sql.db, file))?.state).toBe("uploading");
});

it("deleteExpired() leaves nothing of an upload that was not finished in time, and spares one that is being finished", async () => {
  const gone = await halfFinished(now - 1);
  const spared = await halfFinished(now - 1);
  await deleteExpired(deps, new Map([[spared.file, true]]));
  expect(await readFile(deps.sql.db, gone.file)).toBeUndefined();
  expect(await partsOfFile(deps.sql.db, gone.file)).toEqual([]);
  expect(existsSync(join(directory, "uploads", gone.part))).toBe(false);
  await expect(deps.blobs.size(gone.part)).rejects.toMatchObject({ code: "blob.missing" });
  expect((await readFile(deps.sql.db, spared.file))?.state).toBe("uploading");
});
