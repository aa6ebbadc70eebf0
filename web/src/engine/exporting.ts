import { sealExportKeys, type SealedExportKeys } from "@breakwater/seal";
import { toBase64url } from "@breakwater/wire";
import type { EngineMethods } from "./api.ts";
import { releasedKeys } from "./release.ts";

/** The content keys of what was released, locked with a passphrase that only the person knows. */
export async function exportKeys({
  handles,
  case: caseId,
  names,
  passphrase,
}: EngineMethods["exportKeys"][0]): Promise<SealedExportKeys> {
  const parts = Object.fromEntries(
    handles.flatMap((handle) => releasedKeys(handle).map(({ part, key }) => [part, toBase64url(key)])),
  );
  return sealExportKeys({ v: 1, parts, names }, passphrase, caseId);
}
