import type { VaultDeps } from "./face.ts";
import { deleteUnfinished, partsOfFile, unfinishedFiles } from "./store.ts";

type SweepDeps = Pick<VaultDeps, "sql" | "blobs" | "staging" | "now">;

/** At the start: an unfinished file has no blobs. One that has them is what a finish that died half way left. */
export async function tidy(deps: SweepDeps): Promise<void> {
  const { sql, blobs, staging } = deps;
  const uploading = new Set<string>();
  for (const file of await unfinishedFiles(sql.db)) {
    for (const { part_id } of await partsOfFile(sql.db, file)) {
      await blobs.delete(part_id);
      uploading.add(part_id);
    }
  }
  // A finish that died behind its leaves left the staged copy of a file that is sealed.
  for (const part of await staging.list()) if (!uploading.has(part)) await staging.delete(part);
  await deleteExpired(deps, new Map());
}

/** Uploads that were not finished within their 24 hours leave nothing. */
export async function deleteExpired(
  { sql, blobs, staging, now }: SweepDeps,
  finishing: ReadonlyMap<string, unknown>,
): Promise<void> {
  for (const file of await unfinishedFiles(sql.db, new Date(now()))) {
    if (finishing.has(file)) continue;
    for (const { part_id } of await partsOfFile(sql.db, file)) {
      await staging.delete(part_id);
      await blobs.delete(part_id);
    }
    await deleteUnfinished(sql.db, file);
  }
}
