import type { Receipt } from "@breakwater/seal";
import { findFile, ReadingLog } from "./access.ts";
import { announce } from "./announce.ts";
import type { Vault, VaultDeps } from "./face.ts";
import { finish } from "./finish.ts";
import { decideGrant, reviewGrant, revokeGrant } from "./approvals.ts";
import { requestGrant } from "./grants.ts";
import { listGrants } from "./grantviews.ts";
import { listMessages, postMessage } from "./messages.ts";
import { openPart } from "./parts.ts";
import { receiptOf } from "./receipts.ts";
import { release, SeenSizes } from "./release.ts";
import { bytesOfOrg, freeRoom, heldFiles, partsUnder, updateFile } from "./store.ts";
import { putSettings, readSettings } from "./settings.ts";
import { deleteExpired, tidy } from "./sweep.ts";
import { caseView, fileView } from "./views.ts";

export type { Vault, VaultDeps } from "./face.ts";
export { vaultMigrations } from "./migrations.ts";
export { createStaging } from "./staging.ts";
export { vaultRoutes } from "./routes.ts";

const SWEEP_MS = 600_000;

export function createVault(deps: VaultDeps): Vault {
  const reading = new ReadingLog(deps);
  const seen = new SeenSizes();
  const finishing = new Map<string, Promise<Receipt>>();
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  return {
    announce: (session, input) => announce(deps, session, input),
    finish(session, file, input) {
      // Two answers to one upload would race for its blobs: the second waits, and finds it sealed.
      const before = finishing.get(file)?.catch(() => {}) ?? Promise.resolve();
      const mine = before.then(() => finish(deps, session, file, input));
      finishing.set(file, mine);
      return mine.finally(() => {
        if (finishing.get(file) === mine) finishing.delete(file);
      });
    },
    receipt: (session, file) => receiptOf(deps, session, file),
    part: (session, file, part, range) => openPart(deps, reading, session, { file, part, range }),
    caseView: (session, caseId) => caseView(deps, reading, session, caseId),
    fileView: (session, file) => fileView(deps, reading, session, file),
    postMessage: (session, caseId, input) => postMessage(deps, session, caseId, input),
    messages: (session, caseId, query) => listMessages(deps, reading, session, caseId, query),
    requestGrant: (session, input) => requestGrant(deps, session, input),
    grants: (session, query) => listGrants(deps, session, query),
    decideGrant: (session, grant, input) => decideGrant(deps, session, grant, input),
    revokeGrant: (session, grant, act) => revokeGrant(deps, session, grant, act),
    reviewGrant: (session, grant, act) => reviewGrant(deps, session, grant, act),
    settings: (session, org) => readSettings(deps, session, org),
    putSettings: (session, input) => putSettings(deps, session, input),
    storage: async ({ org }) => ({ usedBytes: await bytesOfOrg(deps.sql.db, org), quotaBytes: deps.quotaBytes }),
    find: (session, file) => findFile(deps, session, file),
    markDeleted: (tx, file) => updateFile(tx, file, { deleted: new Date(deps.now()) }),
    markHeld: (tx, file, held) => updateFile(tx, file, { held }),
    heldFiles,
    async dropBlobs(place) {
      for (const part of await partsUnder(deps.sql.db, place)) await deps.blobs.delete(part);
      await deps.sql.transaction((tx) => freeRoom(tx, place, new Date(deps.now())));
    },
    release: (session, input) => release(deps, seen, session, input),
    async start() {
      await tidy(deps);
      timer = setInterval(() => {
        sweeping = sweeping.then(() => deleteExpired(deps, finishing)).catch(deps.report);
      }, SWEEP_MS);
    },
    async close() {
      clearInterval(timer);
      await sweeping;
    },
  };
}
